"""The heads of one carrier: chosen floor by floor, judged by maps, chosen again where rooms fall short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from setsail.base.arrays import F64, I64, Bool
from setsail.design.indoor.building import Scene
from setsail.design.indoor.choose import Chosen, choose, reachable
from setsail.design.indoor.demand import RoomDemand
from setsail.design.indoor.judge import Reach, shortfall
from setsail.design.indoor.maps import RadioMaps, maps
from setsail.design.indoor.options import PlaceOptions
from setsail.design.indoor.predict import Predicted, RoomNeed, judged_rooms
from setsail.design.indoor.raster import is_lift
from setsail.design.indoor.shafts import NONE, Served, serve
from setsail.design.indoor.targets import CarrierChoice
from setsail.design.network.model import Carrier, Cell, Head, Network
from setsail.design.progress import HEADS, Progress
from setsail.site.model import Site

T = TypeVar("T")
SLACK_DB = 1e-6
OPTIMAL = "optimal"
UNPROVED = "unknown whether fewer heads would do"


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What every frequency option shares; standing : heads placed by hand."""

    site: Site
    options: PlaceOptions
    wants: Mapping[str, RoomDemand]
    standing: tuple[Head, ...]
    progress: Progress

    def stepping(self, stage: str, of: int, make: Callable[[int], T]) -> Callable[[int], T]:
        """The same work, told of as one of so many steps of a stage."""

        def made(index: int) -> T:
            self.progress.check()
            found = make(index)
            self.progress.step(stage, of)
            return found

        return made


