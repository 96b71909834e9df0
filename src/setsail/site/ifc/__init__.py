"""Rooms, walls, doors and windows from IFC building models."""

from setsail.site.ifc.study import read

__all__ = ["read"]
