"""Values as fields of a file: times with their offset, lists of words, cells that are read again as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from setsail.base import toml
from setsail.base.errors import BadInput
from setsail.base.fields import build, cell, columns, moment, parse

CST = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Thing:
    """Fields of each kind."""

    at: datetime
    words: tuple[str, ...] = ()
    until: datetime | None = None
    share: float | None = None
    many: int = 1
    so: bool = False


def test_a_value_written_as_cells_is_read_again_as_it_was() -> None:
    thing = Thing(datetime(2020, 2, 5, 22, tzinfo=CST), ("fibre", "power"), None, 0.1 + 0.2, 3, True)
    assert parse(Thing, {n: cell(getattr(thing, n)) for n in columns(Thing)}, "here") == thing


def test_a_cell_of_words_with_an_empty_one_is_refused_by_its_place() -> None:
    with pytest.raises(BadInput, match=r"t\.csv:3 column 'words': is 'fibre\|\|power'; allowed: words with '\|'"):
        parse(Thing, {"at": "2020-02-05T22:00+08:00", "words": "fibre||power"}, "t.csv:3")


@pytest.mark.parametrize("text", ["2020-02-05T22:00:00", "2020-02-05", "tomorrow", "25:00"])
def test_a_time_without_an_offset_or_no_time_at_all_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="with its offset, such as 2020-02-05T22:00:00"):
        moment(text, "here")


def test_a_toml_time_keeps_its_offset_and_a_naive_one_is_refused() -> None:
    at = datetime(2020, 2, 5, 22, tzinfo=CST)
    read = toml.document(f"at = {toml.written(at)}", "x")["at"]
    assert read == at
    assert read.utcoffset() == timedelta(hours=8)
    assert build(Thing, {"at": read, "words": ["a", "b"]}, "x").words == ("a", "b")
    for naive in (datetime(2020, 2, 5, 22), date(2020, 2, 5)):  # noqa: DTZ001 - what is refused
        with pytest.raises(BadInput, match=f"is {naive.isoformat()}; allowed: a day and time"):
            build(Thing, {"at": naive}, "x")


def test_words_of_another_kind_are_refused() -> None:
    with pytest.raises(BadInput, match="a list of words"):
        build(Thing, {"at": datetime(2020, 1, 1, tzinfo=UTC), "words": ["a", 1]}, "x")
