from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.seat.choice import Choice, exchanged

names = st.sampled_from(["S01", "S02", "S03", "S04", "S05", "S06"])


def test_those_who_came_first_are_shown_until_somebody_speaks() -> None:
    choice = Choice(2)
    choice.came([(11, "S01"), (12, "S02"), (13, "S03")])
    assert choice.wanted() == (11, 12)
    choice.heard("S03")
    assert choice.wanted() == (11, 13)
    choice.heard("S02")
    assert choice.wanted() == (12, 13)


def test_a_pinned_one_is_shown_whoever_speaks() -> None:
    choice = Choice(1, pinned=("S01",))
    choice.came([(11, "S01"), (12, "S02")])
    choice.heard("S02")
    assert choice.wanted() == (11,)


def test_one_who_left_is_not_shown_and_is_known_again_when_back() -> None:
    choice = Choice(1)
    choice.came([(11, "S01"), (12, "S02")])
    choice.heard("S01")
    choice.left(11)
    assert choice.wanted() == (12,)
    choice.came([(31, "S01")])
    assert choice.wanted() == (31,)


@given(st.integers(0, 4), st.lists(names, unique=True), st.lists(names, max_size=20))
def test_as_many_as_there_is_room_for_are_shown_and_the_last_speaker_is_among_them(
    receive: int, here: list[str], words: list[str]
) -> None:
    choice = Choice(receive)
    choice.came(enumerate(here))
    for word in words:
        choice.heard(word)
    shown = [choice.here[feed] for feed in choice.wanted()]
    assert len(shown) == min(receive, len(here))
    spoken = [w for w in words if w in here]
    assert not spoken or not receive or spoken[-1] in shown


@given(st.lists(st.integers(0, 9), unique=True, max_size=4), st.lists(st.integers(0, 9), unique=True, max_size=4))
def test_places_that_change_hands_make_of_what_is_shown_what_is_wanted(before: list[int], after: list[int]) -> None:
    shown = {f"p{n}": feed for n, feed in enumerate(before)}
    change = exchanged(shown, after)
    now = {**shown, **change}
    assert set(change.values()) <= set(after) - set(before)
    assert all(place in shown and shown[place] not in after for place in change)
    assert len(set(now.values()) & set(after)) == min(len(after), len(set(before) & set(after)) + len(change))
