"""Rooms, walls, doors and windows from IFC building models."""

from setsail.site.ifc.apart import read

__all__ = ["read"]
