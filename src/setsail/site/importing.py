"""A site from a file of any kind that is read here, and what the owner of its folder keeps when it is read again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput, StoreConflict
from setsail.site import folder
from setsail.site.model import Site, Told
from setsail.site.needs import Use, default_needs, merged
from setsail.site.walls import with_walls

READERS = {
    ".xlsx": "setsail.site.cobie",
    ".xlsm": "setsail.site.cobie",
    ".dxf": "setsail.site.dxf",
    ".ifc": "setsail.site.ifc",
    ".geojson": "setsail.site.geojson",
    ".json": "setsail.site.geojson",
}
"""The module that reads a file, by its suffix; each has `read(path, *, name, unit, ...) -> Site`."""
OWNERS = ("licensed_bands", "lon", "lat", "bearing_deg", "declared")
"""What only the owner knows: it is kept from the folder that is replaced."""


def imported(
    path: Path, *, name: str = "", site_id: str = "", unit: str | None = None, kind: str | None = None,
    **more: Any,
) -> Site:  # fmt: skip
    """The site of a file, with the needs of its functions.

    name : of the site, else that of the file;  unit : of lengths, where the file does not say it;
    kind : hospital, factory or port;
    more : options of the reader of that kind of file.  Raises BadInput and its kin, MissingExtra.
    """
    suffix = _suffix(path)
    module = READERS.get(suffix)
    if module is None:
        what = f"ends in {path.suffix!r}" if path.suffix else "has no suffix"
        hint = "a picture or PDF is a backdrop to draw on, no plan that can be read"
        raise BadInput(what, where=str(path), allowed=", ".join(READERS), hint=hint)
    options = {key: value for key, value in more.items() if value is not None}
    if "layers" in options and suffix != ".dxf":
        raise BadInput(f"is given for a file that ends in {suffix!r}", where="--layers", allowed="with DXF drawings")
    site: Site = import_module(module).read(path, name=name, unit=unit, **options)
    site = with_walls(site)
    return replace(site, kind=kind or site.kind, site=site_id or site.site)


def _suffix(path: Path) -> str:
    """The suffix that tells the reader: of a file its own, of a folder that of the plans in it."""
    if path.is_dir() and any(p.suffix.casefold() == ".dxf" for p in path.iterdir()):
        return ".dxf"
    return ".geojson" if (path / "unit.geojson").is_file() else path.suffix.casefold()


def into(site: Site, path: Path, *, replacing: bool = False, uses: Sequence[Use] | None = None) -> Site:
    """Writes the folder of a site with the needs of its functions; returns the site as written.

    Where a site folder is replaced, what the owner stated (OWNERS) and edited in needs.csv stays; what the file says
    of rooms, walls and openings is new.  Raises StoreConflict where something is there and may not be replaced.
    """
    require_free(path, replacing=replacing)
    before = folder.read(path) if (path / folder.SITE_FILE).is_file() else None
    done = replace(site, needs=default_needs(site, uses)) if before is None else _kept(before, site, uses)
    folder.write(done, path, replace=replacing)
    return folder.ordered(done)


def require_free(path: Path, *, replacing: bool) -> None:
    """Raises StoreConflict where a folder with files is there and may not be replaced: asked before a long import."""
    if replacing or not path.is_dir() or not any(path.iterdir()):
        return
    hint = "--replace, or another --out" if (path / folder.SITE_FILE).is_file() else "another --out"
    raise StoreConflict("is there already", where=str(path), allowed="a new or empty folder", hint=hint)


def _kept(before: Site, site: Site, uses: Sequence[Use] | None) -> Site:
    """The new site with what the owner of the old one had stated."""
    stated = {key: getattr(before, key) for key in OWNERS if getattr(before, key)}
    found = merged(before, site, uses)
    told = [Told("needs.csv", f"{len(ids)} needs {how}", ", ".join(ids)) for ids, how in (
        (found.added, "of the owner kept"), (found.changed, "kept as the owner changed them"),
        (found.removed, "left out as the owner removed them"),
    ) if ids]  # fmt: skip
    told += [Told("site.toml", f"{key} kept", "stated by the owner") for key in stated]
    return replace(site, needs=found.needs, inferred=(*site.inferred, *told), **stated)


def id_of(out: Path) -> str:
    """The id of the site of a folder: its name."""
    return re.sub(r"[^\w.-]+", "-", out.resolve().name).strip("-.") or "site"