@dataclass(frozen=True, slots=True, eq=False)
class _Ask:
    """One carrier before heads are chosen: its floors, candidates to be used, and what they can reach."""

    work: Work
    carrier: Carrier
    ground: tuple[Scene, ...]
    floors: Sequence[Predicted]
    uses: Sequence[Bool]
    reach: Reach
    shafts: Served = NONE

    def maps(self, chosen: Sequence[I64], before: RadioMaps | None = None) -> RadioMaps:
        """Maps of the chosen candidates of each floor, and of the heads in shafts. before : of another choice."""
        picked = [h for floor, index in zip(self.floors, chosen, strict=True) for h in _picked(floor, index)]
        picked += [replace(head, cell=head.floor) for head in self.shafts.heads]
        network = _network(self.work.site, self.carrier, self.floors, picked, self.work.options)
        return maps(self.work.site, network, self.work.options.maps, known=self.ground, before=before)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Maps of the heads chosen, the least number of new ones, notes, and what all candidates together reach.

    proved : every search for the fewest heads ended with its proof.
    """

    maps: RadioMaps
    bound: float
    proved: bool
    notes: tuple[str, ...]
    reach: Reach


def found(
    work: Work, choice: CarrierChoice, carrier: Carrier, ground: tuple[Scene, ...], floors: Sequence[Predicted], *,
    steps: int,
) -> Found:  # fmt: skip
    """The heads of one carrier. floors : levels of their candidates;  steps : of the choice on all carriers."""
    reach: dict[tuple[str, str], float] = {}
    uses = [_use(floor, work.options, reach) for floor in floors]
    ask = _Ask(work, carrier, ground, floors, uses, reach)
    ask = replace(ask, shafts=_in_shafts(ask, choice, reach))
    return Found(*_heads(ask, steps), reach)


def _picked(floor: Predicted, index: I64) -> list[Head]:
    """Heads of a floor from north to south, those that stand there first."""
    order = sorted(index.tolist(), key=lambda c: (not floor.fixed[c], -floor.heads[c].y_m, floor.heads[c].x_m))
    return [replace(floor.heads[c], cell=floor.floor.floor) for c in order]


def _in_shafts(ask: _Ask, choice: CarrierChoice, reach: dict[tuple[str, str], float]) -> Served:
    """Heads in the shafts of those lifts that no head elsewhere covers as asked; what they reach goes to `reach`."""
    work, options = ask.work, ask.work.options
    asked = {room: need for floor in ask.floors for room, need in _closed_lifts(floor, options).items()}
    if not asked or options.most_heads is not None:
        return NONE
    pattern = Head("", "", 0.0, 0.0, 0.0, "", choice.power_dbm, choice.ports, choice.gain_dbi)
    found = serve(work.site, ask.ground, ask.carrier, options, asked, pattern=pattern, placed=work.standing)
    for key, share in found.reach.items():
        reach[key] = max(reach[key], share)
    return found


def _closed_lifts(floor: Predicted, options: PlaceOptions) -> dict[str, tuple[RoomNeed, bool]]:
    """Need of each lift that no candidate serves, or no two where it is critical, and whether it is critical."""
    once, twice = floor.eased_dbm(options, np.ones_like(floor.last))
    back = options.maps.targets.second_rsrp_dbm + options.maps.margin_db
    return {
        room.room: (floor.needs[k], bool(floor.critical[k]))
        for k, room in judged_rooms(floor.grid)
        if is_lift(room) and (once[k] < floor.needs[k].level_dbm or (floor.critical[k] and twice[k] < back))
    }


def _use(floor: Predicted, options: PlaceOptions, reach: dict[tuple[str, str], float]) -> Bool:
    """Which candidates are used: those of the last resort only where a room needs them; and what they can reach."""
    first = np.asarray(~floor.last, dtype=np.bool_)
    everything = np.ones_like(first)
    some, most = floor.eased_dbm(options, first), floor.eased_dbm(options, everything)
    better = any(bool(np.any(b > a + SLACK_DB)) for a, b in zip(some, most, strict=True))
    once, twice = floor.reach(options)
    for k, room in judged_rooms(floor.grid):
        reach[room.room, "rsrp"] = float(once[k])
        reach[room.room, "second_server"] = float(twice[k])
    return everything if better else first


def _heads(ask: _Ask, steps: int) -> tuple[RadioMaps, float, bool, tuple[str, ...]]:
    """The first parts of what is found; rooms that fall short are asked for more."""
    options = ask.work.options
    harder = [np.zeros((2, len(f.grid.rooms))) for f in ask.floors]
    pick = ask.work.stepping(HEADS, steps, lambda k: _pick(ask, k, harder[k]))
    picked = [pick(k) for k in range(len(harder))]
    bound = sum(p.bound for p in picked) + ask.shafts.bound
    unproved = _unproved(ask, picked)
    most = options.most_heads
    best: tuple[tuple[int, int], RadioMaps] | None = None
    made: RadioMaps | None = None
    for attempt in range(options.repairs + 1):
        chosen = [np.flatnonzero(use)[p.index] for use, p in zip(ask.uses, picked, strict=True)]
        if most is not None and sum(c.size for c in chosen) > most:
            return _limited(ask, most)
        made = ask.maps(chosen, made)
        missing = [shortfall(f, ask.work.wants, options, ask.reach) for f in made.floors]
        short = sum(int(np.count_nonzero(m)) for m in missing)
        rank = short, len(made.network.heads)
        best = best if best and best[0] <= rank else (rank, made)
        if not short or attempt == options.repairs:
            break
        harder = [asked + more for asked, more in zip(harder, missing, strict=True)]
        picked = [_pick(ask, k, harder[k]) if missing[k].any() else p for k, p in enumerate(picked)]
        unproved |= _unproved(ask, picked)
    assert best is not None  # noqa: S101 - there is at least one attempt
    return best[1], bound, not unproved, tuple(_told(ask, unproved))


def _unproved(ask: _Ask, picked: Sequence[Chosen]) -> dict[str, str]:
    """How the search ended, by floor, where that was without its proof."""
    return {f.floor.floor: p.status for f, p in zip(ask.floors, picked, strict=True) if p.status != OPTIMAL}


def _told(ask: _Ask, ended: Mapping[str, str]) -> Iterator[str]:
    """What is told where a search did not end with its proof, by floor."""
    by_status: dict[str, list[str]] = {}
    for floor, status in ended.items():
        by_status.setdefault(status, []).append(floor)
    for status, floors in by_status.items():
        yield (
            f"{UNPROVED} on {len(floors)} of {len(ask.floors)} floors ({', '.join(floors)}): HiGHS ended with: {status}"
        )


def _pick(ask: _Ask, floor: int, harder_db: F64) -> Chosen:
    ask.work.progress.check()
    options = ask.work.options
    wanted, _ = reachable(ask.floors[floor].wanted(options, harder_db, ask.uses[floor], ask.shafts.lifts))
    return choose(wanted, options.time_limit_s, options.most_nodes)


def _limited(ask: _Ask, most: int) -> tuple[RadioMaps, float, bool, tuple[str, ...]]:
    from setsail.design.indoor.limited import best_within  # noqa: PLC0415 - the greedy and its bounds, seldom asked for

    options = ask.work.options
    wanted = [f.wanted(options, np.zeros((2, len(f.grid.rooms))), u) for f, u in zip(ask.floors, ask.uses, strict=True)]
    parts, proof = best_within(wanted, most, options.time_limit_s)
    area = sum(float(w.weight.sum()) for w in wanted)
    got, top = proof.value / area, proof.bound / area
    note = f"at most {most} heads: they cover {got:.4f} of the area, and no {most} cover more than {top:.4f}"
    made = ask.maps([np.flatnonzero(use)[part] for use, part in zip(ask.uses, parts, strict=True)])
    return made, float(sum(part.size for part in parts)), True, (note,)


def _network(
    site: Site, carrier: Carrier, floors: Sequence[Predicted], picked: Sequence[Head], options: PlaceOptions
) -> Network:
    """Heads of all floors, one cell for each floor at first; those placed by hand keep their names."""
    heads = named(picked)
    cells = tuple(Cell(f.floor.floor, carrier.carrier, options.load_ratio) for f in floors)
    return Network(site.site, (carrier,), cells, tuple(heads))


def named(picked: Sequence[Head]) -> list[Head]:
    """The heads in order, those without a name numbered."""
    heads, taken, number = [], {h.head for h in picked if h.head}, 0
    for one in picked:
        head = one
        while not head.head:
            number += 1
            name = f"H{number:02d}"
            head = head if name in taken else replace(head, head=name)
        heads.append(head)
    return heads
