from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from setsail.base.errors import BadInput, OutOfRange, StoreCorrupt, UnknownName
from setsail.cli.site import commands
from setsail.site import backdrop
from setsail.site.backdrop import Known, fitted, known_point
from setsail.site.folder import read as read_folder
from setsail.site.folder import write
from setsail.site.model import Floor, Site

TWO = [Known((10.0, 190.0), (0.0, 0.0)), Known((210.0, 190.0), (20.0, 0.0))]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(Site("s", "S", "hospital", (Floor("F1", "Ground", 0, 0.0, 3.0),)), tmp_path / "s")
    return tmp_path / "s"


def picture(path: Path, size: tuple[int, int] = (300, 200), mode: str = "RGB", **more: Any) -> Path:
    Image.new(mode, size, "white").save(path, **more)
    return path


def pdf(path: Path, sides_pt: tuple[int, int] = (144, 72), pages: int = 2) -> Path:
    """A small PDF of empty pages, written by hand."""
    kids = " ".join(f"{3 + n} 0 R" for n in range(pages))
    box = f"[0 0 {sides_pt[0]} {sides_pt[1]}]"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>"]
    objects += [f"<< /Type /Page /Parent 2 0 R /MediaBox {box} >>" for _ in range(pages)]
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{at:010d} 00000 n \n" for at in offsets)
    size = len(objects) + 1
    text += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n"
    path.write_bytes(f"{text}{text.index('xref')}\n%%EOF\n".encode())
    return path


def test_two_points_give_scale_turn_and_shift(site: Path, tmp_path: Path) -> None:
    done = backdrop.place(site, "F1", picture(tmp_path / "a.png"), TWO)
    assert done.metres_per_pixel == pytest.approx(0.1)
    assert done.rotation_deg == pytest.approx(0.0, abs=1e-9)
    assert done.to_plane(10, 190) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert done.to_plane(10, 90) == pytest.approx((0.0, 10.0), abs=1e-9)
    assert done.to_pixel(20.0, 0.0) == pytest.approx((210.0, 190.0))
    assert done.error_m == 0.0


def test_a_backdrop_is_read_as_it_was_written_and_stays_when_the_site_is_written_again(
    site: Path, tmp_path: Path
) -> None:
    done = backdrop.place(site, "Ground", picture(tmp_path / "a.png"), TWO)
    assert backdrop.read(site, "F1") == done
    write(read_folder(site), site, replace=True)
    assert backdrop.read(site, "F1") == done


def test_a_floor_without_a_backdrop_has_none(site: Path) -> None:
    assert backdrop.read(site, "F1") is None


def test_a_picture_turned_by_ninety_degrees_is_turned_back() -> None:
    points = [Known((0.0, 0.0), (0.0, 0.0)), Known((100.0, 0.0), (0.0, 10.0))]
    transform, mirrored, error = fitted(points)
    assert (transform[0], transform[3]) == pytest.approx((0.0, 0.1), abs=1e-12)
    assert not mirrored
    assert error == pytest.approx(0.0, abs=1e-9)


def test_three_points_tell_a_mirrored_picture_and_two_are_told() -> None:
    points = [Known((0.0, 0.0), (0.0, 0.0)), Known((100.0, 0.0), (10.0, 0.0)), Known((0.0, 100.0), (0.0, 10.0))]
    assert fitted(points)[1]
    assert fitted(points)[2] == pytest.approx(0.0, abs=1e-9)
    assert fitted(points, mirrored=False)[2] > 1.0
    assert fitted(points[:2])[1] is False
    assert fitted(points[:2], mirrored=True)[1] is True


def test_points_that_disagree_tell_their_greatest_error() -> None:
    points = [*TWO, Known((10.0, 90.0), (0.0, 11.0))]
    assert 0.3 < fitted(points)[2] < 1.0


@given(st.floats(0.001, 1.0), st.floats(-math.pi, math.pi), st.floats(-100, 100), st.floats(-100, 100), st.booleans())
def test_any_scale_turn_shift_and_mirror_is_found_again(
    scale: float, turn: float, x: float, y: float, mirrored: bool
) -> None:
    def there(px: float, py: float) -> tuple[float, float]:
        u, v = px * scale, (py if mirrored else -py) * scale
        return u * math.cos(turn) - v * math.sin(turn) + x, u * math.sin(turn) + v * math.cos(turn) + y

    points = [Known(p, there(*p)) for p in ((0.0, 0.0), (300.0, 10.0), (20.0, 400.0))]
    transform, side, error = fitted(points)
    assert side is mirrored
    assert error < 1e-6
    assert math.hypot(transform[0], transform[3]) == pytest.approx(scale)


@pytest.mark.parametrize(
    ("points", "what"),
    [
        (TWO[:1], "1 given"),
        ([], "0 given"),
        ([TWO[0], TWO[0]], "all lie within 0 pixels"),
        ([TWO[0], Known((210.0, 190.0), (0.0, 0.0))], "all lie within 0 m"),
        ([TWO[0], Known((19.9, 190.0), (20.0, 0.0))], "all lie within 9.9 pixels"),
        ([TWO[0], Known((210.0, 190.0), (0.09, 0.0))], r"all lie within 0\.09 m"),
        ([TWO[0], Known((210.0, 190.0), (2000.0, 0.0))], "metres of a pixel"),
    ],
)
def test_points_that_tell_no_scale_are_refused(points: list[Known], what: str) -> None:
    with pytest.raises(BadInput, match=what):
        fitted(points)


