"""What developers run: checks, tests, documentation, derived data."""
