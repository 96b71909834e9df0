"""Headers that every answer carries; bodies too large, strange hosts and other sites' pages are refused first."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from setsail.web.errors import answer, unforeseen
from setsail.web.settings import Settings

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
TLS_HEADERS = {"strict-transport-security": "max-age=31536000"}
TOO_LARGE = "the body is larger than this server takes"
STREAMED = "application/octet-stream"
"""Bodies of this type are read in pieces by their route, after it has seen who asks; all others are small."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FROM_HERE = frozenset({"same-origin", "none"})


class Guard:
    """ASGI middleware around all routes: headers on every answer, limits on every body, one answer to every fault."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _add_headers(message, scope)
            await send(message)

        headers = Headers(scope=scope)
        most = self._most(headers)
        refused = self._refusal(scope, headers, most)
        if refused:
            await refused(scope, receive, sent)
            return
        try:
            await self.app(scope, _limited(receive, most), sent)
        except Exception as err:
            if begun:
                raise
            await unforeseen(scope["method"], scope["path"], err)(scope, receive, sent)

    def _most(self, headers: Headers) -> int:
        """Bytes that the body may have."""
        streamed = headers.get("content-type", "").partition(";")[0].strip().lower() == STREAMED
        return self.settings.upload_bytes if streamed else self.settings.body_bytes

    def _refusal(self, scope: Scope, headers: Headers, most: int) -> Response | None:
        """The answer to a request that goes no further."""
        hosts = self.settings.hosts
        if hosts and _host(headers) not in hosts:
            return answer(421, "wrong-host", "this server has another name", allowed=", ".join(sorted(hosts)))
        if scope["method"] not in SAFE and headers.get("sec-fetch-site", "none") not in FROM_HERE:
            return answer(403, "not-allowed", "a page of another site may not change anything here")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 18 or int(length) > most:
            return answer(413, "too-large", TOO_LARGE, where=scope["path"], allowed=f"{most} bytes")
        return None


class TooLargeError(HTTPException):
    """A body without a length that went beyond the limit."""

    def __init__(self) -> None:
        super().__init__(413, TOO_LARGE)


def _add_headers(message: Message, scope: Scope) -> None:
    headers = MutableHeaders(scope=message)
    more = TLS_HEADERS if scope["scheme"] == "https" else {}
    for name, value in {**HEADERS, **more}.items():
        headers.setdefault(name, value)
    if scope["path"].startswith("/api"):
        headers.setdefault("cache-control", "no-store")


def _host(headers: Headers) -> str:
    """The name in the Host header, without its port."""
    host = headers.get("host", "").lower()
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def _limited(receive: Receive, most: int) -> Receive:
    taken = 0

    async def next_part() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLargeError
        return message

    return next_part
