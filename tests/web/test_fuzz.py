"""Requests drawn from the server's own OpenAPI document, fitting it and not: none is a fault, none tells the inside.

`SETSAIL_FUZZ_CASES` sets how many; the slow test draws 2,000.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok

from setsail.web.headers import HEADERS
from tests.web.asgi import Answer, Client
from tests.web.conftest import Server

QUICK, ALL = int(os.environ.get("SETSAIL_FUZZ_CASES", "200")), 2000
BOTH = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
SPARE = 1.8
"""Some operations take so little that few requests to them differ; the others make up for them."""
ENDLESS = "/api/v1/jobs/{job_id}/events"
"""Streams until its job has ended; it has tests of its own."""


def _operations(server: Server) -> list[Any]:
    schema = schemathesis.openapi.from_dict(server.app.openapi())
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok) and found.ok().path != ENDLESS]


def _draw(server: Server, cases: int, see: Callable[[Any], None], modes: tuple[GenerationMode, ...] = BOTH) -> None:
    """Shows `see` requests of every operation alike, half of them against its own description."""
    of = [(one, mode) for one in _operations(server) for mode in modes]
    each = max(2, math.ceil(SPARE * cases / len(of)))
    for one, mode in of:
        decorate: Any = given(one.as_strategy(generation_mode=mode))
        run: Any = settings(
            max_examples=each, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(decorate(see))  # fmt: skip
        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            run()  # where an operation takes nothing, nothing can be against its description


def _send(client: Client, case: Any) -> Answer:
    headers = {name: str(value) for name, value in (case.headers or {}).items() if _plain(name) and _plain(str(value))}
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        path = path.replace(f"{{{name}}}", quote(str(value).encode("utf-8", "replace"), safe="%"))
    query = [(str(k), str(v)) for k, v in _pairs(case.query or {})]
    content: Any = {}
    if case.body is not NOT_SET:
        if isinstance(case.body, bytes):
            content = {"content": case.body}
            headers["content-type"] = str(case.media_type or "application/octet-stream")
        else:
            content = {"json": case.body}
    return client.request(case.method.upper(), path, params=query, headers=headers, **content)


def _pairs(query: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(k, v) for k, value in query.items() for v in (value if isinstance(value, list) else [value])]


def _plain(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable()


def _require_sound(answer: Answer, server: Server, what: str) -> None:
    assert answer.status_code < 500, f"{what}: {answer.text}"
    assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS), what
    assert str(server.settings.workspace.parent).encode() not in answer.content, what
    if answer.status_code >= 400:
        assert answer.error["code"], what


def _fuzz(server: Server, cases: int) -> None:
    client = server.client("administrator")
    cookies, csrf, seen = dict(client.cookies), client.csrf, Counter[str]()

    def see(case: Any) -> None:
        client.cookies, client.csrf = dict(cookies), csrf  # as some requests sign out
        answer = _send(client, case)
        seen[f"{case.method} {case.path}"] += 1
        _require_sound(answer, server, f"{case.method} {case.path} {case.path_parameters} {case.query} {case.body!r}")

    _draw(server, cases, see)
    assert len(seen) == len(_operations(server))
    assert seen.total() >= cases


def test_drawn_requests_meet_no_fault(server: Server) -> None:
    _fuzz(server, QUICK)


@pytest.mark.slow
def test_two_thousand_drawn_requests_meet_no_fault(server: Server) -> None:
    _fuzz(server, ALL)


def test_nobody_gets_anything_by_drawn_requests(server: Server) -> None:
    """Without a session, nothing but the public routes answers."""
    from tests.web.test_roles import KNOWN_PUBLIC

    client = Client(server.app)
    public = {(method.lower(), path) for method, path in KNOWN_PUBLIC}

    def see(case: Any) -> None:
        client.cookies.clear()
        answer = _send(client, case)
        open_ = (case.method.lower(), case.path) in public
        assert open_ or answer.status_code in {400, 401, 404, 405, 413, 415, 422}, (
            f"{case.method} {case.path}: {answer.text}"
        )
        _require_sound(answer, server, f"{case.method} {case.path}")

    _draw(server, 1, see, (GenerationMode.POSITIVE,))
