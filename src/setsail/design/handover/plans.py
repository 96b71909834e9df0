"""A floor as DXF: rooms, walls, heads, hubs and cable routes, each on its own layer, in metres of the site's plane."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from setsail.base.extras import require
from setsail.design.bill import Bill
from setsail.design.network.model import Head
from setsail.site.model import Floor

METRES = 6
"""Code of metres in the header variable $INSUNITS (DXF reference, release 2018)."""
LAYERS = {
    "SETSAIL_ROOMS": 8, "SETSAIL_ROOM_NAMES": 9, "SETSAIL_WALLS": 7, "SETSAIL_OPENINGS": 4, "SETSAIL_HEADS": 6,
    "SETSAIL_HUBS": 5, "SETSAIL_CABLES_COPPER": 3, "SETSAIL_CABLES_HYBRID": 30, "SETSAIL_CABLES_FIBRE": 1,
}  # fmt: skip
"""Layer to colour index of AutoCAD."""
NAME_M, HEAD_M = 0.35, 0.25
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def floor_dxf(floor: Floor, heads: Sequence[Head], bill: Bill) -> str:
    """The DXF text of one floor; the same floor gives the same text."""
    ezdxf = require("ezdxf", "site")
    with _without_clock(ezdxf):
        document = ezdxf.new("R2018", setup=False, units=METRES)
        for name, colour in LAYERS.items():
            document.layers.add(name, color=colour)
        _symbol(document)
        space = document.modelspace()
        _building(space, floor)
        _cables(space, floor, bill)
        for head in heads:
            if head.floor == floor.floor:
                _head(space, head)
        stream = io.StringIO()
        document.write(stream)
    return stream.getvalue()


@contextmanager
def _without_clock(ezdxf: Any) -> Iterator[None]:  # noqa: ANN401
    """Documents without the time of their making in the block, so that equal plans are equal files."""
    before = ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True
    try:
        yield
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = before


def _symbol(document: Any) -> None:  # noqa: ANN401
    """The block of a head: a circle with a cross, and what it is as attributes."""
    block = document.blocks.new("SETSAIL_HEAD")
    block.add_circle((0, 0), HEAD_M)
    block.add_line((-HEAD_M, 0), (HEAD_M, 0))
    block.add_line((0, -HEAD_M), (0, HEAD_M))
    for k, tag in enumerate(("HEAD", "CELL", "POWER_DBM", "HEIGHT_M")):
        block.add_attdef(tag, (1.5 * HEAD_M, -k * NAME_M), dxfattribs={"height": NAME_M, "invisible": int(k > 0)})


def _building(space: Any, floor: Floor) -> None:  # noqa: ANN401
    for room in floor.rooms:
        space.add_lwpolyline(room.outline, close=True, dxfattribs={"layer": "SETSAIL_ROOMS"})
        x, y = ([p[k] for p in room.outline] for k in (0, 1))
        at = ((min(x) + max(x)) / 2, (min(y) + max(y)) / 2)
        name = space.add_text(plain(room.room), height=NAME_M, dxfattribs={"layer": "SETSAIL_ROOM_NAMES"})
        name.set_placement(at, align=require("ezdxf.enums", "site").TextEntityAlignment.MIDDLE_CENTER)
    for wall in floor.walls:
        space.add_line(wall.start, wall.end, dxfattribs={"layer": "SETSAIL_WALLS"})
    for opening in floor.openings:
        space.add_line(opening.start, opening.end, dxfattribs={"layer": "SETSAIL_OPENINGS"})


def _cables(space: Any, floor: Floor, bill: Bill) -> None:  # noqa: ANN401
    """Runs that end or begin on this floor: the part in its plane; a rise is not drawn."""
    for run in bill.runs:
        if floor.floor == run.floor:
            space.add_lwpolyline(run.path, dxfattribs={"layer": f"SETSAIL_CABLES_{run.kind.upper()}"})
    for hub in bill.hubs:
        if hub.floor == floor.floor:
            corners = [
                (hub.at[0] + a * HEAD_M, hub.at[1] + b * HEAD_M) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
            space.add_lwpolyline(corners, close=True, dxfattribs={"layer": "SETSAIL_HUBS"})
            text = space.add_text(plain(hub.hub), height=NAME_M, dxfattribs={"layer": "SETSAIL_HUBS"})
            text.set_placement((hub.at[0] + 1.5 * HEAD_M, hub.at[1]))


def _head(space: Any, head: Head) -> None:  # noqa: ANN401
    block = space.add_blockref("SETSAIL_HEAD", (head.x_m, head.y_m, head.z_m), dxfattribs={"layer": "SETSAIL_HEADS"})
    values = (head.head, head.cell, f"{head.power_dbm:g}", f"{head.z_m:g}")
    tags = ("HEAD", "CELL", "POWER_DBM", "HEIGHT_M")
    block.add_auto_attribs({tag: plain(value) for tag, value in zip(tags, values, strict=True)})


def plain(text: str) -> str:
    """Text that a drawing shows as it is: no control characters, no codes of the format."""
    return _CONTROL.sub("\ufffd", text).replace("%%", "% %")
