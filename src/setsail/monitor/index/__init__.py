"""Composite index: from raw columns to ranks, and how far the ranks can be trusted."""
