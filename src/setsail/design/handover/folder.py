"""A hand-over as a folder, written whole or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from setsail.base.folders import whole_folder
from setsail.base.record import Record
from setsail.design.bill import bill, shipped
from setsail.design.bill.prices import Prices
from setsail.design.handover.plans import floor_dxf
from setsail.design.handover.workbook import workbook
from setsail.design.network.model import Network
from setsail.site.model import Site

WORKBOOK = "handover.xlsx"


def write(site: Site, network: Network, path: Path, made: datetime, prices: Prices | None = None) -> list[Record]:
    """Writes the workbook and the plan of every floor with rooms, walls or heads; what was written, by file.

    prices : the shipped ones by default. A hand-over that is there is replaced. Raises BadInput, StoreConflict.
    """
    costs = bill(site, network, prices or shipped())
    with_heads = {h.floor for h in network.heads}
    floors = [f for f in site.floors if f.rooms or f.walls or f.floor in with_heads]
    files = {f"floor-{f.floor}.dxf": floor_dxf(f, network.heads, costs).encode("utf-8") for f in floors}
    files[WORKBOOK] = workbook(site, network, costs, made)
    with whole_folder(path, replace=path.exists(), proof=WORKBOOK, owned=frozenset(files)) as new:
        for name, data in files.items():
            (new / name).write_bytes(data)
    return [{"file": str(path / name), "bytes": len(data)} for name, data in files.items()]
