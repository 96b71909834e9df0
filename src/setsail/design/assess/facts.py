"""A fact about a network, as the checks of a profile read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["computed", "measured", "declared"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of one subject.

    key : a row of `facts.csv`, such as "radio.rsrp_dbm.p05";  subject : the room, flow, slice, cell, head or site,
    as "room:1A10";  value : None where there is no method or no input, with the reason in `cause`;  unit : as in the
    table;  n : size of the sample behind a measured value;  cause : the branch that decides the value;
    verified : False where the value rests on a recalled, assumed or unverified source, so that it cannot give a pass;
    sources : documents and inputs it rests on;  low, high : interval of the value at `confidence`, None without one.
    """

    key: str
    subject: str
    value: float | str | bool | None
    unit: str
    evidence: Evidence = "computed"
    n: int | None = None
    confidence: float | None = None
    cause: str = ""
    verified: bool = True
    sources: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
