"""The index over the web: the public functions' numbers, comparison of two days, and a sandbox that leaves no trace."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.cli.main import run
from tests.web.asgi import Client
from tests.web.conftest import NOW, Server

DAY = NOW.date()


@pytest.fixture
def viewer(server: Server) -> Client:
    return server.client("viewer")


def got(client: Client, path: str) -> Any:
    answer = client.get(f"/api/v1/index{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def source(geography: str = "regions", **more: Any) -> Any:
    return api.index_source(framework="set-sail", geography=geography, known_on=DAY, **more)


@pytest.mark.parametrize("geography", ["provinces", "regions"])
def test_board_tells_the_ranks_of_the_command(viewer: Client, geography: str, tmp_path: Path) -> None:
    out = tmp_path / "index.json"
    told = ["--framework", "set-sail", "--geography", geography, "--known-on", str(DAY)]
    assert run(["index", "compute", *told, "--format", "json", "--out", str(out)]) == 0
    wanted = json.loads(out.read_text(encoding="utf-8"))
    units = got(viewer, f"/set-sail?geography={geography}")["units"]
    assert [{key: u[key] for key in wanted[0]} for u in units] == wanted


def test_board_tells_each_node_after_its_parent_with_its_share(viewer: Client) -> None:
    nodes = got(viewer, "/set-sail?geography=regions")["nodes"]
    seen: set[str] = set()
    for node in nodes:
        assert node["parent"] is None or node["parent"] in seen
        seen.add(node["code"])
    for parent in {n["parent"] for n in nodes if n["parent"]}:
        assert sum(n["share"] for n in nodes if n["parent"] == parent) == pytest.approx(1)
    with_value = {n["code"]: n["with_value"] for n in nodes}
    assert with_value["penetration_5g_individual"] == 4
    assert with_value["traffic_share_5g"] == with_value["industry"] == 0


def test_missing_input_is_null_and_never_zero(viewer: Client) -> None:
    for unit in got(viewer, "/set-sail?geography=regions")["units"]:
        assert unit["raw"]["traffic_share_5g"] is None
        assert unit["scaled"]["traffic_share_5g"] is None
        assert unit["scores"]["industry"] is None


def test_intervals_and_levers_are_those_of_the_public_functions(viewer: Client) -> None:
    assert got(viewer, "/set-sail/robustness?geography=regions") == api.index_robustness(source(), runs=500)
    assert got(viewer, "/set-sail/levers/CN-CENTRAL?geography=regions") == api.index_levers(source(), "CN-CENTRAL")


def test_sensitivity_tells_first_and_total_order_of_each_choice(viewer: Client) -> None:
    told = got(viewer, "/set-sail/sensitivity")
    assert {"printed", "normalise", "aggregate"} <= {f["choice"] for f in told["factors"]}
    assert all({"first", "total", "first_p05", "total_p95"} <= f.keys() for f in told["factors"])


def test_choice_that_moves_nothing_is_said_to_be_not_computable(viewer: Client) -> None:
    answer = viewer.get("/api/v1/index/set-sail/sensitivity?geography=regions")
    assert (answer.status_code, answer.error["code"]) == (422, "not-computable")


def test_comparison_of_two_days_sums_to_the_change(viewer: Client) -> None:
    told = got(viewer, "/set-sail/comparison?before=2024-10-31")
    assert len(told["changes"]) == 31
    for change in told["changes"]:
        parts = [change[f"score_by_{why}"] for why in ("restatement", "data", "method")]
        assert sum(parts) == pytest.approx(change["score_change"])
        assert change["score_by_method"] == 0


def test_editions_are_the_days_that_changed_the_index(viewer: Client) -> None:
    told = got(viewer, "/set-sail/editions")
    days = [e["day"] for e in told]
    assert days == sorted(days, reverse=True)
    assert len(days) > 2
    assert max(days) <= str(DAY)
    for newer, older in pairwise(told):
        changed = got(viewer, f"/set-sail/comparison?known_on={newer['day']}&before={older['day']}")
        assert any(c["score_change"] for c in changed["changes"])
    assert got(viewer, f"/set-sail/editions?known_on={days[1]}") == told[1:]


# ---- sandbox ---------------------------------------------------------------------------------------------------------


def tried(client: Client, body: Any, geography: str = "regions") -> Any:
    answer = client.post(f"/api/v1/index/set-sail/sandbox?geography={geography}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_sandbox_with_declared_weights_gives_the_declared_ranks(viewer: Client) -> None:
    told = tried(viewer, {"weights": {}})
    assert told["published"] is False
    assert told["moved"] == 0
    assert all(u["rank"] == u["rank_declared"] and u["score"] == u["score_declared"] for u in told["units"])


def test_sandbox_with_users_weighed_nine_times_is_the_weighted_mean(viewer: Client) -> None:
    """Industry has no data, so its weight goes to the others: (9 users + network) / 10."""
    told = tried(viewer, {"weights": {"users": 9}})
    for unit in told["units"]:
        users, network = unit["scores"]["users"], unit["scores"]["network"]
        assert unit["score"] == pytest.approx((9 * users + network) / 10)
    assert told["moved"] == 2
    assert {u["unit"]: u["moved"] for u in told["units"] if u["moved"]} == {"CN-NORTHEAST": 1, "CN-WEST": -1}


def test_sandbox_leaves_no_trace(viewer: Client) -> None:
    before = got(viewer, "/set-sail?geography=regions")
    tried(viewer, {"weights": {"users": 9}, "aggregate": "geometric"})
    assert got(viewer, "/set-sail?geography=regions") == before
    assert tried(viewer, {"weights": {}})["moved"] == 0


def test_sandbox_takes_a_rule_of_the_mean(viewer: Client) -> None:
    for unit in tried(viewer, {"weights": {}, "aggregate": "geometric"})["units"]:
        wanted = (unit["scores"]["users"] * unit["scores"]["network"]) ** 0.5
        assert unit["score"] == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"weights": {"users": 0}}, 200),
        ({"weights": {"users": 1000}}, 200),
        ({"weights": {"users": 1000.1}}, 422),
        ({"weights": {"users": -0.1}}, 422),
        ({"weights": {"nobody": 1}}, 404),
        ({"weights": {"users": 0, "industry": 0, "network": 0}}, 422),
        ({"weights": {}, "aggregate": "copeland"}, 422),
        ({"weights": {}, "publish": True}, 422),
    ],
)
def test_sandbox_refuses_what_is_no_weight(viewer: Client, body: Any, status: int) -> None:
    answer = viewer.post("/api/v1/index/set-sail/sandbox?geography=regions", json=body)
    assert answer.status_code == status
    assert status == 200 or answer.error["what"]


def test_weight_that_is_no_number_is_refused(viewer: Client) -> None:
    headers = {"content-type": "application/json"}
    body = b'{"weights": {"users": NaN}}'
    answer = viewer.post("/api/v1/index/set-sail/sandbox", content=body, headers=headers)
    assert answer.status_code == 422


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_framework_without_shipped_figures_says_what_it_needs(viewer: Client) -> None:
    answer = viewer.get("/api/v1/index/undp-hdi")
    assert answer.status_code == 422
    assert "--data" in answer.error["what"]


@pytest.mark.parametrize(
    "path", ["/pyproject.toml", "/no-such", "/set-sail?geography=moons", "/set-sail/levers/nobody"]
)
def test_unknown_names_are_refused(viewer: Client, path: str) -> None:
    assert viewer.get(f"/api/v1/index{path}").status_code == 404


def test_day_before_all_figures_has_no_index(viewer: Client) -> None:
    answer = viewer.get("/api/v1/index/set-sail?known_on=2019-01-01")
    assert (answer.status_code, answer.error["code"]) == (422, "not-computable")
    assert got(viewer, "/set-sail/editions?known_on=2019-01-01") == []
