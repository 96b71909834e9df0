"""Values in the files of devices: written so that a name can neither end its line nor begin a command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

Escape = Callable[[object], str]
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_XML = {'"': "&quot;", "'": "&apos;"}


def plain(value: object) -> str:
    """One line of text: controls, line ends and signs that turn the direction of writing are blanks."""
    return _CONTROL.sub(" ", _text(value))


def line(value: object) -> str:
    """For files of `key = value` lines: one line without quotes and signs that such files give a meaning."""
    return re.sub(r"[\"'<>;\\#]", " ", plain(value)).strip()


def command(value: object) -> str:
    """For a switch's command lines: one line of letters of any script, digits and harmless signs."""
    return re.sub(r"[^\w .,:/@+()-]", " ", plain(value)).strip()


def quoted(value: object) -> str:
    """For the inside of single quotes in UCI and shell files."""
    return plain(value).replace("'", "'\\''")


def xml(value: object) -> str:
    """For XML text and attributes."""
    return escape(plain(value), _XML)


def as_json(value: object) -> str:
    """A whole JSON value: text comes with its quotes."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


FORMATS: Mapping[str, Escape] = {
    "line": line, "command": command, "quoted": quoted, "xml": xml, "json": as_json, "text": plain,
}  # fmt: skip
"""Format of a template's file -> how each value in it is written."""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return "" if value is None else str(value)
