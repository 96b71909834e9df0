"""From what work orders say to a PDF, by typst, with fonts that are installed."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput
from setsail.base.extras import require
from setsail.base.writing import whole_file
from setsail.conformance.report.typeset import fonts_for
from setsail.rollout.provision.orders.content import Orders, content
from setsail.rollout.provision.secrets import write_private

_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def pdf(orders: Orders) -> bytes:
    """The work orders as PDF; the same bytes for the same orders and fonts.

    Raises UnknownName, MissingExtra (no typst, no segno, or no font for the language).
    """
    typst, made = require("typst", "rollout"), orders.made
    said = _clean(content(orders))
    parts = [made.year, made.month, made.day, made.hour, made.minute, made.second]
    data = json.dumps(said | {"fonts": fonts_for(orders.language), "made_at": parts}, ensure_ascii=False)
    source = (files("setsail.rollout.provision.orders") / "orders.typ").read_bytes()
    return bytes(
        typst.compile(
            source, font_paths=_fonts(), sys_inputs={"data": data}, timestamp=int(made.timestamp()), format="pdf"
        )
    )


def write(orders: Orders, out: Path) -> None:
    """Writes the work orders, whole or not at all; with the PIN in them, for their owner alone.

    Raises what `pdf` raises, and BadInput where the file cannot be written.
    """
    made = pdf(orders)
    try:
        if orders.pin and not out.is_dir():
            out.parent.mkdir(parents=True, exist_ok=True)
            write_private(out, made)
            return
        with whole_file(out) as temporary:
            temporary.write_bytes(made)
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(out), hint="another --out") from err


@cache
def _fonts() -> Any:  # noqa: ANN401 - typst has no types
    return require("typst", "rollout").Fonts()


def _clean(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """With a sign in place of each character that no page can hold."""
    if isinstance(value, str):
        return _UNSHOWN.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _clean(v) for key, v in value.items()}
    return [_clean(v) for v in value] if isinstance(value, list | tuple) else value
