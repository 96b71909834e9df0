"""The overview over the web: the command's verdicts, kept answers, what is missing, and words for all of it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.cli.main import run
from setsail.standards.plans import plans
from tests.web.asgi import Client
from tests.web.conftest import NOW, Server

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLAN = "cn-set-sail-2024-upgrade"
TODAY = NOW.date()


@pytest.fixture
def viewer(server: Server) -> Client:
    return server.client("viewer")


def got(client: Client, path: str, **more: Any) -> Any:
    answer = client.get(f"/api/v1{path}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("plan", sorted(plans()))
def test_verdicts_of_every_plan_are_those_of_the_command(viewer: Client, plan: str, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.json"
    assert run(
        ["monitor", "verdict", "--plan", plan, "--known-on", str(TODAY), "--format", "json", "--out", str(out)]
    ) in (0, 1)
    told = json.loads(out.read_text(encoding="utf-8"))
    assert got(viewer, f"/plans/{plan}/verdicts?forecast=false") == told


def test_forecast_of_the_page_is_that_of_the_command(viewer: Client, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.json"
    day = ["--known-on", "2025-06-30"]
    run(["monitor", "verdict", "--plan", PLAN, *day, "--forecast", "--format", "json", "--out", str(out)])
    told = json.loads(out.read_text(encoding="utf-8"))
    assert any(v["forecast"]["probability"] is not None for v in told)
    assert got(viewer, f"/plans/{PLAN}/verdicts?known_on=2025-06-30") == told


def test_verdicts_without_forecasts_come_without_them(viewer: Client) -> None:
    assert {v["forecast"] for v in got(viewer, f"/plans/{PLAN}/verdicts?forecast=false")} == {None}


def test_day_of_knowledge_is_today_where_none_is_named(viewer: Client) -> None:
    told = got(viewer, f"/plans/{PLAN}/verdicts?forecast=false")
    assert {v["known_on"] for v in told} == {str(TODAY)}
    assert told == got(viewer, f"/plans/{PLAN}/verdicts?forecast=false&known_on={TODAY}")
    assert told != got(viewer, f"/plans/{PLAN}/verdicts?forecast=false&known_on=2023-01-01")


# ---- kept answers ----------------------------------------------------------------------------------------------------


def test_answer_held_already_is_not_sent_again(viewer: Client) -> None:
    path = f"/api/v1/plans/{PLAN}/verdicts?forecast=false"
    first = viewer.get(path)
    again = viewer.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "private, no-cache"
    other = viewer.get(f"{path}&region=410000", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200
    assert other.headers["etag"] != first.headers["etag"]


def test_verdict_asked_again_is_not_computed_again(
    viewer: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    judged = api.verdicts

    def counted(plan: str, **more: Any) -> Any:
        calls.append(plan)
        return judged(plan, **more)

    monkeypatch.setattr(api, "verdicts", counted)
    first = got(viewer, f"/plans/{PLAN}/verdicts?forecast=false")
    assert got(viewer, f"/plans/{PLAN}/verdicts?forecast=false") == first
    assert calls == [PLAN]
    server.clock.move(24 * 3600.0)  # another day, other verdicts
    viewer.sign_in("viewer.example", "a long enough password")
    got(viewer, f"/plans/{PLAN}/verdicts?forecast=false")
    assert calls == [PLAN, PLAN]


def test_answer_is_packed_for_those_who_take_it(viewer: Client) -> None:
    path = "/api/v1/plans"
    plain, packed = viewer.get(path), viewer.get(path, headers={"accept-encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert gzip.decompress(packed.content) == plain.content


# ---- regions and what is missing -------------------------------------------------------------------------------------


def test_regions_of_a_plan_are_those_with_a_figure(viewer: Client) -> None:
    told = {r["region"]: r for r in got(viewer, f"/plans/{PLAN}/regions")}
    assert {"CN", "CN-EAST", "110000", "410000"} <= told.keys()
    for region in ("CN", "410000", "CN-EAST", "330100"):
        verdicts = got(viewer, f"/plans/{PLAN}/verdicts?forecast=false&region={region}")
        assert told[region]["targets"] == len(verdicts)
        assert told[region]["with_figures"] == sum(bool(v["evidence"]) for v in verdicts)


def test_every_region_offered_can_be_judged(viewer: Client) -> None:
    for plan in plans():
        for region in got(viewer, f"/plans/{plan}/regions"):
            got(viewer, f"/plans/{plan}/verdicts?forecast=false&region={region['region']}")


def test_regions_known_on_an_early_day_are_fewer(viewer: Client) -> None:
    early = got(viewer, f"/plans/{PLAN}/regions?known_on=2021-06-30")
    assert early[0]["region"] == "CN"
    assert len(early) < len(got(viewer, f"/plans/{PLAN}/regions"))


def test_what_is_missing_is_told_nearest_first_and_unknown_last(viewer: Client) -> None:
    here = got(viewer, f"/plans/{PLAN}/levers")["here"]
    short = [-g["distance"] / g["target"] for g in here if g["distance"] is not None]
    assert short == sorted(short)
    assert min(short) > 0
    known = [g["distance"] is not None for g in here]
    assert known == sorted(known, reverse=True)
    assert False in known


def test_stations_missing_in_a_province_are_those_of_the_gap_command(viewer: Client) -> None:
    gap = api.gap(PLAN, "base_stations_5g_per_10k", level="province", known_on=TODAY)
    wanted = {g["region"]: g["missing"] for g in gap if g["distance"] is not None and g["distance"] < 0}
    below = got(viewer, f"/plans/{PLAN}/levers")["below"]
    told = {g["region"]: g["missing"] for g in below if g["indicator"] == "base_stations_5g_per_10k"}
    assert told == wanted
    assert list(told.values()) == sorted(told.values(), reverse=True)
    (henan,) = (g for g in got(viewer, f"/plans/{PLAN}/levers?region=410000")["here"] if g["indicator"] in told or
                g["indicator"] == "base_stations_5g_per_10k")  # fmt: skip
    assert henan["missing"] == wanted["410000"]


@pytest.mark.parametrize("part", ["verdicts", "regions", "levers"])
@pytest.mark.parametrize("plan", ["no-such-plan", "pyproject.toml", "..%2F..%2Fetc%2Fpasswd"])
def test_file_of_the_server_is_no_plan(viewer: Client, plan: str, part: str) -> None:
    answer = viewer.get(f"/api/v1/plans/{plan}/{part}")
    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize("part", ["verdicts", "levers"])
def test_unknown_region_is_refused_in_the_one_shape(viewer: Client, part: str) -> None:
    answer = viewer.get(f"/api/v1/plans/{PLAN}/{part}?region=Atlantis")
    assert answer.status_code == 404
    assert answer.error["code"] == "unknown-name"


# ---- words -----------------------------------------------------------------------------------------------------------


def _texts(value: Any, keys: frozenset[str]) -> Iterator[str]:
    """The texts under these keys, at any depth."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in keys and isinstance(one, str):
                yield one
            elif key in keys and isinstance(one, list):
                yield from (o for o in one if isinstance(o, str))
            else:
                yield from _texts(one, keys)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, keys)


