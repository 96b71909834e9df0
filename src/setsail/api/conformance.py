"""Profiles, reports and certificates."""

from __future__ import annotations
