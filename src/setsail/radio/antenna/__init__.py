"""Antennas: elements, panels, heads for rooms, measured pattern files, and where they point."""
