"""Vector tiles read back: written from the specification alone, sharing nothing with the encoder."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Feature:
    """One feature: paths are lists of points; rings without the repeated first corner."""

    id: int | None = None
    kind: int = 0
    properties: dict[str, Any] = field(default_factory=dict)
    paths: list[list[tuple[int, int]]] = field(default_factory=list)


@dataclass
class Layer:
    """One layer."""

    version: int = 1
    extent: int = 4096
    name: str = ""
    features: list[Feature] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)


def read(data: bytes) -> dict[str, Layer]:
    """Layers by name (clause 4.1: names are unique within a tile)."""
    found: dict[str, Layer] = {}
    for number, value in _fields(data):
        assert number == 3, number
        layer = _layer(value)
        assert layer.name not in found
        found[layer.name] = layer
    return found


def _layer(data: bytes) -> Layer:
    layer, raw = Layer(), []
    for number, value in _fields(data):
        if number == 15:
            layer.version = value
        elif number == 1:
            layer.name = value.decode()
        elif number == 2:
            raw.append(value)
        elif number == 3:
            layer.keys.append(value.decode())
        elif number == 4:
            layer.values.append(_value(value))
        elif number == 5:
            layer.extent = value
        else:
            raise AssertionError(number)
    layer.features = [_feature(one, layer) for one in raw]
    return layer


def _feature(data: bytes, layer: Layer) -> Feature:
    made = Feature()
    for number, value in _fields(data):
        if number == 1:
            made.id = value
        elif number == 2:
            tags = list(_packed(value))
            assert len(tags) % 2 == 0
            made.properties = {layer.keys[k]: layer.values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
        elif number == 3:
            made.kind = value
        elif number == 4:
            made.paths = _paths(list(_packed(value)))
        else:
            raise AssertionError(number)
    return made


def _paths(commands: list[int]) -> list[list[tuple[int, int]]]:
    paths: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:
            assert count == 1
            continue
        assert command in (1, 2)
        for _ in range(count):
            x += _signed(commands[at])
            y += _signed(commands[at + 1])
            at += 2
            if command == 1:
                paths.append([])
            paths[-1].append((x, y))
    return paths


def _signed(value: int) -> int:
    return value // 2 if value % 2 == 0 else -(value + 1) // 2


def _value(data: bytes) -> Any:
    ((number, value),) = _fields(data)
    if number == 1:
        return value.decode()
    if number == 3:
        return struct.unpack("<d", value)[0]
    if number == 5:
        return value
    if number == 6:
        return _signed(value)
    raise AssertionError(number)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
        elif wire == 1:
            yield number, data[at : at + 8]
            at += 8
        elif wire == 2:
            length, at = _varint(data, at)
            assert at + length <= len(data)
            yield number, data[at : at + length]
            at += length
        else:
            raise AssertionError(wire)


def _packed(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def area2(path: list[tuple[int, int]]) -> int:
    """Twice the area of a ring by the surveyor's formula, y downwards."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(path, path[1:] + path[:1], strict=True))
