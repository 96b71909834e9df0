"""Times as people say them: at the notice, just before it, and in a night in which clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from setsail.base.errors import BadInput
from setsail.rollout.folder.clock import moment
from setsail.rollout.folder.table import from_table
from setsail.rollout.folder.terms import Ask

NOTICE = datetime.fromisoformat("2026-10-24T22:00:00+02:00")
"""The evening before clocks in Berlin go back from 03:00 +02:00 to 02:00 +01:00."""


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("22:00", 0), ("22:01", 1), ("21:59", 24 * 60 - 1), ("7:30", 570), ("2026/10/25 07:30", 570), ("02:30", 270)],
)
def test_a_time_of_day_is_the_first_that_is_not_before_the_notice(text: str, minutes: int) -> None:
    assert moment(text, NOTICE, "--at") == NOTICE + timedelta(minutes=minutes)


def test_a_table_takes_a_time_of_day_as_an_event_does_at_the_notice_too(tmp_path: Path) -> None:
    for text in ("22:00", "22:01", "21:59"):
        path = tmp_path / "sites.csv"
        path.write_text(f"name,lat,lon,released\nOne,52.5,13.4,{text}\n", encoding="utf-8")
        made, _ = from_table(path, Ask(notice=NOTICE), now=NOTICE)
        assert made.sites[0].released_at == moment(text, NOTICE, "released")


def test_the_hour_that_clocks_show_twice_is_one_of_the_notice_and_another_with_its_own_offset() -> None:
    first, second = (moment(f"2026-10-25T02:30{offset}", NOTICE, "--at") for offset in ("", "+01:00"))
    assert first == moment("02:30", NOTICE, "--at") == moment("2026-10-25T02:30+02:00", NOTICE, "--at")
    assert second - first == timedelta(hours=1)
    assert first.utcoffset() == second.utcoffset() == NOTICE.utcoffset()


def test_the_hour_that_clocks_leave_out_is_one_of_the_notice() -> None:
    notice = datetime.fromisoformat("2027-03-27T22:00:00+01:00")
    assert moment("02:30", notice, "--at") - notice == timedelta(hours=4, minutes=30)
    assert moment("2027-03-28T03:30+02:00", notice, "--at") == moment("02:30", notice, "--at")


@pytest.mark.parametrize("text", ["24:00", "7.30", "2026-10-25", "noon", "07:30+08:00", "9" * 500])
def test_a_time_that_cannot_be_read_is_refused_in_few_words(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        moment(text, NOTICE, "--at")
    assert len(str(caught.value)) < 300
