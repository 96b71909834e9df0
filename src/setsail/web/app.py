"""The application: routes of the API below /api/v1, the pages everywhere else."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from setsail import __version__
from setsail.store.workspace import Workspace
from setsail.web import errors, pages
from setsail.web.headers import TOO_LARGE, Guard, TooLargeError
from setsail.web.routes import ROUTERS
from setsail.web.settings import Settings
from setsail.web.state import State
from setsail.web.tasks import TASKS
from setsail.web.worker import Worker

PREFIX = "/api/v1"


def create_app(settings: Settings) -> FastAPI:
    """A server on one workspace, which is made where there is none. Raises BadInput."""
    state = State(settings, Workspace.open(settings.workspace).engine)
    app = FastAPI(
        title="Set Sail", version=__version__, docs_url=None, redoc_url=None, openapi_url=f"{PREFIX}/openapi.json",
        lifespan=_with_worker(state) if settings.worker else None,
    )  # fmt: skip
    app.state.setsail = state
    errors.install(app)
    app.add_exception_handler(TooLargeError, _too_large)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.add_api_route(PREFIX + "/{path:path}", _no_such_route, include_in_schema=False)
    app.mount("/", pages.Pages())
    app.add_middleware(Guard, upload_bytes=settings.upload_bytes)
    return app


def _with_worker(state: State) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A worker that lives as long as the server."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        of = state.settings
        worker = Worker(state.engine, of.workspace, TASKS, f"server-{secrets.token_hex(4)}", of.now)
        worker.start()
        yield
        worker.stop()

    return lifespan


async def _too_large(request: Request, err: Exception) -> Response:
    del err
    return errors.answer(413, "too-large", TOO_LARGE, where=request.url.path)


def _no_such_route(path: str) -> None:
    raise HTTPException(404, f"there is no {PREFIX}/{path}")
