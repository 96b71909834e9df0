"""Acceptance of a site: its link measured, its call judged, a record that anybody can check."""
