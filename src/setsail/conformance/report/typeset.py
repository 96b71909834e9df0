"""From values to pages: a template of ours, data it only shows as text, and fonts that are there."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Literal

from setsail.base.errors import MissingExtra
from setsail.base.extras import require
from setsail.base.record import Record
from setsail.base.tables import read_rows

_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
Template = Literal["report", "certificate"]
CHINESE_FONT = "fonts-noto-cjk"
"""The Debian package that brings a Chinese font."""


def pdf(template: Template, content: Record, made: datetime, *, attachment: bytes | None = None) -> bytes:
    """A PDF of the template filled with `content`; the same bytes for the same content, time and fonts.

    attachment : a file that the PDF carries.  Raises MissingExtra (no typst, or no font for the language).
    """
    how: Record = {"format": "pdf", "pdf_standards": _standard(attachment)}
    error = require("typst", "conformance").TypstError
    try:
        return bytes(_compiled(template, content, made, attachment, how))
    except error:  # a letter that no font here has keeps a page from PDF/A; it is shown as an empty box
        return bytes(_compiled(template, content, made, attachment, {"format": "pdf"}))


def _standard(attachment: bytes | None) -> str:
    """PDF/A-2b keeps; PDF/A-3b also may carry a file. Source: ISO 19005-2:2011, ISO 19005-3:2012."""
    return "a-2b" if attachment is None else "a-3b"


def _compiled(template: str, content: Record, made: datetime, attachment: bytes | None, how: Record) -> Any:  # noqa: ANN401
    typst = require("typst", "conformance")
    names = fonts_for(str(content["lang"]))
    data = json.dumps(_clean(content) | {"fonts": names, "made_at": _parts(made)}, ensure_ascii=False)
    inputs = {"data": data}
    if attachment is not None:
        inputs["attachment"] = attachment.decode("utf-8")
    return typst.compile(
        _source(template), font_paths=_fonts(), sys_inputs=inputs, timestamp=int(made.timestamp()), **how
    )


def _clean(value: Any) -> Any:  # noqa: ANN401
    """The content with a sign in place of each character that no page can hold: controls and lone surrogates."""
    if isinstance(value, str):
        return _UNSHOWN.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _clean(v) for key, v in value.items()}
    return [_clean(v) for v in value] if isinstance(value, list | tuple) else value


@cache
def _source(template: str) -> bytes:
    """Template with the parts that both share before it."""
    folder = files("setsail.conformance.report") / "templates"
    return (folder / "common.typ").read_bytes() + (folder / f"{template}.typ").read_bytes()


def fonts_for(language: str) -> list[str]:
    """Families to set a language in, best first, all of them installed. Raises MissingExtra."""
    there = set(_fonts().families())
    rows = [(r.need("family"), r.need("script")) for r in _rows()]
    latin = [family for family, script in rows if script == "latin" and family in there]
    chinese = [family for family, script in rows if script == "chinese" and family in there]
    if language == "zh" and not chinese:
        raise MissingExtra(
            "needs a Chinese font, and none is installed", where="--language zh", hint=f"apt-get install {CHINESE_FONT}"
        )
    return [*chinese[:1], *latin[:1]] if language == "zh" else [*latin[:1], *chinese[:1]]


@cache
def _fonts() -> Any:  # noqa: ANN401
    return require("typst", "conformance").Fonts()


@cache
def _rows() -> tuple[Any, ...]:
    with as_file(files("setsail.conformance.report") / "data" / "fonts.csv") as path:
        return tuple(read_rows(path, required=("family", "script")))


def _parts(at: datetime) -> list[int]:
    return [at.year, at.month, at.day, at.hour, at.minute, at.second]
