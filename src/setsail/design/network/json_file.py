"""A network as one JSON document, documented by a JSON Schema that is made from the same columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from setsail.base.errors import BadInput, DuplicateKey
from setsail.base.record import Record
from setsail.design.network.columns import REFERENCES, SD, SPECIAL, Column, columns
from setsail.design.network.columns import TDD as TDD_PATTERN
from setsail.design.network.model import Network
from setsail.design.network.tables import CLASSES, KEYS, build, rows_of

FORMAT, VERSION = "setsail-network", 1
TOP = ("format", "version", "network")
DRAFT = "https://json-schema.org/draft/2020-12/schema"
PATTERNS = {
    "tdd": TDD_PATTERN.pattern, "special": SPECIAL.pattern, "sd": SD.pattern, "band": "n[0-9]{1,3}",
    "application": r"[A-Z][A-Z0-9]{0,11}-[0-9A-Za-z.-]{1,40}",
}  # fmt: skip


def document(network: Network) -> Record:
    """The document of a network, its keys in one order; `network_of` reads it back as an equal network."""
    own: Record = {c.column: getattr(network, c.column) for c in columns()["network"]}
    own |= {"notes": list(network.notes), "settings": dict(network.settings)}
    own |= {component: rows_of(network, component) for component in CLASSES}
    return {"format": FORMAT, "version": VERSION, "network": own}


def text(network: Network) -> str:
    """The document as text, one value per line."""
    return json.dumps(document(network), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def network_of(content: str, where: str) -> Network:
    """The network of a document. Raises BadInput, UnknownName (a band, a 5QI ...), DuplicateKey, OutOfRange."""
    told = _object_of(_parsed(content, where), TOP, where)
    if told.get("format") != FORMAT:
        raise BadInput(f"is {told.get('format')!r}", where=f"{where} format", allowed=FORMAT)
    if told.get("version") != VERSION or isinstance(told.get("version"), bool):
        raise BadInput(f"is {told.get('version')!r}", where=f"{where} version", allowed=str(VERSION))
    known = [c.column for c in columns()["network"]] + ["notes", "settings", *CLASSES]
    own = _object_of(told.get("network"), known, f"{where} network")
    rows = {component: _list(own.get(component, []), f"{where} {component}") for component in CLASSES}

    def place(component: str, index: int, column: str) -> str:
        if component == "network":
            return f"{where} network.{column}".rstrip(".")
        name = rows[component][index].get(KEYS[component][0]) if isinstance(rows[component][index], dict) else None
        named = f" ({name})" if isinstance(name, str) else ""
        return f"{where} {component}[{index}]{named} {column}".rstrip()

    return build({k: v for k, v in own.items() if k not in CLASSES}, rows, place)


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadInput(f"is {type(value).__name__}", where=where, allowed="a list")
    return value


def _object_of(value: object, keys: Sequence[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"is {type(value).__name__}", where=where, allowed=f"an object with {', '.join(keys)}")
    strange = sorted(set(value) - set(keys))
    if strange:
        raise BadInput(f"has the unknown key {strange[0]!r}", where=where, allowed=", ".join(keys))
    return value


def _parsed(content: str, where: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(content, object_pairs_hook=lambda pairs: _once(pairs, where), parse_constant=_no_constant)
    except (ValueError, RecursionError) as err:
        raise BadInput(f"is not JSON: {err}", where=where) from err


def _once(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DuplicateKey(f"has the key {twice!r} twice in one object", where=where)
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def schema() -> Record:
    """The JSON Schema (draft 2020-12) of the document, made from the columns."""
    rows = {name: {"type": "array", "items": _object(columns()[name])} for name in CLASSES}
    own = _object(columns()["network"])
    own["properties"] |= {
        "notes": {"type": "array", "items": {"type": "string"}},
        "settings": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
    } | rows
    return {
        "$schema": DRAFT,
        "title": "The network of a site",
        "type": "object",
        "additionalProperties": False,
        "required": list(TOP),
        "properties": {"format": {"const": FORMAT}, "version": {"const": VERSION}, "network": own},
    }


def _object(known: tuple[Column, ...]) -> Record:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [c.column for c in known if c.default is None],
        "properties": {c.column: _property(c) for c in known},
    }


def _property(column: Column) -> Record:
    unit = f" [{column.unit}]" if column.unit else ""
    told: Record = {"description": column.description + unit}
    if column.kind == "flag":
        return told | {"type": "boolean"}
    if column.kind in ("number", "integer", "fiveqi"):
        kind = "number" if column.kind == "number" else "integer"
        told["type"] = [kind, "null"] if column.optional else kind
        told |= {"minimum": column.low} if column.low > float("-inf") else {}
        return told | ({"maximum": column.high} if column.high < float("inf") else {})
    told["type"] = ["string", "null"] if column.optional else "string"
    if column.kind == "choice":
        return told | {"enum": list(column.allowed)}
    if column.kind in PATTERNS:
        return told | {"pattern": f"^({PATTERNS[column.kind]})$"}
    required = column.kind in ("name", *REFERENCES) and not column.optional
    return told | ({"minLength": 1} if required else {})
