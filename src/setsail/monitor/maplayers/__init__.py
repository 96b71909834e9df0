"""What the map shows: cells, points, outlines and rasters as tiles, each with the numbers that stand beside it."""
