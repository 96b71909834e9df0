"""Where user-plane functions stand: as far as the core part of the delay budget and the isolation level let them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from setsail.design.dimension.options import PLACES, DimensionOptions, Place, PlaceOfUpf, isolations
from setsail.design.network.model import Flow, Slice, Upf
from setsail.standards.qos import fiveqi


@dataclass(frozen=True, slots=True)
class Chosen:
    """The place of one flow's user-plane function. fits : the core part of its budget holds there."""

    place: Place
    core_s: float
    fits: bool


def core_delay_s(place: PlaceOfUpf, options: DimensionOptions) -> float:
    """One-way delay between the radio and N6: fibre, nodes, and the function itself [s]."""
    return core_s(place.distance_m * options.route_factor, place.hops, options)


def core_s(fibre_m: float, hops: int, options: DimensionOptions) -> float:
    """One-way delay of a length of fibre, its nodes, and one user-plane function [s]."""
    return fibre_m * options.s_per_m + hops * options.hop_s + options.upf_s


def core_budget_s(flow: Flow, options: DimensionOptions) -> float | None:
    """Core part of a flow's packet delay budget [s]; None where its 5QI names none and none is signalled.

    Source: TS 23.501 v19.7.0, Table 5.7.4-1 NOTES 4 to 7 and 13; a share of the whole for a signalled budget.
    """
    if flow.fiveqi is not None:
        return fiveqi(flow.fiveqi).static_cn_pdb_s
    return flow.pdb_s * options.own_core_ratio if flow.pdb_s else None


def choose(flow: Flow, isolation: str, options: DimensionOptions) -> Chosen:
    """The farthest place within isolation and budget; the nearest one where none holds the budget."""
    allowed = PLACES[: PLACES.index(isolations()[isolation].farthest) + 1]
    known = {p.place: p for p in options.places if p.place in allowed} or {p.place: p for p in options.places[:1]}
    budget = core_budget_s(flow, options)
    delays = {place: core_delay_s(known[place], options) for place in PLACES if place in known}
    holding = [place for place, delay in delays.items() if budget is None or delay <= budget]
    place = holding[-1] if holding else next(iter(delays))
    return Chosen(place, delays[place], bool(holding))


def functions(chosen: Sequence[tuple[Flow, Chosen]], options: DimensionOptions) -> tuple[Upf, ...]:
    """One user-plane function for each place in use, two where a critical flow uses it."""
    made: list[Upf] = []
    for where in options.places:
        here = [flow for flow, one in chosen if one.place == where.place]
        for number in range(1, 1 + (2 if any(f.critical for f in here) else 1 if here else 0)):
            made.append(
                Upf(name(where.place, number), where.place, where.distance_m * options.route_factor, where.hops)
            )
    return tuple(made)


def name(place: str, number: int = 1) -> str:
    """Name of a user-plane function, such as `upf-edge-1`."""
    return f"upf-{place}-{number}"


def of_slices(known: Sequence[Slice], flows: Sequence[Flow]) -> dict[str, str]:
    """The user-plane function of each slice: the nearest one that any of its flows uses."""
    found = {}
    for one in known:
        used = {f.upf for f in flows if f.slice == one.slice and f.upf}
        near = [name(place) for place in PLACES if name(place) in used]
        found[one.slice] = near[0] if near else ""
    return found
