"""One SIP dialog as its called side: what requests in it must carry, and how we end it.

Source: RFC 3261 cl. 12.1.1 (made by the called side), 12.2 (requests in it).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from setsail.conference.gateway.sip import message
from setsail.conference.gateway.sip.message import Malformed, Message


@dataclass(frozen=True, slots=True)
class Dialog:
    """ours, theirs : From and To of our requests, with tags;  target : where the terminal wants them;  routes : on the
    way there;  number : of our last request;  heard : of its last.
    """

    call_id: str
    ours: str
    theirs: str
    target: str
    routes: tuple[str, ...]
    number: int
    heard: int

    @classmethod
    def of(cls, invite: Message, tag: str) -> Dialog:
        """The dialog that an INVITE begins. Raises Malformed."""
        contact = invite.first("contact")
        if not contact:
            raise Malformed("has no Contact", where="INVITE", allowed="Contact: <sip:...>")
        ours = f"{invite.first('to')};tag={tag}"
        routes = invite.all("record-route")
        for route in routes:
            message.party(route)
        if not message.party(invite.first("from")).tag:
            raise Malformed("has no tag in From", where="INVITE", allowed="From: <sip:...>;tag=...")
        return cls(invite.call_id, ours, invite.first("from"), message.party(contact).uri, routes, 0, invite.cseq[0])

    @property
    def tag(self) -> str:
        """Our own."""
        return message.parameter(self.ours, "tag")

    def takes(self, request: Message) -> bool:
        """Whether a request is of this dialog: both tags are."""
        to, sender = message.party(request.first("to")), message.party(request.first("from"))
        return (request.call_id == self.call_id and to.tag == self.tag
                and sender.tag == message.party(self.theirs).tag)  # fmt: skip

    def after(self, request: Message) -> Dialog:
        """The dialog once a request in it was taken: its number, and a Contact that changed."""
        contact = request.first("contact")
        target = message.party(contact).uri if contact and request.method in ("INVITE", "UPDATE") else self.target
        return replace(self, heard=request.cseq[0], target=target)

    def bye(self, reason: str) -> Message:
        """The request that ends it."""
        told = "".join(c if c.isprintable() and c not in '"\\' else " " for c in reason)[:120]
        headers = (
            ("max-forwards", "70"), *(("route", r) for r in self.routes), ("from", self.ours), ("to", self.theirs),
            ("call-id", self.call_id), ("cseq", f"{self.number + 1} BYE"), ("user-agent", "setsail"),
            ("reason", f'SIP;cause=200;text="{told}"'),
        )  # fmt: skip
        return Message("BYE", self.target, headers=headers)
