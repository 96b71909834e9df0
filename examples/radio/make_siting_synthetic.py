"""Writes the synthetic candidates and demand of the siting example; the seed is fixed, so the files are too.

python examples/radio/make_siting_synthetic.py
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SEED = 20_261
MIDDLE = (114.0, 30.0)
"""A place on the map without meaning: nobody lives there in this example."""
TOWNS_KM = ((0.0, 0.0, 1.0, 0.5), (2.2, 1.4, 0.5, 0.3), (-2.0, -1.8, 0.5, 0.2))
"""East, north, spread, share of the people; the rest live anywhere in the box of 6.4 km."""
CANDIDATES, POINTS, PEOPLE = 60, 600, 120_000
NEW_BANDS = ("n28 n78", "n28", "n28 n78")


def main() -> None:
    """Both files."""
    rng = np.random.default_rng(SEED)
    points = np.concatenate([_towns(rng, POINTS), rng.uniform(-3.2, 3.2, (POINTS // 5, 2))])
    weight = rng.pareto(2.5, len(points)) + 0.2
    people = np.maximum(np.round(PEOPLE * weight / weight.sum()), 1).astype(int)
    demand = [[f"d{k:04d}", *_degrees(p), people[k]] for k, p in enumerate(points)]
    _write("demand_synthetic.csv", ["point_id", "lon", "lat", "weight"], demand)
    sites = np.concatenate([_towns(rng, CANDIDATES * 2 // 3), rng.uniform(-3.4, 3.4, (CANDIDATES // 3, 2))])
    _write("candidates_synthetic.csv", COLUMNS, [_candidate(rng, k, p) for k, p in enumerate(sites)])


COLUMNS = ["site_id", "lon", "lat", "height_m", "status", "bands", "tilts", "fixed", "cost_site_rental"]


def _candidate(rng: np.random.Generator, k: int, place: np.ndarray) -> list[object]:
    existing = k % 4 == 0
    fixed = {0: "in", 5: "out"}.get(k, "")
    rental = int(rng.integers(6, 15)) * 1000 if k % 3 == 1 and not existing else ""
    bands = NEW_BANDS[0] if existing else NEW_BANDS[k % 3]
    height = int(rng.choice([20, 25, 30, 35]))
    return [f"s{k:03d}", *_degrees(place), height, "existing" if existing else "new", bands, "", fixed, rental]


def _towns(rng: np.random.Generator, count: int) -> np.ndarray:
    shares = np.array([t[3] for t in TOWNS_KM])
    town = rng.choice(len(TOWNS_KM), count, p=shares / shares.sum())
    middle = np.array([t[:2] for t in TOWNS_KM])[town]
    return middle + rng.normal(0.0, 1.0, (count, 2)) * np.array([t[2] for t in TOWNS_KM])[town, None]


def _degrees(place_km: np.ndarray) -> tuple[str, str]:
    north = MIDDLE[1] + place_km[1] / 111.2
    east = MIDDLE[0] + place_km[0] / (111.2 * math.cos(math.radians(MIDDLE[1])))
    return f"{east:.5f}", f"{north:.5f}"


def _write(name: str, header: list[str], rows: list[list[object]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        file.write("# synthetic: made by make_siting_synthetic.py, no real place, operator or person\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
