"""Services: feasibility by clause, latency, queueing, availability."""

from __future__ import annotations
