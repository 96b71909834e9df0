"""Outlines of regions, stations counted in them, and the synthetic country."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.errors import BadInput
from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.store.manifest import Manifest


def data_synthesise(
    workspace: Path, *, stations: int, seed: int, name: str | None = None, recorded_at: datetime, actor: str
) -> Record:
    """A data set of invented stations that add up to the published totals. Raises OutOfRange, StoreConflict.

    name : else `synthetic-STATIONS-SEED`; a name without `synthetic` is refused (BadInput).
    """
    import numpy as np

    from setsail.monitor import synthetic
    from setsail.standards import facts
    from setsail.store.places import Places
    from setsail.store.regions import active
    from setsail.store.workspace import Workspace

    told = name or f"synthetic-{stations}-{seed}"
    if synthetic.MARK not in told:
        raise BadInput(f"is {told!r}", where="name", allowed="a name with the word synthetic")
    plan = synthetic.country(facts.observations(), stations)
    with Workspace.open(workspace) as opened:
        regions = active(opened, "prefecture")
        rows = synthetic.batches(plan, Places.from_regions(regions), np.random.default_rng(seed))
        manifest = opened.write(
            "cells", told, rows, schema=synthetic.SCHEMA,
            source=f"invented: seed {seed}, outlines {regions.source}", licence="CC0-1.0",
            recorded_at=recorded_at, actor=actor, meta=synthetic.told(plan, seed, regions),
        )  # fmt: skip
    return _made(manifest) | {"seed": seed, "mark": synthetic.MARK, "assumptions": synthetic.ASSUMPTIONS}


def data_regions(workspace: Path | None, *, level: str) -> list[Record]:
    """The regions in use at one level, with their area. Raises UnknownName."""
    from setsail.standards.boundaries import area_km2
    from setsail.store.regions import in_use

    found = in_use(workspace, level)
    columns = zip(found.adcode, found.name_en, found.name_zh, found.parent, area_km2(found.shape), strict=True)
    return [
        {
            "adcode": str(code), "name": en, "name_zh": zh, "parent": str(parent) if parent else None,
            "area_km2": float(area), "datum": found.datum, "source": found.source,
        }
        for code, en, zh, parent, area in columns
    ]  # fmt: skip


def data_regions_notice(workspace: Path | None, *, level: str, full: bool = False) -> str:
    """What must be known of the outlines in use: one line, or the full text of the shipped ones."""
    from setsail.standards.boundaries import DISCLAIMER, SOURCE, notice
    from setsail.store.regions import in_use

    if full:
        return notice()
    found = in_use(workspace, level)
    return DISCLAIMER if found.source == SOURCE else f"imported outlines {found.source}, datum {found.datum}"


def data_regions_import(
    file: Path,
    *,
    key: str = "adcode",
    datum: str = "wgs84",
    new_codes: bool = False,
    licence: str = "",
    workspace: Path,
    recorded_at: datetime,
    actor: str,
) -> Record:
    """The outlines of a GeoJSON file, checked, stored and from now on in use. Raises BadInput and its kin."""
    from setsail.store.regions import Importing, import_regions
    from setsail.store.workspace import Workspace

    how = Importing(key, datum, new_codes, licence or Importing().licence)
    with Workspace.open(workspace) as opened:
        return _made(import_regions(opened, file, how, at=recorded_at, actor=actor))


def data_count(file: Path, *, workspace: Path | None, level: str = "prefecture") -> list[Record]:
    """Stations of a CSV file (lon, lat, operator) by region and operator, in bounded memory. Raises BadInput.

    level : province or prefecture; a last row counts what lies outside all regions. Persons are the newest shipped.
    """
    from setsail.monitor.stations import count_file
    from setsail.standards import facts
    from setsail.standards.boundaries import as_level
    from setsail.store.places import Places
    from setsail.store.regions import in_use

    wanted = as_level(level)
    figures = sorted((o for o in facts.observations() if o.indicator == "population"), key=lambda o: o.period)
    people = {int(o.region): o.value for o in figures if o.region.isdigit()}
    rows = count_file(file, Places.from_regions(in_use(workspace, wanted)), people).to_pylist()
    return [
        row | {"region": None if row["region"] is None else str(row["region"])}
        for row in rows
        if row["level"] in (wanted, "outside")
    ]


def _made(manifest: Manifest) -> Record:
    """What a command tells of a data set that it made."""
    base = {"name": manifest.name, "version": manifest.version, "rows": manifest.rows, "sha256": manifest.sha256}
    return base | dict(manifest.meta)
