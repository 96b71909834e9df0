"""Driving times and distances between depots and sites."""
