"""`setsail service`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli import _service_availability, _service_export, _service_feasibility, _service_latency, _service_queue
from setsail.cli.common import app

commands = app("Services: feasibility by clause, latency, queueing, availability.")
_service_export.register(commands)
_service_feasibility.register(commands)
_service_latency.register(commands)
_service_availability.register(commands)
_service_queue.register(commands)
