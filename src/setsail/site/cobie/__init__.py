"""Rooms, doors and windows from a COBie workbook."""

from setsail.site.cobie.study import read

__all__ = ["read"]
