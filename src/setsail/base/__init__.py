"""Units, periods, limits, errors, table reading: what every other room stands on. Imports nothing of ours."""
