"""`setsail service`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli.common import app

commands = app("Services: feasibility by clause, latency, queueing, availability.")
