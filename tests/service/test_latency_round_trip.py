"""Two legs in line against packets walked through a written-out frame."""

from __future__ import annotations

import numpy as np
import pytest

from setsail.base.errors import BadInput, OutOfRange
from setsail.service.latency.budget import Way, budget
from setsail.service.latency.options import Radio
from setsail.service.latency.round_trip import round_trip

SLOT_S = 0.5e-3
DATA_UL, DATA_DL, ASK = [4], [(0, 14), (1, 14), (2, 14), (3, 10)], [(3, 12), (4, 0)]


def uplink(at: float, access: str) -> float:
    """End of an uplink leg that starts at a symbol, on DDDSU at 30 kHz (N1 = 10, N2 = 12)."""
    ready = at + 6
    full = [(5 * k + u) * 14 for k in range(60) for u in DATA_UL]
    if access == "cg":
        return min(s for s in full if s >= ready) + 14 + 5
    slot = min((5 * k + s) for k in range(60) for s, i in ASK if (5 * k + s) * 14 + i >= ready)
    grant = min((5 * k + d) * 14 for k in range(60) for d in (0, 1, 2) if 5 * k + d > slot)
    return min(s for s in full if s >= grant + 13) + 14 + 5


def downlink(at: float) -> float:
    """End of a downlink leg that starts at a symbol."""
    ready = at + 6
    return min(((5 * k + s) * 14, n) for k in range(60) for s, n in DATA_DL if (5 * k + s) * 14 >= ready)[0] + 5 + next(
        n for s, n in DATA_DL
        if min((5 * k + t) * 14 for k in range(60) for t, _ in DATA_DL if (5 * k + t) * 14 >= ready) // 14 % 5 == s
    )  # fmt: skip


@pytest.mark.parametrize("access", ["sr", "cg"])
@pytest.mark.parametrize("first", ["ul", "dl"])
@pytest.mark.parametrize("turnaround_s", [0.0, 0.7e-3, 1e-3])
def test_legs_in_line_agree_with_packets_walked(access: str, first: str, turnaround_s: float) -> None:
    made = round_trip(Radio(access=access), first=first, turnaround_s=turnaround_s)  # type: ignore[arg-type]
    gap, delays = turnaround_s / SLOT_S * 14, []
    for k in range(701):
        at = (k + 0.5) * 70 / 701
        end = downlink(uplink(at, access) + gap) if first == "ul" else uplink(downlink(at) + gap, access)
        delays.append((end - at) / 14 * SLOT_S)
    step = 70 / 701 / 14 * SLOT_S
    assert made.mean_s == pytest.approx(float(np.mean(delays)), abs=step)
    assert made.max_s == pytest.approx(max(delays), abs=step)


def test_legs_in_line_spread_less_than_legs_taken_for_independent() -> None:
    made = round_trip(Radio(access="cg"))
    legs = [budget(Radio(direction=d, access="cg")) for d in ("ul", "dl")]
    assert made.max_s - made.min_s < sum(leg.max_s - leg.min_s for leg in legs)


@pytest.mark.parametrize("first", ["ul", "dl"])
@pytest.mark.parametrize("name", ["3gpp", "rel15-mid-band"])
def test_terms_of_a_round_trip_add_up_to_it(first: str, name: str) -> None:
    made = round_trip(Radio(), first=first, preset=name, way=Way(10e3, 1), turnaround_s=1e-3)  # type: ignore[arg-type]
    assert sum(c.mean_s for c in made.tree.children) == pytest.approx(made.mean_s, rel=1e-3)
    assert sum(c.worst_s for c in made.tree.children) == pytest.approx(made.max_s)
    once = 2 * (budget(Radio(), way=Way(10e3, 1)).mean_s - budget(Radio()).mean_s)
    near = round_trip(Radio(), first=first, preset=name, turnaround_s=1e-3)  # type: ignore[arg-type]
    assert made.min_s - near.min_s == pytest.approx(once, abs=2.5e-3)


def test_losses_of_both_legs_count() -> None:
    made = round_trip(Radio(access="cg", bler=0.1, max_retransmissions=0))
    assert made.delivered_ratio == pytest.approx(0.81)


def test_first_leg_or_turnaround_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadInput, match="first leg"):
        round_trip(Radio(), first="harq")
    with pytest.raises(OutOfRange):
        round_trip(Radio(), turnaround_s=-1.0)
