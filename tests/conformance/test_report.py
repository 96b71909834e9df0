"""Reports: what stands on their pages, in both languages, and that names are only ever text."""

from __future__ import annotations

import json
import re
import string
from dataclasses import replace
from typing import Any

import numpy as np
import pypdfium2
import pytest

from setsail.base.errors import MissingExtra, UnknownName
from setsail.conformance.findings import VERDICTS
from setsail.conformance.profile import KINDS, MARKS, METHODS, OPS, STAGES
from setsail.conformance.report import attestation, content, plans, typeset, words
from setsail.conformance.report.budgets import worst_budgets
from setsail.conformance.report.inputs import Branch, Budget, FloorMap
from setsail.conformance.report.making import report_json, report_pdf
from setsail.design.network.model import Head
from tests.conformance import sample

NASTY = (
    '#panic("x")', "$ x^2 $", "= Heading", "#image(\"/etc/passwd\")", "<b>bold</b>", "*strong* _emph_", "[link](x)",
    "a\\b", "]#eval(\"1\")[", '"quoted"', "</text><script>", "&amp;", "//comment", "`raw`", "@label", "中文 ✓",
)  # fmt: skip


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text.replace("\u202f", ""))


@pytest.fixture(scope="module")
def english() -> str:
    return text_of(report_pdf(sample.inputs(), "en"))


def needs_chinese() -> None:
    try:
        typeset.fonts_for("zh")
    except MissingExtra as err:
        pytest.skip(str(err))


# ---- words ----


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_languages_have_the_same_keys_with_the_same_parts() -> None:
    english, chinese = words.catalogue("en"), words.catalogue("zh")
    own = {k for k in chinese if k.startswith("phrase: ")}
    assert set(english) == set(chinese) - own
    for key, text in english.items():
        assert text.strip(), key
        assert fields(chinese[key]) == fields(text), key


def test_every_word_that_is_asked_for_is_there() -> None:
    for language in words.LANGUAGES:
        entries = words.catalogue(language)
        wanted = [f"verdict.{v}" for v in VERDICTS] + [f"stage.{s}" for s in STAGES] + [f"kind_of.{k}" for k in KINDS]
        wanted += [f"method.{m}" for m in (*METHODS, "open")] + [f"op.{op}" for op in OPS]
        wanted += [f"mark.{m}" for m in MARKS if m not in {"seen", "own"}] + [f"layer.{k}" for k in content.LAYERS]
        wanted += [f"attestation.scope.{s}" for s in STAGES]
        assert set(wanted) <= set(entries)


def test_unknown_language_is_refused() -> None:
    with pytest.raises(UnknownName, match="en, zh"):
        report_pdf(sample.inputs(), "fr")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0118, "s", "11.8 ms"), (4e-7, "s", "0.4 µs"), (7200.0, "s", "2 h"), (2.5e8, "bit/s", "250 Mbit/s"),
        (3.5e9, "Hz", "3.5 GHz"), (0.98, "ratio", "98 %"), (0.99999, "ratio", "100 %"), (-99.25, "dBm", "−99.2 dBm"),
        (0.0, "dB", "0 dB"), (-0.0, "dB", "0 dB"), (1234567.0, "count", "1,234,567"), (True, "bool", "yes"),
        (None, "dB", "–"), ("n78", "", "n78"), (0.00473, "m", "0.00473 m"), (1e-12, "ratio", "1e−10 %"),
    ],
)  # fmt: skip
def test_values_are_shown_in_the_unit_a_reader_expects(value: object, unit: str, shown: str) -> None:
    assert words.words_of("en").value(value, unit).replace("\u202f", " ") == shown


# ---- pages ----


def test_pages_say_what_was_judged_and_how(english: str) -> None:
    for told in (
        "Invented Bay Hospital", "2 checks are not met", "3 findings remain open", "Synthetic",
        "It is not a certificate", "Coverage of each room", "perf.rsrp", "Move a head closer, or add one",
        "concrete wall beside the shaft",
        "3GPP TS 23.501 19.7.0 Table 5.7.4-1", "waiting for an uplink slot", "no log of calls", "source not read",
        "radio head, 4 ports", "28,984", "walls are derived from room outlines", "ROOF-1", "a" * 64,
        "it is no standard", "Value of the owner",
    ):  # fmt: skip
        assert squeezed(told) in squeezed(english), told
    assert "−4.25" in english
    assert "11.8" in english