def test_points_just_far_enough_apart_are_taken() -> None:
    assert fitted([TWO[0], Known((20.0, 190.0), (0.1, 0.0))])[2] == pytest.approx(0.0, abs=1e-9)


def test_a_point_beside_the_picture_is_refused(site: Path, tmp_path: Path) -> None:
    edge = [TWO[0], Known((300.0, 190.0), (20.0, 0.0))]
    backdrop.place(site, "F1", picture(tmp_path / "a.png"), edge)
    with pytest.raises(OutOfRange, match="0,0 to 300,200"):
        backdrop.place(site, "F1", picture(tmp_path / "a.png"), [TWO[0], Known((301.0, 190.0), (20.0, 0.0))])


@pytest.mark.parametrize("text", ["", "1,2", "1,2=3", "a,2=3,4", "1,2=3,4,5", "1,2=3,nan", "1,2=inf,4"])
def test_a_point_that_is_no_point_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="--point"):
        known_point(text)


def test_a_point_is_read_from_text() -> None:
    assert known_point("120,840.5=-3,0") == Known((120.0, 840.5), (-3.0, 0.0))


def test_a_page_of_a_pdf_is_drawn_at_its_dpi(site: Path, tmp_path: Path) -> None:
    done = backdrop.place(site, "F1", pdf(tmp_path / "a.pdf"), TWO, page=2, dpi=200.0)
    assert (done.width_px, done.height_px, done.page) == (400, 200, 2)


@pytest.mark.parametrize("page", [0, 3])
def test_a_page_that_is_not_there_is_refused(site: Path, tmp_path: Path, page: int) -> None:
    with pytest.raises(OutOfRange, match="1 to 2"):
        backdrop.place(site, "F1", pdf(tmp_path / "a.pdf"), TWO, page=page)


@pytest.mark.parametrize(("dpi", "good"), [(20.0, True), (19.0, False), (601.0, False)])
def test_a_dpi_outside_its_limits_is_refused(site: Path, tmp_path: Path, dpi: float, good: bool) -> None:
    points = [Known((0.0, 0.0), (0.0, 0.0)), Known((30.0, 10.0), (20.0, 0.0))]
    if good:
        assert backdrop.place(site, "F1", pdf(tmp_path / "a.pdf"), points, dpi=dpi).width_px == 40
    else:
        with pytest.raises(OutOfRange, match="--dpi"):
            backdrop.place(site, "F1", pdf(tmp_path / "a.pdf"), points, dpi=dpi)


def test_a_page_as_large_as_a_field_is_refused_with_the_dpi_that_is_possible(site: Path, tmp_path: Path) -> None:
    with pytest.raises(OutOfRange, match=r"million pixels.*up to \d+ for this page"):
        backdrop.place(site, "F1", pdf(tmp_path / "a.pdf", (14_000, 14_000)), TWO)


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture(tmp_path / "a.png")
    monkeypatch.setattr(backdrop, "MAX_PIXELS", 60_000)
    backdrop.place(site, "F1", path, TWO)
    monkeypatch.setattr(backdrop, "MAX_PIXELS", 59_999)
    with pytest.raises(OutOfRange, match="300 x 200 pixels"):
        backdrop.place(site, "F1", path, TWO)


def test_pictures_of_all_kinds_are_kept_as_plain_png(site: Path, tmp_path: Path) -> None:
    for name, mode in (("a.jpg", "L"), ("b.png", "RGBA"), ("c.png", "P"), ("d.bmp", "1"), ("e.tif", "RGB")):
        done = backdrop.place(site, "F1", picture(tmp_path / name, mode=mode), TWO)
        with Image.open(site / "backdrops" / done.image) as kept:
            assert (kept.format, kept.mode, kept.size) == ("PNG", "RGB", (300, 200))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"no picture"),
        ("a.png", b"\x89PNG\r\n\x1a\n broken"),
        ("a.pdf", b"%PDF-1.4 broken"),
        ("a.svg", b"<svg/>"),
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_is_written(
    site: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=r"a\.(png|pdf|svg)"):
        backdrop.place(site, "F1", tmp_path / name, TWO)
    assert not (site / "backdrops").exists()


def test_a_floor_that_the_site_has_not_is_refused(site: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="F1"):
        backdrop.place(site, "F9", picture(tmp_path / "a.png"), TWO)


def test_a_picture_that_was_changed_after_it_was_placed_is_found_out(site: Path, tmp_path: Path) -> None:
    backdrop.place(site, "F1", picture(tmp_path / "a.png"), TWO)
    picture(site / "backdrops" / "F1.png", (301, 200))
    with pytest.raises(StoreCorrupt, match="place it again"):
        backdrop.read(site, "F1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\ntransform = [", "\ntransform = [1.0, "),
        ('image = "F1.png"', 'image = "../x"'),
        ("page", "strange"),
        ("\ntransform = [", "\ntransform = [0, 0, 0, 0, 0, 0] # ["),
    ],
)
def test_a_changed_description_is_refused(site: Path, tmp_path: Path, old: str, new: str) -> None:
    backdrop.place(site, "F1", picture(tmp_path / "a.png"), TWO)
    path = site / "backdrops" / "F1.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=r"F1\.toml"):
        backdrop.read(site, "F1")


def test_the_command_places_a_picture_and_tells_its_scale(site: Path, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    points = ["--point", "10,190=0,0", "--point", "210,190=20,0"]
    done = CliRunner().invoke(
        commands, ["backdrop", str(site), "--floor", "F1", "--image", str(path), *points, "--format", "json"]
    )
    assert done.exit_code == 0, done.output
    assert '"metres_per_pixel": 0.1' in done.output
