"""One floor of a building: best server, RSRP and SINR of every pixel behind the walls that its rays cross."""
