"""Writes the synthetic samples of `examples/radio`: a drive test, people and lines around the invented cells there.

Run: python -m tools.make_radio_examples. The same seed writes the same numbers. Nothing in them was measured.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.transform import from_origin

from setsail.base.arrays import F64, I64
from setsail.radio.calibrate.predict import predict
from setsail.radio.coverage.cells import Cells, cells, read
from setsail.radio.coverage.grid import Grid, grid
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.pathloss.fading import raster

FOLDER = Path(__file__).resolve().parent.parent / "examples" / "radio"
SEED = 2026
OPTIONS = CoverageOptions()
STEP_M, STREETS, STREET_M, GAP_M = 25.0, 9, 4_000.0, 450.0
OFFSET_DB, SLOPE_DB, REFERENCE_M = {"urban": -6.0, "open": 2.0}, -5.0, 500.0
SIGMA_DB, CORRELATION_M, FLOOR_DBM = 7.0, 50.0, -140.0
PIXEL_DEG, ROWS, COLUMNS = 1.0 / 240.0, 22, 26


def main() -> None:
    """Writes all three."""
    rng = np.random.default_rng(SEED)
    known, _ = cells(read(FOLDER / "cells_synthetic.csv"), OPTIONS)
    centre = float(np.median(known.lon)), float(np.median(known.lat))
    where = grid((centre[0] - 0.05, centre[1] - 0.05, centre[0] + 0.05, centre[1] + 0.05), 100.0)
    write_drive(FOLDER / "drive_synthetic.csv", known, where, centre, rng)
    write_people(FOLDER / "population_synthetic.tif", centre, rng)
    write_lines(FOLDER / "lines_synthetic.geojson", centre)


def write_drive(
    path: Path, known: Cells, where: Grid, centre: tuple[float, float], rng: np.random.Generator
) -> None:  # fmt: skip
    """A drive up and down parallel streets; every place hears the three cells that the model puts first."""
    x0, y0 = (float(v) for v in where.to_metres(centre[0], centre[1]))
    along = np.arange(0.0, STREET_M, STEP_M)
    x = x0 - STREET_M / 2 + np.concatenate([along if s % 2 == 0 else along[::-1] for s in range(STREETS)])
    y = y0 + np.repeat((np.arange(STREETS) - STREETS / 2) * GAP_M, len(along))
    heard, levels, distances = strongest(known, where, x, y)
    kind = np.where(x < x0, "urban", "open")
    shadow = {c: raster((200, 200), STEP_M, CORRELATION_M, rng) for c in np.unique(heard)}
    row, column = ((y - y.min()) / STEP_M).astype(int), ((x - x.min()) / STEP_M).astype(int)
    move = pyproj.Transformer.from_crs(where.crs, "EPSG:4326", always_xy=True)
    lon, lat = move.transform(x, y)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("# synthetic: a drive that nobody drove, around invented cells\n")
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["lon", "lat", "cell_id", "rsrp_dbm", "device", "clutter_class"])
        for i in range(len(x)):
            for k in range(heard.shape[1]):
                cell = heard[i, k]
                level = levels[i, k] + OFFSET_DB[kind[i]] + SLOPE_DB * np.log10(distances[i, k] / REFERENCE_M)
                level += SIGMA_DB * shadow[cell][row[i], column[i]]
                told = f"{max(level, FLOOR_DBM):.1f}"
                out.writerow([f"{lon[i]:.6f}", f"{lat[i]:.6f}", known.cell_id[cell], told, "phone-1", kind[i]])


def strongest(known: Cells, where: Grid, x: F64, y: F64) -> tuple[I64, F64, F64]:
    """The three cells with the highest prediction at each place (n, 3), their level and distance."""
    place = np.column_stack([x, y])
    every = [predict(known, where, OPTIONS, np.full(len(x), c), place) for c in range(len(known))]
    levels = np.stack([p[1] for p in every], axis=1)
    distances = np.stack([p[0] for p in every], axis=1)
    best = np.argsort(-levels, axis=1)[:, :3]
    return best, np.take_along_axis(levels, best, axis=1), np.take_along_axis(distances, best, axis=1)


def write_people(path: Path, centre: tuple[float, float], rng: np.random.Generator) -> None:
    """Whole people on a grid of 15 seconds of arc: a town that thins out, some pixels not known."""
    lon = centre[0] + (np.arange(COLUMNS) - COLUMNS / 2 + 0.5) * PIXEL_DEG
    lat = centre[1] - (np.arange(ROWS) - ROWS / 2 + 0.5) * PIXEL_DEG
    far = np.hypot((lon[None, :] - centre[0]) * 0.77, lat[:, None] - centre[1])
    people = rng.poisson(2_000.0 * np.exp(-far / 0.015)).astype(np.float32)
    people[-2:, -3:] = -1.0
    profile = {"driver": "GTiff", "height": ROWS, "width": COLUMNS, "count": 1, "dtype": "float32", "nodata": -1.0}
    corner = from_origin(lon[0] - PIXEL_DEG / 2, lat[0] + PIXEL_DEG / 2, PIXEL_DEG, PIXEL_DEG)
    with rasterio.open(path, "w", crs="EPSG:4326", transform=corner, compress="DEFLATE", **profile) as file:
        file.write(people, 1)
        file.update_tags(TITLE="synthetic: people who do not exist, per pixel")


def write_lines(path: Path, centre: tuple[float, float]) -> None:
    """Two roads and a railway, crooked, that leave the town."""
    lon, lat = centre
    bends = {
        ("road", "synthetic road 1"): [(-0.045, -0.02), (-0.01, -0.004), (0.012, 0.003), (0.05, 0.03)],
        ("road", "synthetic road 2"): [(0.004, -0.045), (0.0, 0.0), (-0.006, 0.04)],
        ("railway", "synthetic railway"): [(-0.09, 0.035), (-0.02, 0.012), (0.03, -0.006), (0.1, -0.04)],
    }
    features = [
        {"type": "Feature", "properties": {"kind": kind, "name": name},
         "geometry": {"type": "LineString", "coordinates": [[round(lon + a, 6), round(lat + b, 6)] for a, b in way]}}
        for (kind, name), way in bends.items()
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
