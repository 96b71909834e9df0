"""A user's own table."""

from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, SetSailError, UnknownName
from setsail.monitor.reconcile.files import read_table
from setsail.monitor.reconcile.study import reconcile


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_file_with_a_transposition_is_repaired_with_the_previous_file(tmp_path: Path) -> None:
    now = written(tmp_path, "region,value\nA,8511\nB,8593\nC,120\nD,431\nE,977\nAll,15932\n")
    then = written(tmp_path, "region,value\nA,5763\nB,8404\nC,118\nD,420\nE,950\nAll,15655\n", "october.csv")
    alone = reconcile(read_table(now, "All"))
    assert [p.ambiguous for p in alone.proposals] == [True, True]
    both = reconcile(read_table(now, "All", previous=[then]))
    assert [(p.candidate.changes[0].region, p.candidate.changes[0].new) for p in both.proposals] == [("A", 5811)]
    assert "october had 8,404" in both.rejected[0].reason


def test_units_and_steps_of_the_rows_make_the_tolerance(tmp_path: Path) -> None:
    text = "region,value,unit,step\nEast,83.1,10k_count,\nWest,34.7,10k_count,\nAll,1178000,count,1000\n"
    table = read_table(written(tmp_path, text), "All")
    assert table.unit == "count"
    assert table.balance.meets
    assert table.balance.high == pytest.approx(1500)


def test_whole_counts_with_a_unit_are_exact_and_without_one_are_not(tmp_path: Path) -> None:
    bare = read_table(written(tmp_path, "region,value\nA,4\nB,7\nT,10\n"), "T")
    counted = read_table(written(tmp_path, "region,value,unit\nA,4,count\nB,7,count\nT,10,count\n", "c.csv"), "T")
    assert bare.balance.meets
    assert not counted.balance.meets


def test_blank_cell_is_a_missing_row_and_region_named_twice_a_finding(tmp_path: Path) -> None:
    blank = reconcile(read_table(written(tmp_path, "region,value\nA,400\nB,\nC,95\nT,1000\n"), "T"))
    assert blank.proposals[0].candidate.kind == "missing_row"
    assert blank.proposals[0].candidate.changes[0].new == 505
    twice = reconcile(read_table(written(tmp_path, "region,value\nA,400\nA,400\nC,195\nT,595\n"), "T"))
    assert (twice.proposals[0].candidate.kind, twice.proposals[0].candidate.changes[0].new) == ("doubled_row", None)
    assert "named_twice" in {f.kind for f in twice.findings}


@pytest.mark.parametrize(
    ("text", "error", "where"),
    [
        ("region,value\nA,1\nT,nan\n", BadInput, "table.csv:3"),
        ("region,value\nA,-1\nT,1\n", BadInput, "table.csv:2"),
        ('region,value\nA,"3,85,572"\nT,1\n', BadInput, "table.csv:2"),
        ("region,value\nA,1\nT,\n", BadInput, "table.csv:3"),
        ("region,value\nT,1\n", BadInput, "table.csv"),
        ("region,value\nA,1\nT,1\nT,2\n", DuplicateKey, "table.csv:4"),
        ("region,value\nA,1\n", UnknownName, "table.csv"),
        ("region,value\n", UnknownName, "table.csv"),
        ("region,number\nA,1\n", BadInput, "table.csv:1"),
        ("region,value,colour\nA,1,red\n", BadInput, "table.csv:1"),
        ("region,value,unit\nA,1,count\nT,1,\n", BadInput, "table.csv:3"),
        ("region,value,unit\nA,1,parsec\nT,1,count\n", UnknownName, "table.csv:2"),
        ("region,value,unit\nA,1,km2\nT,1,count\n", BadInput, "table.csv:2"),
        ("region,value,step\nA,1,-1\nT,1,1\n", BadInput, "table.csv:2"),
        ("region,value,qualifier\nA,1,nearly\nT,1,\n", BadInput, "table.csv:2"),
    ],
)
def test_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, error: type[SetSailError], where: str) -> None:
    with pytest.raises(error) as caught:
        read_table(written(tmp_path, text), "T")
    assert where in caught.value.where


def test_previous_file_that_names_a_region_twice_is_refused(tmp_path: Path) -> None:
    now = written(tmp_path, "region,value\nA,1\nT,1\n")
    then = written(tmp_path, "region,value\nA,1\nA,1\nT,2\n", "then.csv")
    with pytest.raises(DuplicateKey):
        read_table(now, "T", previous=[then])
