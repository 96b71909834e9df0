"""What the demonstration puts beside its data: a hospital that is designed by a job while people look around."""

from __future__ import annotations

from setsail.store import jobs
from setsail.web import places
from setsail.web.access import DEMONSTRATION
from setsail.web.state import State

SITE = "demonstration-hospital"
TASK = "site-demonstration"


def prepare(server: State) -> None:
    """Queues the hospital where it is not there, designed, and no job for it waits."""
    folder = server.settings.sites_folder() / places.DEMONSTRATION / SITE
    waiting = any(job.task == TASK and job.state in ("queued", "running") for job in jobs.jobs(server.engine))
    if (folder / "network.toml").is_file() or waiting:
        return
    arguments = {"organisation": places.DEMONSTRATION, "site": SITE, "profile": "hospital"}
    jobs.enqueue(server.engine, TASK, arguments, actor=DEMONSTRATION.name, now=server.settings.now())
