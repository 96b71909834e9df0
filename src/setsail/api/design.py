"""A site's network: design, verify, compare, hand over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from setsail.base.record import Record

if TYPE_CHECKING:
    from datetime import datetime

# ---- judged by a profile ----


def design_verify(
    folder: Path, *, profile: str = "hospital", slots: Path | None = None, stage: str = "design", lang: str = "en"
) -> dict[str, Any]:
    """What a profile says of the network in a site's folder: findings, counts, and each failed rule at its worst.

    profile : a shipped one or a folder;  slots : a file with the clauses and thresholds of a standard's owner;
    stage : design, accept or operate. Raises BadInput, UnknownName.
    """
    from setsail.conformance.findings_summary import dimension_table, summary_records
    from setsail.conformance.profile_reader import profile as read
    from setsail.conformance.profile_reader import stage_of
    from setsail.conformance.verify_facts import assess

    judged = assess(folder, read(profile, slots), stage_of(stage)).judged
    return judged.record(lang) | {
        "dimensions": dimension_table(judged, lang),
        "worst": summary_records(judged, lang),
        "failed": judged.failed,
    }


def design_compare(
    before: Path,
    after: Path,
    *,
    profile: str = "hospital",
    to_profile: str | None = None,
    slots: Path | None = None,
    stage: str = "design",
    lang: str = "en",
) -> dict[str, Any]:
    """What is judged otherwise in a second design, or by a second profile; only touched checks are run again.

    to_profile : judges the second design, else the same profile;  slots : for both. Raises BadInput, UnknownName.
    """
    from setsail.conformance.diff import changes, profile_changes
    from setsail.conformance.profile_reader import profile as read
    from setsail.conformance.profile_reader import stage_of
    from setsail.conformance.verify import verify
    from setsail.conformance.verify_facts import assess

    old, at = read(profile, slots), stage_of(stage)
    new = read(to_profile, slots) if to_profile else old
    first = assess(before, old, at)
    same = after.resolve() == before.resolve()
    second = (
        verify(first.site, first.network, new, first.facts, at, before=first.judged)
        if same
        else assess(after, new, at, before=first.judged).judged
    )
    found = changes(first.judged, second)
    return {
        "before": str(before), "after": str(after), "profile_before": f"{old.profile} {old.version}",
        "profile_after": f"{new.profile} {new.version}", "findings": len(second.findings),
        "judged_again": second.judged,
        "better": sum(c.direction == "better" for c in found), "worse": sum(c.direction == "worse" for c in found),
        "checks_changed": [c.record() for c in profile_changes(old, new)],
        "changes": [c.record(lang) for c in found],
    }  # fmt: skip


# ---- what it takes ----


def design_bill(folder: Path, *, prices: Path | None = None) -> Record:
    """The bill of the network in a site's folder: lines, cost, energy, what is spare, next steps, cable runs.

    prices : a TOML file that replaces shipped assumptions. Raises BadInput, UnknownName, OutOfRange.
    """
    from setsail.design.bill import bill, read, shipped
    from setsail.design.network.folder import read as read_network
    from setsail.site.folder import read as read_site

    made = bill(read_site(folder), read_network(folder), read(prices) if prices else shipped())
    return {"site": folder.name} | made.record() | {"runs": [run.record() for run in made.runs]}


def design_bill_prices(prices: Path | None = None) -> Record:
    """Prices, powers and settings of bills with their marks: the shipped ones, or those of a file. Raises BadInput."""
    from setsail.design.bill import read, shipped

    return (read(prices) if prices else shipped()).record()


# ---- indoor maps ----


def design_maps(
    folder: Path, *, floor: str = "", layer: str = "rsrp", png: Path | None = None, resolution_m: float = 0.5,
    carrier: str = "",
) -> Record:  # fmt: skip
    """Radio maps of the network in a site's folder: each floor in numbers, and one layer of one floor as a PNG.

    floor : by default the lowest one with rooms;  layer : rsrp, sinr, rate_dl, rate_ul, second, positioning, exposure.
    Raises BadInput, UnknownName, OutOfRange, MissingExtra.
    """
    from setsail.base.writing import whole_file
    from setsail.design.indoor.layers import layer as layer_of
    from setsail.design.indoor.layers import within
    from setsail.design.indoor.maps import maps
    from setsail.design.indoor.options import MapOptions
    from setsail.design.network.folder import read as read_network
    from setsail.radio.coverage.picture import classes_of
    from setsail.report.figures.floor_map import FloorMap, draw
    from setsail.site.folder import read as read_site

    made = maps(read_site(folder), read_network(folder), MapOptions(resolution_m=resolution_m, carrier=carrier))
    one = made.floor(floor) if floor else made.floors[0]
    shown = layer_of(made, one, layer)
    grid = one.grid
    picture = FloorMap(
        shown.title, shown.values, within(one), grid.west_m, grid.north_m, grid.resolution_m, classes_of(shown.classes)
    )
    if png is not None:
        heads = [h for h in made.network.heads if h.floor == one.floor.floor]
        note = f"{made.site.name}; {made.carrier.band}, {resolution_m:g} m; mean values without fading"
        with whole_file(png) as path:
            path.write_bytes(draw(picture, one.floor, heads, note))
    classes = [
        {"class": c.label, "unit": c.unit, "share": s} for c, s in zip(picture.classes, picture.shares(), strict=True)
    ]
    return made.record() | {
        "floor": one.floor.floor,
        "layer": layer,
        "classes": classes,
        "png": str(png) if png else None,
    }


def design_move(
    folder: Path, *, head: str, x_m: float, y_m: float, profile: str = "hospital", slots: Path | None = None,
    write: bool = False, lang: str = "en",
) -> Record:  # fmt: skip
    """What the move of one head does: maps of every floor before and after, rooms and verdicts that change.

    write : keeps the head at its new place in `heads.csv`. Raises BadInput, UnknownName.
    """
    import time

    from setsail.conformance.diff import changes
    from setsail.conformance.profile_reader import profile as read
    from setsail.conformance.verify_facts import assess, moved
    from setsail.design.network.folder import write as write_network

    rules = read(profile, slots)
    first = assess(folder, rules)
    start = time.perf_counter()
    second = moved(first, head, x_m, y_m)
    elapsed_s = time.perf_counter() - start
    after, found = second.maps, changes(first.judged, second.judged)
    if write:
        write_network(after.network, folder)
    return {
        "head": head, "to": [x_m, y_m], "written": write, "elapsed_s": elapsed_s,
        "judged_again": second.judged.judged,
        "before": first.maps.record()["floors"], "after": after.record()["floors"],
        "better": sum(c.direction == "better" for c in found), "worse": sum(c.direction == "worse" for c in found),
        "changes": [c.record(lang) for c in found],
    }  # fmt: skip


# ---- hand-over ----


def design_handover(folder: Path, *, out: Path, now: datetime, prices: Path | None = None) -> list[Record]:
    """Writes the hand-over of the network in a site's folder: a DXF of each floor and one workbook; names and sizes.

    prices : a TOML file that replaces shipped assumptions. Raises BadInput, StoreConflict, UnknownName, MissingExtra.
    """
    from setsail.design.bill import read
    from setsail.design.handover.folder import write
    from setsail.design.network.folder import read as read_network
    from setsail.site.folder import read as read_site

    return write(read_site(folder), read_network(folder), out, now, read(prices) if prices else None)
