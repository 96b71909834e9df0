"""Machine-readable plans, indicators, facts, frameworks and boundaries: data with look-up code only."""
