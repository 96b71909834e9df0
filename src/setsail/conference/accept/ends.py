"""The ends of a site's link: from where it is tested, and who plays the site on the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from setsail.conference.accept import datagrams
from setsail.conference.accept.link_result import LinkResult
from setsail.conference.accept.stamp import LinkOrder, link_test
from setsail.conference.accept.udp_rate import RateOrder, RateResult, rate_test
from setsail.conference.call.shards import Hand


class End(Protocol):
    """From where the link of a site is tested, and who plays it on the call.

    hand : of a participant elsewhere, None for one on this machine.
    """

    @property
    def hand(self) -> Hand | None: ...  # noqa: D102 - see above

    def link_test(self, order: LinkOrder) -> LinkResult:
        """What the link does to test packets."""

    def rate_test(self, order: RateOrder) -> RateResult:
        """What arrives of UDP at a rate."""

    def terminal(self) -> Mapping[str, Any]:
        """What is judged, for the record."""

    def overloaded(self) -> str:
        """Why the machine there cannot be told from a bad network, "" where it can."""


@dataclass(frozen=True, slots=True)
class Here:
    """A site that is played on this machine. peer : HOST:PORT of the far end of its link."""

    peer: str
    hand: None = None

    def link_test(self, order: LinkOrder) -> LinkResult:
        """From this machine to the far end. Raises BadInput (address)."""
        return link_test(*datagrams.host_port(self.peer, "--peer"), order)

    def rate_test(self, order: RateOrder) -> RateResult:
        """From this machine to the far end. Raises BadInput (address)."""
        return rate_test(*datagrams.host_port(self.peer, "--peer"), order)

    def terminal(self) -> Mapping[str, Any]:
        """A test participant of this machine."""
        return {"kind": "simulated", "from": "the machine of the command"}

    def overloaded(self) -> str:
        """As of this machine, which is asked for the peers too."""
        return ""
