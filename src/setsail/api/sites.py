"""Sites as the pages show them: drawings, one opened design with its maps and verdicts, and designs changed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.base.arrays import F32
    from setsail.conformance.findings import Finding
    from setsail.conformance.verify_facts import Assessed
    from setsail.design.network.model import Network
    from setsail.site.model import Floor, Site

LAYERS = ("rsrp", "sinr", "rate_dl", "rate_ul", "second", "positioning", "exposure")
REMOTE_ULTRASOUND = (("APP-128", "emergency", 1.0), ("APP-119", "examination", 1.0))
"""What the demonstration asks for beside the needs of its rooms: application, function of the room, share active."""


def site_summary(path: Path) -> Record:
    """One site as a row of a list. Raises BadInput for a folder that cannot be read."""
    from setsail.design.network import folder as networks
    from setsail.site import folder, records

    site = folder.read(path)
    designed = networks.exists(path)
    return {
        "site": path.name, "name": site.name, "kind": site.kind, "synthetic": site.synthetic, "source": site.source,
        "floors": len(site.floors), "rooms": sum(1 for _ in site.rooms()),
        "area_m2": records.area_m2([r for r in site.rooms() if r.indoor]), "needs": len(site.needs),
        "designed": designed, "heads": len(networks.read(path).heads) if designed else None,
        "floor_list": [{"floor": f.floor, "name": f.name, "level": f.level} for f in site.floors],
    }  # fmt: skip


def site_drawing(path: Path, floor: str) -> Record:
    """One floor as GeoJSON in local metres, with everything that its file holds. Raises BadInput, UnknownName."""
    from setsail.site import folder

    return _drawing(_floor_of(folder.read(path), floor))


def _drawing(floor: Floor) -> Record:
    """The record of a floor, as its file holds it."""
    import json

    from setsail.site import floor_file

    made: Record = json.loads(floor_file.text(floor))
    return made


def site_wall_classes(language: str = "en") -> list[Record]:
    """Every class of walls, doors and windows with its words."""
    from setsail.site.classes import wall_classes

    return [
        {"wall_class": c.wall_class, "kind": c.kind, "name": c.name_zh if language == "zh" else c.name_en,
         "loss_db": c.loss_db, "layers": [list(layer) for layer in c.layers], "source": c.source}
        for c in wall_classes().values()
    ]  # fmt: skip


def site_demonstration(out: Path) -> Record:
    """Writes the demonstration hospital with two needs of remote ultrasound; what `site_import` tells of it.

    Raises StoreConflict where something is there.
    """
    from dataclasses import replace

    from setsail.site import folder, generate, importing, records
    from setsail.site.model import Need

    importing.require_free(out, replacing=False)
    site = generate.demonstration("hospital")
    first = {use: next(r.room for r in site.rooms() if r.function == use) for _, use, _ in REMOTE_ULTRASOUND}
    added = tuple(
        Need(f"{first[use]}/{name}", name, 1, first[use], activity_ratio=share, origin="placed",
             note="assumption: remote ultrasound of the demonstration")
        for name, use, share in REMOTE_ULTRASOUND
    )  # fmt: skip
    made = replace(site, site=importing.id_of(out), needs=(*site.needs, *added))
    folder.write(made, out)
    return records.imported_record(made)


# ---- one opened design ----


def design_open(path: Path, *, profile: str = "hospital") -> Assessed:
    """The design of a site's folder with its maps, facts and verdicts, as a handle for the functions below.

    Raises BadInput (no site, no network), UnknownName.
    """
    from setsail.conformance.profile_reader import profile as read
    from setsail.conformance.verify_facts import assess

    return assess(path, read(profile))


def design_bytes(opened: Assessed) -> int:
    """Memory that an opened design takes, about: its rasters, and 1 KiB for each fact and finding."""
    floors = opened.maps.floors
    rasters = sum(
        getattr(f, name).nbytes
        for f in floors
        for name in (
            "planes", "cell", "head", "rsrp_dbm", "second_rsrp_dbm", "second_cell_rsrp_dbm", "dominance_db", "sinr_db",
            "rate_dl_bps", "rate_ul_bps",
        )
    )  # fmt: skip
    scenes = sum(f.grid.room.nbytes + f.scene.ingress_dbm.nbytes + f.parts.order.nbytes for f in floors)
    return int(rasters + scenes + 1024 * (len(opened.facts) + len(opened.judged.findings)))


def design_edited(opened: Assessed, heads: Sequence[Mapping[str, Any]], floors: Mapping[str, Any]) -> Assessed:
    """The design with these heads (all of them) and these drawings of floors (the changed ones); nothing is written.

    heads : rows as in `heads.csv`;  floors : GeoJSON of `site_drawing` by floor. Raises BadInput, UnknownName.
    """
    from setsail.conformance.edits import edited

    network = _with_heads(opened.network, heads)
    return edited(opened, network.heads, {name: _drawn(opened.site, name, text) for name, text in floors.items()})


def design_save(path: Path, opened: Assessed, edited: Assessed) -> Record:
    """Writes an edited design into the folder of its site: changed floors, then the network, each whole.

    Raises StoreConflict where a design is under way there, BadInput.
    """
    from setsail.design.network import folder as networks
    from setsail.site import folder

    if edited.site is not opened.site:
        folder.write(edited.site, path, replace=True)
    networks.write(edited.network, path)
    return {"site": path.name, "heads": len(edited.network.heads), "floors_changed": edited.site is not opened.site}


def design_layers(opened: Assessed, floor: str) -> Record:
    """The frame of a floor's rasters, and the layers with their fixed classes from the highest. Raises UnknownName."""
    from setsail.design.indoor import layers
    from setsail.radio.coverage.picture import classes_of

    grid = opened.maps.floor(floor).grid
    rows, columns = grid.room.shape
    made = []
    for name in LAYERS:
        classes = classes_of(layers.CLASSES.get(name, name))
        made.append(
            {"layer": name, "unit": classes[0].unit, "classes": [
                {"low": c.low, "colour": c.colour, "label": c.label} for c in classes
            ]}
        )  # fmt: skip
    return {
        "floor": floor, "rows": rows, "columns": columns, "west_m": grid.west_m, "north_m": grid.north_m,
        "resolution_m": grid.resolution_m, "layers": made,
    }  # fmt: skip


