from __future__ import annotations

import pytest
import sqlalchemy as sa

from setsail.base.errors import BadInput, SetSailError
from setsail.store.audit import START
from setsail.store.registry import writing
from setsail.store.workspace import Workspace
from tests.store.workers import AT

GUARDS = {
    "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_next"],
    "postgresql": ["ALTER TABLE audit DISABLE TRIGGER USER"],
}


def _fill(workspace: Workspace, count: int = 4) -> list[str]:
    return [
        workspace.audit(at=AT, actor="李", action="note", subject=f"s{i}", detail={"n": i, "一": [1.5, None]}).hash
        for i in range(count)
    ]


def _force(workspace: Workspace, statement: str) -> None:
    """What somebody with the rights of an administrator could do."""
    with writing(workspace.engine) as connection:
        for guard in [*GUARDS[workspace.engine.dialect.name], statement]:
            connection.execute(sa.text(guard))


def _codes(workspace: Workspace, noted: str | None = None) -> list[str]:
    return [finding.code for finding in workspace.verify_audit(noted=noted)]


def test_entries_name_the_hash_before_and_read_back(either: Workspace) -> None:
    hashes = _fill(either)
    entries = either.audit_entries()
    assert [entry.prev for entry in entries] == [START, *hashes[:-1]]
    assert entries[1].detail == {"n": 1, "一": [1.5, None]}
    assert (entries[1].actor, entries[1].at) == ("李", AT)
    assert [entry.seq for entry in either.audit_entries(after=2)] == [3, 4]
    assert _codes(either) == []


def test_chain_is_the_same_on_both_registries(either: Workspace) -> None:
    """The hash written down here was computed once with another program (sha256sum over the canonical text)."""
    (first,) = _fill(either, 1)
    assert first == "bdc8fa299373ccd2cf5b6917609cbc6ca68985d1c516ea1d1e86c607743381de"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'me' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 4",
        "INSERT INTO audit SELECT 9, at, actor, action, subject, detail, prev, 'x' FROM audit WHERE seq = 1",
    ],
)
def test_change_of_the_trail_is_refused_by_the_data_base(either: Workspace, statement: str) -> None:
    _fill(either)
    with pytest.raises(SetSailError, match="append-only"), writing(either.engine) as connection:
        connection.execute(sa.text(statement))
    assert len(either.audit_entries()) == 4
    assert _codes(either) == []


@pytest.mark.parametrize("key", ["seq", "hash"])
def test_replacing_an_entry_on_sqlite_is_refused(workspace: Workspace, key: str) -> None:
    """INSERT OR REPLACE deletes without firing a delete trigger."""
    _fill(workspace)
    seq, told = ("2", "'x'") if key == "seq" else ("5", "hash")
    with pytest.raises(SetSailError, match="append-only"), writing(workspace.engine) as connection:
        connection.execute(
            sa.text(
                f"INSERT OR REPLACE INTO audit SELECT {seq}, at, 'me', action, subject, detail, prev, {told} "
                "FROM audit WHERE seq = 2"
            )
        )
    assert [entry.actor for entry in workspace.audit_entries()] == ["李"] * 4


def test_truncation_on_postgresql_is_refused(either: Workspace) -> None:
    if either.engine.dialect.name != "postgresql":
        return
    _fill(either)
    with pytest.raises(SetSailError, match="append-only"), writing(either.engine) as connection:
        connection.execute(sa.text("TRUNCATE audit"))
    assert len(either.audit_entries()) == 4


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE audit SET actor = 'me' WHERE seq = 2", ["audit-changed"]),
        ("UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 4", ["audit-changed"]),
        ("UPDATE audit SET detail = '{}' WHERE seq = 1", ["audit-changed"]),
        ("UPDATE audit SET hash = 'f' WHERE seq = 2", ["audit-changed", "audit-link"]),
        ("DELETE FROM audit WHERE seq = 2", ["audit-gap", "audit-link"]),
        ("DELETE FROM audit WHERE seq = 1", ["audit-gap", "audit-link"]),
    ],
)
def test_change_past_the_guards_is_found(either: Workspace, statement: str, codes: list[str]) -> None:
    _fill(either)
    _force(either, statement)
    assert _codes(either) == codes


def test_cut_end_is_found_by_a_hash_noted_before(either: Workspace) -> None:
    hashes = _fill(either)
    assert _codes(either, hashes[-1]) == []
    _force(either, "DELETE FROM audit WHERE seq = 4")
    assert _codes(either) == []
    assert _codes(either, hashes[-1]) == ["audit-cut"]
    assert _codes(either, hashes[2]) == []


def test_detail_that_json_cannot_hold_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="audit detail"):
        workspace.audit(at=AT, actor="a", action="note", subject="s", detail={"x": float("nan")})
    assert workspace.audit_entries() == []
