"""Every route says who may call it, and keeps to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from setsail.store.people import ROLES, Role
from setsail.web.access import MAY, SAFE
from setsail.web.app import METHODS, create_app
from setsail.web.routes import ROUTERS
from tests.web.asgi import Client
from tests.web.conftest import Server

PUBLIC = "public"
KNOWN_PUBLIC = {
    ("GET", "/api/v1/session"),
    ("POST", "/api/v1/session"),
    ("GET", "/api/v1/oidc/start"),  # whoever signs in is nobody yet, on the way there and back
    ("GET", "/api/v1/oidc/callback"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/api/v1/conformance/verify"),  # whoever holds a certificate may ask whether it is genuine
    *((method, path) for method in METHODS for path in ("/api", "/api/{path:path}")),
}
"""What anyone may call. A new one is added here on purpose, with its reason in its docstring."""


def _calls(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def declared(route: RouteContext) -> set[str]:
    """The roles that a route asks for."""
    return {call.role for call in _calls(route.dependant) if hasattr(call, "role")}


def routes(app: FastAPI) -> list[RouteContext]:
    return [route for route in iter_route_contexts(app.router.routes) if isinstance(route.original_route, APIRoute)]


def test_every_route_declares_a_role(server: Server) -> None:
    found = routes(server.app)
    assert len(found) > 10
    assert [route.path for route in found if not declared(route)] == []


def test_route_without_a_role_is_found(server: Server) -> None:
    """The test above can fail."""
    bare = APIRouter()
    bare.add_api_route("/bare", lambda: None)
    server.app.include_router(bare)
    assert [route.path for route in routes(server.app) if not declared(route)] == ["/bare"]


def test_all_that_is_no_route_of_the_api_serves_files_only(server: Server) -> None:
    others = [route.original_route for route in iter_route_contexts(server.app.router.routes)]
    assert [type(route).__name__ for route in others if not isinstance(route, APIRoute)] == ["Mount"]


def test_only_the_known_routes_are_public(server: Server) -> None:
    public = {(method, r.path) for r in routes(server.app) if PUBLIC in declared(r) for method in r.methods or ()}
    assert public - KNOWN_PUBLIC == set()


def test_routes_are_all_in_the_list_of_routers(server: Server) -> None:
    listed = sum(len(router.routes) for router in ROUTERS)
    assert len(routes(server.app)) == listed + 3  # the document, and the two that say what is not there


def test_roles_of_a_route_are_roles(server: Server) -> None:
    named = {role for route in routes(server.app) for role in declared(route)}
    assert named <= {*ROLES, PUBLIC}
    assert set(MAY) == set(get_args(Role))
    assert all("administrator" in may for may in MAY.values())


def _address(route: RouteContext) -> str:
    """An address of the route; what stands for a number is one."""
    assert route.path is not None
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: "1" if found[1].endswith("_id") else "x", route.path)


def _cases(app: FastAPI) -> list[tuple[str, RouteContext]]:
    return [(m, r) for r in routes(app) if PUBLIC not in declared(r) for m in sorted(r.methods or ())]


def test_nobody_gets_past_any_route(server: Server) -> None:
    client = Client(server.app)
    passed = {
        (method, route.path): code
        for method, route in _cases(server.app)
        if (code := client.request(method, _address(route)).status_code) != 401
    }
    assert passed == {}


def test_changing_routes_ask_for_the_sessions_token(server: Server) -> None:
    client = server.client("administrator")
    client.csrf = ""
    changing = [(method, route) for method, route in _cases(server.app) if method not in SAFE]
    codes = {(m, r.path): client.request(m, _address(r)).status_code for m, r in changing}
    assert len(codes) >= 3
    assert {key: code for key, code in codes.items() if code != 403} == {}


def test_reading_routes_change_nothing(server: Server) -> None:
    """A GET needs no token, so it must not change the registry."""
    client = server.client("administrator")
    before = _registry(server.settings.workspace)
    for method, route in _cases(server.app):
        if method == "GET":
            client.get(_address(route))
    assert _registry(server.settings.workspace) == before


def _registry(workspace: Path) -> list[str]:
    import sqlite3

    connection = sqlite3.connect(workspace / "registry.sqlite")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_passes_where_it_may_and_nowhere_else(server: Server, role: Role) -> None:
    client = server.client(role)
    wrong = {}
    for method, route in _cases(server.app):
        if method != "GET":
            continue
        needed = declared(route) - {PUBLIC}
        may = all(role in MAY[one] for one in needed)  # type: ignore[index]
        code = client.get(_address(route)).status_code
        if (code != 403) != may and code != 422:
            wrong[route.path] = (needed, code)
    assert wrong == {}


def test_document_of_the_api_is_the_one_that_the_pages_types_are_made_of(server: Server) -> None:
    assert Client(server.app).get("/api/v1/openapi.json").json() == create_app(server.settings).openapi()
