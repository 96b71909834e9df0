"""Work orders: what they say, and that their codes can be read from the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from setsail.base.arrays import F64
from setsail.base.errors import UnknownName
from setsail.rollout.model import STAGES, Rollout
from setsail.rollout.plan_model import Plan, SitePlan, Visit
from setsail.rollout.provision import options
from setsail.rollout.provision.config import site_configs
from setsail.rollout.provision.orders import making, qr
from setsail.rollout.provision.orders.content import BREAK, Orders, breakable, content, words
from setsail.rollout.provision.secrets import stand_ins
from tests.rollout.provision.small import NOTICE, NOW, rollout

A4_PT = (595.276, 841.89)


def _plan(one: Rollout) -> Plan:
    """S2 first, then S1, by the only crew; S3 is planned for nobody."""
    begin = NOTICE + timedelta(hours=5)
    visits, sites = [], []
    for order, site in enumerate(("S2", "S1"), 1):
        depart = begin + timedelta(minutes=60 * order)
        arrive, end = depart + timedelta(minutes=20), depart + timedelta(minutes=65)
        visits.append(Visit("C1", "V1", 1, order, "visit", site, depart, arrive, arrive, end, 1200, 12_300, 1))
        sites.append(SitePlan(site, dict.fromkeys(STAGES, end), ("C1",), 1, order, arrive, 30.0 * order, 0.0, "crew"))
    return Plan(
        one.rollout, NOTICE, True, "", end, end, end, "", 24_600, 0.0, tuple(sites), tuple(visits), (),
        (), {"C1": (("S2", "S1"),)}, {"S3": "no crew"}, "S1",
    )  # fmt: skip


def _orders(tmp_path: Any, plan: bool = True, **more: Any) -> Orders:
    one = rollout()
    configs = site_configs(one, options.read(tmp_path), stand_ins(one), NOW)
    return Orders(one, configs, _plan(one) if plan else None, NOW, **more)


def test_pages_follow_the_crew_and_sites_without_a_plan_come_last(tmp_path: Any) -> None:
    made = content(_orders(tmp_path))
    assert [p["site"] for p in made["pages"]] == ["S2", "S1", "S3"]
    assert [s["place"] for s in made["crews"][0]["stops"]] == ["S2", "S1"]
    assert [s["km"] for s in made["crews"][0]["stops"]] == ["12.3", "12.3"]


def test_page_tells_who_comes_when_and_what_is_brought(tmp_path: Any) -> None:
    page = content(_orders(tmp_path))["pages"][0]
    told = {r["name"]: r["value"] for b in page["blocks"] for r in b["rows"]}
    w = words("en")
    assert told[w["crew"]] == "C1 (V1)"
    assert (told[w["depart"]], told[w["arrival"]], told[w["ready"]]) == ("01-02 04:00", "01-02 04:20", "01-02 05:05")
    assert told[w["bring"]] == "1 × terminal"
    assert told[w["room"]] == "2020"
    assert told[w["pin"]] == w["pin.hidden"]
    assert [s["name"] for s in page["stages"]] == [w[s] for s in STAGES]
    assert page["mark"] == w["mark.synthetic"]


def test_without_a_plan_the_pages_say_so_and_hold_no_times(tmp_path: Any) -> None:
    made = content(_orders(tmp_path, plan=False))
    assert made["cover"]["no_plan"] == words("en")["no_plan"]
    assert made["crews"] == []
    assert {s["at"] for p in made["pages"] for s in p["stages"]} == {""}
    assert content(_orders(tmp_path))["cover"]["no_plan"] == ""


def test_pin_is_printed_only_where_it_is_given(tmp_path: Any) -> None:
    shown = json.dumps(content(_orders(tmp_path, pin="13572468")))
    assert "13572468" in shown
    assert "13572468" not in json.dumps(content(_orders(tmp_path)))


def test_only_the_sites_asked_for_get_a_page(tmp_path: Any) -> None:
    made = content(_orders(tmp_path, sites=("S3", "S1", "S3")))
    assert [p["site"] for p in made["pages"]] == ["S1", "S3"]
    assert made["crews"] == []
    with pytest.raises(UnknownName, match="S1, S2, S3"):
        content(_orders(tmp_path, sites=("S9",)))


def test_languages_hold_the_same_words_and_others_are_refused(tmp_path: Any) -> None:
    assert set(words("en")) == set(words("zh"))
    made = content(_orders(tmp_path, language="zh"))
    assert (made["pages"][0]["name"], made["pages"][0]["other_name"]) == ("合成诊所2", "Synthetic clinic 2")
    with pytest.raises(UnknownName, match="en, zh"):
        content(_orders(tmp_path, language="fr"))


def test_report_code_is_compact_json_of_the_site_and_its_configuration(tmp_path: Any) -> None:
    orders = _orders(tmp_path)
    one = orders.configs[1]
    text = qr.report_text(one.values, one.sha256)
    assert text.isascii()
    assert json.loads(text) == {
        "v": 1, "r": "synthetic-3", "s": "S2", "c": one.sha256[:16], "u": "https://conference.example/rollout/report",
    }  # fmt: skip


def test_place_code_is_a_geo_address() -> None:
    assert qr.place_text(30.669239, 114.279572) == "geo:30.669239,114.279572"
    assert qr.place_text(-1.5, -0.000001) == "geo:-1.500000,-0.000001"


def test_pages_are_a4_one_for_each_site_and_hold_the_names(tmp_path: Any) -> None:
    document = _pdf(_orders(tmp_path))
    assert len(document) == 1 + 3
    for page in document:
        assert page.get_size() == pytest.approx(A4_PT, abs=0.5)
    assert "Synthetic clinic 2" in document[1].get_textpage().get_text_bounded()
    assert "Crew C1" in document[0].get_textpage().get_text_bounded()


def test_same_orders_give_the_same_bytes(tmp_path: Any) -> None:
    pytest.importorskip("typst")
    assert making.pdf(_orders(tmp_path)) == making.pdf(_orders(tmp_path))


def test_codes_on_the_page_are_those_of_the_site(tmp_path: Any) -> None:
    orders = _orders(tmp_path)
    picture = _pixels(_pdf(orders)[1], 4.0)
    one, site = orders.configs[1], orders.rollout.sites[1]
    wanted = [qr.report_text(one.values, one.sha256), qr.place_text(site.latitude_deg, site.longitude_deg)]
    codes = [np.array([list(r) for r in qr.code(text).matrix], dtype=bool) for text in wanted]
    read = list(_codes(picture, codes))
    assert len(read) == 2
    for found, made in zip(read, codes, strict=True):
        np.testing.assert_array_equal(found, made)


def test_signs_of_the_page_language_in_a_name_are_text(tmp_path: Any) -> None:
    orders = _orders(tmp_path)
    name = '#panic("x") *bold* $x$ \\ [a] \x07'
    one = replace(orders.rollout, sites=(replace(orders.rollout.sites[0], name=name), *orders.rollout.sites[1:]))
    document = _pdf(replace(orders, rollout=one, plan=None))
    assert '#panic("x") *bold* $x$' in document[1].get_textpage().get_text_bounded()


def _pdf(orders: Orders) -> Any:
    pytest.importorskip("typst")
    pdfium = pytest.importorskip("pypdfium2")
    return pdfium.PdfDocument(making.pdf(orders))


def _pixels(page: Any, scale: float) -> F64:
    """Lightness 0..1 of a page."""
    return np.asarray(page.render(scale=scale, grayscale=True).to_numpy(), dtype=np.float64).squeeze() / 255.0


def _codes(picture: F64, codes: list[Any]) -> Iterator[Any]:
    """The modules that the page shows where its right column holds each code, from top to bottom.

    A code is found by its first dark row within the column, and read at the middle of each module.
    """
    scale = 4.0
    left = int((210 - 15 - 44) * scale / 25.4 * 72) + 8
    column = picture[:, left : int((210 - 15) * scale / 25.4 * 72) - 8] < 0.5
    top = int(35 * scale / 25.4 * 72)
    for made in codes:
        modules = made.shape[0]
        size = 38 * scale / 25.4 * 72 * modules / (modules + 8)
        least = size / modules * 6  # a finder pattern's edge is seven modules long
        rows = [y for y in range(top, column.shape[0]) if _longest(column[y]) > least]
        y0 = rows[0]
        x0 = int(np.flatnonzero(column[y0])[0])
        at = (np.arange(modules) + 0.5) * size / modules
        yield column[np.ix_((y0 + at).astype(int), (x0 + at).astype(int))]
        top = int(y0 + size + 10)


def _longest(row: Any) -> int:
    """Length of the longest dark run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def test_word_longer_than_a_line_stays_within_its_heading(tmp_path: Any) -> None:
    assert breakable("Synthetic clinic of the plain") == "Synthetic clinic of the plain"
    assert breakable("W" * 30) == BREAK.join(["W" * 12, "W" * 12, "W" * 6])
    orders = _orders(tmp_path)
    sites = tuple(replace(s, name="W" * 300) for s in orders.rollout.sites)
    long = replace(orders, rollout=replace(orders.rollout, sites=sites), sites=("S2",))
    text = _pdf(long)[1].get_textpage()
    assert text.count_rects() > 0
    assert max(text.get_rect(i)[2] for i in range(text.count_rects())) <= A4_PT[0]
