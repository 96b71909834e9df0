"""Finished blocks on disk: each a file that is whole or not there, so that a killed run goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa

from setsail.radio.coverage.block import PRODUCTS, Raster, Task
from setsail.radio.coverage.grid import Block

KEY_CHARACTERS = 24
CODEC = "zstd"
MAGIC = b"setsail-block-1\n"


class Ledger:
    """A folder of blocks named by place and key; a block of another key is another block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, task: Task) -> Path:
        """The file of a block."""
        return self.folder / f"{task.block.name}-{task.key[:KEY_CHARACTERS]}.block"

    def write(self, task: Task, rasters: dict[str, Raster]) -> None:
        """Keeps a block."""
        raw = b"".join(np.ascontiguousarray(rasters[p.name]).tobytes() for p in PRODUCTS)
        packed = pa.Codec(CODEC, compression_level=1).compress(raw, asbytes=True)
        head = json.dumps({"key": task.key, "raw": len(raw), "sha256": hashlib.sha256(packed).hexdigest()}).encode()
        path = self.path(task)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.write(MAGIC + head + b"\n" + packed)
        temporary.replace(path)

    def read(self, task: Task) -> dict[str, Raster] | None:
        """The rasters of a block; None where it is not there, cut short or altered."""
        try:
            data = self.path(task).read_bytes()
        except FileNotFoundError:
            return None
        magic, _, rest = data.partition(b"\n")
        head, _, packed = rest.partition(b"\n")
        try:
            told = json.loads(head)
        except ValueError:
            return None
        whole = told.get("sha256") == hashlib.sha256(packed).hexdigest() and told.get("key") == task.key
        if magic + b"\n" != MAGIC or not whole:
            return None
        raw = pa.Codec(CODEC).decompress(packed, decompressed_size=told["raw"], asbytes=True)
        return _rasters(raw, task.block)


def _rasters(raw: bytes, block: Block) -> dict[str, Raster]:
    made: dict[str, Raster] = {}
    at = 0
    for product in PRODUCTS:
        kind = np.dtype(product.dtype)
        count = block.height * block.width
        made[product.name] = np.frombuffer(raw, kind, count, at).reshape(block.height, block.width)
        at += count * kind.itemsize
    return made
