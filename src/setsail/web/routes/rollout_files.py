"""A rollout as files: its table, its work orders, its folder."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from setsail import api
from setsail.base.errors import OutOfRange
from setsail.web.routes.rollouts import Folder, Server, Viewer

router = APIRouter(prefix="/rollouts/{organisation}/{rollout}", tags=["rollouts"])
MOST_ORDERS = 200
"""Pages of work orders that are made while a browser waits."""


@router.get("/table.csv", response_class=Response)
def table(folder: Folder, session: Viewer) -> Response:
    """Sites x stages of the plan in force, with what was reported."""
    del session
    rows, text = api.rollout_export(folder), io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    content = ("\ufeff" + text.getvalue()).encode()  # spreadsheets know UTF-8 by its mark
    return _attached(content, "text/csv; charset=utf-8", f"{folder.name}.csv")


@router.get("/orders.pdf", response_class=FileResponse)
def orders(folder: Folder, server: Server, session: Viewer, lang: Literal["en", "zh"] = "en") -> FileResponse:
    """The work orders, without the PIN of the room."""
    del session
    sites = api.rollout_row(folder, server.settings.now())["sites"]
    if sites > MOST_ORDERS:
        raise OutOfRange(
            f"has {sites:,} sites", where=f"rollout {folder.name}", allowed=f"up to {MOST_ORDERS}",
            hint="setsail rollout orders makes them beside the server",
        )  # fmt: skip
    place = Path(tempfile.mkdtemp(prefix="setsail-orders-"))
    try:
        api.rollout_orders(folder, place / "orders.pdf", now=server.settings.now(), language=lang)
    except BaseException:
        shutil.rmtree(place)
        raise
    return FileResponse(
        place / "orders.pdf", media_type="application/pdf", filename=f"{folder.name}-{lang}.pdf",
        background=BackgroundTask(shutil.rmtree, place),
    )  # fmt: skip


@router.get("/folder.zip", response_class=Response)
def packed(folder: Folder, session: Viewer) -> Response:
    """The folder with its log and its acceptance records, without secrets."""
    del session
    return _attached(api.rollout_packed(folder), "application/zip", f"{folder.name}.zip")


def _attached(content: bytes, kind: str, name: str) -> Response:
    """A file to be kept; its name may be of any script."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=kind, headers=headers)
