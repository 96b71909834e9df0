"""Reads a report page as a browser would, strictly, and tells what is on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "col", "wbr"})


@dataclass
class Element:
    """One element: its tag, attributes, text directly and below, and what stands inside."""

    tag: str
    attributes: dict[str, str]
    inside: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str) -> list[Element]:
        found = [self] if self.tag == tag else []
        return found + [e for child in self.inside for e in child.all(tag)]

    def with_class(self, name: str) -> list[Element]:
        found = [self] if name in self.attributes.get("class", "").split() else []
        return found + [e for child in self.inside for e in child.with_class(name)]

    def every(self) -> list[Element]:
        return [self, *(e for child in self.inside for e in child.every())]

    def words(self) -> str:
        return " ".join(e.text for e in self.every()).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            raise AssertionError(f"<{tag}> repeats an attribute at {self.getpos()}")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag != self.open[-1].tag:
            raise AssertionError(f"</{tag}> closes <{self.open[-1].tag}> at {self.getpos()}")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def read(html: str) -> Element:
    """The page as a tree; an element that is not closed, or closed out of order, is refused."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    left = [e.tag for e in reader.open[1:]]
    if left:
        raise AssertionError(f"never closed: {left}")
    return reader.root
