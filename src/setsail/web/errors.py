"""One shape for every error: `{"error": {code, where, what, allowed, hint}}`, and one table from class to status."""

from __future__ import annotations

import logging
from collections.abc import Mapping

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
CODES = {
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "no-such-method",
    413: "too-large",
    429: "too-often",
}
LOG = logging.getLogger("setsail.web")


def install(app: FastAPI) -> None:
    """Adds the handlers."""
    app.add_exception_handler(SetSailError, _ours)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_form)
    app.add_exception_handler(Exception, _unforeseen)


def answer(status: int, code: str, what: str, *, where: str = "", allowed: str = "", hint: str = "") -> JSONResponse:
    """An error as every route gives it."""
    body = {"code": code, "where": where, "what": what, "allowed": allowed, "hint": hint}
    return JSONResponse({"error": body}, status)


async def _ours(request: Request, err: Exception) -> JSONResponse:
    del request
    assert isinstance(err, SetSailError)  # noqa: S101 - the router sends no other class here
    status = next(STATUS[c] for c in type(err).__mro__ if c in STATUS)
    return answer(status, err.code, err.what, where=err.where, allowed=err.allowed, hint=err.hint)


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


async def _unforeseen(request: Request, err: Exception) -> JSONResponse:
    LOG.error("%s %s", request.method, request.url.path, exc_info=err)
    return answer(500, "our-fault", "something of ours failed", where=request.url.path, hint="see the server's log")
