"""Answers that are computed once: kept in memory by what they were asked with, and told unchanged by their ETag."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import Response

MOST_BYTES = 64 * 1024 * 1024
SMALL_BYTES = 2048
SMALL_TILE_BYTES = 512
"""Bytes below which compressing gains nothing: of JSON, of a vector tile."""
OVERHEAD_BYTES = 512
"""What keeping an answer takes beside its bytes: an empty tile is not free."""
AGAIN = "private, no-cache"
"""A browser keeps the answer and asks each time whether it still holds."""


@dataclass(frozen=True, slots=True)
class Body:
    """One answer, plain and packed (the same where packing gains nothing), and its tag."""

    plain: bytes
    packed: bytes
    tag: str

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.plain) + (0 if self.packed is self.plain else len(self.packed)) + OVERHEAD_BYTES


@dataclass(slots=True)
class Kept:
    """The answers used last, up to a number of bytes. Asked twice at once, an answer is computed once."""

    most_bytes: int = MOST_BYTES
    _bodies: OrderedDict[Hashable, Body] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _working: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable, make: Callable[[], object]) -> Body:
        """The JSON answer of this key, made by `make` where it is not kept."""
        return self.body(key, lambda: body_of(make()))

    def body(self, key: Hashable, make: Callable[[], Body]) -> Body:
        """The answer of this key, made by `make` where it is not kept. What `make` raises is raised and not kept."""
        found = self._found(key)
        if found:
            return found
        with self._lock:
            working = self._working.setdefault(key, threading.Lock())
        try:
            with working:
                return self._found(key) or self._keep(key, make())
        finally:
            with self._lock:
                self._working.pop(key, None)

    def _found(self, key: Hashable) -> Body | None:
        with self._lock:
            found = self._bodies.get(key)
            if found:
                self._bodies.move_to_end(key)
            return found

    def _keep(self, key: Hashable, body: Body) -> Body:
        with self._lock:
            before = self._bodies.pop(key, None)
            self._bodies[key] = body
            self._bytes += body.size - (before.size if before else 0)
            while len(self._bodies) > 1 and self._bytes > self.most_bytes:
                self._bytes -= self._bodies.popitem(last=False)[1].size
        return body


def body_of(content: object) -> Body:
    """The answer as it is sent. Numbers that JSON has no word for are refused (ValueError)."""
    plain = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    return Body(plain, gzip.compress(plain, 5, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:32]}"')


def tile_body(data: bytes, tag: str) -> Body:
    """A vector tile as it is sent; `tag` stands in quotes in its ETag."""
    return Body(data, gzip.compress(data, 4, mtime=0) if len(data) > SMALL_TILE_BYTES else data, f'"{tag}"')


def answer(request: Request, body: Body) -> Response:
    """The body, or 304 where the caller holds it already; packed where the caller takes that."""
    headers = {"etag": body.tag, "cache-control": AGAIN, "vary": "accept-encoding"}
    if body.tag in (part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    packs = "gzip" in request.headers.get("accept-encoding", "") and len(body.plain) > SMALL_BYTES
    if packs:
        headers["content-encoding"] = "gzip"
    return Response(body.packed if packs else body.plain, media_type="application/json", headers=headers)
