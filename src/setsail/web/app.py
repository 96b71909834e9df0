"""The application: routes of the API below /api/v1, the pages everywhere else."""

from __future__ import annotations

import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import timedelta

from fastapi import Depends, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match, Mount

from setsail import __version__
from setsail.store.workspace import Workspace
from setsail.web import errors, pages
from setsail.web.access import public
from setsail.web.headers import Guard
from setsail.web.rollout_tasks import UPLOADS
from setsail.web.routes import ROUTERS
from setsail.web.seats import Seats
from setsail.web.settings import Settings
from setsail.web.site_uploads import sweep
from setsail.web.state import State
from setsail.web.tasks import TASKS
from setsail.web.warm import warm
from setsail.web.worker import Worker

PREFIX = "/api/v1"
DEAD = timedelta(seconds=10)
"""Age of a table that nobody reads when a server begins: its own server died."""
WARM_S = 5.0
"""Longest wait at the end of a server for what it prepares at its start."""
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(settings: Settings) -> FastAPI:
    """A server on one workspace, which is made where there is none. Raises BadInput."""
    state = State(settings, Workspace.open(settings.workspace).engine)
    app = FastAPI(
        title="Set Sail", version=__version__, docs_url=None, redoc_url=None, openapi_url=None,
        lifespan=_lifespan(state),
    )  # fmt: skip
    app.state.setsail, app.state.seats = state, Seats()
    roots = (settings.workspace, settings.sites_folder(), settings.rollouts_folder())
    errors.install(app, tuple(root.expanduser().absolute() for root in roots))
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.add_api_route(f"{PREFIX}/openapi.json", _document, dependencies=[Depends(public)], include_in_schema=False)
    for path in ("/api", "/api/{path:path}"):
        app.add_api_route(
            path, _no_such_route, methods=METHODS, dependencies=[Depends(public)], include_in_schema=False
        )
    app.mount("/", GZipMiddleware(pages.Pages(), minimum_size=1000, compresslevel=6))
    app.add_middleware(Guard, settings=settings)
    return app


def _lifespan(state: State) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What lives as long as the server: a worker where it is asked for, and seats on calls."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        sweep(state.settings.workspace / UPLOADS, state.settings.now() - DEAD)
        with _worker(state) if state.settings.worker else nullcontext():
            yield
            await app.state.seats.close()

    return lifespan


@contextmanager
def _worker(state: State) -> Iterator[None]:
    """A worker, which begins when what the first visitor asks for is there."""
    of = state.settings
    worker = Worker(
        state.engine,
        of.workspace,
        TASKS,
        f"server-{secrets.token_hex(4)}",
        of.now,
        beat_s=of.beat_s,
        sites=of.sites,
        rollouts=of.rollouts,
    )

    def begin() -> None:
        warm(state)
        worker.start()

    first = threading.Thread(target=begin, name="warm", daemon=True)
    first.start()
    yield
    worker.stopping.set()
    first.join(WARM_S)
    worker.stop()


def _document(request: Request) -> dict[str, object]:
    app: FastAPI = request.app
    return app.openapi()


def _no_such_route(request: Request) -> None:
    """What no route takes: an address that is not there, or one that knows other methods."""
    routes = [
        route
        for route in request.app.router.routes
        if not isinstance(route, Mount) and getattr(route, "endpoint", None) is not _no_such_route
    ]
    others = {
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    }
    if others:
        raise HTTPException(405, f"knows no {request.method}", {"allow": ", ".join(sorted(others))})
    raise HTTPException(404, "there is no such address")
