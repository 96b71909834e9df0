"""Outdoor coverage rasters: best server, RSRP, SINR, servers and rates of many sectors on a metric grid."""
