"""The bytes of a text file as UTF-8, inflated and decoded piece by piece, with every refusal naming the line."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from setsail.base.errors import BadInput
from setsail.store.readers.guards import require_inflation

PIECE = 8 << 20
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def utf8_pieces(path: Path, *, zipped: bool, encoding: str) -> Iterator[bytes]:
    """The text of a file as valid UTF-8 bytes without a byte order mark; characters are never cut.

    encoding : as declared; empty for UTF-8, which is then demanded.
    Raises BadInput: another encoding, a zero byte, a cut or damaged gzip stream, a bomb.
    """
    decoder = _Decoder(path, encoding)
    for piece in _raw_pieces(path, zipped=zipped):
        if text := decoder.decode(piece):
            yield text
    if tail := decoder.decode(b"", final=True):
        yield tail
    if not decoder.pieces:
        raise BadInput("is empty", where=str(path), allowed="a header and rows")


def _raw_pieces(path: Path, *, zipped: bool) -> Iterator[bytes]:
    with path.open("rb") as file:
        if not zipped:
            while piece := file.read(PIECE):
                yield piece
            return
        yield from _inflated(file, path)


def _inflated(file: BinaryIO, path: Path) -> Iterator[bytes]:
    size, total = path.stat().st_size, 0
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as stream:
            while piece := stream.read(PIECE):
                total += len(piece)
                require_inflation(total, min(size, max(file.tell(), 1)), str(path))
                yield piece
    except EOFError as err:
        raise BadInput(
            f"is cut off: the gzip stream ends after {total:,} bytes without its end mark",
            where=str(path), allowed="a whole gzip file", hint="fetch it again",
        ) from err  # fmt: skip
    except (gzip.BadGzipFile, zlib.error) as err:
        raise BadInput(
            f"is damaged: {err}", where=str(path), allowed="a whole gzip file", hint="fetch it again"
        ) from err


def _require_text(piece: bytes, encoding: str, path: Path) -> None:
    for mark, name in _BOMS:
        if piece.startswith(mark) and not encoding:
            raise BadInput(
                f"is {name.upper()}", where=str(path), allowed="UTF-8, or the encoding that the map declares",
                hint=f'encoding = "{name}" in [file] of the map, or: iconv -f {name.upper()} -t UTF-8 {path.name}',
            )  # fmt: skip


class _Decoder:
    """Text of one file, from the declared encoding to UTF-8, with the line that is being read."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.path, self.encoding = path, encoding
        self.lines, self.pieces = 1, 0
        self._decoder = codecs.getincrementaldecoder(encoding or "utf-8-sig")("strict")

    def decode(self, piece: bytes, *, final: bool = False) -> bytes:
        """The next stretch as UTF-8. Raises BadInput with the line."""
        if not self.pieces and piece:
            _require_text(piece, self.encoding, self.path)
        text = self._text(piece, final=final)
        zero = text.find("\0")
        if zero >= 0:
            line = self.lines + text.count("\n", 0, zero)
            raise BadInput(
                "holds a zero byte: it is no text",
                where=f"{self.path}:{line}",
                allowed="CSV, CSV in gzip, XLSX or Parquet",
            )
        if not self.pieces:
            text = text.removeprefix("\ufeff")
        self.pieces += bool(piece)
        self.lines += text.count("\n")
        return text.encode("utf-8")

    def _text(self, piece: bytes, *, final: bool) -> str:
        try:
            return self._decoder.decode(piece, final)
        except UnicodeDecodeError as err:
            line = self.lines + bytes(err.object[: err.start]).count(b"\n")
            raise BadInput(
                f"is not {self.encoding or 'UTF-8'} (byte {err.object[err.start]:#04x})",
                where=f"{self.path}:{line}",
                allowed=f"{self.encoding}, as the map declares" if self.encoding else "UTF-8",
                hint=f'encoding = "gb18030" in [file] of the map, or: iconv -f GB18030 -t UTF-8 {self.path.name}',
            ) from err
        except UnicodeError as err:
            where = f"{self.path}:{self.lines}"
            raise BadInput(f"is not {self.encoding}: {err}", where=where, allowed=self.encoding) from err
