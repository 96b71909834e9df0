"""Measured RSRP against the model: offset, slope and spread with intervals, and the error at cells held out."""
