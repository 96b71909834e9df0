"""Forecast of one indicator: growth curves and plain extrapolations, chosen and calibrated by a rolling back-test."""
