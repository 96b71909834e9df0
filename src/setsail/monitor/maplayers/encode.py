"""Layers of a vector tile from arrays. Source: Mapbox Vector Tile Specification 2.1 (protocol buffers, version 2)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.monitor.maplayers import kernels
from setsail.monitor.maplayers.kernels import U64
from setsail.monitor.maplayers.mercator import EXTENT

POINT, POLYGON = 1, 3
MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7
"""Types of geometry (clause 4.3.4) and commands (clause 4.3.1)."""

FEATURE, ID, TAGS, TYPE, GEOMETRY = 0x12, 0x08, 0x12, 0x18, 0x22
"""Protocol-buffer tags: field number << 3 | wire type, as in `vector_tile.proto`."""

Value = str | int | float


def text_field(tag: int, text: str) -> bytes:
    """A string field."""
    raw = text.encode()
    return bytes([tag]) + varint(len(raw)) + raw


def varint(value: int) -> bytes:
    """One unsigned integer."""
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def value_field(value: Value) -> bytes:
    """A value of the table of a layer: text, whole number (uint or sint) or double (clause 4.4)."""
    if isinstance(value, str):
        body = text_field(0x0A, value)
    elif isinstance(value, float):
        body = b"\x19" + struct.pack("<d", value)
    elif value >= 0:
        body = b"\x28" + varint(value)
    else:
        body = b"\x30" + varint(-2 * value - 1)
    return b"\x22" + varint(len(body)) + body


@dataclass
class Values:
    """The keys and the value table of one layer while its features are made."""

    keys: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    _known: dict[tuple[type, Value], int] = field(default_factory=dict)

    def key(self, name: str) -> int:
        """Number of a key."""
        if name not in self.keys:
            self.keys.append(name)
        return self.keys.index(name)

    def value(self, value: Value) -> int:
        """Number of a value."""
        at = (type(value), value)
        if at not in self._known:
            self._known[at] = len(self.values)
            self.values.append(value)
        return self._known[at]

    def column(self, name: str, column: Sequence[Value] | F64 | I64) -> U64:
        """Tags (n, 2) of a key and its values: each distinct value stands once in the table."""
        array = np.asarray(column)
        distinct, index = np.unique(array, return_inverse=True)
        numbers = np.array([self.value(value) for value in distinct.tolist()], dtype=np.uint64)
        return np.column_stack([np.full(len(array), self.key(name), dtype=np.uint64), numbers[index]])


def layer(name: str, features: bytes, table: Values) -> bytes:
    """A whole layer, ready to stand in a tile."""
    body = b"".join(
        [
            b"\x78\x02", text_field(0x0A, name), features,
            *(text_field(0x1A, key) for key in table.keys), *(value_field(v) for v in table.values),
            b"\x28", varint(EXTENT),
        ]
    )  # fmt: skip
    return b"\x1a" + varint(len(body)) + body


def features(ids: I64, kind: int, tags: U64, geometry: U64) -> bytes:
    """Features whose geometries have equally many integers.

    ids : (n,);  tags : (n, t);  geometry : (n, g) commands and zigzag parameters.
    """
    n = len(ids)
    if not n:
        return b""
    tags_bytes, geometry_bytes = _lengths(tags), _lengths(geometry)
    id_column = ids.astype(np.uint64)[:, None]
    fixed = np.full((n, 1), 1, dtype=np.uint64)
    head = np.hstack([fixed * ID, id_column])
    with_tags = np.hstack([fixed * TAGS, tags_bytes, tags]) if tags.shape[1] else tags
    body = np.hstack([head, with_tags, fixed * TYPE, fixed * kind, fixed * GEOMETRY, geometry_bytes, geometry])
    return kernels.write(np.hstack([fixed * FEATURE, _lengths(body), body]).ravel())


def _lengths(rows: U64) -> U64:
    """Bytes (n, 1) that the varints of each row take."""
    return np.asarray(kernels.sizes(rows).sum(axis=1, keepdims=True), dtype=np.uint64)


def ring_geometry(x: I64, y: I64) -> U64:
    """Geometries (n, 2k + 3) of one closed ring of k corners each; x, y : (n, k) without the repeated first corner.

    The corners are turned so that the ring is an outer one: positive area with y downwards (clause 4.3.3.3).
    """
    n, corners = x.shape
    turned = (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1) < 0
    x, y = (np.where(turned[:, None], axis[:, ::-1], axis) for axis in (x, y))
    steps = [np.diff(axis, axis=1, prepend=0) for axis in (x, y)]
    pairs = kernels.zigzag(np.stack(steps, axis=2)).reshape(n, 2 * corners)
    one = np.ones((n, 1), dtype=np.uint64)
    move, line, close = (one * command(*c) for c in ((MOVE_TO, 1), (LINE_TO, corners - 1), (CLOSE_PATH, 1)))
    return np.hstack([move, pairs[:, :2], line, pairs[:, 2:], close])


def point_geometry(x: I64, y: I64) -> U64:
    """Geometries (n, 3) of one point each."""
    move = np.full(len(x), command(MOVE_TO, 1), dtype=np.uint64)
    return np.column_stack([move, kernels.zigzag(x), kernels.zigzag(y)])


def rings_geometry(rings: Sequence[tuple[I64, I64, bool]]) -> U64:
    """The geometry (1, g) of one area of many rings: x, y without the repeated corner, and whether it is an outer one.

    Inner rings follow their outer ring (clause 4.3.4.4). Rings without area are left out.
    """
    parts: list[U64] = []
    last_x = last_y = 0
    for x, y, outer in rings:
        twice = int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
        if not twice:
            continue
        if (twice > 0) != outer:
            x, y = x[::-1], y[::-1]  # noqa: PLW2901 - the same ring, walked the other way
        steps = np.column_stack([np.diff(x, prepend=last_x), np.diff(y, prepend=last_y)]).ravel()
        moved = kernels.zigzag(np.ascontiguousarray(steps))
        last_x, last_y = int(x[-1]), int(y[-1])
        parts += [_command(MOVE_TO, 1), moved[:2], _command(LINE_TO, len(x) - 1), moved[2:], _command(CLOSE_PATH, 1)]
    return np.concatenate(parts)[None, :] if parts else np.zeros((1, 0), dtype=np.uint64)


def command(number: int, count: int) -> np.uint64:
    """A command integer (clause 4.3.1)."""
    return np.uint64(count << 3 | number)


def _command(number: int, count: int) -> U64:
    return np.array([command(number, count)])
