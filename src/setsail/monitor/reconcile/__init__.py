"""Parts against printed totals: the gap, the slips that would explain it, and signed repairs."""
