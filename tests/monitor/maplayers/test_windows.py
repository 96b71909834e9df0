"""Windows of a coverage raster: the values of the raster, at their places, and nothing where it says nothing."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from setsail.base.errors import UnknownName
from setsail.monitor.maplayers import windows
from setsail.monitor.maplayers.mercator import Tile

rasterio = pytest.importorskip("rasterio", reason="the extra 'radio' is not installed")
NODATA = -32768


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of one layer in web Mercator on the pixels of zoom 10, so that no pixel moves."""
    run = tmp_path / "runs" / "town-synthetic"
    run.mkdir(parents=True)
    step = 2 * np.pi * windows.RADIUS_M / (256 << 10)
    left, top = 843 * 256 * step - np.pi * windows.RADIUS_M, np.pi * windows.RADIUS_M - 387 * 256 * step
    values = np.arange(256 * 256, dtype=np.int64).reshape(256, 256) % 12000 - 14000
    values[:20] = NODATA
    with rasterio.open(
        run / "rsrp.tif", "w", driver="GTiff", width=256, height=256, count=1, dtype="int16", nodata=NODATA,
        crs="EPSG:3857", transform=rasterio.Affine(step, 0, left, 0, -step, top),
    ) as file:  # fmt: skip
        file.write(values.astype(np.int16), 1)
        file.scales, file.units = (0.01,), ("dBm",)
    (tmp_path / "runs" / "not-a-run").mkdir()
    return tmp_path / "runs"


def _pixels(data: bytes) -> np.ndarray:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    lines = np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(256, 1 + 3 * 256)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(256, 256, 3).astype(np.int64)


def test_window_on_the_pixels_of_the_raster_holds_its_values(folder: Path) -> None:
    run = windows.one(folder, "town-synthetic")
    pixels = _pixels(windows.window(run, "rsrp", Tile(10, 843, 387)) or b"")
    scale, offset, unit = windows.scale_of(run, "rsrp")
    dbm = (pixels[..., 0] * 256 + pixels[..., 1]) * scale + offset
    expected = (np.arange(256 * 256).reshape(256, 256) % 12000 - 14000) * 0.01
    np.testing.assert_allclose(dbm[20:], expected[20:], atol=1e-9)
    assert unit == "dBm"
    assert (pixels[:20, :, 2] == 0).all()
    assert (pixels[20:, :, 2] == 255).all()


def test_window_beside_the_raster_is_empty_and_a_coarse_one_is_not(folder: Path) -> None:
    run = windows.one(folder, "town-synthetic")
    assert windows.window(run, "rsrp", Tile(10, 100, 387)) is None
    coarse = _pixels(windows.window(run, "rsrp", Tile(8, 843 // 4, 387 // 4)) or b"")
    known = int((coarse[..., 2] == 255).sum())
    assert abs(known - 64 * 59) <= 64  # a quarter of the side, less the 20 lines of 256 that say nothing


def test_runs_are_listed_by_folder_and_others_are_refused(folder: Path) -> None:
    assert [run.name for run in windows.found(folder)] == ["town-synthetic"]
    assert windows.found(folder / "nowhere") == []
    with pytest.raises(UnknownName):
        windows.one(folder, "../town-synthetic")
    with pytest.raises(UnknownName):
        windows.window(windows.one(folder, "town-synthetic"), "../rsrp", Tile(10, 843, 387))
