"""Pixels as a PNG file."""

from __future__ import annotations

import struct
import zlib

import numpy as np


def png(rgb: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]) -> bytes:
    """A PNG of 8-bit colours (height, width, 3). Source: ISO/IEC 15948:2004, clauses 5 and 11."""
    height, width, _ = rgb.shape
    lines = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    lines[:, 1:] = rgb.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
