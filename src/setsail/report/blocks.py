"""What a page is made of: sections of blocks, each with facts, a figure and its table. Plain text; the page escapes."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from setsail.report.svg import Figure

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Link:
    """A link text and its address; the address is empty where it is not one that a page may link."""

    text: str
    url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text, a second quieter line, what it says in full, its icon, its links. `head`: it names the row."""

    text: str = ""
    sub: str = ""
    title: str = ""
    icon: str = ""
    links: tuple[Link, ...] = ()
    head: bool = False
    lang: str = ""
    look: str = ""
    anchor: str = ""

    @property
    def plain(self) -> str:
        """The cell in a file of values; text that a spreadsheet would run is kept from running."""
        told = " ".join(part for part in (self.text, self.sub, *(k.url or k.text for k in self.links)) if part)
        return "'" + told if told.startswith(FORMULA_STARTS) and not _is_number(told) else told


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of a column; numbers stand at the right."""

    label: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def download(self) -> str:
        """The table as a CSV file inside an address."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(column.label for column in self.columns)
        writer.writerows([cell.plain for cell in row] for row in self.rows)
        packed = base64.b64encode(buffer.getvalue().encode("utf-8-sig")).decode("ascii")
        return f"data:text/csv;charset=utf-8;base64,{packed}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value beside a figure."""

    label: str
    text: str
    sub: str = ""
    title: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One subject: a heading that says what is shown, then facts, figure and table. `empty`: why nothing is shown."""

    id: str
    heading: str
    verdict: str = ""
    verdict_word: str = ""
    lead: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    figure: Figure | None = None
    legend: tuple[Cell, ...] = ()
    source_line: str = ""
    table: Table | None = None
    extra: Table | None = None
    empty: str = ""
    next_step: str = ""
    wide: bool = False
    small_print: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the page."""

    id: str
    heading: str
    blocks: tuple[Block, ...]
    lead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a verdict was given."""

    verdict: str
    word: str
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page."""

    title: str
    kicker: str
    heading: str
    lead: tuple[str, ...]
    tallies: tuple[Tally, ...]
    summary: Table
    sections: tuple[Section, ...]
    stamp: tuple[Fact, ...]
    synthetic: bool = False


def safe_url(url: str | None) -> str:
    """The address where it is http or https with a host, else nothing: a page links no other kind."""
    if not url:
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.hostname else ""


def columns(labels: Sequence[str], numeric: Sequence[int] = ()) -> tuple[Column, ...]:
    """Columns of those labels; `numeric`: which of them hold numbers."""
    return tuple(Column(label, i in numeric) for i, label in enumerate(labels))


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True
