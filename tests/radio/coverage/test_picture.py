"""Pictures of coverage: classes at their edges, shares, nothing known apart from the lowest class."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from setsail.base.errors import BadInput, UnknownName
from setsail.base.png import png
from setsail.radio.coverage.picture import classes_of, picture
from setsail.report.figures.raster import draw

NODATA = -32768


def _folder(tmp_path: Path, values: np.ndarray) -> Path:
    profile = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "int16"}
    with rasterio.open(
        tmp_path / "rsrp.tif", "w", **profile, crs="EPSG:32650", transform=Affine(100, 0, 0, 0, -100, 0), nodata=NODATA
    ) as out:
        out.write(values.astype(np.int16), 1)
        out.scales, out.offsets = (0.01,), (0.0,)
    return tmp_path


def test_values_fall_into_classes_at_just_in_and_just_out_of_their_edges(tmp_path: Path) -> None:
    values = np.array([[-8500, -8501, -9500, -9501], [-11500, -11501, -16000, NODATA]])
    drawn = picture(_folder(tmp_path, values), "rsrp", 100)
    assert drawn.index.tolist() == [[0, 1, 1, 2], [3, 4, 4, -1]]
    assert sum(drawn.share) == pytest.approx(1)
    assert drawn.share[4] == pytest.approx(2 / 7)
    assert drawn.scale_m == 400


def test_a_wide_raster_is_read_at_the_size_of_the_picture(tmp_path: Path) -> None:
    drawn = picture(_folder(tmp_path, np.full((40, 80), -9000)), "rsrp", 20)
    assert drawn.index.shape == (10, 20)


def test_the_drawing_is_self_contained_and_escapes_its_title(tmp_path: Path) -> None:
    text = draw(picture(_folder(tmp_path, np.full((4, 4), -9000)), "rsrp", 10), "<script>", "note")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "data:image/png;base64," in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_png_holds_its_pixels() -> None:
    rgb = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    data = png(rgb)
    start = data.index(b"IDAT") + 4
    length = int.from_bytes(data[start - 8 : start - 4], "big")
    lines = zlib.decompress(data[start : start + length])
    assert lines == b"\x00" + rgb[0].tobytes() + b"\x00" + rgb[1].tobytes()


def test_bad_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        picture(tmp_path, "rsrp", 100)
    with pytest.raises(UnknownName, match="rsrp"):
        picture(tmp_path, "colour", 100)
    with pytest.raises(BadInput, match="1 to 4096"):
        picture(_folder(tmp_path, np.zeros((2, 2))), "rsrp", 0)


@pytest.mark.parametrize("layer", ["rsrp", "sinr", "servers", "dl_rate", "ul_rate"])
def test_classes_are_in_falling_order_with_one_unit(layer: str) -> None:
    classes = classes_of(layer)
    assert [c.low for c in classes] == sorted((c.low for c in classes), reverse=True)
    assert len({c.unit for c in classes}) == 1
