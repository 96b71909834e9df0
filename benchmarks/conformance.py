"""Verdicts: pairs of check and fact per second, judged whole and again, and how often an acceptance passes falsely."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from setsail.conformance.accept_intervals import delivered
from setsail.conformance.accept_synthetic import losses
from setsail.conformance.profile import Check, Dimension, Profile
from setsail.conformance.verify import verify
from setsail.design.assess.facts import Fact
from setsail.design.network.model import Network
from setsail.service.proof.intervals import messages_needed
from setsail.site.model import Floor, Room, Site

ROOMS = {"smoke": 2_000, "full": 20_000}
CHECKS = 5
TRIALS = {"smoke": 100, "full": 2_000}
TARGET, CONFIDENCE, RECKONED = 0.99, 0.95, 5.0


def run(size: str) -> list[dict[str, Any]]:
    """One row for the speed of verdicts, one for each length of runs of losses. size : smoke or full."""
    return [_speed(size), *(_false_passes(size, burst) for burst in (1.0, 3.0, 5.0))]


def _speed(size: str) -> dict[str, Any]:
    rooms = tuple(Room(f"R{i}", "", "F", "ward", ((0, 0), (1, 0), (1, 1)), 1.0) for i in range(ROOMS[size]))
    site = Site("S", "Synthetic", "hospital", (Floor("F", "", 0, 0.0, 3.0, rooms),), synthetic=True)
    network = Network("S", (), (), ())
    profile = Profile("bench", "1", "", "", "", "", (Dimension("d", "", ""),), tuple(map(_check, range(CHECKS))))
    facts = [Fact("radio.rsrp_dbm.p05", f"room:R{i}", -101.5, "dBm") for i in range(ROOMS[size])]
    took = []
    for _ in range(5):
        start = time.process_time()
        judged = verify(site, network, profile, facts)
        took.append(time.process_time() - start)
    start = time.process_time()
    again = verify(site, network, profile, facts, before=judged)
    return {
        "case": "verdicts", "size": size, "pairs": judged.judged, "seconds": min(took),
        "seconds_again": time.process_time() - start, "judged_again": again.judged,
    }  # fmt: skip


def _check(number: int) -> Check:
    return Check(
        f"c{number}", 1, "d", "", "", "radio.rsrp_dbm.p05", "room", (), ">=", str(-100.0 - number), "dBm", ("design",),
        "engineering", "computed", "synthetic", "", "", "own", "", "",
    )  # fmt: skip


def _false_passes(size: str, burst: float) -> dict[str, Any]:
    """The loss lies just above what the target allows, so that every pass is false."""
    rng, false = np.random.default_rng(38901), 0
    messages = 2 * messages_needed(TARGET, CONFIDENCE, mean_burst=RECKONED)
    for _ in range(TRIALS[size]):
        lost = losses(rng, messages, 1.001 * (1.0 - TARGET), burst) > 0
        low = delivered(lost, CONFIDENCE, mean_burst=RECKONED).low
        false += low is not None and low >= TARGET
    return {
        "case": "false-passes", "size": size, "trials": TRIALS[size], "messages": messages, "mean_run": burst,
        "false_pass_share": false / TRIALS[size], "allowed_share": 1.0 - CONFIDENCE,
    }  # fmt: skip
