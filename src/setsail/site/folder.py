"""A site as a folder that a person can read and compare: site.toml, floors/*.geojson, needs.csv, import.csv.

Beside them the design keeps network.toml, heads.csv and flows.csv; they stay when a site is written again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from setsail.base import toml
from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, StoreConflict
from setsail.base.fields import build, columns, parse, told
from setsail.base.folders import read_whole, whole_folder
from setsail.base.tables import iter_rows, read_text, require_unique
from setsail.site import floor_file
from setsail.site.model import Floor, Need, Site, Told
from setsail.store.leases import locked

FORMAT = 1
SITE_FILE, FLOORS, NEEDS, IMPORT = "site.toml", "floors", "needs.csv", "import.csv"
OWNED = frozenset({SITE_FILE, FLOORS, NEEDS, IMPORT})
"""What `write` writes anew; everything else in a folder stays."""
OWN_RATES = ("ul_bps", "dl_bps")
NETWORK_LOCK = ".network.lock"
"""Held by a design while it writes network.toml, heads.csv and flows.csv."""
MAX_BYTES = 256 << 20
MOST_BPS = 1e11
"""Of one device: beyond any radio."""
IN_TABLES = ("floors", "needs", "declared", "inferred", "refused")
IMPORT_COLUMNS = ("kind", "subject", "what", "reason")
_FILE_ID = re.compile(r"\w[\w.-]{0,79}")
_HEAD = "# A site of Set Sail. Lengths are metres, angles degrees. Rooms, walls and openings: floors/*.geojson.\n"


def write(site: Site, path: Path, *, replace: bool = False) -> None:
    """Writes the folder of a site, whole or not at all; read again it equals `ordered(site)`.

    replace : a site folder that is there is replaced; its other files, such as network.toml, stay as they are.
    Raises StoreConflict where something else is there, BadInput for an id that no file can be named after.
    """
    files = _files(site)
    with _no_design(path), whole_folder(path, replace=replace, proof=SITE_FILE, owned=OWNED) as new:
        (new / FLOORS).mkdir()
        for name, text in files.items():
            (new / name).write_text(text, encoding="utf-8", newline="")


@contextmanager
def _no_design(path: Path) -> Iterator[None]:
    """Holds the lock of the folder's network, so that no design is lost. Raises StoreConflict where one is at work."""
    if not (path / NETWORK_LOCK).is_file():
        yield
        return
    with locked(path / NETWORK_LOCK, wait=False) as mine:
        if not mine:
            raise StoreConflict("is being designed", where=str(path), hint="wait for the design to end")
        yield


def read(path: Path) -> Site:
    """The site of a folder. Raises BadInput with file, line and what is allowed."""
    if not (path / SITE_FILE).is_file():
        what = "has no site.toml" if path.is_dir() else "does not exist" if not path.exists() else "is no folder"
        raise BadInput(what, where=str(path), allowed="a folder of `setsail site new` or `setsail site import`")
    return read_whole(path, _read)


def ordered(site: Site) -> Site:
    """The site with floors from low to high, and everything on them by id."""
    floors = sorted(site.floors, key=lambda f: (f.level, f.elevation_m, f.floor))
    needs = sorted(site.needs, key=lambda n: floor_file.natural(n.need))
    return replace(site, floors=tuple(floor_file.ordered(f) for f in floors), needs=tuple(needs))


def _files(site: Site) -> dict[str, str]:
    site = ordered(site)
    _require_ids(site)
    found = {f"{FLOORS}/{f.floor}.geojson": floor_file.text(f) for f in site.floors}
    notes = [("inferred", t) for t in site.inferred] + [("refused", t) for t in site.refused]
    found[SITE_FILE] = _site_text(site)
    found[NEEDS] = _table(_need_columns(site.needs), (_cells(told(n)) for n in site.needs))
    if notes:
        found[IMPORT] = _table(IMPORT_COLUMNS, (_cells(told(t) | {"kind": kind}) for kind, t in notes))
    return found


def _need_columns(needs: Sequence[Need]) -> list[str]:
    """Columns of the needs; those of own rates only where a need has one."""
    return [c for c in columns(Need) if c not in OWN_RATES or any(getattr(n, c) is not None for n in needs)]


def _require_ids(site: Site) -> None:
    seen: set[str] = set()
    for floor in site.floors:
        if not _FILE_ID.fullmatch(floor.floor):
            raise OutOfRange(f"is {floor.floor!r}", where="floor", allowed="1 to 80 letters, digits, '-', '_' or '.'")
        if floor.floor.casefold() in seen:
            raise DuplicateKey(f"has the floor {floor.floor!r} twice", where=site.site)
        seen.add(floor.floor.casefold())
    for need in site.needs:
        if not need.need.strip() or need.need.lstrip().startswith("#"):
            raise OutOfRange(f"is {need.need!r}", where="need", allowed="an id that does not begin with '#'")


def _site_text(site: Site) -> str:
    lines = [f"format = {FORMAT}"]
    lines += [f"{k} = {toml.written(v)}" for k, v in told(site, IN_TABLES).items()]
    if site.declared:
        lines += ["", "[declared]"]
        lines += [f"{toml.written(k)} = {toml.written(v)}" for k, v in sorted(site.declared.items())]
    for floor in site.floors:
        lines += ["", "[[floors]]"]
        lines += [f"{k} = {toml.written(v)}" for k, v in told(floor, ("rooms", "walls", "openings")).items()]
    return _HEAD + "\n".join(lines) + "\n"