def test_pages_of_a_sound_design_say_that_no_check_fails() -> None:
    text = squeezed(text_of(report_pdf(sample.inputs(failing=False), "en")))
    assert squeezed("No check fails") in text
    assert squeezed("What is not met") not in text
    assert squeezed("What is open") in text


def test_same_inputs_give_the_same_bytes_and_another_time_others() -> None:
    first = report_pdf(sample.inputs(), "en")
    assert report_pdf(sample.inputs(), "en") == first
    later = replace(sample.inputs(), made=sample.NOW.replace(hour=10))
    assert report_pdf(later, "en") != first


def test_chinese_pages_are_in_chinese_and_chinese_labels_are_used() -> None:
    needs_chinese()
    text = squeezed(text_of(report_pdf(sample.inputs("虚构湾医院"), "zh")))
    for told in ("符合性评估报告", "虚构湾医院", "2项检查未满足", "房间覆盖", "移近射频单元或增加一个", "可靠性"):
        assert told in text, told
    assert "Coverage of each room" not in text


def test_missing_chinese_font_is_told_with_the_package_that_brings_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        def families(self) -> list[str]:
            return ["Libertinus Serif", "Liberation Sans"]

    monkeypatch.setattr(typeset, "_fonts", Bare)
    with pytest.raises(MissingExtra, match="apt-get install fonts-noto-cjk"):
        typeset.fonts_for("zh")
    assert typeset.fonts_for("en") == ["Liberation Sans"]


@pytest.mark.parametrize("name", NASTY)
def test_markup_in_names_is_shown_as_text(name: str) -> None:
    inputs = sample.inputs(name)
    first, *others = inputs.site.floors
    rooms = (replace(first.rooms[0], name=name, room=name), *first.rooms[1:])
    site = replace(inputs.site, floors=(replace(first, name=name, rooms=rooms), *others))
    found = inputs.judged.findings[0]
    changed = found._replace(fact=replace(found.fact, subject=f"room:{name}", cause=name))
    judged = replace(inputs.judged, findings=(changed, *inputs.judged.findings[1:]))
    made = replace(inputs, site=site, judged=judged)
    text = squeezed(text_of(report_pdf(made, "en")))
    assert text.count(squeezed(name)) >= 3
    json.loads(report_json(made))


def test_name_with_characters_that_no_drawing_may_hold_does_not_break_the_plan() -> None:
    inputs = sample.inputs("bell\x07 \x00 zero")
    heads = (replace(inputs.network.heads[0], head="H\x00\x1b<1>"), *inputs.network.heads[1:])
    report_pdf(replace(inputs, network=replace(inputs.network, heads=heads)), "en")


def test_most_failures_of_a_check_are_listed_by_shortfall_and_the_rest_is_counted() -> None:
    inputs = sample.inputs()
    first = inputs.judged.findings[0]
    many = tuple(
        first._replace(fact=replace(first.fact, subject=f"room:X{k:03}", value=-100.0 - k), margin=-5.0 - k)
        for k in range(40)
    )
    made = content.content(replace(inputs, judged=replace(inputs.judged, findings=many)), words.words_of("en"))
    (group,) = made["failed"]
    assert [r["subject"] for r in group["rows"]][:2] == ["X039", "X038"]
    assert len(group["rows"]) == content.MOST_SUBJECTS
    assert group["rest"].startswith(f"and {40 - content.MOST_SUBJECTS} more")


def test_site_without_rooms_network_maps_and_bill_has_a_report() -> None:
    inputs = sample.inputs()
    site = replace(inputs.site, floors=(), needs=(), inferred=(), refused=())
    network = replace(inputs.network, heads=(), cells=(), carriers=(), flows=(), slices=(), notes=())
    empty = replace(inputs.judged, findings=(), not_applicable=(), open_slots=())
    bare = replace(inputs, site=site, network=network, judged=empty, maps=(), budgets=(), bill=None, files=())
    assert squeezed("Nothing was shown") in squeezed(text_of(report_pdf(bare, "en")))


# ---- plans ----


