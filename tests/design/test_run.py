"""The whole design in process: targets of a profile, impossible targets, loads that agree, the bill."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from setsail.base.errors import BadInput, UnknownName
from setsail.design.indoor.heads import UNPROVED
from setsail.design.indoor.options import PlaceOptions
from setsail.design.indoor.targets import default_targets
from setsail.design.progress import HEADS, LEVELS, SERVICE, SHARES
from setsail.design.run import TARGET_OF_FACT, RunOptions, map_options, options_for_band, record, run, targets
from setsail.site.model import Need
from tests.design.dimension.sites import small_site

SITE = small_site(Need("N1", "APP-124", 4, function="ward"), Need("N2", "APP-119", 1, room="OR", critical=True))


def options(limits: dict[str, float] | None = None) -> RunOptions:
    """A design on the n78 carriers at 1 m."""
    place = PlaceOptions(maps=map_options(1.0, limits or {}), carriers=options_for_band("n78", SITE))
    return RunOptions(place, profile="test")


def test_limits_of_a_profile_become_targets_and_others_stay() -> None:
    found = targets({"radio.rsrp_dbm.p05": -95.0, "service.feasible": 1.0})
    assert found.rsrp_dbm == -95.0
    assert replace(found, rsrp_dbm=default_targets().rsrp_dbm) == default_targets()
    assert set(TARGET_OF_FACT.values()) < set(default_targets().__slots__)


def test_a_laxer_limit_of_a_profile_loosens_no_target() -> None:
    found = targets({"radio.rsrp_dbm.p05": -120.0, "radio.leakage_dbm.max": -90.0, "radio.positioning_m.p90": 9.0})
    assert found == default_targets()
    assert targets({"radio.leakage_dbm.max": -115.0}).leakage_dbm == -115.0


def test_design_tells_what_it_wrote_and_the_time_of_each_step() -> None:
    ticks = itertools.count()
    made = run(SITE, options(), clock=lambda: float(next(ticks)))
    assert made.seconds == {"radio": 1.0, "service": 1.0, "bill": 1.0}
    told = record(made)
    assert told["gap_ratio"] == made.placed.gap_ratio
    assert [c["cell"] for c in told["cells"]] == [c.cell for c in made.network.cells]
    assert told["cost"]["currency"]
    assert {f["flow"] for f in told["flows"]} == {"N1:W1", "N1:W2", "N2"}


def test_design_without_a_clock_has_no_times() -> None:
    assert run(SITE, options()).seconds == {}


def test_load_of_a_cell_is_that_of_its_downlink_in_the_busy_hour() -> None:
    made = run(SITE, options())
    for cell in made.network.cells:
        (down,) = (x for x in made.dimensioned.loads if (x.cell, x.direction) == (cell.cell, "dl"))
        assert cell.load_ratio == pytest.approx(down.load_ratio, abs=1e-4)
    assert made.placed.maps.network.heads == made.network.heads


def test_impossible_target_gives_the_nearest_design_and_what_binds() -> None:
    made = run(SITE, options({"radio.rsrp_dbm.p05": -5.0}))
    assert made.network.heads
    (first, *_) = [b for b in made.placed.binding if b.constraint == "rsrp"]
    assert first.reached < first.wanted
    assert first.why


def test_band_that_no_head_is_known_of_and_one_that_is_none() -> None:
    with pytest.raises(BadInput, match=r"is n1, of which no indoor head is known; allowed: .*n78"):
        options_for_band("n1", SITE)
    with pytest.raises(UnknownName, match="is 'n999'"):
        options_for_band("n999", SITE)
    with pytest.raises(BadInput, match="uses n78, which the licence of the site does not hold; allowed: n41"):
        options_for_band("78", replace(SITE, licensed_bands=("n41",)))


def test_a_design_tells_its_stages_in_order_and_ends_at_all_of_it() -> None:
    told: list[tuple[str, float]] = []
    run(SITE, options(), told=lambda stage, share: told.append((stage, share)))
    assert list(dict.fromkeys(stage for stage, _ in told)) == list(SHARES)
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told[-1][1] == pytest.approx(1.0)


@pytest.mark.parametrize("stage", [LEVELS, HEADS, SERVICE])
def test_a_design_that_a_person_ends_goes_on_in_no_thread(stage: str) -> None:
    told: list[str] = []

    def ended(now: str, _: float) -> None:
        told.append(now)
        if now == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(SITE, options(), told=ended)
    assert told.count(stage) <= options().place.threads
    assert told[-1] == stage


def test_a_search_that_was_ended_leaves_it_unknown_whether_fewer_heads_would_do() -> None:
    asked = options()
    hurried = run(SITE, replace(asked, place=replace(asked.place, time_limit_s=1e-9)))
    assert record(hurried)["proof"] == "unknown"
    assert any(note.startswith(UNPROVED) and "time limit" in note for note in hurried.network.notes)
    proved = run(SITE, asked)
    assert record(proved)["proof"] == ("fewest" if proved.placed.gap_ratio == 0.0 else "bound")
    assert not any(note.startswith(UNPROVED) for note in proved.network.notes)
