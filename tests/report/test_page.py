from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from datetime import date
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from setsail import api
from setsail.base.errors import BadInput, UnknownName
from tests.report.conftest import AT, CASES, DAY
from tests.report.pages import Element, read

Trees = dict[tuple[str, str], Element]
Pages = dict[tuple[str, str], str]
both = pytest.mark.parametrize("case", CASES, ids=["-".join(c) for c in CASES])


@both
def test_a_page_is_small_and_asks_nothing_of_elsewhere(case: tuple[str, str], pages: Pages, trees: Trees) -> None:
    assert len(pages[case].encode()) < 1_000_000
    page = trees[case]
    assert not [e.tag for e in page.every() if e.tag in ("script", "link", "iframe", "img", "object", "embed", "base")]
    for element in page.every():
        assert "src" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        if element.tag == "use":
            assert element.attributes["href"].startswith("#")
        if "fill" in element.attributes and "url(" in element.attributes["fill"]:
            assert element.attributes["fill"].startswith("url(#")
    style = page.all("style")[0].text
    assert "url(" not in style
    assert "@import" not in style
    policy = next(m for m in page.all("meta") if m.attributes.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy.attributes["content"]


@both
def test_ids_are_unique_and_every_reference_finds_its_target(case: tuple[str, str], trees: Trees) -> None:
    elements = trees[case].every()
    ids = [e.attributes["id"] for e in elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in elements:
        wanted = element.attributes.get("aria-labelledby", "").split()
        if element.attributes.get("href", "").startswith("#"):
            wanted.append(element.attributes["href"][1:])
        assert set(wanted) <= set(ids), element.attributes


@both
def test_headings_follow_each_other_without_a_jump(case: tuple[str, str], trees: Trees) -> None:
    levels = [int(e.tag[1]) for e in trees[case].every() if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


@both
def test_every_figure_is_described_and_has_its_table_beside_it(case: tuple[str, str], trees: Trees) -> None:
    pairs = trees[case].with_class("pair")
    drawn = [p for p in pairs if p.all("figure")]
    assert len(drawn) == len(trees[case].all("figure")) > 5
    for pair in drawn:
        svg = pair.all("svg")[0]
        assert svg.attributes["role"] == "img"
        assert svg.inside[0].tag == "title"
        assert svg.inside[1].tag == "desc"
        assert len(svg.inside[1].text) > 10
        assert pair.all("table")
        assert len(pair.all("tbody")[0].inside) > 0


@both
def test_every_table_has_a_caption_scopes_and_a_file(case: tuple[str, str], trees: Trees) -> None:
    for box in trees[case].with_class("table-box"):
        table = box.all("table")[0]
        assert table.all("caption")[0].text
        assert {h.attributes["scope"] for h in table.all("th")} <= {"col", "row"}
        assert all(h.attributes.get("scope") for h in table.all("th"))
        wide = len(table.all("thead")[0].all("th"))
        rows = table.all("tbody")[0].all("tr")
        assert all(len(row.inside) == wide for row in rows)
        link = next(a for a in box.all("a") if "download" in a.attributes)
        text = base64.b64decode(link.attributes["href"].partition("base64,")[2]).decode("utf-8-sig")
        assert len(text.split("\r\n")) == len(rows) + 2


def test_the_heading_holds_the_answer(trees: Trees) -> None:
    heading = {case: tree.all("h1")[0].text for case, tree in trees.items()}
    assert heading["cn-set-sail-2021-final", "en"] == "3 of 7 targets were met; 4 cannot be proved"
    assert heading["cn-set-sail-2021-final", "zh"] == "7项目标中，3项已达成，4项无法证实"
    assert heading["cn-set-sail-2024-upgrade", "en"].startswith("All 7 targets are still open")


def test_the_values_of_the_page_are_those_of_the_verdicts(trees: Trees) -> None:
    rows = trees["cn-set-sail-2021-final", "en"].all("table")[0].all("tbody")[0].all("tr")
    verdicts = api.verdicts("cn-set-sail-2021-final", known_on=DAY)
    told = {"met": "met", "missed": "missed", "not_provable": "not provable", "open": "open"}
    assert len(rows) == len(verdicts)
    for row, verdict in zip(rows, verdicts, strict=True):
        assert told[verdict["verdict"]] in row.inside[1].words()
    assert "58.3" in rows[0].words()
    assert "23.96" in rows[4].words()


def test_both_values_of_the_end_of_2023_stay_visible(trees: Trees) -> None:
    changes = {e.attributes.get("id"): e for e in trees["cn-set-sail-2021-final", "en"].all("table")}
    compared = changes["changes-table"].all("tbody")[0].all("tr")[0].words()
    assert "57.1" in compared
    assert "58.3" in compared
    assert "2024-01-31" in changes["changes-table"].words()
    first = next(r for r in changes["restated-table"].all("tr") if "57.1" in r.words())
    assert "2024-01-19" in first.words()
    assert "redefined" in first.words()


def test_an_evidence_table_tells_how_its_days_are_known_and_where_a_value_was_read(trees: Trees) -> None:
    tables = {e.attributes.get("id"): e for e in trees["cn-set-sail-2021-final", "en"].all("table")}
    table = tables["target-0-table"]
    evidence = api.verdicts("cn-set-sail-2021-final", known_on=DAY)[0]["evidence"]
    assert len(table.all("tbody")[0].all("tr")) == len(evidence)
    links = {a.attributes["href"] for a in table.all("a")}
    assert {f["source_url"] for p in evidence for f in p["figures"] if f["source_url"]} == links
    assert "estimated" in table.words()
    assert "seen in the source" in table.words()


def test_a_target_without_figures_says_so_and_what_would_settle_it(trees: Trees) -> None:
    blocks = {e.attributes.get("id"): e for e in trees["cn-set-sail-2021-final", "en"].all("article")}
    block = blocks["target-2"]
    assert not block.all("figure")
    told = block.with_class("empty")[0].words()
    assert "No figure that can decide this target was known on 30 June 2026" in told
    assert "survey or register count of large industrial enterprises" in told


def test_regions_without_a_figure_are_hatched_and_never_coloured(trees: Trees) -> None:
    page = trees["cn-set-sail-2021-final", "en"]
    drawing = next(e for e in page.all("svg") if e.attributes.get("aria-labelledby", "").startswith("map-figure"))
    areas = [e for e in drawing.all("path") if "area" in e.attributes.get("class", "").split()]
    hatched = [e for e in areas if e.attributes.get("fill") == "url(#map-figure-hatch)"]
    assert len(areas) == 34
    assert len(hatched) == 3
    assert all("unknown" in e.attributes["class"] for e in hatched)
    article = next(e for e in page.all("article") if e.attributes.get("id") == "map")
    assert "not an approved base map" in article.words()
    assert "no figure (3)" in drawing.words()


def test_the_ranking_of_june_2024_turns_with_the_definition(trees: Trees) -> None:
    page = trees["cn-set-sail-2021-final", "en"]
    article = next(e for e in page.all("article") if e.attributes.get("id") == "ranking-0")
    told = article.all("h3")[0].text
    assert "June 2024" in told
    assert "4 pairs of regions change places" in told


def test_open_targets_carry_their_forecast_and_its_back_test(trees: Trees) -> None:
    page = trees["cn-set-sail-2024-upgrade", "en"]
    made = [v for v in api.verdicts("cn-set-sail-2024-upgrade", known_on=DAY, forecast=True) if v["forecast"]["made"]]
    assert len(made) >= 2
    assert len([e for e in page.every() if e.attributes.get("class") == "fan"]) == len(made)
    assert len([e for e in page.all("table") if e.attributes["id"].endswith("-backtest")]) == len(made)


def test_the_stamp_names_plan_day_version_and_data(trees: Trees) -> None:
    told = trees["cn-set-sail-2021-final", "en"].with_class("stamp")[0].words()
    assert "cn-set-sail-2021-final" in told
    assert "2026-06-30" in told
    assert re.search(r"\b[0-9a-f]{64}\b", told)
    assert AT.isoformat(timespec="seconds") in told


def test_the_same_inputs_write_the_same_bytes(tmp_path: Path, pages: Pages) -> None:
    again = api.report("cn-set-sail-2024-upgrade", known_on=DAY, out=tmp_path / "a.html", generated_at=AT)
    assert again.read_text(encoding="utf-8") == pages["cn-set-sail-2024-upgrade", "en"]


def test_the_hash_of_the_data_changes_with_what_was_known(tmp_path: Path) -> None:
    def hash_on(day: date) -> str:
        page = api.report("cn-beijing-2027", known_on=day, out=tmp_path / "b.html").read_text(encoding="utf-8")
        found = re.search(r"\b[0-9a-f]{64}\b", page)
        assert found
        return found[0]

    assert hash_on(date(2026, 6, 30)) == hash_on(date(2026, 6, 30))
    assert hash_on(date(2026, 6, 30)) != hash_on(date(2022, 6, 30))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_users_text_is_shown_and_never_run(own_files: tuple[Path, Path], tmp_path: Path, language: str) -> None:
    plan, data = own_files
    out = api.report(str(plan), data=data, known_on=DAY, out=tmp_path / "own.html", language=language)
    html = out.read_text(encoding="utf-8")
    page = read(html)
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("b")
    assert "<script>alert(1)</script>" in page.words()
    links = [a.attributes["href"] for a in page.all("a")]
    assert not [h for h in links if h.split(":")[0] not in ("https", "http", "data") and not h.startswith("#")]
    assert 'https://example.org/a?b=1&c="2"' in links
    files = [base64.b64decode(h.partition("base64,")[2]).decode("utf-8-sig") for h in links if h.startswith("data:")]
    assert not [line for f in files for line in re.findall(r'(?:^|,)"?=cmd', f, flags=re.M)]


@pytest.mark.parametrize("plan", ["eu-digital-decade-2030", "jp-digital-garden-city", "cn-beijing-2027"])
def test_a_plan_with_few_or_no_figures_still_makes_a_whole_page(plan: str, tmp_path: Path) -> None:
    page = read(api.report(plan, known_on=DAY, out=tmp_path / "few.html").read_text(encoding="utf-8"))
    figures, pairs = page.all("figure"), page.with_class("pair")
    assert len(figures) == len([p for p in pairs if p.all("figure")])
    assert all(len(f.all("circle") + f.all("rect") + f.all("polygon")) > 0 for f in figures)


def test_a_day_before_every_figure_still_makes_a_page_of_empty_states(tmp_path: Path) -> None:
    out = api.report("cn-set-sail-2021-final", known_on=date(2019, 1, 1), out=tmp_path / "early.html")
    page = read(out.read_text(encoding="utf-8"))
    assert not page.all("figure")
    assert len(page.with_class("empty")) >= 7


def test_a_page_of_a_region_tells_which_targets_are_inherited(tmp_path: Path) -> None:
    out = api.report("cn-set-sail-2024-upgrade", region="440300", known_on=DAY, out=tmp_path / "city.html")
    page = read(out.read_text(encoding="utf-8"))
    assert "Shenzhen" in page.with_class("kicker")[0].text
    assert "taken over here" in page.words()


def test_an_unknown_language_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="en, zh"):
        api.report("cn-beijing-2027", known_on=DAY, out=tmp_path / "x.html", language="fr")
    assert not list(tmp_path.iterdir())


def test_a_folder_as_the_page_to_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        api.report("jp-ict-master-plan-3", known_on=DAY, out=tmp_path)
    assert not list(tmp_path.iterdir())


def _hosts_asked(page: Path, folder: Path) -> set[str]:
    """Hosts that a browser asks for while it shows a page; none is reached, because no name is resolved."""
    folder.mkdir()
    log = folder / "net.json"
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    quiet += ["--disable-background-networking", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND"]
    asked = [f"--user-data-dir={folder}/profile", f"--log-net-log={log}", "--dump-dom", page.as_uri()]
    environment = dict(os.environ, HOME=str(folder))
    done = subprocess.run(["chromium", *quiet, *asked], capture_output=True, timeout=120, env=environment, check=False)
    assert b"</html>" in done.stdout
    text = log.read_text(encoding="utf-8", errors="replace")
    return {urlsplit(url).hostname or "" for url in re.findall(r'"url":"(https?:[^"]+)"', text)}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_asks_no_more_of_the_network_for_the_page_than_for_an_empty_one(tmp_path: Path, pages: Pages) -> None:
    shown = {"empty": "<!doctype html><html></html>", "page": pages["cn-set-sail-2021-final", "en"]}
    shown["bad"] = '<!doctype html><html><img src="http://host.invalid/x.png"></html>'
    asked = {}
    for name, html in shown.items():
        (tmp_path / f"{name}.html").write_text(html, encoding="utf-8")
        asked[name] = _hosts_asked(tmp_path / f"{name}.html", tmp_path / name)
    assert asked["bad"] - asked["empty"] == {"host.invalid"}  # the method sees a request where there is one
    assert asked["page"] - asked["empty"] == set()
