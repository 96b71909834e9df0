from __future__ import annotations

from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, NotComputable, SetSailError, UnknownName
from setsail.monitor.index.tables import read_data, read_meta
from tests.monitor.index import samples

META = """Level,iCode,iName,Direction,Weight,Unit,Target,Denominator,Parent,Type
1,a,A,1,1,km,NA,people,left,Indicator
1,b,B,-1,2,km,4,NA,left,Indicator
2,left,Left,1,1,NA,NA,NA,Index,Aggregate
3,Index,Index,1,1,NA,NA,NA,NA,Aggregate
NA,people,People,NA,NA,persons,NA,NA,NA,Denominator
NA,zone,Zone,NA,NA,NA,NA,NA,NA,Group
"""
DATA = "uName,uCode,zone,people,a,b,c\nOne,u1,n,3,1,2,3\nTwo,u2,s,4,2,NA,5\n"


def meta(tmp_path: Path, text: str = META) -> Path:
    path = tmp_path / "meta.csv"
    path.write_text(text, encoding="utf-8")
    return path


def data(tmp_path: Path, text: str = DATA) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_meta_table_becomes_a_framework(tmp_path: Path) -> None:
    made = read_meta(meta(tmp_path))
    assert made.codes == ("a", "b")
    assert made.top == "Index"
    assert (made.indicators[1].direction, made.indicators[1].weight, made.indicators[1].target) == (-1, 2, 4)
    assert (made.denominators, made.groupings) == (("people",), ("zone",))
    assert [(a.code, a.level) for a in made.aggregates] == [("left", 2), ("Index", 3)]


@pytest.mark.parametrize(
    ("old", "new", "error", "match"),
    [
        ("1,b,B,-1,2,km,4,NA,left", "1,b,B,-1,2,km,4,NA,sideways", UnknownName, r"meta.csv:3.*'sideways'"),
        ("1,b,B,-1", "1,b,B,2", BadInput, r"meta.csv:3 column 'Direction'.*'2'"),
        ("1,b,B,-1,2", "1,b,B,-1,NaN", BadInput, r"meta.csv:3 column 'Weight'"),
        ("1,b,B,-1,2", "1,b,B,-1,inf", BadInput, r"meta.csv:3 column 'Weight'"),
        ("1,b,B,-1,2", "1,b,B,-1,-2", BadInput, r"meta.csv:3.*weight -2"),
        ("1,b,B", "1,a,B", DuplicateKey, r"meta.csv:3.*iCode=a"),
        ("2,left,Left,1,1,NA,NA,NA,Index", "2,left,Left,1,1,NA,NA,NA,left", BadInput, r"cycle: left -> left"),
        ("2,left", "3,left", BadInput, r"meta.csv:4 column 'Level'.*2"),
        ("km,NA,people", "km,NA,cows", BadInput, r"meta.csv:2 column 'Denominator'.*cows"),
        ("Denominator\n", "Divisor\n", BadInput, r"column .*"),
        ("NA,NA,NA,NA,Aggregate", "NA,NA,NA,nowhere,Aggregate", UnknownName, "nowhere"),
        ("iName,Direction", "iName,Way", BadInput, "lacks column 'Direction'"),
    ],
)  # fmt: skip
def test_faulty_meta_is_refused_with_file_line_and_column(
    tmp_path: Path, old: str, new: str, error: type[SetSailError], match: str
) -> None:
    assert old in META
    with pytest.raises(error, match=match):
        read_meta(meta(tmp_path, META.replace(old, new, 1)))


def test_weights_that_sum_to_zero_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"weights sum to 0 \(a, b\)"):
        read_meta(meta(tmp_path, META.replace("1,a,A,1,1", "1,a,A,1,0").replace("1,b,B,-1,2", "1,b,B,-1,0")))


def test_cycle_of_two_groups_is_refused(tmp_path: Path) -> None:
    text = META.replace("left,Left,1,1,NA,NA,NA,Index", "left,Left,1,1,NA,NA,NA,other")
    with pytest.raises(BadInput, match="cycle"):
        read_meta(meta(tmp_path, text + "2,other,Other,1,1,NA,NA,NA,left,Aggregate\n"))


def test_data_are_read_in_the_order_of_the_framework_with_gaps(tmp_path: Path) -> None:
    made = read_data(data(tmp_path), samples.framework())
    assert made.units == ("u1", "u2")
    assert made.values[0].tolist() == [1, 2, 3]
    assert str(made.values[1, 1]) == "nan"
    assert made.groups["zone"] == ("n", "s")


@pytest.mark.parametrize(
    ("old", "new", "error", "match"),
    [
        ("1,2,3", "1,NaN,3", BadInput, r"data.csv:2 column 'b': is 'NaN'"),
        ("1,2,3", "1,inf,3", BadInput, r"data.csv:2 column 'b'"),
        ("1,2,3", "1,1e999,3", BadInput, r"data.csv:2 column 'b'.*finite"),
        ('1,2,3', '1,"1,000",3', BadInput, r"data.csv:2 column 'b'"),
        ("Two,u2", "Two,u1", DuplicateKey, r"data.csv:3.*uCode=u1"),
        ("Two,u2", "Two,", BadInput, r"data.csv:3 column 'uCode': is empty"),
        ("people,a,b,c", "people,a,b,x", BadInput, r"lacks column 'c'"),
        ("2,NA,5", "NA,NA,NA", NotComputable, r"data.csv:3.*'u2' has no value at all"),
        ("2,NA,5", "2,NA", BadInput, r"data.csv:3.*6 cells"),
        ("One,u1,n,3,1,2,3\nTwo,u2,s,4,2,NA,5\n", "", BadInput, "no row"),
    ],
)  # fmt: skip
def test_faulty_data_are_refused_with_file_line_and_column(
    tmp_path: Path, old: str, new: str, error: type[SetSailError], match: str
) -> None:
    assert old in DATA
    with pytest.raises(error, match=match):
        read_data(data(tmp_path, DATA.replace(old, new, 1)), samples.framework())


def test_unknown_column_is_left_out_with_a_note(tmp_path: Path) -> None:
    made = read_data(data(tmp_path, DATA.replace("zone", "season")), samples.framework())
    assert [(n.code, "season" in n.what) for n in made.notes] == [("unknown-column", True)]


def test_rows_of_a_panel_may_repeat_a_unit_in_another_time(tmp_path: Path) -> None:
    text = "uCode,Time,a,b,c\nu1,2020,1,2,3\nu1,2021,2,3,4\nu1,2021,2,3,4\n"
    with pytest.raises(DuplicateKey, match=r"data.csv:4.*Time=2021"):
        read_data(data(tmp_path, text), samples.framework())
    made = read_data(data(tmp_path, text.rsplit("\n", 2)[0] + "\n"), samples.framework())
    assert made.panel
    assert list(made.blocks()) == ["2020", "2021"]