def design_raster(opened: Assessed, floor: str, layer: str) -> F32:
    """(rows, columns) one layer in the unit of its classes, the first row in the north; NaN outside the building.

    Raises UnknownName.
    """
    import numpy as np

    from setsail.design.indoor import layers

    one = opened.maps.floor(floor)
    found = layers.layer(opened.maps, one, layer)
    return np.where(layers.within(one), found.values, np.nan).astype("<f4")


def design_layer_rooms(opened: Assessed, floor: str, layer: str) -> list[Record]:
    """One layer room by room: the value that 95 % of the pixels keep to, and the median. Raises UnknownName."""
    from setsail.design.indoor.layer_rooms import by_room

    return by_room(opened.maps, opened.maps.floor(floor), layer)


def design_verdicts(opened: Assessed, *, lang: str = "en") -> Record:
    """What a profile says of an opened design: totals, dimensions, worst rules, verdict of every room, applications."""
    from setsail.conformance.findings_summary import dimension_table, summary_records
    from setsail.conformance.subjects import applications, rooms

    judged = opened.judged
    return {
        "site": judged.site, "profile": judged.profile.profile, "profile_version": judged.profile.version,
        "stage": judged.stage, "totals": judged.totals(), "dimensions": dimension_table(judged, lang),
        "worst": [_told(r, lang) | {"subject_name": _names(opened).of(str(r["worst"]))}
                  for r in summary_records(judged, lang)],
        "rooms": rooms(judged, opened.network),
        "applications": [
            one | {"why": [_told(w, lang) | {"subject_name": _names(opened).of(w["subject"])} for w in one["why"]]}
            for one in applications(opened, lang)
        ],
        "open_slots": len(judged.open_slots), "covered_ratio": opened.maps.covered_ratio, "failed": judged.failed,
    }  # fmt: skip


def design_findings(
    opened: Assessed, *, room: str = "", flow: str = "", dimension: str = "", verdict: str = "", rule: str = "",
    lang: str = "en", offset: int = 0, limit: int = 100,
) -> Record:  # fmt: skip
    """Findings of an opened design by room (with its flows), flow, dimension, verdict or rule: one page, and how many.

    The worst come first.
    """
    from setsail.conformance.subjects import ORDER, room_findings

    if room:
        found = room_findings(opened.judged, opened.network, room)
    else:
        found = sorted(opened.judged.findings, key=lambda f: ORDER.index(f.verdict))
    kept = [
        f
        for f in found
        if (not flow or f.subject == f"flow:{flow}")
        and (not dimension or f.dimension == dimension)
        and (not verdict or f.verdict == verdict)
        and (not rule or f.rule == rule)
    ]
    names = _names(opened)
    page = kept[offset : offset + limit]
    return {
        "all": len(kept), "offset": offset,
        "findings": [_finding(f, lang) | {"subject_name": names.of(f.subject)} for f in page],
    }  # fmt: skip


def design_tables(opened: Assessed) -> Record:
    """The network of an opened design as tables, with its bill at the shipped prices."""
    from setsail.design.bill import bill
    from setsail.design.network.tables import CLASSES, rows_of

    priced = bill(opened.site, opened.network).record()
    return {name: rows_of(opened.network, name) for name in CLASSES} | {
        "notes": list(opened.network.notes), "settings": dict(opened.network.settings), "bill": priced,
    }  # fmt: skip


