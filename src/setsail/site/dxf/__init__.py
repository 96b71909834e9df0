"""Walls, doors, windows and rooms from DXF drawings."""

from setsail.site.dxf.study import read

__all__ = ["read"]
