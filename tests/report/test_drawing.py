from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import setsail.report
from setsail.report import svg
from setsail.report.blocks import Cell, Column, Table, safe_url
from setsail.report.figures import dots, slope, timeline
from setsail.report.figures.choropleth import albers, breaks, class_of
from setsail.report.figures.dots import Dots, Line, Row
from setsail.report.figures.slope import Sloped
from setsail.report.figures.timeline import Ahead, Dot, Series, Timeline
from setsail.report.scales import apart, nice_scale, nice_step, year_scale
from setsail.report.words import Words
from setsail.standards import boundaries

EN = Words("en")
finite = st.floats(-1e9, 1e9)


@given(finite, finite)
def test_the_ends_of_a_nice_scale_hold_the_values_and_are_ticks(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    scale = nice_scale(low, high, 0.0, 100.0)
    room = 1e-6 * max(1.0, abs(low), abs(high))
    assert scale.low - room <= low
    assert high <= scale.high + room
    assert scale.ticks[0] == scale.low
    assert scale.ticks[-1] == scale.high
    assert 2 <= len(scale.ticks) <= 8


@pytest.mark.parametrize(("span", "about", "step"), [(10, 5, 2), (9, 5, 2), (1, 4, 0.25), (100, 5, 20), (0, 5, 1)])
def test_a_step_is_round(span: float, about: int, step: float) -> None:
    assert nice_step(span, about) == pytest.approx(step)


def test_a_scale_of_years_has_ticks_at_the_turn_of_years() -> None:
    scale = year_scale(2020.4, 2023.6, 0, 100)
    assert list(scale.ticks) == [2020, 2021, 2022, 2023, 2024]
    assert scale(2022) == pytest.approx(50)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_labels_stay_apart_and_in_order(wanted: list[float]) -> None:
    placed = apart(wanted, 15.0, 0.0, 100.0)
    order = np.argsort(np.array(wanted), kind="stable")
    gaps = np.diff(np.array(placed)[order])
    assert np.all(gaps >= 15.0 - 1e-9)


def test_text_of_a_drawing_is_escaped() -> None:
    told = svg.text(1, 2, '</text><script>"x"&\x00')
    assert "<script" not in told
    ET.fromstring(told)


def test_a_mark_of_every_shape_is_drawn() -> None:
    for shape in svg.SHAPES:
        ET.fromstring(svg.mark(shape, 1.0, 2.0, "dot"))


def _timeline(**changes: object) -> Timeline:
    dots_ = (
        Dot(2022.0, 10, 9.5, 10.5, "exact", "first", superseded=True),
        Dot(2022.0, 12, 11.5, 12.5, "exact", "again"),
        Dot(2023.0, 20, 20, None, "over", "more"),
    )
    values: dict[str, object] = {
        "id": "t", "title": "a < b", "desc": "d & e", "unit": "percent", "series": (Series("one", dots_),),
        "target": 18.0, "deadline": 2024.0, "target_label": "target", "crossing": (2022.0, 2023.0),
        "crossing_label": "crossed", "forecast": (Ahead(2023.0, 20, 20, 20), Ahead(2025.0, 26, 22, 31)),
        "forecast_label": "forecast",
    }  # fmt: skip
    return Timeline(**(values | changes))  # type: ignore[arg-type]


def test_a_timeline_keeps_the_replaced_value_visible_and_draws_all_its_parts() -> None:
    root = ET.fromstring(timeline.draw(_timeline(), EN).svg)
    classes = [e.get("class") or "" for e in root.iter()]
    assert len([c for c in classes if c == "hollow s0"]) == 1
    assert "crossing" in classes
    assert "fan" in classes
    assert "target" in classes
    assert "ahead" in classes
    line = next(e for e in root.iter() if e.get("class") == "path s0")
    assert len((line.get("points") or "").split()) == 2  # the replaced value is no part of the line


def test_a_timeline_without_crossing_forecast_or_target_draws_none() -> None:
    root = ET.fromstring(timeline.draw(_timeline(crossing=None, forecast=(), target=None), EN).svg)
    classes = {e.get("class") for e in root.iter()}
    assert not classes & {"crossing", "fan", "target", "deadline"}


def test_a_timeline_of_one_point_stands() -> None:
    one = (Series("one", (Dot(2023.9, 5, None, None, "exact", "only"),)),)
    ET.fromstring(timeline.draw(_timeline(series=one, forecast=(), crossing=None), EN).svg)


def test_figures_that_cannot_decide_are_crosses() -> None:
    aside = Series("aside", (Dot(2022.5, 3, None, None, "exact", "x"),), decides=False)
    root = ET.fromstring(timeline.draw(_timeline(series=(*_timeline().series, aside)), EN).svg)
    assert [e for e in root.iter() if e.get("class") == "dot aside" and e.tag.endswith("path")]


def test_a_higher_value_stands_higher_in_a_timeline() -> None:
    root = ET.fromstring(timeline.draw(_timeline(), EN).svg)
    line = next(e for e in root.iter() if e.get("class") == "path s0")
    (x1, y1), (x2, y2) = (tuple(map(float, p.split(","))) for p in (line.get("points") or "").split())
    assert x2 > x1
    assert y2 < y1


def test_a_slope_puts_the_first_rank_on_top() -> None:
    rows = [Sloped("A", 1, 2, "9", "3", True), Sloped("B", 2, 1, "8", "4", True)]
    root = ET.fromstring(slope.draw("s", "t", "d", ("left", "right"), rows).svg)
    lines = [e for e in root.iter() if e.get("class") == "path s1"]
    first = lines[0]
    assert float(first.get("y1") or 0) < float(first.get("y2") or 0)
    assert len(lines) == 2


def test_a_row_without_a_value_says_so_in_words() -> None:
    shown = Dots("d", "t", "x", "axis", (Row("A", 3.0, 2.0, 5.0), Row("B", None)), (Line(4.0, "goal"),))
    root = ET.fromstring(dots.draw(shown, EN).svg)
    assert "no figure known" in "".join(root.itertext())
    assert len([e for e in root.iter() if (e.get("class") or "").startswith("interval")]) == 1
    assert len([e for e in root.iter() if (e.get("class") or "").startswith("dot")]) == 1


def test_classes_of_a_map_hold_their_lower_border() -> None:
    borders = breaks([20, 22, 25, 27, 30, 33, 36, 39, 41, 60])
    assert list(borders) == sorted(borders)
    assert 2 <= len(borders) <= 5
    for i, border in enumerate(borders):
        assert class_of(border, borders) == i + 1
        assert class_of(border - 1e-9, borders) == i


def test_the_map_projection_keeps_areas() -> None:
    outlines = boundaries.shipped("province")
    drawn = shapely.area(shapely.transform(outlines.shape, albers))
    true = boundaries.area_km2(outlines.shape) / boundaries.EARTH_RADIUS_KM**2
    # straight edges of a polygon bend a little between two projections
    np.testing.assert_allclose(drawn, true, rtol=2e-3)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a", True), ("http://example.org", True), ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False), ("data:text/html,x", False), ("//example.org", False), ("https://", False),
        (" https://example.org ", True), ("java\nscript:alert(1)", False), ("", False), ("http://[", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_become_links(url: str, kept: bool) -> None:
    assert bool(safe_url(url)) is kept


@pytest.mark.parametrize(("text", "file"), [("=1+1", "'=1+1"), ("-5.2", "-5.2"), ("@x", "'@x"), ("plain", "plain")])
def test_a_cell_that_a_spreadsheet_would_run_is_kept_from_running(text: str, file: str) -> None:
    assert Cell(text).plain == file


def test_a_table_downloads_its_own_cells() -> None:
    table = Table("t", "c", (Column("a"), Column("b")), ((Cell("1"), Cell("x, y")),))
    assert table.download.startswith("data:text/csv;charset=utf-8;base64,")


# ---- colours ---------------------------------------------------------------------------------------------------------


def _themes() -> dict[str, dict[str, str]]:
    import re

    style = (Path(setsail.report.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, flags=re.S)
    return dict(
        zip(("light", "dark", "print"), (dict(re.findall(r"--([\w-]+): (#\w{6})", b)) for b in blocks), strict=True)
    )


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_and_series_stand_out_from_the_page(theme: str) -> None:
    tokens = _themes()[theme]
    for name in (
        "ink",
        "quiet",
        "accent",
        "met",
        "missed",
        "not_provable",
        "open",
        "target",
        *(f"s{i}" for i in range(6)),
    ):
        for ground in ("page", "panel"):
            # WCAG 2.2, success criterion 1.4.3
            assert _contrast(tokens[name], tokens[ground]) >= 4.5, (theme, name, ground)
