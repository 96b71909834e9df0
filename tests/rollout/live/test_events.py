"""Events as they are told: read strictly, held against the rollout and against the events before."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, SetSailError, UnknownName
from setsail.rollout.folder.clock import moment
from setsail.rollout.live import kinds
from setsail.rollout.live.events import Told, drafted
from setsail.rollout.live.facts import effective, gathered, require_possible
from setsail.rollout.live.log import Draft, append, read
from setsail.rollout.model import STAGES
from tests.rollout.live.small import BY, NOTICE, NOW, clock, rollout, told

SMALL = rollout()


def draft(event: Told, *, now: datetime = NOW, foreseen: bool = False) -> Draft:
    return drafted(SMALL, event, now=now, by=BY, foreseen=foreseen)


def tell(folder: Path, *events: Told) -> None:
    for event in events:
        one = draft(event)

        def checked(log: object, one: Draft = one) -> list[Draft]:
            require_possible(read(folder).lines, one)
            return [one]

        append(folder, checked)


# times


@pytest.mark.parametrize(
    ("text", "hours"), [("22:00", 0), ("23:30", 1.5), ("05:00", 7), ("5:00", 7), ("21:59:59", 24 - 1 / 3600)]
)
def test_time_of_day_is_the_next_one_after_the_notice(text: str, hours: float) -> None:
    assert moment(text, NOTICE, "--at") == NOTICE + timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["2030-01-06T05:00+08:00", "2030-01-06T05:00", "2030-01-05T21:00Z", "2030-01-06 05:00"]
)
def test_iso_time_is_seen_in_the_offset_of_the_notice(text: str) -> None:
    at = moment(text, NOTICE, "--at")
    assert (at, at.utcoffset()) == (clock("05:00"), timedelta(hours=8))


@pytest.mark.parametrize(
    "text", ["24:00", "5", "05:60", "2030-01-06", "soon", "-1:00", "05:00pm", "0001-01-01T00:00+23:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(SetSailError) as err:
        draft(told("crew-lost", text, crew="C1"))
    assert "--at" in str(err.value)


def test_event_before_the_notice_is_refused_and_at_the_notice_is_not() -> None:
    draft(told("crew-lost", "2030-01-05T22:00+08:00", crew="C1"))
    with pytest.raises(OutOfRange, match="before the notice"):
        draft(told("crew-lost", "2030-01-05T21:59:59+08:00", crew="C1"))


def test_event_to_come_is_refused_unless_it_is_only_supposed() -> None:
    event = told("crew-lost", "05:00", crew="C1")
    draft(event, now=clock("05:00"))
    with pytest.raises(OutOfRange, match="still to come"):
        draft(event, now=clock("04:59"))
    assert draft(event, now=clock("04:59"), foreseen=True).at == clock("05:00")


def test_clock_of_another_year_asks_for_a_time() -> None:
    with pytest.raises(OutOfRange, match="say --at"):
        draft(told("crew-lost", crew="C1"), now=NOW + timedelta(days=400))


# fields


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (told("crew-lots", crew="C1"), "crew-lost?"),
        (told("planned"), "no kind of event"),
        (told("crew-lost", crew="C9"), "'C9' is not there; allowed: C1, C2"),
        (told("done", site="S99", stage="delivered"), "'S99' is not there"),
        (told("done", site="S01", stage="deliverd"), "delivered?"),
        (told("road-closed", road="B9"), "'B9' is no bridge"),
        (told("road-closed", road="S01|S99"), "'S99' is not there"),
        (told("crew-lost", crew="C1", sets="sold"), "returned, lost"),
        (told("test-failed", site="S01", needs="luck"), "retry, visit"),
    ],
)  # fmt: skip
def test_unknown_name_is_told_with_what_there_is(event: Told, words: str) -> None:
    with pytest.raises(UnknownName) as err:
        draft(event)
    assert words in str(err.value)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (told("crew-lost"), "needs --crew"),
        (told("done", site="S01"), "needs --stage"),
        (told("crew-lost", crew="C1", site="S01"), "has no --site; allowed: --crew, --sets, --reason"),
        (told("late", site="S01", stage="delivered"), "has neither"),
        (told("late", site="S01", stage="delivered", until="06:00", minutes="5"), "has both"),
        (told("road-closed", road="S01|S01"), "two different places"),
        (told("road-closed", road="S01|S02|S03"), "two different places"),
        (told("accepted", site="S01", record="abc"), "64 hexadecimal digits"),
        (told("undo", of="-1"), "the number of an event"),
        (told("undo", of="1e3"), "the number of an event"),
        (told("note", text="a\nb"), "control characters"),
        (told("note", text="x" * 501), "too long"),
    ],
)  # fmt: skip
def test_field_that_is_missing_strange_or_unreadable_is_told(event: Told, words: str) -> None:
    with pytest.raises(BadInput) as err:
        draft(event)
    assert words in str(err.value)


@pytest.mark.parametrize("minutes", ["-1", "-0.5", "nan", "inf", "1e9", "ten", "86401"])
def test_minutes_that_cannot_be_are_refused(minutes: str) -> None:
    with pytest.raises(OutOfRange, match="minutes from 0"):
        draft(told("late", site="S01", stage="delivered", minutes=minutes))


@pytest.mark.parametrize("minutes", ["0", "0.5", "86400"])
def test_minutes_at_their_limits_are_taken(minutes: str) -> None:
    assert draft(told("late", site="S01", stage="delivered", minutes=minutes)).fields["minutes"] == float(minutes)


def test_line_cannot_come_up_before_it_is_told_late() -> None:
    with pytest.raises(OutOfRange, match="before the event"):
        draft(told("line-late", "05:00", site="S01", until="2030-01-06T04:59+08:00"))
    late = draft(told("line-late", "05:00", site="S01", until="04:59"))
    assert late.fields["until"] == "2030-01-07T04:59:00+08:00"


def test_road_is_one_in_both_directions() -> None:
    assert draft(told("road-closed", road="S02|D1")).fields == draft(told("road-closed", road="D1|S02")).fields


def test_default_of_a_choice_is_written_into_the_log() -> None:
    assert draft(told("crew-lost", crew="C1")).fields == {"crew": "C1", "sets": "returned"}


# one after another


def refused(folder: Path, event: Told) -> str:
    before = read(folder)
    with pytest.raises(SetSailError) as err:
        tell(folder, event)
    assert read(folder) == before
    return str(err.value)


def test_event_for_a_finished_task_is_refused(tmp_path: Path) -> None:
    tell(tmp_path, told("done", "05:00", site="S01", stage="delivered"))
    for kind, more in (("done", {}), ("started", {}), ("failed", {}), ("late", {"minutes": "5"})):
        for stage in ("delivered", "loaded"):
            words = refused(tmp_path, told(kind, "06:00", site="S01", stage=stage, **more))
            assert f"{stage} of S01 is finished" in words
    tell(tmp_path, told("done", "05:30", site="S01", stage="installed"))


def test_accepted_site_is_finished_for_its_line_and_a_failed_test_but_not_for_a_dead_device(tmp_path: Path) -> None:
    tell(tmp_path, told("accepted", "05:00", site="S01", record="a" * 64))
    assert "finished" in refused(tmp_path, told("test-failed", "06:00", site="S01"))
    assert "finished" in refused(tmp_path, told("line-late", "06:00", site="S01", until="07:00"))
    tell(tmp_path, told("line-ready", "05:00", site="S02"), told("line-late", "06:00", site="S02", until="07:00"))
    tell(tmp_path, told("device-dead", "06:00", site="S01"), told("accepted", "09:00", site="S01"))


def test_event_before_an_earlier_one_of_the_same_task_is_refused(tmp_path: Path) -> None:
    tell(tmp_path, told("started", "05:00", site="S01", stage="delivered"))
    assert "before event 1 of the same task" in refused(tmp_path, told("done", "04:59", site="S01", stage="delivered"))
    tell(tmp_path, told("done", "04:00", site="S02", stage="delivered"))
    tell(tmp_path, told("done", "05:00", site="S01", stage="delivered"))
    assert "before delivered of S01 ended" in refused(tmp_path, told("done", "04:59", site="S01", stage="installed"))


def test_two_events_in_the_same_second_stand_in_the_order_in_which_they_were_told(tmp_path: Path) -> None:
    tell(tmp_path, told("crew-lost", "05:00", crew="C1"), told("crew-back", "05:00", crew="C1"))
    tell(tmp_path, told("crew-lost", "05:00", crew="C2"))
    assert set(gathered(effective(read(tmp_path).lines)).lost) == {"C2"}


def test_same_event_told_twice_is_refused(tmp_path: Path) -> None:
    event = told("started", "05:00", site="S01", stage="delivered")
    tell(tmp_path, event)
    with pytest.raises(DuplicateKey, match="already as event 1"):
        tell(tmp_path, event)


def test_done_without_a_start_is_taken(tmp_path: Path) -> None:
    tell(tmp_path, told("done", "05:00", site="S01", stage="accepted"))
    assert gathered(effective(read(tmp_path).lines)).done == {("S01", "accepted"): clock("05:00")}


def test_lost_crew_cannot_be_lost_again_and_one_that_is_there_cannot_come_back(tmp_path: Path) -> None:
    assert "not out" in refused(tmp_path, told("crew-back", "05:00", crew="C1"))
    tell(tmp_path, told("crew-lost", "05:00", crew="C1"))
    assert "out already, since event 1" in refused(tmp_path, told("crew-lost", "05:10", crew="C1"))
    tell(tmp_path, told("road-closed", "05:00", road="B1"))
    assert "closed already" in refused(tmp_path, told("road-closed", "05:10", road="B1"))
    assert "not closed" in refused(tmp_path, told("road-open", "05:10", road="B2"))


def test_wrong_event_is_taken_back_by_a_new_one_and_the_taking_back_too(tmp_path: Path) -> None:
    tell(tmp_path, told("crew-lost", "05:00", crew="C1"), told("undo", "05:05", of="1"))
    assert effective(read(tmp_path).lines) == ()
    assert "taken back already" in refused(tmp_path, told("undo", "05:06", of="1"))
    tell(tmp_path, told("undo", "05:07", of="2"))
    assert [e.n for e in effective(read(tmp_path).lines)] == [1]
    assert "out already" in refused(tmp_path, told("crew-lost", "05:10", crew="C1"))


def test_event_that_a_later_one_stands_on_cannot_be_taken_back_alone(tmp_path: Path) -> None:
    tell(tmp_path, told("crew-lost", "05:00", crew="C1"), told("crew-back", "06:00", crew="C1"))
    assert "cannot be taken back alone" in refused(tmp_path, told("undo", "06:10", of="1"))
    tell(tmp_path, told("undo", "06:10", of="2"), told("undo", "06:10", of="1"))


def test_undo_of_nothing_is_refused(tmp_path: Path) -> None:
    assert "no event yet" in refused(tmp_path, told("undo", "05:00", of="1"))
    tell(tmp_path, told("note", "05:00", text="x"))
    assert "allowed: 1 to 1" in refused(tmp_path, told("undo", "05:00", of="2"))


# the tables


def test_every_kind_names_known_fields_and_says_what_it_means() -> None:
    assert len(kinds.kinds()) == 16
    for kind in kinds.kinds().values():
        assert kind.meaning.endswith(".")
        assert set(kind.needs) | set(kind.may) <= set(kinds.fields())
    used = {f for k in kinds.kinds().values() for f in (*k.needs, *k.may)}
    assert used == set(kinds.fields())


def test_reference_page_tells_every_kind_and_field_as_the_tables_do() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "rollout-events.md").read_text(encoding="utf-8")
    rows = [line.replace("\\|", "|") for line in page.splitlines()]
    for kind in kinds.kinds().values():
        options = [" ".join(f"`{kinds.fields()[f].option}`" for f in names) for names in (kind.needs, kind.may)]
        row = f"| `{kind.kind}` | {options[0]} | {options[1]} | {kind.meaning} |"
        assert (row in rows) is kind.told, row
    for field in kinds.fields().values():
        row = f"| `{field.option}` | {', '.join(field.choices)} | {field.default} | {field.meaning} |"
        assert (row in rows) is bool(field.option), row


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_can_be_reported(tmp_path: Path, stage: str) -> None:
    tell(tmp_path, told("started", "05:00", site="S01", stage=stage), told("done", "06:00", site="S01", stage=stage))
    assert [e.kind for e in read(tmp_path).lines] == ["started", "done"]
