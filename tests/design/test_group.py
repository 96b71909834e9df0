"""A group of sites: its file is read strictly, its needs reach both ends, its links hold what flows between them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, SetSailError, UnknownName
from setsail.design import group
from setsail.design.assess.service import facts
from setsail.design.dimension.needs import RoomRate
from setsail.design.dimension.options import DimensionOptions
from setsail.design.dimension.study import dimension
from setsail.design.network.model import Carrier, Cell, Network
from tests.design.dimension.sites import small_site

TEXT = """\
format = 1
name = "Synthetic group"
site = [{folder = "north"}, {folder = "south"}]

[[link]]
link = "ring-1"
a = "north"
b = "south"
length_m = 40000
hops = 2
group = "duct-1"

[[link]]
link = "ring-2"
a = "south"
b = "north"
length_m = 90000
hops = 3
group = "duct-2"

[[flow]]
need = "consult"
application = "APP-131"
from = "north"
room = "W1"
to = "south"
to_function = "ward"
count = 2
activity_ratio = 0.5

[[flow]]
need = "ultrasound"
application = "APP-119"
from = "south"
room = "OR"
to = "north"
critical = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "site.toml").write_text("", encoding="utf-8")
    (tmp_path / group.FILE).write_text(TEXT, encoding="utf-8")
    return tmp_path


def networks(found: group.Group) -> dict[str, Network]:
    """Both sites dimensioned on one cell that gives 200 Mbit/s up and 900 down."""
    made = {}
    for name in found.sites:
        site, peers = group.needs_of(found, name, replace(small_site(), site=f"Synthetic {name}"))
        rates = {room.room: RoomRate("A", 200e6, 900e6) for room in site.rooms()}
        bare = Network(site.site, (Carrier("c1", "n78", 3.5e9, 100e6, 30e3),), (Cell("A", "c1"),), ())
        made[name] = dimension(site, ["A"], rates, peers=peers).joined(bare)
    return made


def test_group_is_read_with_its_sites_links_and_flows(folder: Path) -> None:
    found = group.read(folder)
    assert group.is_group(folder)
    assert list(found.sites) == ["north", "south"]
    assert [(k.link, k.length_m, k.rate_bps) for k in found.links] == [("ring-1", 40e3, 0.0), ("ring-2", 90e3, 0.0)]
    assert [(b.need.need, b.legs) for b in found.between] == [("consult", 2), ("ultrasound", 1)]


def test_needs_reach_both_ends_where_both_are_on_radio(folder: Path) -> None:
    found = group.read(folder)
    north, to_south = group.needs_of(found, "north", small_site())
    south, to_north = group.needs_of(found, "south", small_site())
    assert [n.need for n in north.needs] == ["consult"]
    assert [(n.need, n.room, n.function) for n in south.needs] == [("consult", "", "ward"), ("ultrasound", "OR", "")]
    assert (to_south["consult"].site, to_south["consult"].legs) == ("south", 2)
    assert (to_north["ultrasound"].site, to_north["ultrasound"].legs) == ("north", 1)


def test_links_are_as_wide_as_the_flows_with_one_duct_down(folder: Path) -> None:
    found = group.read(folder)
    made = group.joined(found, networks(found), DimensionOptions())
    # Consultation: two devices of 20 Mbit/s, both active a quarter of the time: 40. Ultrasound: 16, always. Each way.
    assert {name: made.plan.loads[name] for name in ("ring-1", "ring-2")} == pytest.approx(
        {"ring-1": 56e6, "ring-2": 56e6}
    )
    assert [k.rate_bps for k in made.plan.links] == [1e9, 1e9]
    assert made.plan.cut == {}
    assert {k.link for k in made.networks["north"].links} >= {"ring-1", "ring-2"}
    ends = {end for k in made.networks["north"].links for end in (k.a, k.b)}
    assert "Synthetic north" in ends
    assert "north" not in ends


def test_flow_between_sites_spends_two_legs_and_its_half_of_the_way(folder: Path) -> None:
    found = group.read(folder)
    made = group.joined(found, networks(found), DimensionOptions())
    site = replace(small_site(), site="Synthetic north")
    own = made.networks["north"]
    far = {f.subject: f for f in facts(site, own) if f.key == "service.latency_dl_s.max"}
    near = replace(own, flows=tuple(replace(f, peer="", legs=1) for f in own.flows))
    here = {f.subject: f for f in facts(site, near) if f.key == "service.latency_dl_s.max"}
    flow = f"flow:{own.flows[0].flow}"
    assert own.flows[0].legs == 2
    gained = float(far[flow].value or 0) - float(here[flow].value or 0)
    # Half of 40 km: 0.1 ms; one of two nodes: 50 us and one more link of 12 us at 1 Gbit/s.
    assert gained == pytest.approx(0.1e-3 + 50e-6 + 12e-6, abs=1e-9)


def test_pair_without_a_link_has_no_latency_and_says_so(folder: Path) -> None:
    found = replace(group.read(folder), links=())
    made = group.joined(found, networks(found), DimensionOptions())
    assert any("no link joins them" in note for note in made.notes)
    told = [
        f for f in facts(small_site(), made.networks["north"])
        if f.key == "service.latency_s.max" and f.subject == "flow:consult"
    ]  # fmt: skip
    assert [(f.value, f.cause) for f in told] == [(None, "no link leads to south")]


@pytest.mark.parametrize(
    ("old", "new", "error", "told"),
    [
        ("format = 1", "format = 2", BadInput, "another format"),
        ('{folder = "south"}', '{folder = "west"}', BadInput, "'west' holds no site"),
        ('{folder = "south"}', '{folder = "north"}', DuplicateKey, "repeats folder 'north'"),
        ('b = "south"', 'b = "east"', UnknownName, "names site 'east'; allowed: north, south"),
        ('b = "south"', 'b = "north"', BadInput, "leads from 'north' to itself"),
        ('link = "ring-2"', 'link = "ring-1"', DuplicateKey, "repeats link 'ring-1'"),
        ('need = "ultrasound"', 'need = "consult"', DuplicateKey, "repeats need 'consult'"),
        ("length_m = 40000", "length_km = 40", BadInput, "unknown key 'length_km'"),
        ("length_m = 40000\n", "", BadInput, "length_m: is missing"),
        ('to = "north"', 'to = "south"', BadInput, "stays on its site"),
        ('room = "W1"\n', "", BadInput, "names no place"),
        ("count = 2", "count = 2.5", BadInput, "has count 2.5"),
    ],
)  # fmt: skip
def test_group_file_that_is_not_right_is_refused(
    folder: Path, old: str, new: str, error: type[SetSailError], told: str
) -> None:
    assert old in TEXT
    (folder / group.FILE).write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(error, match=told):
        group.read(folder)


def test_need_of_the_group_named_as_one_of_a_site_is_refused(folder: Path) -> None:
    found = group.read(folder)
    site = small_site(replace(found.between[0].need))
    with pytest.raises(DuplicateKey, match="names need 'consult'"):
        group.needs_of(found, "north", site)
