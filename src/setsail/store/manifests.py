"""Manifests in and out of the registry."""

from __future__ import annotations

import json
from dataclasses import replace

import sqlalchemy as sa

from setsail.store.canonical import canonical, utc_time
from setsail.store.manifest import Column, Manifest, StoredFile
from setsail.store.registry import manifests as table


def select(kind: str | None, name: str | None) -> sa.Select[tuple[object, ...]]:
    """The query for versions of that kind and name (None: any), by name and then version."""
    query = sa.select(table)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if name is not None:
        query = query.where(table.c.name == name)
    return query.order_by(table.c.name, table.c.version)


def read(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[Manifest]:
    """The manifests that a query over the table finds."""
    return [_manifest(row) for row in connection.execute(query).mappings()]


def insert(connection: sa.Connection, draft: Manifest) -> Manifest:
    """The draft with the next version of its name, inserted. The connection must come from `registry.writing`."""
    last = connection.execute(sa.select(sa.func.max(table.c.version)).where(table.c.name == draft.name)).scalar()
    manifest = replace(draft, version=(last or 0) + 1)
    row = manifest.record()
    for field in ("files", "schema", "meta"):
        row[field] = canonical(row[field], field)
    connection.execute(sa.insert(table).values(**row))
    return manifest


def _manifest(row: sa.RowMapping) -> Manifest:
    values = dict(row)
    values["recorded_at"] = utc_time(row["recorded_at"])
    values["files"] = tuple(StoredFile(*file) for file in json.loads(row["files"]))
    values["schema"] = tuple(Column(*column) for column in json.loads(row["schema"]))
    values["meta"] = json.loads(row["meta"])
    return Manifest(**values)
