"""Simulated sites of a rollout on the conference that runs for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("aiortc")

from setsail import api
from setsail.base.errors import BadInput, UnknownName


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    api.rollout_example("wuhan-2020", tmp_path / "w")
    return tmp_path / "w"


@pytest.fixture
def conference(rollout: Path, janus_here: None) -> Iterator[Path]:
    api.conference_up(rollout, random_bytes=secrets.token_bytes, now=lambda: datetime.now(UTC))
    yield rollout
    api.conference_down(rollout)


def test_sites_of_a_rollout_join_its_conference_under_their_numbers(conference: Path) -> None:
    with api.conference_simulate(conference, ["S03", "S01"]) as running:
        assert running.numbers == {"S03": 3, "S01": 1}
        assert running.sending.codec == "h264"
        facts = running.measure(3.0)
    assert {(pair.of, pair.to) for pair in facts.pairs if pair.seen and pair.heard} == {("S01", "S03"), ("S03", "S01")}


def test_a_site_that_the_rollout_does_not_have_is_refused(rollout: Path) -> None:
    with pytest.raises(UnknownName, match="S99"):
        api.conference_simulate(rollout, ["S01", "S99"])


def test_without_a_conference_the_way_to_open_one_is_told(rollout: Path) -> None:
    with pytest.raises(BadInput, match="conference up"):
        api.conference_simulate(rollout, ["S01", "S02"])
