"""Records: signed, stored whole, verified offline; any changed byte shows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput
from setsail.conference.accept import record, steps
from setsail.conference.accept.checks import StepResult, not_run
from setsail.conformance import keys
from tests.conference.accept.sample_call import WHO, call

AT = datetime(2020, 2, 6, 7, 10, tzinfo=UTC)
ABOUT = record.Circumstances(
    "invented-rollout", AT, AT, "A. Person", True, "setsail test", 0.5, {"kind": "simulated", "from": ""}
)


def sound() -> list[StepResult]:
    facts = call()
    return [
        steps.power_step("checked", "A. Person"), StepResult("link", "pass"), StepResult("rate", "pass"),
        steps.register_step(facts.site("S01")), steps.call_step(facts, WHO), steps.voice_step(facts, WHO, None),
    ]  # fmt: skip


def failed() -> list[StepResult]:
    return [*sound()[:4], steps.call_step(call(streams={0: {"marks": 0}}), WHO), not_run("voice", "call failed")]


def stored(folder: Path, made: list[StepResult] | None = None) -> record.Stored:
    content = record.content("S01", made or sound(), steps.pairs_of(call(), WHO), ABOUT)
    return record.store(folder, content, record.key_of(folder, None, "Invented rollout"))


def trust(folder: Path) -> tuple[keys.PartyKey, ...]:
    return keys.read_trust([folder / "accept" / "key.pub.json"])


def test_a_passed_site_has_a_record_that_a_trusted_key_signed(tmp_path: Path) -> None:
    one = stored(tmp_path)
    found = record.verify(one.path, trust(tmp_path))
    assert (found.good, found.intact, found.reason) == (True, True, "")
    assert found.digest == one.digest == hashlib.sha256(one.path.read_bytes()).hexdigest()
    assert found.content["synthetic"] is True
    assert found.content["pairs"]["command"] == {"marks": 10, "marks_wrong": 0, "frames": 150, "tone": True}


def test_the_summary_of_a_site_leads_to_the_signed_file_of_which_it_speaks(tmp_path: Path) -> None:
    one = stored(tmp_path)
    summary = one.path.with_name("record.json")
    found = record.verify(summary, trust(tmp_path))
    assert (found.good, found.path, found.digest) == (True, one.path, one.digest)
    told = json.loads(summary.read_text())
    summary.write_text(json.dumps(told | {"sha256": "0" * 64}))
    other = record.verify(summary, trust(tmp_path))
    assert (other.intact, other.reason) == (False, "is not the file of which record.json speaks (SHA-256)")
    summary.write_text(json.dumps(told | {"record": "20990101T000000Z.json"}))
    with pytest.raises(BadInput, match="does not exist"):
        record.verify(summary, trust(tmp_path))


@pytest.mark.parametrize("name", ["../S01/x.json", "/etc/hostname", "..", "", 7])
def test_a_summary_that_names_no_file_beside_it_is_no_record(tmp_path: Path, name: object) -> None:
    summary = stored(tmp_path).path.with_name("record.json")
    summary.write_text(json.dumps(json.loads(summary.read_text()) | {"record": name}))
    found = record.verify(summary, trust(tmp_path))
    assert (found.intact, found.path) == (False, summary)
    assert found.reason.startswith("is no acceptance")


def test_a_failed_site_has_a_record_that_is_intact_and_not_good(tmp_path: Path) -> None:
    found = record.verify(stored(tmp_path, failed()).path, trust(tmp_path))
    assert (found.intact, found.good) == (True, False)
    assert found.content["failing_step"] == "call"
    assert found.content["reason"].startswith("streams_in is 0.6667 ratio")


def test_every_check_of_a_record_names_its_limit_and_its_source(tmp_path: Path) -> None:
    for step in stored(tmp_path).content["steps"]:
        for one in step["checks"]:
            assert one["limit"]
            assert one["source"]
            assert one["evidence"] in {"seen", "secondary", "recalled", "assumed"}


def test_the_current_record_of_a_site_is_in_the_words_of_the_board(tmp_path: Path) -> None:
    first, second = stored(tmp_path, failed()), stored(tmp_path)
    brief = json.loads((tmp_path / "accept" / "S01" / "record.json").read_text())
    assert brief == record.current(tmp_path, "S01")
    assert (brief["site"], brief["at"], brief["passed"], brief["failing_step"]) == ("S01", AT.isoformat(), True, "")
    assert (brief["record"], brief["sha256"]) == (second.path.name, second.digest)
    assert set(brief["pairs"]["S02"]) == {"marks", "marks_wrong", "frames", "tone"}
    assert (first.path.name, second.path.name) == ("20200206T071000Z.json", "20200206T071000Z-2.json")
    assert first.path.exists()


def test_a_site_without_a_record_has_none(tmp_path: Path) -> None:
    assert record.current(tmp_path, "S01") is None


@pytest.mark.parametrize("position", [0.1, 0.5, 0.9])
def test_a_record_with_a_changed_byte_is_not_intact(tmp_path: Path, position: float) -> None:
    one = stored(tmp_path)
    data = bytearray(one.path.read_bytes())
    at = int(position * len(data))
    data[at] = data[at] ^ 1
    one.path.write_bytes(bytes(data))
    assert not record.verify(one.path, trust(tmp_path)).intact


def test_a_failed_record_that_was_made_a_passed_one_is_not_intact(tmp_path: Path) -> None:
    one = stored(tmp_path, failed())
    one.path.write_text(one.path.read_text().replace('"passed":false', '"passed":true'))
    assert not record.verify(one.path, trust(tmp_path)).intact


def test_a_record_of_an_unknown_key_is_not_intact_and_says_so(tmp_path: Path) -> None:
    one = stored(tmp_path)
    other, public = keys.create(tmp_path / "other.json", "Somebody else")
    found = record.verify(one.path, keys.read_trust([public]))
    assert (found.intact, found.good) == (False, False)
    assert "not trusted" in found.reason
    assert found.kid != other.kid


def test_a_signed_record_whose_verdict_contradicts_its_steps_is_refused(tmp_path: Path) -> None:
    content: dict[str, Any] = record.content("S01", failed(), {}, ABOUT) | {"passed": True}
    one = record.store(tmp_path, content, record.key_of(tmp_path, None, "Invented rollout"))
    found = record.verify(one.path, trust(tmp_path))
    assert (found.intact, found.reason) == (False, "says that it passed, its steps say otherwise")


def test_a_signed_certificate_is_no_record(tmp_path: Path) -> None:
    from setsail.conformance import signed

    record.key_of(tmp_path, None, "Invented rollout")
    path = tmp_path / "certificate.json"
    path.write_bytes(signed.seal("certificate", {"passed": True}, keys.read_private(tmp_path / "accept" / "key.json")))
    assert not record.verify(path, trust(tmp_path)).intact


def test_the_key_of_a_rollout_is_made_once_and_secret(tmp_path: Path) -> None:
    first = record.key_of(tmp_path, None, "A" * 100)
    assert record.key_of(tmp_path, None, "other").kid == first.kid
    assert (tmp_path / "accept" / "key.json").stat().st_mode & 0o777 == 0o600
    assert first.party == "A" * keys.PARTY_LENGTH


def test_a_number_that_is_not_finite_is_left_out_of_a_record(tmp_path: Path) -> None:
    made = [*sound()[:3], StepResult("register", "pass", facts={"x": float("nan"), "big": 2**60, "y": 0.12345678})]
    facts = record.content("S01", made, {}, ABOUT)["steps"][3]["facts"]
    assert facts == {"x": None, "big": str(2**60), "y": 0.123457}


@pytest.mark.parametrize("site", ["a" * 80, "站点-1", "record.json2"])
def test_every_id_that_a_rollout_allows_names_a_folder(site: str) -> None:
    assert record.safe(site) == site


@pytest.mark.parametrize(
    "site", ["a" * 81, "站" * 70, "..", "../x", "a/b", ".hidden", "", "record.json", "key.json", "key.pub.json"]
)
def test_no_other_id_names_a_folder(site: str) -> None:
    with pytest.raises(BadInput, match="site"):
        record.safe(site)
