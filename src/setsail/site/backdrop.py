"""A picture of a plan under a floor: a page of a PDF or an image, laid on the plane of the site by known points."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from setsail.base import toml
from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange, StoreCorrupt, UnknownName
from setsail.base.extras import require
from setsail.base.limits import Limit
from setsail.base.writing import whole_file, write_whole
from setsail.site import folder
from setsail.site.model import Point
from setsail.store.readers.guards import require_regular

FOLDER = "backdrops"
"""Beside the files that `folder.write` owns: a backdrop stays when a site is imported again."""
MAX_BYTES = 100 << 20
MAX_PIXELS = 40_000_000
DPI = Limit("dpi", 20.0, 600.0, "assumption")
SCALE_M = Limit("metres of a pixel", 5e-4, 5.0, "assumption")
LEAST_PIXELS = 10.0
"""Two points nearer than this on the picture tell no direction."""
LEAST_M = 0.1
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
KEYS = ("floor", "image", "sha256", "source", "page", "width_px", "height_px", "transform", "mirrored", "error_m")
_POINT = re.compile(r"\s*([^,=]+),([^,=]+)=([^,=]+),([^,=]+)")


@dataclass(frozen=True, slots=True)
class Known:
    """A place on the picture (pixels from its top left corner) whose place on the plane is known [m]."""

    pixel: Point
    plane: Point


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A picture and where it lies: x = a px + b py + c, y = d px + e py + f, with transform (a, b, c, d, e, f).

    error_m : greatest distance of a known point from where the transform puts it; 0 for two points.
    """

    floor: str
    image: str
    sha256: str
    source: str
    page: int
    width_px: int
    height_px: int
    transform: tuple[float, float, float, float, float, float]
    mirrored: bool = False
    error_m: float = 0.0

    @property
    def metres_per_pixel(self) -> float:
        """Side of a pixel [m]."""
        return math.hypot(self.transform[0], self.transform[3])

    @property
    def rotation_deg(self) -> float:
        """Angle of the picture's x axis from east, counter-clockwise."""
        return math.degrees(math.atan2(self.transform[3], self.transform[0]))

    def to_plane(self, px: float, py: float) -> Point:
        """The place of a pixel [m]."""
        a, b, c, d, e, f = self.transform
        return a * px + b * py + c, d * px + e * py + f

    def to_pixel(self, x: float, y: float) -> Point:
        """The pixel of a place."""
        a, b, c, d, e, f = self.transform
        det = a * e - b * d
        return (e * (x - c) - b * (y - f)) / det, (a * (y - f) - d * (x - c)) / det


def known_point(text: str) -> Known:
    """A known point of text such as `120,840=0,0`: pixels, then metres. Raises BadInput."""
    told = _POINT.fullmatch(text)
    allowed = "px,py=x,y such as 120,840=0,0"
    if told is None:
        raise BadInput(f"is {text!r}", where="--point", allowed=allowed)
    try:
        px, py, x, y = (float(part) for part in told.groups())
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="--point", allowed=allowed) from err
    if not all(map(math.isfinite, (px, py, x, y))):
        raise BadInput(f"is {text!r}", where="--point", allowed="finite numbers")
    return Known((px, py), (x, y))


def fitted(points: Sequence[Known], mirrored: bool | None = None) -> tuple[F64, bool, float]:
    """Transform (6,), whether the picture is mirrored, and the greatest error [m].

    Scale, turn and shift that put the points nearest to their places (least squares). The y axis of pixels points down,
    that of the plane up. mirrored : a scan seen from behind; None lets three or more points decide, two cannot.
    Raises BadInput for points that do not tell a scale.
    """
    _require_apart(points)
    sides = [False] if mirrored is None and len(points) < 3 else [False, True] if mirrored is None else [mirrored]
    found = [(*_similar(points, side), side) for side in sides]
    transform, error, side = min(found, key=lambda one: one[1])
    SCALE_M.require(math.hypot(transform[0], transform[3]), "--point: metres of a pixel")
    return transform, side, error


