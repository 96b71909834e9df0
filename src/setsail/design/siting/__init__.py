"""Where sites go: candidates and demand to chosen sites, bands and tilts with a proven gap."""
