"""`python -m tools.fit_latency_preset MEASURED.csv`: fits the preset rel15-mid-band on row 2a and checks it on row 4a.

MEASURED.csv has columns dataset, direction, mean, p99_9 [ms]. The printed values are those of
src/setsail/service/data/latency_presets.toml.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

from setsail.service.latency.budget import budget
from setsail.service.latency.fit import Errors, Measured, errors, fit
from setsail.service.latency.options import Direction, Radio
from setsail.service.latency.presets import Preset, preset

FITTED_ON, CHECKED_ON, NAME = "PD-Wireless-5G-2a", "PD-Wireless-5G-4a", "rel15-mid-band"
DIRECTIONS: tuple[Direction, ...] = ("dl", "ul")
CARRIER_HZ, CHECK_HZ = 30e3, 120e3
"""Subcarrier spacings of the two networks; DDDSU and scheduling requests in both."""


def measured(path: Path, dataset: str) -> dict[str, Measured]:
    """Mean and 99.9th percentile of both directions of a data set."""
    with path.open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["dataset"] == dataset]
    return {r["direction"]: Measured(float(r["mean"]) / 1e3, float(r["p99_9"]) / 1e3) for r in rows}


def fitted(path: Path) -> Preset:
    """The preset with the values that the measured row gives."""
    radios: dict[str, Radio] = {d: Radio(CARRIER_HZ, direction=d) for d in DIRECTIONS}
    return fit(preset(NAME), radios, measured(path, FITTED_ON))


def told(made: Preset, found: dict[str, Measured], scs_hz: float) -> dict[str, Errors]:
    """Relative errors of a preset in both directions."""
    return {d: errors(budget(Radio(scs_hz, direction=d), preset=made), found[d]) for d in DIRECTIONS}


def main(path: Path, say: Callable[[str], object]) -> None:
    """Fits, and tells terms and errors."""
    made = fitted(path)
    for term in made.terms:
        say(f"{term.term} {term.direction}: {term.value:g}")
    for name, dataset, scs_hz in (("fitted", FITTED_ON, CARRIER_HZ), ("check", CHECKED_ON, CHECK_HZ)):
        for direction, error in told(made, measured(path, dataset), scs_hz).items():
            say(f"{name} {dataset} {direction}: mean {error.mean_ratio:+.1%}, 99.9 % {error.p99_9_ratio:+.1%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), lambda line: sys.stdout.write(line + "\n"))
