"""The order of a new conference: what a rollout may not ask of it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from setsail import api
from setsail.base.errors import BadInput
from setsail.conference.server.lifecycle import Wishes, order_for
from setsail.rollout.folder.reading import read
from setsail.rollout.provision.secrets import kept

NOW = datetime(2026, 1, 13, tzinfo=UTC)


def test_a_call_that_shall_be_recorded_is_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "wuhan-2020"
    api.rollout_example("wuhan-2020", folder)
    rollout = read(folder)
    secrets = kept(folder, rollout, os.urandom)
    order_for(rollout, secrets, folder / "conference", Wishes(), NOW)
    recorded = replace(rollout, call=replace(rollout.call, record=True))
    with pytest.raises(BadInput, match="recording is not done by this server") as told:
        order_for(recorded, secrets, folder / "conference", Wishes(), NOW)
    assert told.value.allowed == "call.record = false"