def test_map_shows_the_share_of_each_class_in_what_is_known() -> None:
    values = np.array([[-60.0, -70.0, np.nan], [-70.0, -130.0, np.nan]])
    raster = FloorMap("1", np.array([0.5, 1.5, 2.5]), np.array([1.5, 0.5]), {"rsrp": values})
    drawn = plans.plan(sample.floor(1), (), raster=raster, layer="rsrp")
    shares = {label: share for _, label, share in drawn.legend}
    assert shares["≥ −65"] == 0.25
    assert shares["−75 … −65"] == 0.5
    assert shares["< −115"] == 0.25
    assert sum(shares.values()) == 1
    assert drawn.unit == "dBm"
    assert "data:image/png" in drawn.svg


@pytest.mark.parametrize(
    ("value", "label"), [(-65.0, "≥ −65"), (-65.001, "−75 … −65"), (-115.0, "−115 … −105"), (-115.001, "< −115")]
)
def test_class_of_a_value_begins_at_its_lower_end(value: float, label: str) -> None:
    raster = FloorMap("1", np.array([0.5, 1.5]), np.array([1.5, 0.5]), {"rsrp": np.full((2, 2), value)})
    drawn = plans.plan(sample.floor(1), (), raster=raster, layer="rsrp")
    assert [text for _, text, share in drawn.legend if share] == [label]


def test_map_lies_where_its_rooms_are() -> None:
    drawn = plans.plan(sample.floor(1), (), raster=sample.raster("1"), layer="rsrp")
    place = re.search(r'<image x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"', drawn.svg)
    assert place
    x, y, width, height = (float(v) for v in place.groups())
    # The plan begins 2 m west of x = 0 and 2 m north of y = 18.5; pixels of 0.5 m are centred on x = -2, y = 21.
    assert (x, y) == pytest.approx((-2.25 + 2.0, 20.5 - 21.25))
    assert (width, height) == pytest.approx((0.5 * 118, 0.5 * 47))


def test_plan_of_a_floor_with_a_head_alone_is_drawn() -> None:
    bare = replace(sample.floor(1), rooms=(), walls=())
    drawn = plans.plan(bare, [Head("H1", "1", 5.0, 5.0, 2.7, "C", 20.0, 4)])
    assert drawn.width_m > 0
    assert "H1" in drawn.svg


# ---- budgets ----


def test_budgets_with_the_least_slack_come_first_one_of_each_application_and_direction() -> None:
    def one(flow: str, application: str, max_s: float, required_s: float | None) -> Budget:
        return Budget(flow, application, "ul", "", required_s, Branch("all", 0.001, max_s))

    given = [
        one("F1", "A", 0.004, 0.01),
        one("F2", "A", 0.009, 0.01),
        one("F3", "B", 0.02, 0.01),
        one("F4", "C", 0.1, None),
    ]
    assert [b.flow for b in worst_budgets(given)] == ["F3", "F2", "F4"]


# ---- the pages of a certificate ----


def body(kind: str, level: str) -> dict[str, Any]:
    return {
        "id": "urn:uuid:0", "kind": kind, "scope": "design", "issued": "2026-11-21T09:30:00Z",
        "valid_until": "2027-11-21T09:30:00Z", "status": {"at": ""}, "software": "setsail 0.1.0",
        "attestation": {"level": level, "party": "Invented #Body", "key": "k", "accreditation": ""},
        "object": {"site": "bay", "name": "Bay", "synthetic": True, "design_sha256": "0" * 64},
        "profile": {"name": "P", "version": "1", "note": "no standard"}, "totals": dict.fromkeys(VERDICTS, 1),
        "clauses": [], "open": [], "deviations": ["#none"], "standards": [], "evidence": [],
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_owners_paper_is_called_a_report_and_never_a_certificate(language: str) -> None:
    if language == "zh":
        needs_chinese()
    said = attestation.content(body("report", "first"), words.words_of(language))
    word = {"en": "certificate", "zh": "证书"}[language]
    titles = [said["title"], said["kind_word"]]
    assert not any(word in title.lower() for title in titles)
    assert word in attestation.content(body("certificate", "third"), words.words_of(language))["title"].lower()


def test_paper_says_what_its_signature_does_not_prove() -> None:
    said = attestation.content(body("certificate", "third"), words.words_of("en"))
    text = squeezed(text_of(typeset.pdf("certificate", said, sample.NOW)))
    for told in ("It does not show who holds that key", "Nothing was measured on site", "Invented #Body", "#none"):
        assert squeezed(told) in text
