"""Time stamps of NTP, as RTCP and STAMP carry them."""

from __future__ import annotations

NTP_UNIX_S = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970. Source: RFC 5905 cl. 6."""
