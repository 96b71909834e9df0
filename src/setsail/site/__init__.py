"""Buildings: floors, rooms and walls, read from files and kept as a folder that a person can read."""
