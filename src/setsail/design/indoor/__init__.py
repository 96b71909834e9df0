"""Radio of a building: where heads stand, on which band, and what every pixel and room receives."""
