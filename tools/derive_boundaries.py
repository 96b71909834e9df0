"""Rewrites the shipped sample of provinces and prefectures from the unpacked package echarts 4.9.0.

    npm pack echarts@4.9.0 && tar xzf echarts-4.9.0.tgz
    python -m tools.derive_boundaries package

Steps: decode the compressed GeoJSON, node all outlines on the grid they were drawn on (1/1024 degree), give each
face to one unit (gaps and overlaps to the neighbour with the longest common border), simplify all outlines together
so that neighbours go on sharing their borders, write one GeoParquet file.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from setsail.standards.boundaries import GEO_METADATA, SCHEMA, area_km2

GRID_DEG = 1 / 1024
"""The step of the coordinates upstream, about 100 m; exact in binary, so that shared vertices stay equal."""

TOLERANCE_DEG = 0.006
"""Square root of the area of the smallest corner kept, about 600 m."""

BIG_GAP_KM2 = 100.0
"""A gap above this is a part that upstream forgot: it goes to the largest neighbour, not to an enclave beside it."""

NAMES = Path(__file__).with_name("boundary_names.csv")
TARGET = Path(__file__).parents[1] / "src/setsail/standards/data/boundaries/china.parquet"
WITHOUT_ID = {"崇明区": "310151", "山南市": "540500"}
"""Units that upstream left without a code; those of Taiwan have none either and go together."""

Shapes = NDArray[np.object_]


def decode_ring(text: str, offset: list[int]) -> NDArray[np.float64]:
    """Corners (n, 2) [degrees] of one ring: UTF-16 units less 64, zigzag, running sums, over 1024."""
    units = np.frombuffer(text.encode("utf-16-le"), dtype="<u2").astype(np.int64) - 64
    deltas = (units >> 1) ^ -(units & 1)
    return np.asarray((np.cumsum(deltas.reshape(-1, 2), axis=0) + np.asarray(offset)) * GRID_DEG)


def decode_geometry(geometry: dict[str, Any]) -> Iterator[shapely.Polygon]:
    """The polygons of one geometry of the compressed form, or of plain GeoJSON where a file holds that."""
    single = geometry["type"] == "Polygon"
    polygons = [geometry["coordinates"]] if single else geometry["coordinates"]
    offsets = geometry.get("encodeOffsets")
    for number, rings in enumerate(polygons):
        at = None if offsets is None else (offsets if single else offsets[number])
        corners = [
            decode_ring(ring, at[k]) if isinstance(ring, str) and at is not None else np.asarray(ring, dtype=float)
            for k, ring in enumerate(rings)
        ]
        drawn = [ring for ring in corners if len(ring) >= 4]
        if drawn:
            yield shapely.Polygon(drawn[0], drawn[1:])


def upstream_shapes(package: Path) -> dict[str, shapely.Geometry]:
    """Valid areas by the code upstream gives them."""
    parts: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for file in sorted((package / "map/json/province").glob("*.json")):
        for feature in json.loads(file.read_text(encoding="utf-8"))["features"]:
            code = feature.get("id") or WITHOUT_ID.get(feature["properties"]["name"])
            if code is None and file.stem != "taiwan":
                raise ValueError(f"{file.name}: {feature['properties']['name']} has no code")
            polygons = list(decode_geometry(feature["geometry"]))
            if polygons:
                parts[code or "710000"].append(shapely.make_valid(shapely.MultiPolygon(polygons)))
    return {code: areas_of(shapely.union_all(shapes)) for code, shapes in parts.items()}


def areas_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Only the areas of a shape: lines and points that mending leaves behind are dropped."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def units_of(names: list[dict[str, str]], upstream: dict[str, shapely.Geometry]) -> Shapes:
    """One area per row of names, from the upstream codes the row lists (`11*`: all that begin so)."""
    used: set[str] = set()
    found = []
    for row in names:
        wanted = row["upstream"].split("|")
        codes = [c for c in upstream if any(c == w or (w[-1] == "*" and c.startswith(w[:-1])) for w in wanted)]
        if not codes:
            raise ValueError(f"{row['adcode']} {row['name_en']}: nothing upstream under {row['upstream']}")
        used.update(codes)
        found.append(shapely.union_all([upstream[c] for c in codes]))
    if left := sorted(set(upstream) - used):
        raise ValueError(f"codes upstream that no row of {NAMES.name} takes: {left}")
    return np.array(found, dtype=object)


def coverage(units: Shapes) -> Shapes:
    """The same units without gaps and overlaps: noded on the grid, each face given to exactly one unit."""
    lines = shapely.union_all(shapely.boundary(units), grid_size=GRID_DEG)
    faces = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(lines))), dtype=object)
    owner = np.full(len(faces), -1)
    face, unit = shapely.STRtree(units).query(shapely.point_on_surface(faces), predicate="intersects")
    claims = np.bincount(face, minlength=len(faces))
    owner[face] = unit
    owner[claims > 1] = -1  # claimed twice: treated as a gap
    print(f"{len(faces)} faces; {np.sum(claims == 0)} in no unit, {np.sum(claims > 1)} in several")
    report_gaps(faces, claims)
    while np.any(owner < 0):
        owner = _give_to_neighbours(faces, owner)
    return np.array([shapely.coverage_union_all(faces[owner == k]) for k in range(len(units))], dtype=object)


def report_gaps(faces: Shapes, claims: NDArray[np.intp]) -> None:
    """Prints the gaps that are large enough to be seen on a map."""
    for face in faces[claims == 0]:
        if (size := float(area_km2(np.array([face]))[0])) > 10:
            print(f"  gap of {size:.0f} km2 at {face.centroid.x:.2f} E {face.centroid.y:.2f} N, given to a neighbour")


def _give_to_neighbours(faces: Shapes, owner: NDArray[np.intp]) -> NDArray[np.intp]:
    """Owners after each open face went to the neighbour with the longest common border, a big one to the largest."""
    held = np.bincount(owner[owner >= 0], weights=shapely.area(faces[owner >= 0]), minlength=owner.max() + 1)
    open_faces = np.flatnonzero(owner < 0)
    left, right = shapely.STRtree(faces).query(faces[open_faces], predicate="touches")
    left = open_faces[left]
    owned = owner[right] >= 0
    left, right = left[owned], right[owned]
    if not left.size:
        raise ValueError(f"{open_faces.size} faces touch no unit")
    border = shapely.length(shapely.intersection(shapely.boundary(faces[left]), shapely.boundary(faces[right])))
    common: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for a, b, length in zip(left, owner[right], border, strict=True):
        common[int(a)][int(b)] += float(length)
    after = owner.copy()
    for a, lengths in common.items():
        size = float(area_km2(faces[[a]])[0])
        after[a] = max(sorted(lengths), key=lambda k: held[k] if size > BIG_GAP_KM2 else lengths[k])
    return after


def simplified(units: Shapes) -> Shapes:
    """Fewer corners, the same shared borders: Visvalingam-Whyatt on the shared edges, so corners stay on the grid."""
    return np.asarray(shapely.coverage_simplify(units, TOLERANCE_DEG), dtype=object)


def checked(units: Shapes, what: str) -> Shapes:
    """The same units. Raises ValueError where one is invalid or two overlap."""
    if not (np.all(shapely.is_valid(units)) and not np.any(shapely.is_empty(units))):
        raise ValueError(f"{what}: a unit is invalid or empty")
    if not shapely.coverage_is_valid(units):
        raise ValueError(f"{what}: neighbours do not share their borders")
    return units


def main(package: Path) -> None:
    """Rewrites the shipped file and prints what changed on the way."""
    with NAMES.open(encoding="utf-8", newline="") as file:
        names = list(csv.DictReader(file))
    low = [row for row in names if row["level"] == "prefecture"]
    high = [row for row in names if row["level"] == "province"]
    raw = units_of(low, upstream_shapes(package))
    exact = checked(coverage(raw), "after noding")
    prefectures = checked(simplified(exact), "prefectures")
    parents = np.array([row["parent"] for row in low])
    provinces = np.array([shapely.coverage_union_all(prefectures[parents == r["adcode"]]) for r in high], dtype=object)
    shapes = np.concatenate([checked(provinces, "provinces"), prefectures])
    change = np.abs(area_km2(prefectures) / area_km2(exact) - 1)
    worst = low[int(np.argmax(change))]["name_en"]
    print(f"{shapely.get_num_coordinates(prefectures).sum()} corners; area {area_km2(provinces).sum():,.0f} km2")
    print(f"largest change of an area by the simplification: {change.max():.2%} ({worst})")
    write(high + low, shapes)


def write(names: list[dict[str, str]], shapes: Shapes) -> None:
    """Writes GeoParquet 1.1 with WKB geometry."""
    columns = {
        "level": [row["level"] for row in names],
        "adcode": [int(row["adcode"]) for row in names],
        "name_en": [row["name_en"] for row in names],
        "name_zh": [row["name_zh"] for row in names],
        "parent": [int(row["parent"]) if row["parent"] else None for row in names],
        "geometry": shapely.to_wkb(shapely.normalize(shapes)),
    }
    table = pa.table(columns, schema=SCHEMA.with_metadata({"geo": json.dumps(GEO_METADATA)}))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table, TARGET, compression="zstd", compression_level=19, use_dictionary=["level"], write_statistics=False
    )
    print(f"{TARGET.name}: {table.num_rows} regions, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