def _require_apart(points: Sequence[Known]) -> None:
    if len(points) < 2:
        raise BadInput(f"{len(points)} given", where="--point", allowed="two points or more")
    for axis, least, unit in (("pixel", LEAST_PIXELS, "pixels"), ("plane", LEAST_M, "m")):
        places = [getattr(one, axis) for one in points]
        widest = max(math.dist(a, b) for a in places for b in places)
        if widest < least:
            what = f"all lie within {widest:g} {unit} of each other"
            raise BadInput(what, where="--point", allowed=f"two places at least {least:g} {unit} apart")


def _similar(points: Sequence[Known], mirrored: bool) -> tuple[F64, float]:
    """Least-squares similarity. With u = px, v = -py (or py where mirrored): x = a u - b v + c, y = b u + a v + d."""
    sign = 1.0 if mirrored else -1.0
    rows, wanted = [], []
    for one in points:
        u, v = one.pixel[0], sign * one.pixel[1]
        rows += [[u, -v, 1.0, 0.0], [v, u, 0.0, 1.0]]
        wanted += list(one.plane)
    (a, b, c, d), *_ = np.linalg.lstsq(np.array(rows), np.array(wanted), rcond=None)
    transform = np.array([a, -b * sign, c, b, a * sign, d])
    error = max(
        math.dist((transform[:3] @ [*one.pixel, 1.0], transform[3:] @ [*one.pixel, 1.0]), one.plane) for one in points
    )
    return transform, error


def place(
    site: Path, floor: str, image: Path, points: Sequence[Known], *, page: int = 1, dpi: float = 150.0,
    mirrored: bool | None = None,
) -> Backdrop:  # fmt: skip
    """Writes `backdrops/<floor>.png` and `.toml` into a site folder; the backdrop as written.

    page, dpi : of a PDF; pixels of `points` are counted at that dpi.  A backdrop that is there is replaced.
    Raises BadInput, OutOfRange, UnknownName for a floor that the site has not, MissingExtra.
    """
    known = folder.read(site)
    chosen = next((f for f in known.floors if floor in (f.floor, f.name)), None)
    if chosen is None:
        raise UnknownName(f"is {floor!r}", where="--floor", allowed=", ".join(f.floor for f in known.floors))
    transform, side, error = fitted(points, mirrored)
    picture = _picture(image, page, dpi)
    for one in points:
        inside = 0.0 <= one.pixel[0] <= picture.width and 0.0 <= one.pixel[1] <= picture.height
        if not inside:
            allowed = f"0,0 to {picture.width},{picture.height}, counted from the top left corner"
            raise OutOfRange(f"is at {one.pixel[0]:g},{one.pixel[1]:g}", where="--point", allowed=allowed)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=False)
    named = f"{chosen.floor}.png"
    done = Backdrop(
        chosen.floor, named, hashlib.sha256(buffer.getvalue()).hexdigest(), image.name, page, picture.width,
        picture.height, tuple(float(v) for v in transform), side, round(error, 6),  # type: ignore[arg-type]
    )  # fmt: skip
    with whole_file(site / FOLDER / named) as temporary:
        temporary.write_bytes(buffer.getvalue())
    write_whole(site / FOLDER / f"{chosen.floor}.toml", _text(done))
    return done


