"""The drivable roads of an OpenStreetMap extract (.osm.pbf), read by pyrosm (extra `osm`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyrosm

from setsail.base.arrays import F64, Bool
from setsail.base.errors import BadInput
from setsail.rollout.model import Rollout
from setsail.rollout.travel import circle, roads
from setsail.rollout.travel.roads import Roads

FORWARD, BACKWARD = ("yes", "true", "1"), ("-1", "reverse")
ROUND = ("roundabout", "circular")
MOTORWAY = "motorway"


def times(rollout: Rollout, closed: frozenset[str]) -> tuple[F64, F64]:
    """Seconds and metres (n, n) between depots and sites by the extract that the rollout names.

    Raises BadInput for a file that cannot be read, and what `roads.times` raises.
    """
    path = Path(rollout.travel.extract)
    return roads.times(_read(str(path), _mark(path)), rollout, closed, str(path))


def _mark(path: Path) -> tuple[int, int]:
    """What tells one state of a file from another. Raises BadInput."""
    try:
        facts = path.stat()
    except OSError as err:
        raise BadInput(f"cannot be read: {err.strerror}", where=str(path), allowed="a .osm.pbf file") from err
    return facts.st_mtime_ns, facts.st_size


@lru_cache(maxsize=2)
def _read(path: str, mark: tuple[int, int]) -> Roads:
    """The drivable roads of an extract, kept while the file is unchanged. Raises BadInput."""
    del mark
    try:
        nodes, ways = pyrosm.OSM(path).get_network(network_type="driving", nodes=True) or (None, None)
    except Exception as err:  # pyrosm raises many kinds, also plain Exception, for one cause: the file
        told = str(err).splitlines()[0][:200] if str(err) else type(err).__name__
        raise BadInput(f"is no extract that can be read: {told}", where=path, allowed="a .osm.pbf file") from err
    if nodes is None or ways is None or not len(ways):
        raise BadInput("holds no road to drive on", where=path, allowed="an extract with roads")
    return network(nodes, ways)


def network(nodes: Any, ways: Any) -> Roads:  # noqa: ANN401 - tables of pandas, which comes with pyrosm
    """Directed pieces of road from tables of nodes and of pieces, by their tags `oneway`, `junction` and `highway`."""
    ids = nodes["id"].to_numpy(np.int64)
    order = np.argsort(ids)
    start = order[np.searchsorted(ids, ways["u"].to_numpy(np.int64), sorter=order)]
    end = order[np.searchsorted(ids, ways["v"].to_numpy(np.int64), sorter=order)]
    metres = ways["length"].to_numpy(np.float64)
    crossing = _said(ways, "bridge") | _said(ways, "tunnel")
    oneway, kind = _column(ways, "oneway"), _column(ways, "highway")
    backward = np.isin(oneway, BACKWARD)
    implied = (np.isin(_column(ways, "junction"), ROUND) | (kind == MOTORWAY)) & (oneway != "no")
    single = np.isin(oneway, FORWARD) | implied
    there, back = ~backward, backward | ~single
    return Roads(
        circle.units(nodes["lat"].to_numpy(np.float64), nodes["lon"].to_numpy(np.float64)),
        np.concatenate([start[there], end[back]]),
        np.concatenate([end[there], start[back]]),
        np.concatenate([metres[there], metres[back]]),
        np.concatenate([crossing[there], crossing[back]]),
    )


def _column(ways: Any, name: str) -> Any:  # noqa: ANN401 - an array of texts
    if name not in ways:
        return np.full(len(ways), "", dtype=object)
    return ways[name].fillna("").astype(str).to_numpy(dtype=object)


def _said(ways: Any, name: str) -> Bool:  # noqa: ANN401 - a table of pandas
    said: Bool = ~np.isin(_column(ways, name), ("", "no"))
    return said
