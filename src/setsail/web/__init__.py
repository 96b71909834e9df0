"""The web door: the same public functions as the command line, over HTTP, with people and rights."""
