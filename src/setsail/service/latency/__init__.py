"""Latency of user data: exact enumeration over a frame structure, budget trees, presets."""
