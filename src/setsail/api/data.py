"""Data sets of a workspace: taken in, listed, checked, shown, exported, aggregated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.errors import BadInput, UnknownName
from setsail.base.record import Record

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from setsail.store.manifest import Manifest
    from setsail.store.readers.regions import TwoLevels
    from setsail.store.workspace import Workspace


def data_ingest(
    file: Path,
    *,
    kind: str,
    workspace: Path,
    recorded_at: datetime,
    actor: str,
    column_map: str = "generic",
    name: str | None = None,
    constants: Mapping[str, str] | None = None,
    max_rejects: str | None = None,
    rejects: Path | None = None,
    source: str = "",
    licence: str = "",
    synthetic: bool = False,
    told: Callable[[int], None] | None = None,
    within: Callable[[Connection, Manifest], None] | None = None,
) -> Record:
    """What came of reading a file into the workspace: rows in, refused and kept, where the refused are told, notes.

    told : is given the rows read so far and may raise to stop: then nothing is kept;  within : called in the
    transaction that registers the data set.
    """
    from setsail.store.ingest import Order, ingest
    from setsail.store.readers.guards import require_regular
    from setsail.store.readers.maps import load_map
    from setsail.store.readers.names import data_set_name
    from setsail.store.readers.refusals import Policy
    from setsail.store.workspace import Workspace

    declared = load_map(column_map, kind).with_constants(constants or {})
    policy = Policy.parse(max_rejects)
    require_regular(file)
    called = name or data_set_name(file, kind)
    with Workspace.open(workspace) as store:
        order = Order(
            file, called, declared, recorded_at, actor, rejects or store.root / "rejects" / f"{called}.csv",
            policy=policy, placer=_placer(store, declared.component.has("province")), source=source, licence=licence,
            synthetic=synthetic, told=told, within=within,
        )  # fmt: skip
        done = ingest(store, order)
    return {
        **_manifest_record(done.manifest),
        "rows_in": done.rows_in,
        "rows_refused": done.rows_refused,
        "reasons": dict(done.reasons),
        "rejects": done.rejects,
        "notes": [note.record() for note in done.notes],
    }


def data_fit(
    file: Path, *, kind: str, column_map: str = "generic", constants: Mapping[str, str] | None = None
) -> Record:
    """How a column map fits a file: its columns, which of ours each gives, and which are not taken. Raises BadInput."""
    from setsail.store.ingest import open_source
    from setsail.store.readers.maps import bind, load_map

    declared = load_map(column_map, kind).with_constants(constants or {})
    source = open_source(file, declared)
    bound = bind(declared, source.header, file.name)
    return {
        "columns": list(source.header),
        "taken": [{"column": rule.column.name, "from": name} for rule, name in bound.rules if name is not None],
        "not_taken": list(bound.unmapped),
    }


def data_version(manifest_id: str, workspace: Path) -> Record:
    """The manifest of one version of a data set, with its facts. Raises UnknownName."""
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        manifest = store.manifest(manifest_id)
    return {**_manifest_record(manifest), "meta": dict(manifest.meta), "files": [f.path for f in manifest.files]}


def data_list(workspace: Path, *, kind: str | None = None) -> list[Record]:
    """Every version of every data set of a workspace; none where there is no workspace yet."""
    from setsail.store.workspace import Workspace

    if not workspace.exists():
        return []
    with Workspace.open(workspace, create=False) as store:
        return [_manifest_record(manifest) for manifest in store.manifests(kind)]


def data_check(workspace: Path, *, name: str | None = None) -> list[Record]:
    """One row per data set that is well (`pass`), and one per finding (`fail`): hashes, rows, columns, contents."""
    from setsail.store.recheck import content_findings
    from setsail.store.workspace import Workspace

    rows: list[Record] = []
    with Workspace.open(workspace, create=False) as store:
        chosen = store.manifests(None, name) or ([store.latest(name)] if name else [])
        for manifest in chosen:
            findings = store.check(manifest)
            findings = findings or content_findings(manifest, store.files(manifest))
            told = {"name": manifest.name, "kind": manifest.kind, "version": manifest.version, "rows": manifest.rows}
            empty = {"code": "", "where": "", "found": "", "recorded": ""}
            rows += [
                {**told, "verdict": "fail", "code": f.code, "where": f.where, "found": f.found, "recorded": f.recorded}
                for f in findings
            ] or [{**told, "verdict": "pass", **empty}]
    return rows


def data_show(name: str, workspace: Path, *, rows: int = 5) -> Record:
    """Manifest, columns and first rows of the newest version of a data set."""
    from setsail.store.export import first_rows
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        manifest = store.latest(name)
        first = first_rows(store.files(manifest), rows) if rows else []
    told = {**_manifest_record(manifest), "meta": dict(manifest.meta), "files": [f.path for f in manifest.files]}
    schema = [{"column": c.name, "type": c.type, "nullable": c.nullable} for c in manifest.schema]
    return {"manifest": told, "schema": schema, "first": first}


def data_export(name: str, workspace: Path, *, to: Path, form: str, as_text: bool = False) -> Record:
    """Rows written: the newest version of a data set as one CSV or Parquet file.

    as_text : in CSV, a text that a spreadsheet would run as a formula is given an apostrophe in front.
    """
    from setsail.store.export import export_files
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        manifest = store.latest(name)
        rows = export_files(store.files(manifest), to, form, as_text=as_text)
    return {"name": name, "version": manifest.version, "rows": rows, "file": to, "synthetic": manifest.synthetic}


def data_rejects(name: str, workspace: Path, *, most: int = 500) -> Record:
    """Rows that the last reading of a data set refused, and why; at most so many. `whole`: whether these are all.

    The last reading may have failed, so its name need not be that of a data set. Raises UnknownName.
    """
    import csv
    from itertools import islice

    from setsail.store.canonical import checked_name

    path = workspace / "rejects" / f"{checked_name(name, 'name')}.csv"
    if not path.is_file():
        raise UnknownName("has no refused rows on record", where=f"data set {name}")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(islice(csv.DictReader(file), most + 1))
    return {"name": name, "whole": len(rows) <= most, "rows": rows[:most]}


def data_kinds() -> list[str]:
    """The kinds of data sets that can be read in."""
    from setsail.store.readers.components import KINDS

    return list(KINDS)


def data_sources() -> list[Record]:
    """The sources of the shipped facts, with publisher, version, date, address and licence."""
    from dataclasses import asdict

    from setsail.standards import facts

    return [asdict(source) for source in facts.sources().values()]


def data_maps() -> list[Record]:
    """Column maps that ship."""
    from setsail.store.readers.maps import shipped_facts, shipped_maps

    return [dict(shipped_facts(name)) for name in shipped_maps()]


def data_columns(kind: str) -> list[Record]:
    """The columns of a kind of data set."""
    from setsail.store.readers.components import component

    found = component(kind, "--kind")
    return [
        {
            "column": c.name, "dtype": c.dtype, "unit": c.unit, "required": c.required,
            "key": c.name in found.key, "default": c.default, "choices": list(c.choices),
            "limit": c.limit.text() if c.limit else "", "description": c.description,
        }
        for c in found.columns
    ]  # fmt: skip


def _placer(store: Workspace, wanted: bool) -> TwoLevels | None:
    if not wanted:
        return None
    from setsail.store.readers.regions import TwoLevels
    from setsail.store.regions import active

    return TwoLevels(active(store, "province"), active(store, "prefecture"))


def _manifest_record(manifest: Manifest) -> Record:
    return {
        "name": manifest.name,
        "kind": manifest.kind,
        "version": manifest.version,
        "rows": manifest.rows,
        "refused": manifest.meta.get("rows_refused"),
        "synthetic": manifest.synthetic,
        "source": manifest.source,
        "licence": manifest.licence,
        "recorded_at": manifest.recorded_at,
        "actor": manifest.actor,
        "size": manifest.size,
        "sha256": manifest.sha256,
        "id": manifest.id,
    }


def data_aggregate(
    name: str,
    workspace: Path,
    *,
    by: Sequence[str],
    engine: str | None = None,
    threshold_dbm: float = -105.0,
    suppress_under: int | None = None,
) -> Record:
    """Counts of cells or sites, or quality of measurements, by columns of the newest version of a data set.

    engine : None or "duckdb" for this process, `sc://host:port` for a Spark Connect server; the answers are equal.
    suppress_under : groups with fewer rows are hidden, and what would tell them.
    Raises UnknownName, BadInput (column, kind), NotComputable (the server cannot see the files), MissingExtra.
    """
    from setsail.engine import open_engine
    from setsail.monitor.aggregate import Quality, quality_by, stations_by, suppressed
    from setsail.store.workspace import Workspace

    quality = Quality(threshold_dbm)
    with Workspace.open(workspace, create=False) as store:
        manifest = store.latest(name)
        files = store.files(manifest)
    if manifest.kind not in {"cells", "sites", "measurements"}:
        raise BadInput(f"is a data set of {manifest.kind}", where=name, allowed="cells, sites, measurements")
    with open_engine(engine) as tables:
        rows = tables.read(files)
        found = quality_by(rows, by, quality) if manifest.kind == "measurements" else stations_by(rows, by)
        if suppress_under is not None:
            found = suppressed(found, by, k=suppress_under)
        told = tables.run(found).to_pylist()
    kept = ("name", "kind", "version", "synthetic", "source", "licence", "sha256")
    manifest_record = _manifest_record(manifest)
    return {**{key: manifest_record[key] for key in kept}, "engine": engine or "duckdb", "by": list(by), "rows": told}
