"""Hand-overs: read again by other programs, places as designed, no cell that computes."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import ezdxf.filemanagement
import openpyxl
import pytest

from setsail.base.errors import StoreConflict
from setsail.design.bill import bill, shipped
from setsail.design.handover import folder
from setsail.design.handover.plans import LAYERS, floor_dxf, plain
from setsail.design.handover.workbook import safe, workbook
from tests.conformance import sample

SITE, NETWORK = sample.site(), sample.network()
BILL = bill(SITE, NETWORK, shipped())


def drawing(text: str) -> Any:
    return ezdxf.filemanagement.read(io.StringIO(text))


def cells(data: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_plan_is_in_metres_with_every_layer_and_without_faults() -> None:
    read = drawing(floor_dxf(SITE.floors[0], NETWORK.heads, BILL))
    assert read.header["$INSUNITS"] == 6
    assert set(LAYERS) <= {layer.dxf.name for layer in read.layers}
    assert not read.audit().errors


def test_heads_stand_where_they_were_designed_with_their_values() -> None:
    read = drawing(floor_dxf(SITE.floors[1], NETWORK.heads, BILL))
    met = {ref.get_attrib_text("HEAD"): ref for ref in read.modelspace().query("INSERT")}
    wanted = {h.head: h for h in NETWORK.heads if h.floor == SITE.floors[1].floor}
    assert set(met) == set(wanted)
    for name, head in wanted.items():
        assert tuple(met[name].dxf.insert) == pytest.approx((head.x_m, head.y_m, head.z_m))
        assert met[name].get_attrib_text("CELL") == head.cell
        assert met[name].dxf.layer == "SETSAIL_HEADS"


def test_rooms_and_walls_are_drawn_as_they_are() -> None:
    read = drawing(floor_dxf(SITE.floors[0], (), BILL))
    rooms = list(read.modelspace().query('LWPOLYLINE[layer=="SETSAIL_ROOMS"]'))
    assert [tuple(p[:2] for p in r.get_points()) for r in rooms] == [r.outline for r in SITE.floors[0].rooms]
    walls = list(read.modelspace().query('LINE[layer=="SETSAIL_WALLS"]'))
    assert [((w.dxf.start.x, w.dxf.start.y), (w.dxf.end.x, w.dxf.end.y)) for w in walls] == [
        (w.start, w.end) for w in SITE.floors[0].walls
    ]


def test_every_cable_of_the_bill_is_drawn_on_the_floor_where_it_ends() -> None:
    drawn = 0
    for floor in SITE.floors:
        read = drawing(floor_dxf(floor, NETWORK.heads, BILL))
        lines = [e for e in read.modelspace().query("LWPOLYLINE") if e.dxf.layer.startswith("SETSAIL_CABLES")]
        runs = [r for r in BILL.runs if r.floor == floor.floor]
        assert [tuple(p[:2] for p in e.get_points()) for e in lines] == [r.path for r in runs]
        drawn += len(lines)
    assert drawn == len(BILL.runs) > 0


def test_same_floor_gives_the_same_drawing() -> None:
    assert floor_dxf(SITE.floors[0], NETWORK.heads, BILL) == floor_dxf(SITE.floors[0], NETWORK.heads, BILL)


@pytest.mark.parametrize("name", ["a\nb", "0\nENDSEC\n", "%%c100", "\x00", "医院 §", "{\\fArial;x}"])
def test_name_of_a_room_cannot_break_the_drawing(name: str) -> None:
    room = replace(SITE.floors[0].rooms[0], room=name)
    floor = replace(SITE.floors[0], rooms=(room,), walls=())
    head = replace(NETWORK.heads[0], head=name, cell=name)
    read = drawing(floor_dxf(floor, (head,), BILL))
    (text,) = read.modelspace().query('TEXT[layer=="SETSAIL_ROOM_NAMES"]')
    assert text.dxf.text == plain(name)
    assert len(read.modelspace().query("INSERT")) == 1


def test_workbook_holds_heads_cables_bill_slices_and_flows() -> None:
    met = cells(workbook(SITE, NETWORK, BILL, sample.NOW))
    assert list(met) == ["About", "Heads", "Cables", "Bill", "Slices", "Flows"]
    heads = [dict(zip(met["Heads"][0], row, strict=True)) for row in met["Heads"][1:]]
    assert [(h["head"], h["x_m"], h["y_m"], h["carrier"]) for h in heads] == [
        (h.head, h.x_m, h.y_m, "a") for h in NETWORK.heads
    ]
    lengths = sum(row[met["Cables"][0].index("length_m")] for row in met["Cables"][1:])
    assert lengths == pytest.approx(sum(r.length_m for r in BILL.runs))
    assert len(met["Bill"]) == 1 + len(BILL.lines)
    flows = [dict(zip(met["Flows"][0], row, strict=True)) for row in met["Flows"][1:]]
    assert [(f["flow"], f["fiveqi"]) for f in flows] == [(f.flow, f.fiveqi) for f in NETWORK.flows]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t="])
def test_text_that_begins_as_a_formula_is_no_formula(sign: str) -> None:
    evil = f'{sign}cmd|"/c calc"!A1'
    site = replace(SITE, name=evil)
    network = replace(
        NETWORK, notes=(evil,), heads=(replace(NETWORK.heads[0], head=evil), *NETWORK.heads[1:]),
        flows=(replace(NETWORK.flows[0], reason=evil), *NETWORK.flows[1:]),
    )  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(workbook(site, network, bill(site, network, shipped()), sample.NOW)))
    every = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in every if cell.data_type == "f"]
    assert not [c for c in every if isinstance(c.value, str) and c.value.startswith(("=", "+", "-", "@", "\t"))]
    assert sum(c.value == safe(evil) for c in every) >= 3


def test_numbers_below_zero_stay_numbers() -> None:
    network = replace(NETWORK, heads=(replace(NETWORK.heads[0], x_m=-3.5), *NETWORK.heads[1:]))
    met = cells(workbook(SITE, network, BILL, sample.NOW))
    assert met["Heads"][1][met["Heads"][0].index("x_m")] == -3.5


def test_same_network_at_the_same_time_gives_the_same_workbook() -> None:
    assert workbook(SITE, NETWORK, BILL, sample.NOW) == workbook(SITE, NETWORK, BILL, sample.NOW)


def test_folder_is_written_whole_and_only_an_earlier_handover_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "handover"
    written = folder.write(SITE, NETWORK, out, sample.NOW)
    assert sorted(p.name for p in out.iterdir()) == ["floor-0.dxf", "floor-1.dxf", "handover.xlsx"]
    assert [Path(w["file"]).stat().st_size for w in written] == [w["bytes"] for w in written]
    folder.write(replace(SITE, floors=SITE.floors[:1]), NETWORK, out, sample.NOW)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreConflict):
        folder.write(SITE, NETWORK, other, sample.NOW)
    assert [p.name for p in other.iterdir()] == ["thesis.txt"]
