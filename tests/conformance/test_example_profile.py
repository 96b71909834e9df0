"""The example of a profile of one's own, and the file that fills its slot."""

from __future__ import annotations

from pathlib import Path

from setsail.conformance.profile_reader import profile

FOLDER = Path(__file__).parents[2] / "examples" / "profile"


def test_example_profile_has_one_slot_which_slots_csv_fills() -> None:
    bare = profile(str(FOLDER))
    filled = profile(str(FOLDER), FOLDER / "slots.csv")
    assert [c.check for c in bare.checks if c.open_slot] == ["house.peak"]
    assert not any(c.open_slot for c in filled.checks)
    named = filled.check("house.rsrp")
    assert named is not None
    assert (named.limit, named.clause_ref) == ("-105", "clause 7.1")
