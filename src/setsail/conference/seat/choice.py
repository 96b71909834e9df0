"""Whose pictures a seat is sent: the last who spoke, the first who came until anybody did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Choice:
    """The senders of a room in the order of their last word. receive : how many are shown at once.

    pinned : shown whoever speaks.
    """

    receive: int
    here: dict[int, str] = field(default_factory=dict)
    spoke: dict[str, int] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    _words: int = 0

    def came(self, senders: Iterable[tuple[int, str]]) -> None:
        """These send from now on: feed, name."""
        self.here.update(senders)

    def left(self, feed: int) -> None:
        """A sender that sends no more."""
        self.here.pop(feed, None)

    def heard(self, name: str) -> None:
        """Somebody began to speak."""
        self._words += 1
        self.spoke[name] = self._words

    def wanted(self) -> tuple[int, ...]:
        """Feeds to show, at most `receive`, in the order in which they came: a face does not jump about."""
        order = {feed: n for n, feed in enumerate(self.here)}
        rank = sorted(self.here, key=lambda f: (self._rank(self.here[f]), order[f]))
        return tuple(sorted(rank[: self.receive], key=lambda f: order[f]))

    def _rank(self, name: str) -> tuple[int, int]:
        return (0, self.pinned.index(name)) if name in self.pinned else (1, -self.spoke.get(name, 0))


def exchanged(shown: Mapping[str, int], wanted: Sequence[int]) -> dict[str, int]:
    """Place (sub_mid) -> the feed that takes it over, so that what is shown becomes what is wanted."""
    gone = [place for place, feed in shown.items() if feed not in wanted]
    new = [feed for feed in wanted if feed not in shown.values()]
    return dict(zip(gone, new, strict=False))
