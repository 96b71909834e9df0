"""OSCAL assessment results: the shape, read by another implementation of the model, and what it says."""

from __future__ import annotations

import json
import uuid
import warnings
from typing import Any

import pytest

from setsail.conformance.oscal import assessment_results
from tests.conformance import sample


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return assessment_results(sample.judged(), sample.files(), sample.NOW, "setsail 0.1.0", name="Invented Bay")


def result(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = document["assessment-results"]["results"]
    return found  # type: ignore[no-any-return]


def identifiers(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["uuid"]] if "uuid" in value else []
        return own + [u for v in value.values() for u in identifiers(v)]
    return [u for v in value for u in identifiers(v)] if isinstance(value, list) else []


def test_document_is_valid_by_the_model_of_compliance_trestle(document: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own
        from trestle.oscal.assessment_results import AssessmentResults

        read = AssessmentResults.parse_obj(json.loads(json.dumps(document))["assessment-results"])
    (one,) = read.results
    assert len(one.observations or ()) == len(sample.judged().findings)
    assert len(one.findings or ()) == 5
    assert len(one.risks or ()) == 2


def test_model_of_compliance_trestle_refuses_a_broken_document(document: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trestle.oscal.assessment_results import AssessmentResults

        broken = json.loads(json.dumps(document))["assessment-results"]
        broken["results"][0]["findings"][0]["target"]["status"]["state"] = "maybe"
        with pytest.raises(ValueError, match="state"):
            AssessmentResults.parse_obj(broken)


def test_each_check_is_satisfied_only_where_all_its_subjects_pass(document: dict[str, Any]) -> None:
    states = {f["target"]["target-id"]: f["target"]["status"] for f in result(document)["findings"]}
    assert states == {
        "perf.rsrp": {"state": "not-satisfied", "reason": "fail"},
        "perf.latency": {"state": "not-satisfied", "reason": "fail"},
        "rel.second": {"state": "not-satisfied", "reason": "other"},
        "sec.encryption": {"state": "satisfied", "reason": "pass"},
        "fun.voice": {"state": "not-satisfied", "reason": "other"},
    }


def test_observation_carries_met_required_and_margin(document: dict[str, Any]) -> None:
    first = result(document)["observations"][0]
    props = {p["name"]: p["value"] for p in first["props"]}
    assert (props["verdict"], props["met"], props["required"], props["margin"]) == ("fail", "-99.25", "-95.0", "-4.25")
    assert first["subjects"][0]["title"] == "room:1A10"
    assert first["methods"] == ["EXAMINE"]


def test_evidence_is_named_by_its_hash(document: dict[str, Any]) -> None:
    resources = {r["uuid"]: r for r in document["assessment-results"]["back-matter"]["resources"]}
    href = result(document)["observations"][0]["relevant-evidence"][0]["href"]
    resource = resources[href.removeprefix("#")]
    assert resource["title"] == "heads.csv"
    assert resource["rlinks"][0]["hashes"] == [{"algorithm": "SHA-256", "value": "a" * 64}]


def test_every_reference_leads_somewhere_and_no_identifier_is_used_twice(document: dict[str, Any]) -> None:
    every = identifiers(document)
    assert len(every) == len(set(every))
    assert {uuid.UUID(u).version for u in every} == {5}
    observed = {o["uuid"] for o in result(document)["observations"]}
    risks = {r["uuid"] for r in result(document)["risks"]}
    for finding in result(document)["findings"]:
        assert {o["observation-uuid"] for o in finding["related-observations"]} <= observed
        assert {r["risk-uuid"] for r in finding.get("related-risks", [])} <= risks


def test_same_judgement_at_the_same_time_gives_the_same_document(document: dict[str, Any]) -> None:
    again = assessment_results(sample.judged(), sample.files(), sample.NOW, "setsail 0.1.0", name="Invented Bay")
    assert json.dumps(again) == json.dumps(document)
    other = assessment_results(sample.judged(failing=False), sample.files()[:1], sample.NOW, "setsail 0.1.0")
    assert not set(identifiers(result(other))) & set(identifiers(result(document)))


def test_judgement_without_findings_is_a_document_too() -> None:
    empty = sample.judged(rooms=0)
    made = assessment_results(
        type(empty)(empty.site, empty.profile, empty.stage, (), (), (), 0), (), sample.NOW, "setsail 0.1.0"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trestle.oscal.assessment_results import AssessmentResults

        AssessmentResults.parse_obj(json.loads(json.dumps(made))["assessment-results"])
