"""Sites: import, check and show a building."""

from __future__ import annotations
