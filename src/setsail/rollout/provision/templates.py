"""Families of devices and the templates of their files, shipped or the user's own.

A family is a folder `<kind>/<family>/` with `family.toml`, which names its files, and one Jinja template for each.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from setsail.base import toml
from setsail.base.errors import BadInput, UnknownName
from setsail.base.tables import read_text
from setsail.rollout.provision.escaping import FORMATS

FAMILY_FILE = "family.toml"
LONGEST = 1 << 20
"""Signs of one file, and of one value inside a template."""
WIDEST = 9999
"""Signs to which a value inside a template is padded."""
_WIDE = re.compile(r"%[^a-zA-Z]*(?:\d{5,}|\*)")
_WIDENING = ("format", "center", "indent")
_PADDING = frozenset({"format", "format_map", "center", "ljust", "rjust", "zfill", "expandtabs"})
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KEYS = ("kind", "family", "name", "tried", "note", "files")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a family: written under `name` from `template`; each value in it as `format` asks."""

    name: str
    template: Template
    where: str


@dataclass(frozen=True, slots=True)
class Family:
    """Devices that take the same files. tried : on what these files were tried, or that they were not."""

    kind: str
    family: str
    name: str
    tried: str
    note: str
    files: tuple[File, ...]


class _Sandbox(ImmutableSandboxedEnvironment):
    """A template sees its values and nothing else, and cannot make a value beyond all bounds."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name in _WIDENING:
            self.filters[name] = _narrow(self.filters[name])

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - of the template
        """As ever, but for methods of text that pad it to any width."""
        if isinstance(obj, str) and attribute in _PADDING:
            return self.unsafe_undefined(obj, attribute)
        return super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - of the template
        if operator == "%":
            if isinstance(left, str):
                _require_narrow([left, right])
            return super().call_binop(context, operator, left, right)
        sizes = [len(v) if isinstance(v, str | list | tuple) else abs(v) for v in (left, right)]
        if operator == "**" or max(sizes) > LONGEST or sizes[0] * sizes[1] > LONGEST:
            raise OverflowError(f"{operator} makes too large a value")
        return super().call_binop(context, operator, left, right)


def _narrow(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that refuses widths beyond all bounds."""

    @functools.wraps(filter_)
    def narrow(*values: Any, **named: Any) -> Any:  # noqa: ANN401 - of the template
        _require_narrow([*values, *named.values()])
        return filter_(*values, **named)

    return narrow


def _require_narrow(values: Iterable[Any]) -> None:
    """Raises OverflowError for a number, or a format with one, that asks for a line wider than any file has."""
    for value in values:
        wide = isinstance(value, int) and value > WIDEST
        if wide or (isinstance(value, str) and "%" in value and _WIDE.search(value)):
            raise OverflowError(f"a width above {WIDEST} makes too large a value")


def family(kind: str, name: str, own: Path | None = None) -> Family:
    """The family of that name: the user's own where their folder has it, else the shipped one.

    Raises UnknownName, BadInput with file and line.
    """
    for folder in [own] if own else []:
        if (folder / kind / name / FAMILY_FILE).is_file():
            return _family(folder / kind / name, kind, name, f"{folder / kind / name}")
    with as_file(files("setsail.rollout.provision") / "templates") as shipped:
        if not _FILE.fullmatch(name) or not (shipped / kind / name / FAMILY_FILE).is_file():
            known = ", ".join(sorted(set(names(kind)) | set(names(kind, own))))
            raise UnknownName(f"is {name!r}", where=f"family of {kind}", allowed=known or "none")
        return _family(shipped / kind / name, kind, name, f"templates/{kind}/{name}")


def names(kind: str, own: Path | None = None) -> list[str]:
    """Names of the families of a kind of device, shipped or in the user's folder."""
    if own is not None:
        return _names(own / kind)
    with as_file(files("setsail.rollout.provision") / "templates") as shipped:
        return _names(shipped / kind)


def rendered(file: File, values: Mapping[str, Any]) -> str:
    """The text of a file. Raises BadInput with template and what it lacks."""
    try:
        text = _within(file.template.generate(values), file.where)
    except BadInput:
        raise
    except TemplateError as err:
        raise BadInput(f"cannot be filled in: {err.message or err}", where=file.where) from err
    except Exception as err:  # whatever a template's expression may raise is the template's fault
        raise BadInput(f"cannot be filled in: {type(err).__name__}: {err}", where=file.where) from err
    return text


def _within(parts: Iterable[str], where: str) -> str:
    """The parts as one text. Raises BadInput where it grows beyond all bounds."""
    kept, size = [], 0
    for part in parts:
        size += len(part)
        if size > LONGEST:
            raise BadInput(f"writes more than {LONGEST:,} signs", where=where, allowed=f"up to {LONGEST:,}")
        kept.append(part)
    return "".join(kept)


def _names(folder: Path) -> list[str]:
    return sorted(p.parent.name for p in folder.glob(f"*/{FAMILY_FILE}"))


def _family(folder: Path, kind: str, name: str, where: str) -> Family:
    told = f"{where}/{FAMILY_FILE}"
    table = toml.document(read_text(folder / FAMILY_FILE), told)
    toml.require_known(table, _KEYS, told)
    if toml.text(table, "kind", told, kind) != kind:
        raise BadInput(f"is {table['kind']!r}", where=f"{told} kind", allowed=kind)
    listed = toml.tables(table, "files", told)
    if not listed:
        raise BadInput("names no file", where=told, allowed="[[files]] with name, template and format")
    found = tuple(_file(folder, t, f"{told} [[files]] {i}") for i, t in enumerate(listed, 1))
    if len({f.name for f in found}) < len(found):
        raise BadInput("writes a file twice", where=told, allowed="different names")
    text: Callable[[str], str] = lambda key: toml.text(table, key, told)  # noqa: E731
    return Family(kind, name, text("name") or name, text("tried"), text("note"), found)


def _file(folder: Path, table: toml.Table, where: str) -> File:
    toml.require_known(table, ("name", "template", "format"), where)
    name, source, how = (toml.text(table, key, where) for key in ("name", "template", "format"))
    for key, value in (("name", name), ("template", source)):
        if not _FILE.fullmatch(value):
            raise BadInput(f"is {value!r}", where=f"{where} {key}", allowed="a file name without folders")
    if how not in FORMATS:
        raise UnknownName(f"is {how!r}", where=f"{where} format", allowed=", ".join(FORMATS))
    path = folder / source
    if not path.is_file():
        raise BadInput("does not exist", where=str(path), hint=f"it is named in {FAMILY_FILE}")
    try:
        return File(name, _environment(FileSystemLoader(folder), how).get_template(source), str(path))
    except TemplateSyntaxError as err:
        raise BadInput(f"is no template: {err.message}", where=f"{path}:{err.lineno}") from err
    except (TemplateError, UnicodeDecodeError, OSError) as err:
        raise BadInput(f"cannot be read: {err}", where=str(path)) from err


def _environment(loader: BaseLoader, how: str) -> _Sandbox:
    escape = FORMATS[how]

    def finalize(value: object) -> str:
        if isinstance(value, StrictUndefined):
            str(value)  # raises, and says which
        return escape(value)

    return _Sandbox(
        loader=loader, undefined=StrictUndefined, finalize=finalize, autoescape=False,
        keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
