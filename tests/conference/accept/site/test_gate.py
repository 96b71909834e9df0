"""What a test participant at a site may say to the server, and that nothing else gets through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.accept.site.gate import Gate, NotAllowed
from setsail.conference.server import audiobridge, videoroom
from setsail.conference.server.janus import JanusSettings
from setsail.conference.server.order import Order
from setsail.conference.server.room import Rooms

SETTINGS = JanusSettings(Path("none"), 1, 2, "api secret", "admin secret", "admin key", ("192.0.2.1",))
ORDER = Order("invented", Path("none"), SETTINGS, Rooms(2020, "246813", "room secret", 8))


def asked(gate: Gate, **message: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(gate.outward(json.dumps({"transaction": "t", **message}).encode()))
    return made


def answered(gate: Gate, number: int) -> None:
    gate.inward(json.dumps({"janus": "success", "transaction": "t", "data": {"id": number}}))


@pytest.fixture
def gate() -> Gate:
    """One whose session is 11, with handles 21 on pictures and 22 on the mix."""
    made = Gate(ORDER, "S05")
    asked(made, janus="create")
    answered(made, 11)
    for plugin, number in ((videoroom.PLUGIN, 21), (audiobridge.PLUGIN, 22)):
        asked(made, janus="attach", plugin=plugin)
        answered(made, number)
    return made


def body(gate: Gate, handle: int, **told: Any) -> Any:
    return asked(gate, janus="message", handle_id=handle, body=told)["body"]


def test_joining_is_done_with_the_rooms_pin_and_the_sites_own_name(gate: Gate) -> None:
    join = {"request": "join", "ptype": "publisher", "room": 1, "pin": "x", "display": "S01", "id": 4}
    made = asked(gate, janus="message", handle_id=21, session_id=999, apisecret="x", body=join)
    assert made["session_id"] == 11
    assert made["apisecret"] == "api secret"
    assert made["body"] == {"request": "join", "ptype": "publisher", "room": 2020, "pin": "246813", "display": "S05"}
    sound = body(gate, 22, request="join", room=1, display="S01", rtp={"ip": "192.0.2.66", "port": 9}, codec="pcmu")
    assert sound == {"request": "join", "muted": False, "room": 2020, "pin": "246813", "display": "S05"}


def test_only_streams_are_named_of_what_is_received_and_rates_are_the_rooms(gate: Gate) -> None:
    streams = [{"feed": 7, "mid": "0", "send": False}]
    made = body(gate, 21, request="join", ptype="subscriber", streams=streams, pin="x", use_msid=False)
    assert made["streams"] == [{"feed": 7, "mid": "0"}]
    assert body(gate, 21, request="publish", bitrate=10**9, record=True) == {"request": "publish", "bitrate": 1_000_000}
    switch = body(gate, 21, request="switch", streams=[{"feed": 7, "mid": "0", "sub_mid": "1", "secret": "x"}])
    assert switch == {"request": "switch", "streams": [{"feed": 7, "mid": "0", "sub_mid": "1"}]}


LONG = {"type": "offer", "sdp": "x" * 64_001}


@pytest.mark.parametrize("request_", ["destroy", "kick", "create", "rtp_forward", "list", "edit", "enable_recording"])
@pytest.mark.parametrize("handle", [21, 22])
def test_what_is_no_business_of_a_participant_is_refused(gate: Gate, handle: int, request_: str) -> None:
    with pytest.raises(NotAllowed):
        body(gate, handle, request=request_, room=2020)


@pytest.mark.parametrize(
    "message",
    [
        {"janus": "message", "handle_id": 23, "body": {"request": "leave"}},
        {"janus": "message", "handle_id": True, "body": {"request": "leave"}},
        {"janus": "message", "body": {"request": "leave"}},
        {"janus": "attach", "plugin": "janus.plugin.streaming"},
        {"janus": "claim"}, {"janus": "info"}, {"janus": "trickle", "handle_id": 21}, {},
        {"janus": "message", "handle_id": 21, "body": {"request": "start"}, "jsep": LONG},
        {"janus": "message", "handle_id": 21, "body": {"request": "join", "ptype": "subscriber",
                                                       "streams": [{"feed": 1}] * 65}},
    ],
)  # fmt: skip
def test_a_message_out_of_place_is_refused(gate: Gate, message: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        asked(gate, **message)


def test_handles_are_bounded(gate: Gate) -> None:
    for number in range(23, 33):
        asked(gate, janus="attach", plugin=videoroom.PLUGIN)
        answered(gate, number)
    with pytest.raises(NotAllowed):
        asked(gate, janus="attach", plugin=videoroom.PLUGIN)


def test_a_handle_that_was_given_back_is_nobodys_and_makes_room(gate: Gate) -> None:
    for number in range(23, 40):
        asked(gate, janus="attach", plugin=videoroom.PLUGIN)
        answered(gate, number)
        assert asked(gate, janus="detach", handle_id=number)["handle_id"] == number
    with pytest.raises(NotAllowed):
        body(gate, 39, request="leave")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["janus", "transaction", "body", "request", "handle_id", "plugin", "streams", "jsep"]), inner,
        max_size=5), max_leaves=12,
)  # fmt: skip


@given(JSON | st.binary(max_size=60))
def test_no_message_breaks_the_gate(told: Any) -> None:
    made = Gate(ORDER, "S05")
    try:
        out = json.loads(made.outward(told if isinstance(told, bytes) else json.dumps(told).encode()))
    except NotAllowed:
        return
    assert out["janus"] in {"create", "keepalive", "detach", "destroy", "hangup", "attach"}
