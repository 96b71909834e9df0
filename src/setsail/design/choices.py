"""What a design is asked for, the same for one site and for many."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices of a design.

    profile : whose limits are the targets;  band : only its carriers, else all that are licensed are compared;
    resolution_m : side of a pixel of the maps;  only_placed : judge the heads that stand there, add none;
    seed : kept with the design, no step draws numbers;  time_limit_s : of the search for heads on one floor;
    preset : implementation terms of the latency budget.
    """

    profile: str = "hospital"
    band: str = ""
    resolution_m: float = 0.5
    only_placed: bool = False
    seed: int = 0
    time_limit_s: float = 20.0
    preset: str = "3gpp"
