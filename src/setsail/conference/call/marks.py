"""The picture strip: who sent a picture and which one it is, in black and white blocks that survive re-encoding.

Two rows of 24 blocks, 16 x 16 luma samples each in a picture 640 wide, at its upper left: 16 bits of the site's
number, 16 bits of the frame's number, 16 bits of check (CRC-16/CCITT of the four bytes), most significant bit first,
row by row. A picture of another width carries the same strip scaled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setsail.base.limits import Limit

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

WIDTH, HEIGHT = 640, 360
BLOCK, COLUMNS, ROWS = 16, 24, 2
DARK, LIGHT = 40, 215
CONTRAST_LUMA = 60.0
"""Least difference between the lightest and the darkest block: below it no strip is read."""
MARGIN_RATIO = 0.15
"""How far a block must be from the middle between dark and light, as a share of their difference."""
NARROWEST = 160
"""Width [pixels] of the smallest picture that is read: 4 x 4 samples a block."""
SITE_NUMBER = Limit("site", 1, 0xFFFF, "16 bits of the strip; 0 is nobody")


@dataclass(frozen=True, slots=True)
class Marks:
    """What the strips of n pictures say: site (n,), frame (n,), read (n,) whether strip and check code are whole.

    Where `read` is false, site and frame are 0.
    """

    site: I64
    frame: I64
    read: Flags


def _crc_table() -> I64:
    """CRC-16 of each byte with the polynomial x^16 + x^12 + x^5 + 1."""
    table = np.arange(256, dtype=np.int64) << 8
    for _ in range(8):
        table = np.where(table & 0x8000, (table << 1) ^ 0x1021, table << 1) & 0xFFFF
    return table


_CRC = _crc_table()


def check_code(site: I64, frame: I64) -> I64:
    """CRC-16/CCITT (n,) of site and frame (n,), begun at 0xFFFF so that a blank picture is no mark.

    Source: ITU-T X.25 (10/1996), cl. 2.2.7.4, the polynomial; most significant bit first and without final inversion.
    """
    code = np.full(np.broadcast(site, frame).shape, 0xFFFF, dtype=np.int64)
    for byte in (site >> 8, site & 0xFF, frame >> 8, frame & 0xFF):
        code = ((code << 8) & 0xFFFF) ^ _CRC[(code >> 8) ^ byte]
    return code


def stamp(luma: U8, site: int, frames: npt.ArrayLike) -> None:
    """Writes the strips of a site into pictures. luma : (n, height, width), changed;  frames : (n,) 0 to 65535.

    Raises OutOfRange for a site without a number of 16 bits.
    """
    SITE_NUMBER.require(site)
    number = np.asarray(frames, dtype=np.int64) & 0xFFFF
    who = np.full_like(number, site)
    word = (who << 32) | (number << 16) | check_code(who, number)
    bits = (word[:, None] >> np.arange(47, -1, -1)) & 1
    blocks = np.where(bits, LIGHT, DARK).astype(np.uint8).reshape(-1, ROWS, COLUMNS)
    size = _block_size(luma.shape[2])
    rows, columns = round(size * ROWS), round(size * COLUMNS)
    row = np.minimum((np.arange(rows) / size).astype(np.intp), ROWS - 1)
    column = np.minimum((np.arange(columns) / size).astype(np.intp), COLUMNS - 1)
    luma[:, :rows, :columns] = blocks[:, row[:, None], column[None, :]]


def read(luma: U8) -> Marks:
    """What the strips of pictures (n, height, width) say; a strip in doubt is not read."""
    n, height, width = luma.shape
    size = _block_size(width)
    if width < NARROWEST or height < round(size * ROWS):
        nothing = np.zeros(n, dtype=np.int64)
        return Marks(nothing, nothing.copy(), np.zeros(n, dtype=np.bool_))
    level = _block_means(luma, size)
    low, high = level.min(axis=1), level.max(axis=1)
    spread = high - low
    aside = (level - ((low + high) / 2)[:, None]) / np.maximum(spread, 1.0)[:, None]
    bits = (aside > 0).astype(np.int64)
    word = bits @ (np.int64(1) << np.arange(47, -1, -1, dtype=np.int64))
    site, frame = word >> 32, (word >> 16) & 0xFFFF
    whole = (spread >= CONTRAST_LUMA) & (np.abs(aside).min(axis=1) >= MARGIN_RATIO)
    whole &= (check_code(site, frame) == (word & 0xFFFF)) & (site > 0)
    return Marks(np.where(whole, site, 0), np.where(whole, frame, 0), whole)


def _block_size(width: int) -> float:
    """Side [pixels] of a block in a picture of that width."""
    return width * BLOCK / WIDTH


def _block_means(luma: U8, size: float) -> npt.NDArray[np.float64]:
    """Mean luma (n, 48) of the inner half of each block, where the neighbours do not reach."""
    inner = np.arange(max(2, round(size / 2))) + 0.5
    inset = (size - inner.size) / 2
    rows = (np.arange(ROWS)[:, None] * size + inset + inner).astype(np.intp)
    columns = (np.arange(COLUMNS)[:, None] * size + inset + inner).astype(np.intp)
    part = luma[:, rows[:, None, :, None], columns[None, :, None, :]]
    means: npt.NDArray[np.float64] = part.mean(axis=(3, 4), dtype=np.float64)
    return means.reshape(luma.shape[0], ROWS * COLUMNS)