def _everything_told(viewer: Client) -> Iterator[Any]:
    for plan in plans():
        yield got(viewer, f"/plans/{plan}/verdicts?forecast=false")
        yield got(viewer, f"/plans/{plan}/levers")
    for region in ("410000", "CN-EAST", "440300"):
        yield got(viewer, f"/plans/{PLAN}/verdicts?forecast=false&region={region}")


def test_vocabularies_of_both_languages_have_the_same_keys(viewer: Client) -> None:
    english, chinese = got(viewer, "/words/en"), got(viewer, "/words/zh")
    assert english.keys() == chinese.keys()
    assert {kind: set(told) for kind, told in english.items()} == {kind: set(told) for kind, told in chinese.items()}
    assert viewer.get("/api/v1/words/fr").status_code == 422


def test_every_indicator_unit_and_region_that_is_told_has_words_in_both_languages(viewer: Client) -> None:
    words = {language: got(viewer, f"/words/{language}") for language in ("en", "zh")}
    wanted = {"indicator": "indicators", "unit": "units", "missing_unit": "units", "region": "regions"}
    found = dict.fromkeys(wanted, 0)
    for record in _everything_told(viewer):
        for key, kind in wanted.items():
            for name in _texts(record, frozenset({key})):
                found[key] += 1
                assert all(words[language][kind].get(name) for language in words), (kind, name)
    assert min(found.values()) > 0
    named = words["zh"]["indicators"]
    chinese = {t.indicator for p in plans().values() if p.geography.startswith(("CN", "11")) for t in p.targets}
    assert [i for i in sorted(chinese) if not CHINESE.search(named[i])] == []


def test_every_reason_note_and_settlement_that_is_told_has_a_chinese_form(viewer: Client) -> None:
    phrases = got(viewer, "/words/zh")["phrases"]
    patterns = [re.compile(re.sub(r"\\\{\w+\\\}", "(.+)", re.escape(english)), re.DOTALL) for english in phrases]
    keys = frozenset({"reason", "settled_by", "notes"})
    told = {text for record in _everything_told(viewer) for text in _texts(record, keys)}
    assert len(told) > 10
    assert [text for text in sorted(told) if not any(p.fullmatch(text) for p in patterns)] == []


def test_bases_verdicts_and_marks_that_are_told_have_words(viewer: Client) -> None:
    words = got(viewer, "/words/zh")["words"]
    for record in _everything_told(viewer):
        for kind in ("basis", "verdict", "mark"):
            for name in _texts(record, frozenset({kind})):
                assert f"{kind}.{name}" in words
