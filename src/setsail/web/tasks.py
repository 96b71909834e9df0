"""What a worker can do, by name: each task calls functions of `setsail.api` and tells how far it is."""

from __future__ import annotations

from collections.abc import Mapping

from setsail.web.worker import Task

TASKS: Mapping[str, Task] = {}
