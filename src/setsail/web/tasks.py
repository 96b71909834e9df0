"""What a worker can do, by name: each task calls functions of `setsail.api` and tells how far it is.

A new task is a function here (or in a module of its own) and a row of `TASKS`; a route queues it with
`queueing.queue`. A task may be run again from its start after its worker died: what it registers in the workspace goes
through `context.within`, so that it happens once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from setsail import api
from setsail.base.errors import BadInput, SetSailError
from setsail.web import rollout_tasks, site_tasks, uploads
from setsail.web.errors import named
from setsail.web.worker import Context, Task

READ = 0.9
"""Share of an ingest that its reading takes; the rest is writing it durably."""


def ingest(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a record
    """An uploaded file taken in as a new version of a data set."""
    if context.kept:  # an earlier worker registered it and died before it could say so
        _remove(context, arguments)
        return _told(api.data_version(context.kept, context.workspace))
    about, file = uploads.upload(context.workspace, arguments["upload"], context.actor)

    def told(rows: int) -> None:
        share = READ * min(rows / about.lines, 1.0) if about.lines and about.format in {"csv", "geojson"} else 0.5
        context.tell(max(context.share, share), f"{rows:,} rows read")

    context.tell(0.0, "reading")
    try:
        found = api.data_ingest(
            file, kind=arguments["kind"], workspace=context.workspace, recorded_at=context.now(), actor=context.actor,
            column_map=arguments["map"], name=arguments["name"], constants=arguments.get("constants"),
            max_rejects=arguments.get("max_rejects"), source=arguments.get("source") or about.name,
            licence=arguments.get("licence", ""), synthetic=arguments.get("synthetic", False), told=told,
            within=context.within,
        )  # fmt: skip
    except SetSailError as err:
        raise named(err, file, about.name) from err
    _remove(context, arguments)
    return _told(found)


def index(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a record
    """Intervals of the ranks of an index under the declared choices of method."""
    shipped = {row["id"] for row in api.index_frameworks()}
    if arguments["framework"] not in shipped:
        raise BadInput(f"is {arguments['framework']!r}", where="framework", allowed=", ".join(sorted(shipped)))
    source = api.index_source(
        framework=arguments["framework"], geography=arguments["geography"],
        known_on=date.fromisoformat(arguments["known_on"]),
    )  # fmt: skip
    context.tell(0.0, "computing")
    return api.index_robustness(source, runs=arguments["runs"], seed=arguments["seed"], told=context.tell)


def check(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a record
    """Whether the whole workspace is as recorded."""
    del arguments
    context.tell(0.0, "checking")
    return api.admin_check(context.workspace)


TASKS: Mapping[str, Task] = {
    "ingest": ingest, "index": index, "check": check,
    "site-import": site_tasks.site_import, "site-design": site_tasks.site_design,
    "site-demonstration": site_tasks.site_demonstration, "site-report": site_tasks.site_report,
    "site-certificate": site_tasks.site_certificate, "rollout-demonstration": rollout_tasks.rollout_demonstration,
    rollout_tasks.PLAN: rollout_tasks.rollout_plan,
}  # fmt: skip


def _told(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the person is told of a data set; the path of its rejects is the server's affair."""
    meta = found.get("meta", {})
    facts = {key: found.get(key, meta.get(key)) for key in ("rows_in", "rows_refused", "reasons", "notes")}
    return {key: found[key] for key in ("name", "kind", "version", "rows", "id", "sha256")} | facts


def _remove(context: Context, arguments: Mapping[str, Any]) -> None:
    """The upload has done its work."""
    try:
        uploads.remove(context.workspace, arguments["upload"], context.actor)
    except SetSailError:
        return