def design_budgets(opened: Assessed, flow: str, *, lang: str = "en") -> list[Record]:
    """The delay budget of a flow in each direction: what is needed, and every term with its mean and largest part.

    Raises UnknownName.
    """
    from dataclasses import replace

    from setsail.base.errors import UnknownName
    from setsail.conformance.report.gather import budgets
    from setsail.conformance.report.inputs import Branch
    from setsail.conformance.report.words import words_of

    own = tuple(f for f in opened.network.flows if f.flow == flow)
    if not own:
        raise UnknownName(f"is {flow!r}", where="flow", allowed=f"one of {len(opened.network.flows)} flows")
    words = words_of(lang)

    def tree(of: Branch) -> Record:
        return {"name": words.phrase(of.name), "mean_s": of.mean_s, "max_s": of.max_s,
                "children": [tree(child) for child in of.children]}  # fmt: skip

    return [
        {"flow": b.flow, "application": b.application, "direction": b.direction, "room": b.room,
         "required_s": b.required_s, "tree": tree(b.tree), "note": b.note}
        for b in budgets(replace(opened.network, flows=own))
    ]  # fmt: skip


def design_changes(before: Assessed, after: Assessed, *, lang: str = "en", limit: int = 200) -> Record:
    """What a second design changes: verdicts better and worse, totals, rooms, heads and cost."""
    from setsail.conformance.diff import changes
    from setsail.conformance.subjects import rooms

    found = changes(before.judged, after.judged)
    turned = sorted(found, key=lambda c: (not c.verdict_changed, c.direction != "worse"))
    names = _names(after)
    return {
        "totals": {"before": before.judged.totals(), "after": after.judged.totals()},
        "better": sum(c.direction == "better" for c in found), "worse": sum(c.direction == "worse" for c in found),
        "verdicts_changed": sum(c.verdict_changed for c in found), "all": len(found),
        "changes": [_change(c.record(lang), lang) | {"subject_name": names.of(str(c.record(lang)["subject"]))}
                    for c in turned[:limit]],
        "rooms": rooms(after.judged, after.network), "heads": [len(before.network.heads), len(after.network.heads)],
        "capital": [_capital(before), _capital(after)],
        "covered_ratio": [before.maps.covered_ratio, after.maps.covered_ratio],
    }  # fmt: skip


def _capital(of: Assessed) -> Record:
    from setsail.design.bill import bill

    made = bill(of.site, of.network)
    return {"capital": made.capital, "yearly": made.yearly, "currency": made.currency, "verified": made.verified}


def _change(record: Record, lang: str) -> Record:
    for side in ("before", "after"):
        row = record[side]
        if isinstance(row, dict):
            record[side] = _told(row | {"unit": record["unit"]}, lang)
    return record


def _finding(finding: Finding, lang: str) -> Record:
    return _told(finding.record(lang), lang)


def _told(record: Record, lang: str) -> Record:
    """A finding's record with its values in words, and its cause in the language where a form of it is known."""
    from setsail.conformance.report.words import words_of

    words, unit = words_of(lang), str(record.get("unit") or "")
    shown = {f"{key}_text": words.value(record.get(key), unit) for key in ("met", "required", "margin")}
    cause = "; ".join(words.phrase(part) for part in str(record.get("cause") or "").split("; "))
    return record | shown | {"cause": cause}


def _names(opened: Assessed) -> Any:  # noqa: ANN401 - a class of a room that loads late
    from setsail.conformance.report.names import Names

    return Names(opened.site, opened.network)


def _with_heads(network: Network, heads: Sequence[Mapping[str, Any]]) -> Network:
    """The network with these heads, checked as those of a file. Raises BadInput, UnknownName."""
    from dataclasses import replace

    from setsail.design.network.tables import build, rows_of

    parts = {name: rows_of(network, name) for name in ("carriers", "cells")} | {"heads": list(heads)}
    head = {"site": network.site, "preset": network.preset}
    made = build(head, parts, lambda part, i, column: f"{part} {i + 1} {column}".strip())
    return replace(network, heads=made.heads)


def _drawn(site: Site, name: str, text: object) -> Floor:
    """The floor of an edited drawing. Raises BadInput with the place, UnknownName."""
    import json
    from dataclasses import replace

    from setsail.base.errors import BadInput
    from setsail.site import floor_file

    bare, where = replace(_floor_of(site, name), rooms=(), walls=(), openings=()), f"floor {name}"
    written = json.dumps(text, ensure_ascii=False)
    try:
        written.encode("utf-8")
    except UnicodeEncodeError as err:
        raise BadInput("holds half a character", where=where, allowed="text that UTF-8 can hold") from err
    return floor_file.floor(written, where, bare)


def _floor_of(site: Site, name: str) -> Floor:
    from setsail.base.errors import UnknownName

    found = site.floor(name)
    if found is None:
        raise UnknownName(f"is {name!r}", where="floor", allowed=", ".join(f.floor for f in site.floors))
    return found
