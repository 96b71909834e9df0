"""The built pages: files as they are, and the start page for every address that a person may share."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
MISSING = "This installation was built without its pages (SETSAIL_SKIP_WEB=1); the API is at /api/v1.\n"
FOREVER = "public, max-age=31536000, immutable"
LONGEST, MOST_PARTS = 250, 100
"""Bytes of a part of an address of a page, and its parts: within what file systems take."""


class Pages(StaticFiles):
    """Files of the build; names with a hash are kept by the browser, the start page is asked for again."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, else the start page, which knows the address."""
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("pages are read only\n", 405, {"allow": "GET, HEAD"})
        if not (FOLDER / "index.html").exists():
            return PlainTextResponse(MISSING, 503)
        parts = path.split("/")
        if len(parts) > MOST_PARTS or any(_is_strange(part) for part in parts):
            return _no_such_file()
        full, found = self.lookup_path(path)
        if found is None or not Path(full).is_file():
            if Path(path).suffix:
                return _no_such_file()
            full, found = self.lookup_path("index.html")
        assert found is not None  # noqa: S101 - seen above
        answer = self.file_response(full, found, scope)
        answer.headers["cache-control"] = FOREVER if parts[0] == "assets" else "no-cache"
        return answer


def _is_strange(part: str) -> bool:
    return (part.startswith(".") and part != ".") or "\0" in part or "\\" in part or len(part.encode()) > LONGEST


def _no_such_file() -> Response:
    return PlainTextResponse("there is no such file\n", 404)