def read(site: Path, floor: str) -> Backdrop | None:
    """The backdrop of a floor, None where it has none. Raises BadInput, StoreCorrupt where its picture was changed."""
    path = site / FOLDER / f"{floor}.toml"
    if not path.exists():
        return None
    where = str(path)
    require_regular(path)
    table = toml.document(path.read_text(encoding="utf-8"), where)
    toml.require_known(table, KEYS, where)
    numbers = table.get("transform")
    if not isinstance(numbers, list) or len(numbers) != 6 or not all(map(toml.is_number, numbers)):
        raise BadInput(f"is {str(numbers)[:60]}", where=f"{where} transform", allowed="six numbers")
    if abs(numbers[0] * numbers[4] - numbers[1] * numbers[3]) < SCALE_M.low**2 / 2.0:
        raise BadInput("gives no pixel a size", where=f"{where} transform", allowed=SCALE_M.text())
    texts = {key: toml.text(table, key, where) for key in ("floor", "image", "sha256", "source")}
    counts = {key: int(toml.number(table, key, where)) for key in ("page", "width_px", "height_px")}
    found = Backdrop(
        **texts, **counts, transform=tuple(float(v) for v in numbers),  # type: ignore[arg-type]
        mirrored=toml.flag(table, "mirrored", where), error_m=toml.number(table, "error_m", where),
    )  # fmt: skip
    if found.floor != floor or found.image != f"{floor}.png":
        raise BadInput(f"is of floor {found.floor!r}, image {found.image!r}", where=where, allowed=f"{floor!r}")
    picture = site / FOLDER / found.image
    require_regular(picture)
    if hashlib.sha256(picture.read_bytes()).hexdigest() != found.sha256:
        raise StoreCorrupt("is not the picture that was placed", where=str(picture), hint="place it again")
    return found


def _text(done: Backdrop) -> str:
    lines = ["# A picture under a floor: x = a px + b py + c, y = d px + e py + f, transform = [a, b, c, d, e, f].\n"]
    for key in KEYS:
        value = getattr(done, key)
        lines.append(f"{key} = {toml.written(value)}\n")
    return "".join(lines)


def _picture(path: Path, page: int, dpi: float) -> Any:  # noqa: ANN401 - Pillow is an extra
    size = require_regular(path)
    if size > MAX_BYTES:
        raise BadInput(f"holds {size:,} bytes", where=str(path), allowed=f"up to {MAX_BYTES >> 20} MiB")
    with path.open("rb") as file:
        head = file.read(1024)
    return _page(path, page, dpi) if b"%PDF" in head else _image(path)


def _page(path: Path, page: int, dpi: float) -> Any:  # noqa: ANN401 - Pillow is an extra
    pdfium = require("pypdfium2", "site")
    require("PIL", "site")
    DPI.require(dpi, "--dpi")
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as err:
        hint = "remove its password" if "assword" in str(err) else "save it again as PDF"
        raise BadInput(f"cannot be read: {err}", where=str(path), allowed="a PDF", hint=hint) from err
    try:
        if not 1 <= page <= len(document):
            raise OutOfRange(f"is {page}", where="--page", allowed=f"1 to {len(document)}")
        sheet = document[page - 1]
        wide, high = (side * dpi / 72.0 for side in sheet.get_size())
        if wide * high > MAX_PIXELS:
            most = math.floor(dpi * math.sqrt(MAX_PIXELS / (wide * high)))
            what = f"makes {wide * high / 1e6:,.0f} million pixels of the page"
            raise OutOfRange(what, where="--dpi", allowed=f"up to {most} for this page")
        return sheet.render(scale=dpi / 72.0).to_pil().convert("RGB")
    except pdfium.PdfiumError as err:
        raise BadInput(f"page {page} cannot be drawn: {err}", where=str(path)) from err
    finally:
        document.close()


def _image(path: Path) -> Any:  # noqa: ANN401 - Pillow is an extra
    image, ops = require("PIL.Image", "site"), require("PIL.ImageOps", "site")
    allowed = f"PDF, {', '.join(FORMATS)}"
    try:
        with image.open(path, formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                what = f"holds {opened.width} x {opened.height} pixels"
                raise OutOfRange(what, where=str(path), allowed=f"up to {MAX_PIXELS / 1e6:g} million")
            upright = ops.exif_transpose(opened)
            plain = upright.convert("RGBA" if upright.mode in ("RGBA", "LA", "P", "PA") else "RGB")
            sheet = image.new("RGB", plain.size, "white")
            sheet.paste(plain, mask=plain.getchannel("A") if plain.mode == "RGBA" else None)
            return sheet
    except (OSError, SyntaxError, ValueError, image.DecompressionBombError) as err:
        raise BadInput("is no picture that can be read", where=str(path), allowed=allowed) from err
