"""Report pages and their figures, drawn from results."""