def _cells(fields: dict[str, Any]) -> dict[str, str]:
    return {k: _cell(v) for k, v in fields.items()}


def _cell(value: Any) -> str:  # noqa: ANN401 - a field of any kind
    """A value as in every table of a site's folder: flags are yes or no; `true` and `false` are read too."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else toml.written(value)


def _table(names: Sequence[str], rows: Iterable[dict[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _read(path: Path) -> Site:
    where = str(path / SITE_FILE)
    table = toml.document(_text(path / SITE_FILE), where)
    if table.pop("format", None) != FORMAT:
        raise BadInput("is no format that is read here", where=f"{where} format", allowed=str(FORMAT))
    declared = table.pop("declared", {})
    _require_declared(declared, f"{where} [declared]")
    headers = [
        build(Floor, t, f"{where} [[floors]] {i}", known={"rooms": (), "walls": (), "openings": ()})
        for i, t in enumerate(toml.tables(table, "floors", where), 1)
    ]
    table.pop("floors", None)
    table["licensed_bands"] = toml.texts(table, "licensed_bands", where)
    floors = tuple(_floor(path, header) for header in headers)
    _require_rooms_once(floors, path)
    notes = _notes(path / IMPORT)
    known: dict[str, Any] = {"floors": floors, "needs": _needs(path / NEEDS), "declared": declared}
    known |= {"licensed_bands": table.pop("licensed_bands")}
    known |= {kind: tuple(t for k, t in notes if k == kind) for kind in ("inferred", "refused")}
    site = ordered(build(Site, table, where, known=known))
    _require_ids(site)
    _require_all_read(path, site)
    return site


def _text(path: Path) -> str:
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise BadInput(f"holds {path.stat().st_size:,} bytes", where=str(path), allowed=f"up to {MAX_BYTES >> 20} MiB")
    return read_text(path)


def _floor(path: Path, header: Floor) -> Floor:
    if not _FILE_ID.fullmatch(header.floor):
        raise BadInput(f"is {header.floor!r}", where=f"{path / SITE_FILE} floor", allowed="a name that a file can have")
    file = path / FLOORS / f"{header.floor}.geojson"
    return floor_file.floor(_text(file), str(file), header)


def _needs(path: Path) -> tuple[Need, ...]:
    if not path.exists():
        return ()
    rows = list(iter_rows(_text(path), str(path), required=("need", "application", "count"), known=columns(Need)))
    require_unique(rows, ("need",))
    found = []
    for row in rows:
        need = parse(Need, row.cells, f"{row.table}:{row.line}")
        if need.count < 0:
            raise OutOfRange(f"is {need.count}", where=row.where("count"), allowed="0 or more")
        if not 0.0 <= need.activity_ratio <= 1.0:
            raise OutOfRange(f"is {need.activity_ratio:g}", where=row.where("activity_ratio"), allowed="0 to 1")
        for column in OWN_RATES:
            rate = getattr(need, column)
            if rate is not None and not 0.0 <= rate <= MOST_BPS:
                allowed = f"0 to {MOST_BPS:g}, or nothing for the rate of the application"
                raise OutOfRange(f"is {rate:g}", where=row.where(column), allowed=allowed)
        found.append(need)
    return tuple(found)


def _notes(path: Path) -> list[tuple[str, Told]]:
    if not path.exists():
        return []
    rows = iter_rows(_text(path), str(path), required=IMPORT_COLUMNS, known=IMPORT_COLUMNS)
    found = []
    for row in rows:
        if row.get("kind") not in ("inferred", "refused"):
            raise BadInput(f"is {row.get('kind')!r}", where=row.where("kind"), allowed="inferred, refused")
        found.append((row.get("kind"), Told(row.cells["subject"], row.cells["what"], row.cells["reason"])))
    return found


def _require_declared(table: object, where: str) -> None:
    if not isinstance(table, dict):
        raise BadInput("is no table", where=where, allowed="key = text, number, true or false")
    for key, value in table.items():
        if not isinstance(value, str | bool) and not toml.is_number(value):
            raise BadInput(f"is {value!r}", where=f"{where} {key}", allowed="text, a finite number, true or false")


def _require_rooms_once(floors: Sequence[Floor], path: Path) -> None:
    seen: dict[str, str] = {}
    for floor in floors:
        for room in floor.rooms:
            if room.room in seen:
                where = f"{path / FLOORS / floor.floor}.geojson (room {room.room!r})"
                raise DuplicateKey(f"is on floor {seen[room.room]!r} too", where=where, hint="give one another id")
            seen[room.room] = floor.floor


def _require_all_read(path: Path, site: Site) -> None:
    """A floor file that site.toml does not name would be a part of the building that nobody sees."""
    named = {f"{f.floor}.geojson" for f in site.floors}
    folder = path / FLOORS
    strange = sorted(f.name for f in folder.glob("*.geojson") if f.name not in named) if folder.is_dir() else []
    if strange:
        raise BadInput(
            f"is not named in {SITE_FILE}",
            where=str(folder / strange[0]),
            hint="add a [[floors]] table or remove the file",
        )
