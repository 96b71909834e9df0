"""Is it right: profiles of checks, findings, reports and certificates."""
