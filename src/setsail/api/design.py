"""A site's network: design, verify, compare, hand over."""

from __future__ import annotations
