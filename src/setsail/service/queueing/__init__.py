"""Queues: periodic flows, M/D/1, and network calculus with a radio service curve."""
