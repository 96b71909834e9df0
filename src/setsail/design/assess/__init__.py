"""Facts about a network, each with subject, unit, evidence and cause: what the checks of a profile judge."""
