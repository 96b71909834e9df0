"""The spreadsheet that ships as an example of a reader's own sites."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from setsail.rollout.folder import table
from setsail.rollout.folder.terms import Ask

SHIPPED = Path(__file__).parents[3] / "examples" / "rollout" / "clinics_synthetic.csv"
NOTICE = datetime(2026, 3, 1, 22, 0, tzinfo=timezone(timedelta(hours=8)))


def test_chinese_headings_times_without_a_day_and_skills_of_the_example_are_read() -> None:
    made, _ = table.from_table(SHIPPED, Ask(notice=NOTICE), now=NOTICE)
    sites = {s.site: s for s in made.sites}
    assert list(sites) == [f"L{n}" for n in range(1, 7)]
    assert all("synthetic" in s.name for s in made.sites)
    assert sites["L2"].skills == ("光纤",)
    assert sites["L3"].sets == 2
    assert sites["L3"].window_from == datetime(2026, 3, 2, 7, 0, tzinfo=NOTICE.tzinfo)
    assert sites["L5"].line_ready_at == datetime(2026, 3, 2, 9, 30, tzinfo=NOTICE.tzinfo)
    assert {c.skills for c in made.crews} == {("光纤",)}


def test_what_the_example_does_not_say_is_told_as_assumed() -> None:
    _, assumed = table.from_table(SHIPPED, Ask(notice=NOTICE), now=NOTICE)
    told = {a.subject for a in assumed}
    assert {"deadline", "depot", "vehicles", "bench", "skills", "coordinates"} <= told
    assert "notice" not in told
    assert "columns" not in told
