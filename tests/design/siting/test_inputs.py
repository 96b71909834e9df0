"""What is refused, and where it says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, UnknownName
from setsail.design.siting.inputs import candidates, columns, demand

HEAD = "site_id,lon,lat,height_m,bands"


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        (HEAD, BadInput, "holds no candidates"),
        (f"{HEAD}\na,1,1,25,n78\na,1,2,25,n78", DuplicateKey, "site_id=a"),
        (f"{HEAD}\na,1,1,25,n999", UnknownName, "n999"),
        (f"{HEAD}\na,1,1,25,n78 78", BadInput, "n78 twice"),
        (f"{HEAD}\na,1,1,25,", BadInput, "is empty"),
        (f"{HEAD}\na,nan,1,25,n78", BadInput, "nan"),
        (f"{HEAD}\na,181,1,25,n78", OutOfRange, "181"),
        (f"{HEAD}\na,1,1,-5,n78", OutOfRange, "-5"),
        (f"{HEAD},fixed\na,1,1,25,n78,maybe", UnknownName, "maybe"),
        (f"{HEAD},status\na,1,1,25,n78,planned", UnknownName, "planned"),
        (f"{HEAD},tilts\na,1,1,25,n78,steep", UnknownName, "steep"),
        (f"{HEAD},cost_gold\na,1,1,25,n78,3", BadInput, "cost_gold"),
        (f"{HEAD},cost_tower\na,1,1,25,n78,-3", OutOfRange, "-3"),
        ("site_id,lon,lat,height_m\na,1,1,25", BadInput, "lacks column 'bands'"),
    ],
)
def test_bad_candidates_are_refused_by_name(tmp_path: Path, text: str, error: type[BadInput], told: str) -> None:
    with pytest.raises(error, match=told):
        candidates(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("lon,lat,weight", BadInput, "holds no demand"),
        ("lon,lat,weight\n1,1,nan", BadInput, "nan"),
        ("lon,lat,weight\n1,1,-1", OutOfRange, "-1"),
        ("lon,lat,weight\n1,1,0", BadInput, "all weights are 0"),
        ("point_id,lon,lat,weight\np,1,1,1\np,1,1,1", DuplicateKey, "point_id=p"),
    ],
)
def test_bad_demand_is_refused_by_name(tmp_path: Path, text: str, error: type[BadInput], told: str) -> None:
    with pytest.raises(error, match=told):
        demand(write(tmp_path, text))


def test_candidates_take_their_defaults_and_overrides(tmp_path: Path) -> None:
    found = candidates(
        write(tmp_path, f"{HEAD},status,fixed,cost_tower\na,1,2,25,n78 n28,existing,in,7\nb,1,2,30,n28,,,")
    )
    assert found.existing.tolist() == [True, False]
    assert found.fixed.tolist() == [1, 0]
    assert found.bands == (("n78", "n28"), ("n28",))
    assert found.tilts[0] == ("low", "medium", "high")
    assert found.overrides["tower"][0] == 7.0
    assert np.isnan(found.overrides["tower"][1])


def raster(folder: Path, values: np.ndarray, nodata: float | None, crs: str | None = "EPSG:32650") -> Path:
    path = folder / "demand.tif"
    shape = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "float32"}
    place = rasterio.Affine(100, 0, 500_000, 0, -100, 3_300_000)
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=place, nodata=nodata, **shape) as file:
        file.write(values.astype("float32"), 1)
    return path


def test_cells_of_a_raster_are_points_at_their_middle(tmp_path: Path) -> None:
    found = demand(raster(tmp_path, np.array([[0, 3, -1], [5, -1, 0]]), nodata=-1))
    assert found.weight.tolist() == [3.0, 5.0]
    assert found.point_id == ("0-1", "1-0")
    assert found.lon[1] == pytest.approx(117.0 + 50 / 96_000, abs=2e-5)
    assert found.lat[0] > found.lat[1]


@pytest.mark.parametrize("bad", [np.nan, -2.0])
def test_raster_with_a_negative_or_no_number_is_refused(tmp_path: Path, bad: float) -> None:
    with pytest.raises(BadInput, match="negative or not a number"):
        demand(raster(tmp_path, np.array([[1.0, bad]]), nodata=None))


def test_raster_without_a_coordinate_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no coordinate system"):
        demand(raster(tmp_path, np.ones((2, 2)), nodata=None, crs=None))


def test_every_cost_item_may_be_a_column() -> None:
    assert {"cost_tower", "cost_energy"} <= {row["column"] for row in columns()}
