"""User-plane latency against values derived by others from the same definitions, and the table of the notes."""

from __future__ import annotations

import csv

import pytest

from setsail.service.latency.budget import budget
from setsail.service.latency.options import Radio
from tests.oracles import oracle

ASKED = {
    "dl": ("dl", "sr"),
    "ul_configured_grant": ("ul", "cg"),
    "ul_scheduling_request": ("ul", "sr"),
    "dl_harq_round_trip": ("harq", "sr"),
}
CARRIERS = {"fdd15": (15e3, "FDD"), "fdd30": (30e3, "FDD"), "dddsu30": (30e3, "DDDSU")}
TOLERANCE_MS = 0.02


def test_mean_and_maximum_are_those_of_the_derived_table() -> None:
    with oracle("latency/user_plane_derived_ms.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seen = 0
    for row in rows:
        direction, access = ASKED[row["case"]]
        for carrier, (scs_hz, tdd) in CARRIERS.items():
            radio = Radio(scs_hz, tdd, direction=direction, access=access, capability=int(row["capability"]))  # type: ignore[arg-type]
            made = budget(radio)
            assert made.mean_s * 1e3 == pytest.approx(float(row[f"{carrier}_mean"]), abs=TOLERANCE_MS)
            assert made.max_s * 1e3 == pytest.approx(float(row[f"{carrier}_max"]), abs=TOLERANCE_MS)
            seen += 2
    assert seen == 24


COLUMNS = [
    (15e3, "FDD"), (30e3, "FDD"), (60e3, "FDD"), (30e3, "DDDSU"), (30e3, "DDDDDDDSUU"), (30e3, "DSUU"), (30e3, "DU"),
]  # fmt: skip
DERIVED = {
    ("dl", "sr", 1): "2.14/2.64 1.14/1.39 0.73/0.86 1.21/1.89 1.28/2.39 1.48/2.39 1.39/1.89",
    ("dl", "sr", 2): "1.79/2.29 0.93/1.18 0.55/0.68 1.00/1.68 1.06/2.18 1.27/2.18 1.18/1.68",
    ("ul", "cg", 1): "2.14/2.64 1.14/1.39 0.73/0.86 2.14/3.39 2.94/5.39 1.52/2.39 1.39/1.89",
    ("ul", "sr", 1): "4.14/4.64 2.14/2.39 1.48/1.61 4.64/5.89 7.89/10.39 3.39/4.39 2.39/2.89",
    ("harq", "sr", 1): "3.00/3.00 1.50/1.50 1.00/1.00 2.43/3.64 3.61/5.00 1.91/2.00 2.00/2.00",
}
"""Mean/max [ms] derived independently from TR 37.910 cl. 5.7 for this product before it was written."""


@pytest.mark.parametrize(("direction", "access", "capability"), list(DERIVED))
def test_every_pattern_meets_the_derivation_made_before_the_product(
    direction: str, access: str, capability: int
) -> None:
    for (scs_hz, tdd), told in zip(COLUMNS, DERIVED[direction, access, capability].split(), strict=True):
        mean, longest = map(float, told.split("/"))
        made = budget(Radio(scs_hz, tdd, direction=direction, access=access, capability=capability))  # type: ignore[arg-type]
        assert made.mean_s * 1e3 == pytest.approx(mean, abs=0.0065)
        assert made.max_s * 1e3 == pytest.approx(longest, abs=0.0065)


@pytest.mark.parametrize(("direction", "access", "mean_ms"), [("dl", "sr", 0.911), ("ul", "cg", 0.954)])
def test_full_slots_in_fdd_come_close_to_a_model_by_others(direction: str, access: str, mean_ms: float) -> None:
    """M. C. Lucas-Estan and others, 5G-NR-Radio-Latency-Models: FDD 20 MHz, 30 kHz, capability 2, full slots, means.

    That model counts processing otherwise (its two-symbol mini-slots take less than our processing alone), so 3 %.
    """
    made = budget(Radio(30e3, "FDD", direction=direction, access=access, capability=2))  # type: ignore[arg-type]
    assert made.mean_s * 1e3 == pytest.approx(mean_ms, rel=0.03)
