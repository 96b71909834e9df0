"""Requests to the application in this process, byte by byte as a server would hand them on: no socket, no redirect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from fastapi import FastAPI


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> dict[str, str]:
        """The one shape of errors, checked."""
        body = self.json()
        assert list(body) == ["error"], body
        assert set(body["error"]) == {"code", "where", "what", "allowed", "hint"}, body
        found: dict[str, str] = body["error"]
        return found


@dataclass(slots=True)
class Client:
    """A browser without pages: keeps cookies, and carries the session's token once `sign_in` has it."""

    app: FastAPI
    address: str = "192.0.2.7"
    scheme: str = "http"
    host: str = "setsail.test"
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def scope(self, path: str) -> dict[str, Any]:
        """What the application is given for a GET whose answer is read as it comes, as that of a stream is."""
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "client": (self.address, 40000), "server": (self.host, 80),
            "headers": [(b"host", self.host.encode()), (b"cookie", cookie.encode())],
        }  # fmt: skip

    def sign_in(self, name: str, password: str) -> Answer:
        """Signs in, and keeps cookie and token where that went well."""
        found = self.post("/api/v1/session", json={"name": name, "password": password})
        self.csrf = found.json().get("csrf", "")
        return found

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> Answer:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> Answer:
        return self.request("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> Answer:
        return self.request("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.request("DELETE", path, **more)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        json: Any = None,
        content: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; `content` in pieces goes without a length, as a chunked body does."""
        return asyncio.run(self.ask(method, path, params=params, json=json, content=content, headers=headers))

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        json: Any = None,
        content: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request of a test that has an event loop of its own: what the server keeps open lives on in it."""
        sent = {"host": self.host, **({"x-csrf-token": self.csrf} if self.csrf else {})}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if json is not None:
            content = _json(json)
            sent["content-type"] = "application/json"
        if isinstance(content, bytes):
            sent["content-length"] = str(len(content))
            content = [content]
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        query = urlencode(params, doseq=True) if params else ""
        path, _, more = path.partition("?")
        return await self._send(method, path, query or more, sent, iter(content))

    async def _send(
        self, method: str, path: str, query: str, sent: Mapping[str, str], pieces: Iterable[bytes]
    ) -> Answer:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": self.scheme,
            "path": unquote_to_bytes(path).decode("utf-8", "replace"), "raw_path": path.encode("ascii", "replace"),
            "query_string": query.encode("ascii", "replace"), "root_path": "", "client": (self.address, 40000),
            "server": (self.host, 80),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        }  # fmt: skip
        source = iter(pieces)
        told: list[MutableMapping[str, Any]] = []
        left = asyncio.Event()

        async def receive() -> dict[str, Any]:
            piece = next(source, None)
            if piece is None:
                if receive.ended:  # type: ignore[attr-defined]
                    await left.wait()
                    return {"type": "http.disconnect"}
                receive.ended = True  # type: ignore[attr-defined]
                return {"type": "http.request", "body": b"", "more_body": False}
            return {"type": "http.request", "body": piece, "more_body": True}

        receive.ended = False  # type: ignore[attr-defined]

        async def send(message: MutableMapping[str, Any]) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        return self._answer(told)

    def _answer(self, told: list[MutableMapping[str, Any]]) -> Answer:
        start = told[0]
        headers: dict[str, str] = {}
        for raw_name, raw_value in start["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            if name == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
                    if not morsel.value:
                        del self.cookies[key]
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in told[1:]))


def _json(value: object) -> bytes:
    return json.dumps(value).encode("utf-8")
