"""Names of what is judged, as a reader knows it: a room by its name, a flow by its application and room."""

from __future__ import annotations

from setsail.design.network.model import Network
from setsail.site.model import Site


class Names:
    """Subjects such as "room:1A10" by the words a reader knows."""

    def __init__(self, site: Site, network: Network) -> None:
        self._rooms = {r.room: r.name for r in site.rooms()}
        self._floors = {f.floor: f.name for f in site.floors}
        self._flows = {f.flow: f for f in network.flows}
        self._site = site

    def of(self, subject: str) -> str:
        """The subject with the name that goes with its id."""
        kind, _, name = subject.partition(":")
        if kind == "room":
            return self.room(name)
        if kind == "flow" and name in self._flows:
            flow = self._flows[name]
            return (
                f"{name} · {flow.application} · {self.room(flow.room)}" if flow.room else f"{name} · {flow.application}"
            )
        if kind == "floor":
            return _both(name, self._floors.get(name, ""))
        return self._site.name or name if kind == "site" else name or subject

    def room(self, room: str) -> str:
        """The id of a room with its name."""
        return _both(room, self._rooms.get(room, ""))


def _both(ident: str, name: str) -> str:
    return f"{ident} · {name}" if name and name != ident else ident
