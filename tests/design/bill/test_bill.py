"""The bill of a small network, line by line against sums by hand."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.base.tables import Row, iter_rows
from setsail.design.bill import Bill, bill, facts, read, shipped
from setsail.design.bill.cabling import cabling, hubs_for
from setsail.design.bill.prices import prices
from setsail.design.network.model import Carrier, Cell, Flow, Head, Link, Network, Slice, Upf
from setsail.site.model import Floor, Room, Site
from setsail.standards import facts as tables


def room(name: str, function: str, x: float, y: float, floor: str = "L0") -> Room:
    """A square room of 10 m whose lower left corner is at x, y."""
    size = 10.0
    outline = ((x, y), (x + size, y), (x + size, y + size), (x, y + size))
    return Room(name, name, floor, function, outline, size * size)


SITE = Site(
    "test", "Test House (invented)", "hospital",
    (
        Floor("L0", "0", 0, 0.0, 4.0, (room("ward", "ward", 0, 0), room("it", "server-room", 10, 0))),
        Floor("L1", "1", 1, 4.0, 4.0, (room("w1", "ward", 0, 0, "L1"), room("s1", "shaft", 10, 0, "L1"))),
    ),
    licensed_bands=("n78", "n41"), synthetic=True,
)  # fmt: skip
HEADS = (
    Head("h1", "L0", 5.0, 5.0, 3.0, "c0", 24.0, 4),
    Head("h2", "L0", 5.0, 9.0, 3.0, "c0", 24.0, 4),
    Head("h3", "L1", 5.0, 5.0, 3.0, "c1", 24.0, 2),
)
NETWORK = Network(
    "test", (Carrier("k", "n78", 3.5e9, 60e6, 30e3),), (Cell("c0", "k", 0.5), Cell("c1", "k", 0.2)), HEADS,
    slices=(Slice("s", 1, "", 0.0, 1.0),),
    flows=(Flow("f", "ward", "APP-131", 10, 0.5, 2, "s", gbr_ul_bps=20e6, gbr_dl_bps=20e6, upf="u", cell="c0",
                prb_ul_ratio=0.12, prb_dl_ratio=0.04),),
    upfs=(Upf("u", "on-site", 200.0, 1),),
    links=(Link("a", "test", "u", 1e4, 1e9, group="d1"), Link("b", "test", "u", 1e4, 1e9, group="d2")),
)  # fmt: skip


def counts(made: Bill) -> dict[str, float]:
    """Pieces by item."""
    found: dict[str, float] = {}
    for line in made.lines:
        found[line.item] = found.get(line.item, 0.0) + line.count
    return found


def test_pieces_are_those_of_the_network() -> None:
    told = counts(bill(SITE, NETWORK))
    assert (told["head"], told["head_port"], told["hub"], told["baseband"]) == (3, 10, 2, 1)
    assert told["cell_licence"] == 2
    assert told["bandwidth_licence"] == 4  # 60 MHz are two steps of 20 above the first, in two cells
    assert told["upf_server"] == 1
    assert told["link_service"] == 2.0  # Gbit/s
    assert told["survey"] == 400.0  # m2 indoors
    assert "upf_service" not in told


def test_heads_are_counted_by_model() -> None:
    models = {line.model: line.count for line in bill(SITE, NETWORK).lines if line.item == "head"}
    assert models == {"n78 4 ports 24 dBm": 2, "n78 2 ports 24 dBm": 1}


def test_cables_run_along_both_axes_with_ends_and_slack() -> None:
    """h1: |15-5| + |5-5| + |3-1.5| = 11.5 m, with 3 m of ends and a tenth: 15.95 m; h2: 4 m more."""
    made = bill(SITE, NETWORK)
    length = {run.end: run.length_m for run in made.runs if run.kind == "copper"}
    assert length == pytest.approx({"h1": 15.95, "h2": 20.35, "h3": 15.95})
    fibres = {run.end: run.length_m for run in made.runs if run.kind == "fibre"}
    assert fibres == pytest.approx({"hub-L0-1": 3.3, "hub-L1-1": 7.7})  # (0 + 3) x 1.1; (4 + 3) x 1.1
    assert counts(made)["copper"] == pytest.approx(52.25)
    path = next(run.path for run in made.runs if run.end == "h2")
    assert path == ((15.0, 5.0), (5.0, 5.0), (5.0, 9.0))


def test_hub_stands_in_the_server_room_or_the_shaft_and_else_in_the_middle() -> None:
    assert [(h.floor, h.room) for h in bill(SITE, NETWORK).hubs] == [("L0", "it"), ("L1", "s1")]
    bare = replace(SITE, floors=tuple(replace(f, rooms=f.rooms[:1]) for f in SITE.floors))
    made = bill(bare, NETWORK)
    assert [h.at for h in made.hubs] == [(5.0, 5.0), (5.0, 5.0)]
    assert sum("assumed" in note for note in made.notes) >= 3


def test_cable_beyond_a_hundred_metres_is_hybrid() -> None:
    """99 m with ends and slack at 87.9 m of way (ISO/IEC 11801-1: channel of 100 m)."""
    wide = Site("w", "W (invented)", "factory", (Floor("L0", "0", 0, 0.0, 4.0, (room("it", "server-room", 0, 0),)),))
    for x, kind in ((5 + 86.4, "copper"), (5 + 86.5, "hybrid")):  # way of x - 5 + 1.5
        runs = cabling(wide, [Head("h", "L0", x, 5.0, 3.0, "c0", 24.0, 4)], shipped()).runs
        assert [r.kind for r in runs if r.end == "h"] == [kind], runs


def test_two_shafts_far_apart_get_a_hub_each_and_near_ones_share() -> None:
    far = tuple(room(f"s{x}", "shaft", x, 0) for x in (0, 400))
    heads = [Head(f"h{i}", "L0", x + i, 5.0, 3.0, "c0", 24.0, 4) for i in range(4) for x in (0.0, 400.0)]
    heads = [replace(h, head=f"{h.head}-{h.x_m:g}") for h in heads]
    hubs = cabling(Site("w", "W", "factory", (Floor("L0", "0", 0, 0.0, 4.0, far),)), heads, shipped()).hubs
    assert sorted((h.room, len(h.heads)) for h in hubs) == [("s0", 4), ("s400", 4)]
    near = (room("s0", "shaft", 0, 0), room("s20", "shaft", 20, 0))
    hubs = cabling(Site("w", "W", "factory", (Floor("L0", "0", 0, 0.0, 4.0, near),)), heads[:4], shipped()).hubs
    assert len(hubs) == 1


@pytest.mark.parametrize(("heads", "hubs"), [(1, 1), (7, 1), (8, 2), (14, 2), (15, 3)])
def test_hubs_keep_a_tenth_of_their_ports_free(heads: int, hubs: int) -> None:
    assert hubs_for(heads, shipped()) == hubs


def test_capital_and_yearly_cost_are_sums_of_the_lines() -> None:
    """With prices of 1 and no upkeep but on heads; two years without discount, paid at the end of each."""
    names = [r.need("item") for r in tables.table("design/bill_items.csv")]
    given = prices(
        {"years": 2, "discount_rate": 0.0, "price": dict.fromkeys(names, 1.0) | {"head": 100.0},
         "upkeep_ratio": dict.fromkeys(names, 0.0) | {"head": 0.1}},
        "test",
    )  # fmt: skip
    made = bill(SITE, NETWORK, given)
    rest = sum(line.count for line in made.lines if line.kind == "capital" and line.item != "head")
    assert made.capital == pytest.approx(300 + rest)
    assert made.yearly == pytest.approx(30 + made.energy.year_kwh + 2.0)
    assert made.present == pytest.approx(made.capital + 2 * made.yearly)
    assert made.verified


def test_thing_of_six_years_is_bought_twice_in_ten() -> None:
    """120 000 now and 1.05^-6 of it again; upkeep of 12 % over ten years at 5 %: 7.7217."""
    made = bill(SITE, NETWORK)
    line = next(n for n in made.lines if n.item == "upf_server")
    assert line.present == pytest.approx(120_000 * (1 + 1.05**-6) + 14_400 * (1 - 1.05**-10) / 0.05)
    assert shipped().bought_again(10) == 1.0  # at the end of the years nothing is bought any more
    assert shipped().bought_again(5) == pytest.approx(1 + 1.05**-5)


def test_power_is_idle_plus_four_watts_for_each_watt_sent() -> None:
    """Idle: 3 heads x 12 + 10 ports x 7 + 2 hubs x 35 = 176 W; room 250 + 350 = 600 W, cooled with 0.4; over 0.9."""
    power = bill(SITE, NETWORK).energy
    port_w = 10**2.4 / 1e3
    assert power.idle_w == pytest.approx((176 + 600 * 1.4) / 0.9)
    assert power.full_w == pytest.approx(power.idle_w + 4 * 10 * port_w / 0.9)
    assert power.busy_w == pytest.approx(power.idle_w + 4 * port_w * (8 * 0.5 + 2 * 0.2) / 0.9)
    assert power.mean_w == pytest.approx(power.idle_w + 0.4 * (power.busy_w - power.idle_w))
    assert power.year_kwh == pytest.approx(power.mean_w * 8.766)
    assert sum(w for _, w in power.parts_w) == pytest.approx(power.busy_w)


def test_energy_of_a_bit_is_busy_power_over_busy_traffic() -> None:
    """10 devices, half active, 20 Mbit/s each way: 200 Mbit/s."""
    power = bill(SITE, NETWORK).energy
    assert power.traffic_bps == pytest.approx(200e6)
    assert power.bit_j == pytest.approx(power.busy_w / 200e6)
    silent = bill(SITE, replace(NETWORK, flows=())).energy
    assert (silent.bit_j, silent.record()["energy_bit_j"]) == (None, None)


def test_supply_bridges_the_hours_that_the_owner_states() -> None:
    """Full load without cooling: (176 + 600 + 4 W per W sent) / 0.9."""
    kilowatts = (176 + 600 + 4 * 10 * 10**2.4 / 1e3) / 0.9 / 1e3
    told = counts(bill(SITE, NETWORK))
    assert told["ups_power"] == pytest.approx(kilowatts)
    assert told["ups_energy"] == pytest.approx(2 * kilowatts)
    stated = bill(replace(SITE, declared={"ups_h": 4}), NETWORK)
    assert counts(stated)["ups_energy"] == pytest.approx(4 * kilowatts)
    assert not any("ups_h" in note for note in stated.notes)


def test_spare_is_told_of_cells_ports_and_links() -> None:
    """c0 uplink: 5 active x 0.12 = 0.6; 3 of 16 ports; 100 Mbit/s each way do not leave the site."""
    left = bill(SITE, NETWORK).spare
    assert left.busiest_cell == "c0"
    assert left.prb_ratio == pytest.approx(0.4)
    assert left.ports_ratio == pytest.approx(1 - 3 / 16)
    assert left.cells_ratio == pytest.approx(1 - 2 / 24)
    assert left.backhaul_ratio == 1.0
    away = replace(NETWORK, upfs=(Upf("u", "edge", 20e3, 3),))
    assert bill(SITE, away).spare.backhaul_ratio == pytest.approx(0.9)  # 100 of 1000 Mbit/s, one of two groups down
    assert bill(SITE, replace(NETWORK, links=())).spare.backhaul_ratio is None


def test_upgrade_path_names_steps_with_what_they_give_and_cost() -> None:
    made = {step.step: step for step in bill(SITE, NETWORK).upgrades}
    assert list(made) == ["redcap", "wider-k", "split-cells", "second-carrier-n41", "second-upf"]
    assert made["wider-k"].capacity_factor == pytest.approx(273 / 162)  # N_RB of 100 and 60 MHz at 30 kHz
    assert made["wider-k"].capital == 2 * 2 * 1200
    assert made["second-carrier-n41"].capital == 3 * 3000 + 10 * 900 + 3 * 800 + 2 * 6000
    assert made["redcap"].yearly == pytest.approx(0.12 * 2 * 1500)
    assert made["split-cells"].capacity_factor == 1.5  # one of two cells has several heads
    assert "above 70%" in made["split-cells"].when
    busy = replace(NETWORK, cells=(Cell("c0", "k", 0.8), Cell("c1", "k", 0.2)))
    assert next(s for s in bill(SITE, busy).upgrades if s.step == "split-cells").when == "now"


def test_second_carrier_keeps_to_the_licence() -> None:
    only = replace(SITE, licensed_bands=("n78",))
    assert not any(s.step.startswith("second-carrier") for s in bill(only, NETWORK).upgrades)


def test_facts_carry_the_figures_and_no_assumed_power_is_verified() -> None:
    made = bill(SITE, NETWORK)
    found = {f.key: f for f in facts(made, SITE)}
    known = {r.need("key") for r in _fact_keys()}
    assert set(found) <= known
    assert found["bill.energy_m2_w"].value == pytest.approx(made.energy.mean_w / 400)
    assert found["bill.spare_ports_ratio"].value == pytest.approx(13 / 16)
    assert [k for k, f in found.items() if f.verified] == ["bill.spare_ports_ratio"]
    silent = {f.key: f for f in facts(bill(SITE, replace(NETWORK, flows=())), SITE)}
    assert silent["bill.energy_bit_j"].value is None
    assert "traffic" in silent["bill.energy_bit_j"].cause


def _fact_keys() -> list[Row]:
    return list(iter_rows((files("setsail.design.assess") / "facts.csv").read_text(encoding="utf-8"), "facts.csv"))


def test_empty_network_costs_nothing() -> None:
    made = bill(SITE, Network("test", (), (), ()))
    assert (made.lines, made.capital, made.yearly, made.runs) == ((), 0.0, 0.0, ())
    assert made.energy.idle_ratio is None
    assert made.record()["spare"]["ports_ratio"] is None


def test_every_shipped_price_has_a_source_and_is_marked() -> None:
    known = tables.sources()
    for name in ("bill_items", "bill_settings"):
        for row in tables.table(f"design/{name}.csv"):
            assert row.need("source_id") in known
            assert row.need("clause")
    assert {i.mark for i in shipped().items.values()} == {"assumption"}
    assert not bill(SITE, NETWORK).verified


def test_prices_of_a_file_replace_the_shipped_ones_and_carry_their_source(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('years = 5\n[price]\nhead = 2500\n[source]\nhead = "quotation 12"\n', encoding="utf-8")
    given = read(path)
    assert (given.items["head"].price, given.items["head"].mark, given.items["head"].source) == (
        2500.0, "given", "quotation 12",
    )  # fmt: skip
    assert given.items["hub"].mark == "assumption"
    assert given["years"] == 5


@pytest.mark.parametrize(
    ("text", "error"),
    [("[price]\nrocket = 1\n", UnknownName), ("years = 2.5\n", BadInput), ("years = 0\n", OutOfRange),
     ("[price]\nhead = -1\n", OutOfRange), ("[price]\nhead = true\n", BadInput), ('currency = ""\n', BadInput),
     ('currency = "EUR"\n', BadInput), ("price = 3\n", BadInput), ("[upkeep_ratio]\nenergy = 0.1\n", BadInput),
     ("colour = 1\n", UnknownName), ("[price\n", BadInput)],
)  # fmt: skip
def test_prices_that_cannot_be_are_refused(text: str, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=r"prices\.toml"):
        read(path)


def test_example_prices_are_read() -> None:
    given = read(Path(__file__).parents[3] / "examples" / "service" / "prices_invented.toml")
    assert (given.items["head"].price, given.items["head"].idle_w, given["years"]) == (2600.0, 10.0, 8)
