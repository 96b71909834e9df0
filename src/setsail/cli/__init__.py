"""The command line: a door that translates and formats, with no arithmetic in it."""
