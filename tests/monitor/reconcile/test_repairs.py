"""Accepted repairs: signed, immutable, applied at reading only."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, StoreConflict
from setsail.monitor.reconcile.candidate import Candidate
from setsail.monitor.reconcile.repairs import Signature, accept, applied, on_record
from setsail.monitor.reconcile.shipped import tables
from setsail.monitor.reconcile.study import reconcile
from setsail.monitor.reconcile.table import PrintedTable
from setsail.standards import facts
from setsail.store.workspace import Workspace
from tests.monitor.reconcile.planted import SLIPS, plant

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
SIGNED = Signature("A. Sample", "October had 5,763", AT)


@pytest.fixture
def november() -> PrintedTable:
    (table,) = tables("india-states", facts.dataset("india-states"), known_on=date(2026, 1, 1), period="2023-11-30")
    return table


def first(table: PrintedTable) -> Candidate:
    return reconcile(table).proposals[0].candidate


def test_accepted_repair_is_on_record_with_its_audit_entry_and_closes_the_gap(
    tmp_path: Path, november: PrintedTable
) -> None:
    before = repr(november)
    with Workspace.open(tmp_path / "ws") as workspace:
        (kept,) = accept(workspace, november, first(november), SIGNED)
        assert on_record(workspace) == [kept]
        assert (kept.old, kept.new, kept.signed_by, kept.signed_at) == (8511, 5811, "A. Sample", AT)
        entry = workspace.audit_entries()[-1]
        assert (entry.actor, entry.action) == ("A. Sample", "write")
        assert workspace.verify_audit() == []
        table, used, notes = applied(november, on_record(workspace))
    assert (used, notes) == ([kept], [])
    assert reconcile(table).status == "meets"
    assert repr(november) == before


def test_same_number_is_not_repaired_twice(tmp_path: Path, november: PrintedTable) -> None:
    with Workspace.open(tmp_path / "ws") as workspace:
        accept(workspace, november, first(november), SIGNED)
        with pytest.raises(StoreConflict):
            accept(workspace, november, first(november), SIGNED)
        assert len(on_record(workspace)) == 1


def test_repair_of_another_content_or_number_is_told_and_not_applied(tmp_path: Path, november: PrintedTable) -> None:
    with Workspace.open(tmp_path / "ws") as workspace:
        accept(workspace, november, first(november), SIGNED, digest="aa")
        kept = on_record(workspace)
    same, used, notes = applied(november, kept, digest="bb")
    assert (same, used) == (november, [])
    assert "other content" in notes[0]
    repaired, _, _ = applied(november, kept, digest="aa")
    _, again, notes = applied(repaired, kept, digest="aa")
    assert again == []
    assert "does not read 8,511" in notes[0]


@pytest.mark.parametrize(("name", "reason"), [("", "why"), ("who", "  ")])
def test_repair_without_name_or_reason_is_refused(name: str, reason: str) -> None:
    with pytest.raises(BadInput):
        Signature(name, reason, AT)


@pytest.mark.parametrize("slip", list(SLIPS))
def test_first_proposal_of_every_kind_can_be_accepted_and_then_closes_the_gap(tmp_path: Path, slip: str) -> None:
    import numpy as np

    table = plant(slip, np.random.default_rng(21)).table
    result = reconcile(table)
    assert result.proposals
    with Workspace.open(tmp_path / "ws") as workspace:
        accept(workspace, table, result.proposals[0].candidate, SIGNED)
        repaired, used, notes = applied(table, on_record(workspace))
    assert notes == []
    assert len(used) == len(result.proposals[0].candidate.changes)
    assert reconcile(repaired).status == "meets"
