"""Exact times of given routes, in whole seconds: bench, departures, arrivals, work, stages, slack."""
