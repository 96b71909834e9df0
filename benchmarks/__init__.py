"""Measured ratios: each case against a plain twin or a peer, in the same run."""
