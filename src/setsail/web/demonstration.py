"""What the demonstration puts beside its data, by jobs while people look around: a designed hospital, a rollout."""

from __future__ import annotations

from importlib.util import find_spec

from setsail.store import jobs
from setsail.web import places
from setsail.web.access import DEMONSTRATION
from setsail.web.state import State

SITE = "demonstration-hospital"
TASK = "site-demonstration"
ROLLOUT, ROLLOUT_TASK = "wuhan-2020", "rollout-demonstration"


def prepare(server: State) -> None:
    """Queues what is not there yet and has no job that waits."""
    _hospital(server)
    _rollout(server)


def _hospital(server: State) -> None:
    folder = server.settings.sites_folder() / places.DEMONSTRATION / SITE
    if not (folder / "network.toml").is_file():
        _queue(server, TASK, {"organisation": places.DEMONSTRATION, "site": SITE, "profile": "hospital"})


def _rollout(server: State) -> None:
    """The founding case with a plan, where plans can be made here and the rollouts are the workspace's own."""
    folder = server.settings.rollouts_folder() / places.DEMONSTRATION
    if server.settings.rollouts is None and not folder.exists() and find_spec("pyvrp") is not None:
        _queue(server, ROLLOUT_TASK, {"rollout": ROLLOUT})


def _queue(server: State, task: str, arguments: dict[str, str]) -> None:
    if not any(job.task == task and job.state in ("queued", "running") for job in jobs.jobs(server.engine)):
        jobs.enqueue(server.engine, task, arguments, actor=DEMONSTRATION.name, now=server.settings.now())
