"""Profiles read from files: what is refused, and where it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, SetSailError, UnknownName
from setsail.conformance.profile import FIRM
from setsail.conformance.profile_reader import profile, read_profile, shipped
from tests.conformance.small import HEAD, made, write_profile

SEVEN = {
    "functionality", "performance", "security", "reliability", "environmental-friendliness", "maintenance",
    "future-readiness",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": "0"}, "column 'version'"),
        ({"version": "one"}, "column 'version'"),
        ({"dimension": "beauty"}, "column 'dimension'"),
        ({"fact": "radio.rsrp"}, "facts.csv"),
        ({"unit": "dB"}, "dBm"),
        ({"subject": "flow"}, "of a room in dBm"),
        ({"op": "=>"}, "column 'op'"),
        ({"limit": "low"}, "column 'limit'"),
        ({"limit": "nan"}, "column 'limit'"),
        ({"limit": "need:beauty"}, "need: one of"),
        ({"limit": "need:"}, "need: one of"),
        ({"where": "colour=red"}, "column 'where'"),
        ({"where": "critical"}, "attribute=value"),
        ({"where": "critical="}, "attribute=value"),
        ({"stages": "build"}, "design|accept|operate"),
        ({"stages": "design|design"}, "design|accept|operate"),
        ({"kind": "strict"}, "column 'kind'"),
        ({"method": "guessed"}, "column 'method'"),
        ({"mark": "sure"}, "column 'mark'"),
        ({"document": ""}, "column 'document'"),
        ({"remedy_en": ""}, "column 'remedy_en'"),
        ({"miss": "maybe"}, "column 'miss'"),
        ({"fact": "declared.x", "unit": "bool"}, "method declared"),
    ],
)
def test_row_that_is_not_as_it_should_be_is_refused_with_file_and_line(
    tmp_path: Path, change: dict[str, str], word: str
) -> None:
    folder = write_profile(tmp_path / "p", {"check": "good"}, {"check": "bad"} | change)
    with pytest.raises(SetSailError) as told:
        read_profile(folder)
    assert "checks.csv:3" in str(told.value)
    assert word in str(told.value)


def test_check_id_given_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(DuplicateKey, match=r"checks.csv:3: repeats the key of line 2"):
        made(tmp_path / "p", {}, {})


@pytest.mark.parametrize(
    "head", [HEAD.replace('version = "1"', ""), HEAD + 'colour = "red"', HEAD.replace("security", "performance"), "= x"]
)
def test_head_that_is_not_as_it_should_be_is_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(BadInput, match=r"profile\.toml"):
        read_profile(write_profile(tmp_path / "p", {}, head=head))


def test_profile_is_found_by_name_or_by_folder_and_else_refused(tmp_path: Path) -> None:
    folder = write_profile(tmp_path / "p", {})
    assert profile(str(folder)) == profile(str(folder / "profile.toml"))
    assert profile("hospital").profile == "hospital"
    with pytest.raises(UnknownName, match="hospital"):
        profile("nowhere")


def test_slot_is_open_until_an_overlay_gives_its_threshold(tmp_path: Path) -> None:
    folder = write_profile(tmp_path / "p", {"check": "slot", "limit": "", "mark": "assumed"}, {"check": "named"})
    overlay = tmp_path / "ours.csv"
    overlay.write_text("check,document,clause_ref,threshold\nslot,House rules,7.2,-95\nnamed,,7.3,\n", encoding="utf-8")
    open_slot, filled = profile(str(folder)).checks[0], profile(str(folder), overlay).checks[0]
    assert open_slot.open_slot
    assert (filled.open_slot, filled.limit, filled.mark, filled.source) == (False, "-95", "own", "House rules; 7.2")
    named = profile(str(folder), overlay).checks[1]
    assert (named.limit, named.source) == ("-105", "own 1 A; 7.3")


@pytest.mark.parametrize(
    ("line", "word"),
    [("nowhere,1,-95", "a check of the profile"), ("slot,1,low", "threshold"), ("slot,1,-9\nslot,2,-8", "line 2")],
)
def test_overlay_that_is_not_as_it_should_be_is_refused_with_its_line(tmp_path: Path, line: str, word: str) -> None:
    folder = write_profile(tmp_path / "p", {"check": "slot", "limit": ""})
    overlay = tmp_path / "ours.csv"
    overlay.write_text(f"check,clause_ref,threshold\n{line}\n", encoding="utf-8")
    with pytest.raises(SetSailError, match=r"ours\.csv:[23]") as told:
        profile(str(folder), overlay)
    assert word in str(told.value)


def test_hospital_profile_has_sixty_checks_and_five_in_each_dimension() -> None:
    hospital = profile("hospital")
    judged = [c for c in hospital.checks if not c.open_slot]
    count = {d.dimension: sum(c.dimension == d.dimension for c in judged) for d in hospital.dimensions}
    assert len(judged) >= 60
    assert set(count) == SEVEN | {"engineering-rules"}
    assert min(count.values()) >= 5
    assert hospital.shares()["computed"] > hospital.shares()["declared"]


@pytest.mark.parametrize("name", [s.profile for s in shipped()])
def test_shipped_profile_states_source_and_mark_of_each_check_in_two_languages(name: str) -> None:
    read = profile(name)
    for check in read.checks:
        assert check.document, check.check
        assert "" not in (check.label_zh, check.remedy_zh), check.check
        assert check.mark in FIRM or check.kind != "engineering", check.check
        assert len(check.label_en) <= 80, check.check


def test_hospital_profile_says_that_it_is_not_the_group_standard() -> None:
    hospital = profile("hospital")
    assert "not the Chinese group standard" in hospital.note_en
    assert "并非" in hospital.note_zh
    assert any(c.open_slot for c in hospital.checks)
