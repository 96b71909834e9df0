"""What the first visitor asks for is there before it is asked; a fault in preparing it is left to who asks."""

from __future__ import annotations

import pytest

from setsail import api
from setsail.web.warm import warm
from tests.web.conftest import Server


def test_warm_server_computes_no_verdict_for_its_first_visitor(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    warm(server.app.state.setsail)

    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("was computed again")

    plans = api.plan_list()
    monkeypatch.setattr(api, "verdicts", unwanted)
    monkeypatch.setattr(api, "plan_list", unwanted)
    client = server.client("viewer")
    assert len(client.get("/api/v1/plans").json()) == len(plans)
    for plan in plans:
        assert client.get(f"/api/v1/plans/{plan['id']}/verdicts?forecast=false").status_code == 200


def test_fault_while_warming_is_logged_and_the_rest_prepared(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no words")

    monkeypatch.setattr(api, "words", broken)
    warm(server.app.state.setsail)
    assert caplog.text.count("could not be prepared") == 2
    monkeypatch.setattr(api, "plan_list", broken)
    assert server.client("viewer").get("/api/v1/plans").status_code == 200
