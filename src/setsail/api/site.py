"""Sites: import, check and show a building."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.site.model import Floor, Site


def site_new(
    kind: str, name: str, out: Path, *, floors: int = 1, area_m2: float = 1200.0, seed: int = 1,
    demonstration: bool = False,
) -> Record:  # fmt: skip
    """Writes a small synthetic building to start from; what `site_import` tells of it.

    kind : hospital or factory;  area_m2 : of a floor, or of the hall;  demonstration : the shipped one of its kind, for
    which name, floors, area and seed are settled.  Raises OutOfRange, UnknownName, StoreConflict.
    """
    import numpy as np

    from setsail.base.errors import UnknownName
    from setsail.site import generate, importing, records

    rng = np.random.default_rng(seed)
    importing.require_free(out, replacing=False)
    if demonstration:
        return records.imported_record(importing.into(generate.demonstration(kind), out))
    if kind == "hospital":
        wings = min(8, max(1, round(area_m2 / 600.0)))
        made = generate.hospital(
            rng, name=name, floors=floors, floor_area_m2=area_m2, wards_per_floor=wings, site=importing.id_of(out)
        )
    elif kind == "factory":
        made = generate.factory(rng, name=name, hall_area_m2=area_m2, site=importing.id_of(out))
    else:
        raise UnknownName(f"is {kind!r}", where="kind", allowed=", ".join(generate.DEMONSTRATIONS))
    return records.imported_record(importing.into(made, out))


def site_import(
    path: Path,
    out: Path,
    *,
    name: str = "",
    unit: str | None = None,
    kind: str | None = None,
    layers: Path | None = None,
    applications: Path | None = None,
    replace: bool = False,
) -> Record:
    """Reads a building from a file into a site folder; what was found, inferred and refused.

    unit : of lengths, where the file does not say it;  layers : of a DXF drawing to wall classes;  applications : a
    table of your own from functions to applications;  replace : an existing site folder, whose owner's edits stay.
    Raises BadInput and its kin, StoreConflict, MissingExtra.
    """
    from setsail.base.errors import UnknownName
    from setsail.site import importing, needs, records

    if kind is not None and kind not in needs.KINDS:
        raise UnknownName(f"is {kind!r}", where="--kind", allowed=", ".join(needs.KINDS))
    importing.require_free(out, replacing=replace)
    uses = needs.read(applications) if applications else None
    site_id = importing.id_of(out)
    site = importing.imported(path, name=name, site_id=site_id, unit=unit, kind=kind, layers=layers)
    return records.imported_record(importing.into(site, out, replacing=replace, uses=uses))


def site_check(path: Path) -> Record:
    """Every finding of a site folder, and of its network where there is one, with their number by grade."""
    from dataclasses import asdict

    from setsail.design.network import folder as networks
    from setsail.site import check, folder

    site = folder.read(path)
    found = check.check(site)
    if networks.exists(path):
        network = networks.read(path)
        found += check.check_bands(site, [(c.carrier, c.band) for c in network.carriers])
        found += check.check_heads(site, [(h.head, h.floor, h.x_m, h.y_m) for h in network.heads])
        found += check.check_flows(site, [(f.flow, f.room) for f in network.flows])
    findings = [asdict(finding) for finding in check.ordered(found)]
    counts = {grade: sum(1 for f in findings if f["grade"] == grade) for grade in ("defect", "notice")}
    return {"site": site.site, "findings": findings, "counts": counts, "sound": not counts["defect"]}


def site_show(path: Path, *, floor: str | None = None) -> Record:
    """A site folder in numbers: floors, rooms, areas, functions, walls."""
    from setsail.site import folder, records

    site = folder.read(path)
    return records.shown_record(site, _floors(site, floor))


def site_plan(path: Path, *, floor: str | None = None, language: str = "en") -> str:
    """The plans of a site folder as one self-contained SVG; `language`: en or zh."""
    from setsail.base.errors import UnknownName
    from setsail.site import folder, plan

    if language not in plan.WORDS:
        raise UnknownName(f"is {language!r}", where="--language", allowed=", ".join(plan.WORDS))
    site = folder.read(path)
    return plan.draw(site, _floors(site, floor), "zh" if language == "zh" else "en")


def site_picture(path: Path, out: Path, *, floor: str | None = None, language: str = "en") -> None:
    """The plans of a site folder as a PNG. Raises MissingExtra where no typesetter is installed."""
    from setsail.base.extras import require
    from setsail.base.writing import whole_file

    typst = require("typst", "conformance")
    svg = site_plan(path, floor=floor, language=language)
    page = '#set page(width: auto, height: auto, margin: 8pt)\n#image("plan.svg")\n'
    with whole_file(out) as temporary:
        temporary.write_bytes(typst.compile({"main": page.encode(), "plan.svg": svg.encode()}, format="png", ppi=144.0))


def site_backdrop(
    path: Path,
    floor: str,
    image: Path,
    points: Sequence[str],
    *,
    page: int = 1,
    dpi: float = 150.0,
    mirrored: bool | None = None,
) -> Record:
    """Lays a picture or a page of a PDF under a floor of a site folder; where it lies.

    points : such as `120,840=0,0`, a pixel from the top left corner and its place on the plane [m]; two or more.
    Raises BadInput, OutOfRange, UnknownName, MissingExtra.
    """
    from setsail.site import backdrop

    done = backdrop.place(
        path, floor, image, [backdrop.known_point(p) for p in points], page=page, dpi=dpi, mirrored=mirrored
    )
    return {
        "floor": done.floor,
        "file": str(path / backdrop.FOLDER / done.image),
        "width_px": done.width_px,
        "height_px": done.height_px,
        "metres_per_pixel": done.metres_per_pixel,
        "rotation_deg": done.rotation_deg,
        "mirrored": done.mirrored,
        "error_m": done.error_m,
    }


def site_functions() -> list[Record]:
    """Every function of rooms with its words, codes and what its rooms are taken to be."""
    from dataclasses import asdict

    from setsail.site.functions import functions

    return [asdict(one) for one in functions().values()]


def site_applications() -> list[Record]:
    """The table from functions to applications from which the needs of a new site are made."""
    from dataclasses import asdict

    from setsail.site.needs import shipped

    return [asdict(one) for one in shipped()]


def _floors(site: Site, floor: str | None) -> Sequence[Floor]:
    from setsail.base.errors import UnknownName

    if floor is None:
        return site.floors
    chosen = [f for f in site.floors if floor in (f.floor, f.name)]
    if not chosen:
        raise UnknownName(f"is {floor!r}", where="--floor", allowed=", ".join(f.floor for f in site.floors))
    return chosen
