"""The call as needs of a site's design, and what the design makes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.design.dimension.needs import RoomRate
from setsail.design.dimension.study import dimension
from setsail.design.indoor.demand import demand
from setsail.rollout.model import CallOrder
from setsail.rollout.provision.calls import demand_of
from setsail.rollout.provision.flows import handed, joined
from setsail.site import folder
from setsail.site.model import Need
from tests.design.dimension.sites import small_site
from tests.rollout.provision.small import rollout


def test_call_becomes_two_guaranteed_flows_of_5qi_2_at_the_rates_of_the_link_demand() -> None:
    asked = demand_of(rollout(9))
    found = handed(rollout(9), "S2", room="OR")
    picture, sound = found.flows
    assert asked.video is not None
    assert asked.audio is not None
    assert [f["fiveqi"] for f in found.flows] == [2, 2]
    assert [f["resource_type"] for f in found.flows] == ["GBR", "GBR"]
    assert picture["gbr_ul_bps"] == 1000 * asked.video.gbr_kbps
    assert picture["gbr_dl_bps"] == 4 * picture["gbr_ul_bps"]
    assert sound["gbr_ul_bps"] == sound["gbr_dl_bps"] == 1000 * asked.audio.gbr_kbps
    assert sum(f["gbr_dl_bps"] for f in found.flows) == 1000 * asked.down_kbps


def test_design_of_the_site_carries_the_call_as_it_was_handed_over() -> None:
    found = handed(rollout(9), "S2", room="OR")
    site = joined(small_site(Need("N1", "APP-124", 4, function="ward")), found.needs)
    made = dimension(site, ["A"], {room.room: RoomRate("A", 100e6, 400e6) for room in site.rooms()})
    flows = {f.flow: f for f in made.flows}
    for told in found.flows:
        flow = flows[told["flow"]]
        assert (flow.fiveqi, flow.gbr_ul_bps, flow.gbr_dl_bps, flow.arp, flow.room) == (
            2, told["gbr_ul_bps"], told["gbr_dl_bps"], told["arp"], "OR",
        )  # fmt: skip
        assert flow.refused == 0
    assert flows["N1:W1"].mbr_ul_bps == 500_000


def test_radio_of_the_site_is_asked_for_the_rate_of_the_call_and_not_of_the_application() -> None:
    found = handed(rollout(9), "S2", room="OR")
    site = joined(small_site(), found.needs)
    room = demand(site)["OR"]
    assert room.dl_bps == sum(f["gbr_dl_bps"] for f in found.flows)
    assert room.device_ul_bps == max(f["gbr_ul_bps"] for f in found.flows) < 20e6
    assert room.critical


def test_needs_of_a_call_replace_those_of_an_earlier_one() -> None:
    first = handed(rollout(9), "S2", room="OR")
    second = handed(rollout(9, call=CallOrder(receive=9)), "S2", room="OR")
    site = joined(joined(small_site(), first.needs), second.needs)
    assert [n.need for n in site.needs] == ["conference/video", "conference/audio"]
    assert site.needs[0].dl_bps == 8 * (site.needs[0].ul_bps or 0)  # eight others of nine sites


def test_needs_with_rates_are_written_and_read_as_they_are_and_others_keep_their_table(tmp_path: Path) -> None:
    plain = small_site(Need("N1", "APP-124", 4, function="ward"))
    folder.write(plain, tmp_path / "plain")
    assert (tmp_path / "plain/needs.csv").read_text().splitlines()[0].endswith("origin,note")
    site = joined(plain, handed(rollout(9), "S2", room="OR").needs)
    folder.write(site, tmp_path / "both")
    assert folder.read(tmp_path / "both") == folder.ordered(site)


@pytest.mark.parametrize("rate", ["-1", "2e11"])
def test_rate_of_a_need_outside_its_limits_is_refused(tmp_path: Path, rate: str) -> None:
    folder.write(small_site(), tmp_path / "s")
    (tmp_path / "s/needs.csv").write_text(f"need,application,count,room,ul_bps\nN,APP-131,1,OR,{rate}\n")
    with pytest.raises(OutOfRange, match="ul_bps"):
        folder.read(tmp_path / "s")


def test_place_that_is_missing_or_unknown_is_told_with_those_that_are() -> None:
    with pytest.raises(BadInput, match="--room or --function"):
        joined(small_site(), handed(rollout(), "S1").needs)
    with pytest.raises(UnknownName, match="OR"):
        joined(small_site(), handed(rollout(), "S1", room="X9").needs)
    with pytest.raises(UnknownName, match="ward"):
        joined(small_site(), handed(rollout(), "S1", function="stable").needs)
    with pytest.raises(UnknownName, match="S1, S2, S3"):
        handed(rollout(), "S9")
    with pytest.raises(UnknownName, match="APP-154"):
        handed(rollout(), "S1", application_id="APP-999")


def test_several_sets_of_a_site_are_several_devices() -> None:
    base = rollout()
    one = replace(base, sites=(replace(base.sites[0], sets=3), *base.sites[1:]))
    assert [n.count for n in handed(one, "S1", room="OR").needs] == [3, 3]
