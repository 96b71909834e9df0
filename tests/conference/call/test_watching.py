"""The ring: turned, all pairs are seen, nobody sees itself, all are seen equally often."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.call import watching


@given(st.integers(2, 40), st.integers(1, 28))
def test_a_whole_round_of_the_ring_shows_everybody_to_everybody(count: int, receive: int) -> None:
    sites = [f"S{n}" for n in range(count)]
    seen: dict[str, set[str]] = {site: set() for site in sites}
    for turn in range(watching.turns(count, receive, 1e9)):
        targets = watching.targets(sites, receive, turn)
        shown = Counter(name for names in targets.values() for name in names)
        assert set(shown.values()) == {min(receive, count - 1)}
        for site, names in targets.items():
            assert len(set(names)) == len(names)
            seen[site].update(names)
    assert all(seen[site] == set(sites) - {site} for site in sites)


@pytest.mark.parametrize(("seconds", "turns"), [(2.0, 1), (4.4, 2), (15.3, 6), (15.4, 7), (20.0, 7), (600.0, 7)])
def test_turns_are_as_many_as_all_pairs_need_and_time_allows(seconds: float, turns: int) -> None:
    assert watching.turns(29, 4, seconds) == turns
