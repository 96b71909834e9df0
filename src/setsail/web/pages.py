"""The built pages: files as they are, and the start page for every address that a person may share."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
MISSING = "This installation was built without its pages (SETSAIL_SKIP_WEB=1); the API is at /api/v1.\n"
FOREVER = "public, max-age=31536000, immutable"


class Pages(StaticFiles):
    """Files of the build; names with a hash are kept by the browser, the start page is asked for again."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, else the start page, which knows the address."""
        if not (FOLDER / "index.html").exists():
            return PlainTextResponse(MISSING, 503)
        full, found = self.lookup_path(path)
        if found is None or not Path(full).is_file() or Path(full).name.startswith("."):
            if Path(path).suffix:
                return PlainTextResponse("there is no such file\n", 404)
            full, found = self.lookup_path("index.html")
        assert found is not None  # noqa: S101 - seen above
        answer = self.file_response(full, found, scope)
        fixed = "/assets/" in full
        answer.headers["cache-control"] = FOREVER if fixed else "no-cache"
        return answer
