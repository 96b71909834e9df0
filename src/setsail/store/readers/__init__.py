"""Readers: any table of any origin through a declared column map into a data set of one kind, row by row checked."""
