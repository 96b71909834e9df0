"""What a file is before it is trusted: its nature, its format by content, and how much it may inflate."""

from __future__ import annotations

import errno
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from setsail.base.errors import BadInput

Format = Literal["csv", "csv.gz", "xlsx", "parquet", "geojson"]

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, SyntaxError)
"""What the readers of a workbook raise where its bytes are not as they were written."""
MAX_RATIO = 250
"""Inflated bytes per stored byte. Dense measurement logs reach 5 to 30; a bomb reaches about 1,000."""
RATIO_FLOOR = 64 << 20
"""Below this many inflated bytes the ratio is not judged."""
MAX_INFLATED = 256 << 30
MAX_XLSX_INFLATED = 2 << 30
MAX_XLSX_PARTS = 10_000
MAX_PROMISED_ROWS_PER_BYTE = 64
PROMISE_FLOOR = 1_000_000
"""Rows that a header may promise without a look at the size of the file."""

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", "save it as .xlsx"),
    (b"%PDF", "a PDF", "extract its table to CSV first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it and name the file inside"),
    (b"Rar!", "a RAR archive", "unpack it and name the file inside"),
    (b"\xfd7zXZ\x00", "an xz file", "xz -d FILE"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "zstd -d FILE"),
    (b"BZh", "a bzip2 file", "bzip2 -d FILE"),
    (b"SQLite format 3\x00", "a SQLite data base or GeoPackage", "export its table to CSV first"),
    (b"ARROW1", "an Arrow IPC file", "write it as Parquet"),
    (b"ORC", "an ORC file", "write it as Parquet"),
)
_ALLOWED = "CSV, CSV in gzip, XLSX, Parquet or GeoJSON of points"


def require_regular(path: Path) -> int:
    """Size of a file that is there, is a file, may be read and is not empty [bytes]. Raises BadInput.

    A symbolic link is followed; what it leads to must be a regular file (no folder, pipe, socket or device).
    """
    where = str(path)
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise BadInput("is a folder", where=where, allowed="a file", hint="name the file inside")
        if not stat.S_ISREG(facts.st_mode):
            raise BadInput("is a pipe, socket or device", where=where, allowed="a regular file", hint="save it first")
        with path.open("rb"):
            pass
    except FileNotFoundError as err:
        dangling = path.is_symlink()
        what = "is a link that leads nowhere" if dangling else "does not exist"
        raise BadInput(what, where=where, hint="check the path") from err
    except PermissionError as err:
        raise BadInput("may not be read", where=where, hint="check the rights of the file") from err
    except OSError as err:
        looping = err.errno == errno.ELOOP
        raise BadInput("is a circle of links" if looping else f"cannot be opened: {err}", where=where) from err
    if facts.st_size == 0:
        raise BadInput("is empty", where=where, allowed="a header and rows")
    return facts.st_size


def sniff(path: Path) -> Format:
    """The format by the first bytes, whatever the name says. Raises BadInput for anything that is not read here."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:2] == b"\x1f\x8b":
        return "csv.gz"
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}:
        return _zip_format(path)
    for magic, what, hint in _MAGIC:
        if head.startswith(magic):
            raise BadInput(f"is {what}", where=str(path), allowed=_ALLOWED, hint=hint)
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "geojson" if bare.startswith(b"{") and b'"type"' in bare else "csv"


def require_inflation(inflated: int, stored: int, where: str) -> None:
    """Raises BadInput once a file inflates to more than it may."""
    if inflated > MAX_INFLATED:
        raise BadInput(
            f"inflates to more than {MAX_INFLATED >> 30} GiB", where=where, hint="inflate it yourself and split it"
        )
    if inflated > RATIO_FLOOR and inflated > MAX_RATIO * max(stored, 1):
        raise BadInput(
            f"inflates {inflated // max(stored, 1):,}-fold, as a zip bomb does",
            where=where,
            allowed=f"up to {MAX_RATIO}-fold",
            hint="inflate it yourself if you trust it",
        )


def require_workbook(path: Path) -> None:
    """Raises BadInput for a workbook that inflates too far, has too many parts or is damaged. Inflates nothing.

    The sizes stated in the archive are upper bounds: reading a part stops there.
    """
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as err:
        raise BadInput(f"is damaged or cut off: {err}", where=where, allowed="a whole XLSX workbook") from err
    if len(parts) > MAX_XLSX_PARTS:
        raise BadInput(f"has {len(parts):,} parts", where=where, allowed=f"up to {MAX_XLSX_PARTS:,}")
    if any(part.flag_bits & 1 for part in parts):
        raise BadInput("is encrypted", where=where, hint="save it without a password")
    total = sum(part.file_size for part in parts)
    if total > MAX_XLSX_INFLATED:
        raise BadInput(
            f"inflates to {total:,} bytes",
            where=where,
            allowed=f"up to {MAX_XLSX_INFLATED >> 30} GiB",
            hint="save it as CSV",
        )
    for part in parts:
        require_inflation(part.file_size, part.compress_size, f"{where} part {part.filename!r}")
    require_inflation(total, path.stat().st_size, where)


def require_promise(rows: int, size: int, where: str) -> None:
    """Raises BadInput where a header promises more rows than a file of that size [bytes] can hold."""
    if rows > PROMISE_FLOOR and rows > MAX_PROMISED_ROWS_PER_BYTE * size:
        raise BadInput(
            f"promises {rows:,} rows in {size:,} bytes",
            where=where,
            allowed=f"up to {MAX_PROMISED_ROWS_PER_BYTE} rows per byte",
            hint="write the file again",
        )


def _zip_format(path: Path) -> Format:
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as err:
        raise BadInput(f"is damaged or cut off: {err}", where=where, allowed="a whole XLSX workbook") from err
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise BadInput("is a binary workbook (.xlsb)", where=where, allowed=_ALLOWED, hint="save it as .xlsx")
    if "mimetype" in names and "content.xml" in names:
        raise BadInput("is an OpenDocument file", where=where, allowed=_ALLOWED, hint="save it as .xlsx")
    raise BadInput("is a zip archive", where=where, allowed=_ALLOWED, hint="unpack it and name the file inside")
