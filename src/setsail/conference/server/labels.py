"""What kind of participant a handle of Janus belongs to, as the label that it is attached with says."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["page", "sip", "participant", "simulated"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""A page of the web application, a SIP terminal, a test participant at a site, one of the server's own machine."""
BETWEEN = " · "


def label(name: str, kind: Kind) -> str:
    """The label for a handle by which somebody sends."""
    return f"{name}{BETWEEN}{kind}"


def kind_of(told: str) -> Kind | Literal["unknown"]:
    """What a label says."""
    said = told.rpartition(BETWEEN)[2]
    return next((kind for kind in KINDS if kind == said), "unknown")
