"""One shape for every error: `{"error": {code, where, what, allowed, hint}}`, and one table from class to status."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from setsail.base.errors import BadInput, MissingExtra, NotComputable, SetSailError, StoreConflict, UnknownName

STATUS: Mapping[type[Exception], int] = {
    UnknownName: 404,
    StoreConflict: 409,
    NotComputable: 422,
    BadInput: 422,
    MissingExtra: 501,
    SetSailError: 500,
}
"""The nearest class of an error wins."""
AWAY = frozenset({"conference-server-lost", "conference-no-answer"})
"""Errors by code of what is gone for the moment: 503, and no line in the log for each try of a page to come back."""
CODES = {
    400: "bad-input",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "no-such-method",
    409: "store-conflict",
    413: "too-large",
    415: "bad-input",
    422: "bad-input",
    429: "too-often",
    503: "busy",
}
LOG = logging.getLogger("setsail.web")


def install(app: FastAPI, roots: Sequence[Path] = ()) -> None:
    """Adds the handlers. `roots`: folders of the server, whose paths no answer tells."""

    async def ours(request: Request, err: Exception) -> JSONResponse:
        assert isinstance(err, SetSailError)  # noqa: S101 - the router sends no other class here
        return of_error(request, err, roots)

    app.add_exception_handler(SetSailError, ours)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_form)


def without_roots(text: str, roots: Sequence[Path]) -> str:
    """The text with paths below these folders told from there."""
    for root in roots:
        text = text.replace(f"{root}/", "").replace(str(root), "workspace")
    return text


def named(err: SetSailError, file: Path, name: str) -> SetSailError:
    """The error with the person's name of a file in place of the server's path."""
    what, where, allowed, hint = (t.replace(str(file), name) for t in (err.what, err.where, err.allowed, err.hint))
    return type(err)(what, where=where, allowed=allowed, hint=hint)


def answer(status: int, code: str, what: str, *, where: str = "", allowed: str = "", hint: str = "") -> JSONResponse:
    """An error as every route gives it."""
    body = {"code": code, "where": where, "what": what, "allowed": allowed, "hint": hint}
    return JSONResponse({"error": {key: _clean(text) for key, text in body.items()}}, status)


def unforeseen(method: str, path: str, err: Exception) -> JSONResponse:
    """What a caller is told of a fault of ours: nothing of its inside, which goes to the server's log."""
    LOG.error("%s %s", method, path, exc_info=err)
    return answer(500, "our-fault", "something of ours failed", where=path, hint="see the server's log")


def of_error(request: Request, err: SetSailError, roots: Sequence[Path]) -> JSONResponse:
    """The answer to an error of ours."""
    away = err.code in AWAY
    status = 503 if away else next(STATUS[c] for c in type(err).__mro__ if c in STATUS)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not (away or isinstance(err, MissingExtra)):
        LOG.error("%s %s", request.method, request.url.path, exc_info=err)
    what, where, allowed, hint = (without_roots(text, roots) for text in (err.what, err.where, err.allowed, err.hint))
    return answer(status, err.code, what, where=where, allowed=allowed, hint=hint)


def _clean(text: str) -> str:
    """Text that can be written as UTF-8, whatever a caller sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


async def _of_http(request: Request, err: Exception) -> JSONResponse:
    assert isinstance(err, HTTPException)  # noqa: S101 - the router sends no other class here
    code = CODES.get(err.status_code, "refused")
    shown = answer(err.status_code, code, str(err.detail), where=request.url.path)
    shown.headers.update(err.headers or {})
    return shown


async def _of_form(request: Request, err: Exception) -> JSONResponse:
    del request
    assert isinstance(err, RequestValidationError)  # noqa: S101 - the router sends no other class here
    first = err.errors()[0]
    return answer(422, "bad-input", str(first["msg"]), where=".".join(str(part) for part in first["loc"]))
