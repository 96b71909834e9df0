"""Work orders of a rollout as PDF: a page for each site with its QR codes, and a sheet for each crew."""
