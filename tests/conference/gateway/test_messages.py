"""SIP messages and session descriptions: what is well-formed is read, what is not is refused, whatever the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.gateway import terms
from setsail.conference.gateway.sip import message, sdp
from setsail.conference.gateway.sip.dialog import Dialog
from setsail.conference.gateway.sip.message import BIGGEST_BYTES, MOST_HEADERS, Malformed
from setsail.conference.gateway.terms import NotAcceptable

HEADERS = (
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds",
    "Max-Forwards: 70",
    'From: "Alice, \\"A\\"" <sip:alice@atlanta.example>;tag=1928301774',
    "To: Bob <sip:bob@biloxi.example>",
    "Call-ID: a84b4c76e66710@pc33.atlanta.example",
    "CSeq: 314159 INVITE",
    "Contact: <sip:alice@pc33.atlanta.example>",
)


def _invite(*, drop: str = "", more: tuple[str, ...] = (), body: bytes = b"", first: str = "") -> bytes:
    lines = [first or "INVITE sip:2020@192.0.2.2 SIP/2.0", *(h for h in HEADERS if not drop or not h.startswith(drop))]
    return "\r\n".join([*lines, *more, "", ""]).encode() + body


def test_an_invite_in_the_form_of_the_standard_is_read() -> None:
    """After RFC 3261 cl. 24.2, message F1."""
    found = message.read(_invite())
    assert (found.method, found.cseq, found.branch) == ("INVITE", (314159, "INVITE"), "z9hG4bK776asdhds")
    assert message.party(found.first("from")).tag == "1928301774"
    assert message.uri(found.target).user == "2020"


def test_compact_names_folded_lines_and_lists_are_read() -> None:
    text = (
        b"BYE sip:a@h SIP/2.0\r\nv: SIP/2.0/UDP one;branch=1, SIP/2.0/UDP two\r\nf: <sip:a@h>;tag=1\r\n"
        b"t: sip:b@h;tag=2\r\ni: x\r\nCSeq: 1\r\n  BYE\r\nSubject: a, b\r\nl: 0\r\n\r\n"
    )
    found = message.read(text)
    assert len(found.all("via")) == 2
    assert found.cseq == (1, "BYE")
    assert found.all("subject") == ("a, b",)
    assert message.party(found.first("to")).tag == "2"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\r\n", b"INVITE", _invite()[:-2], _invite(first="INVITE sip:a@h SIP/3.0"),
        _invite(first="INVITE SIP/2.0"),
        _invite(first="INVITE tel:1 SIP/2.0"), _invite(first="IN VITE sip:a@h SIP/2.0"), _invite(drop="Via"),
        _invite(drop="From"), _invite(drop="To"), _invite(drop="Call-ID"), _invite(drop="CSeq"),
        _invite(more=("From: <sip:x@h>",)), _invite(more=("CSeq: 2 INVITE",)), _invite(more=("no colon",)),
        _invite(more=("Content-Length: 5",), body=b"1234"), _invite(more=("Content-Length: -1",)),
        _invite(more=("Content-Length: ٣",)), _invite(more=("X: a\x00b",)), _invite(drop="CSeq", more=("CSeq: 1 BYE",)),
        _invite(drop="CSeq", more=("CSeq: 2147483648 INVITE",)), _invite(drop="To", more=("To: <sip:a@h",)),
        _invite(drop="Via", more=("Via: HTTP/1.1 x",)), _invite(first="SIP/2.0 99 Too low"),
        _invite(first="INVITE sip:a@h:99999 SIP/2.0"), b"\xff" * 40 + b"\r\n\r\n",
    ],
)  # fmt: skip
def test_a_broken_message_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        message.read(data)


@pytest.mark.parametrize(("extra", "fine"), [(0, True), (1, False)])
def test_sizes_are_held_at_their_limits(extra: int, fine: bool) -> None:
    whole = _invite()
    long = _invite(body=b"x" * (BIGGEST_BYTES - len(whole) + extra))
    many = _invite(more=tuple("X: y" for _ in range(MOST_HEADERS - len(HEADERS) + extra)))
    for data in (long, many):
        if fine:
            message.read(data)
        else:
            with pytest.raises(Malformed):
                message.read(data)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader_of_messages(data: bytes) -> None:
    try:
        message.read(data)
    except Malformed:
        return


@given(st.integers(0, 300), st.binary(min_size=1, max_size=4), st.booleans())
def test_a_message_with_bytes_changed_is_read_or_refused(at: int, change: bytes, cut: bool) -> None:
    whole = _invite(more=("Content-Length: 4",), body=b"v=0\n")
    data = whole[:at] + change + (b"" if cut else whole[at + len(change) :])
    try:
        found = message.read(data)
    except Malformed:
        return
    again = message.read(message.written(found))
    assert again.headers == found.headers or "content-length" in {n for n, _ in found.headers}


def test_an_answer_carries_what_the_standard_asks_for() -> None:
    found = message.read(_invite(more=("Record-Route: <sip:192.0.2.3;lr>, <sip:192.0.2.4;lr>",)))
    told = message.read(message.written(message.answer(found, 200, tag="x", body=b"hello")))
    assert told.status == 200
    assert told.all("record-route") == ("<sip:192.0.2.3;lr>", "<sip:192.0.2.4;lr>")
    assert message.party(told.first("to")).tag == "x"
    assert told.body == b"hello"
    for name in ("via", "from", "call-id", "cseq"):
        assert told.all(name) == found.all(name)


def test_a_dialog_takes_its_own_requests_and_ends_by_its_routes() -> None:
    invite = message.read(_invite(more=("Record-Route: <sip:192.0.2.3;lr>", "Record-Route: <sip:192.0.2.4;lr>")))
    dialog = Dialog.of(invite, "ours")
    bye = dialog.bye('a "reason"\r\nX: y')
    assert bye.target == "sip:alice@pc33.atlanta.example"
    assert bye.all("route") == ("<sip:192.0.2.3;lr>", "<sip:192.0.2.4;lr>")
    assert b"\r\nX: y" not in message.written(bye)
    own = _invite(drop="To", more=("To: Bob <sip:bob@biloxi.example>;tag=ours",))
    assert dialog.takes(message.read(own))
    assert not dialog.takes(message.read(own.replace(b"tag=ours", b"tag=other")))
    assert not dialog.takes(message.read(own.replace(b"1928301774", b"19")))
    with pytest.raises(Malformed):
        Dialog.of(message.read(_invite(drop="Contact")), "ours")


ROOM_TERMINAL = """v=0
o=- 7 3 IN IP4 192.0.2.9
s=-
b=AS:1920
c=IN IP4 192.0.2.9
t=0 0
m=audio 16384 RTP/AVP 9 8 0 101
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
m=video 16386 RTP/AVP 34 97 99
a=rtpmap:97 H264/90000
a=fmtp:97 profile-level-id=42801f
a=rtpmap:99 H264/90000
a=fmtp:99 profile-level-id=42801f;packetization-mode=1
a=rtcp-fb:* ccm fir
m=video 16388 RTP/AVP 97
a=rtpmap:97 H264/90000
a=content:slides
m=application 16390 UDP/BFCP *
a=floorctrl:c-only
""".replace("\n", "\r\n").encode()


def test_the_offer_of_a_room_terminal_is_answered_medium_by_medium() -> None:
    offer = sdp.read(ROOM_TERMINAL)
    agreed = terms.agreed(offer, codecs=["h264", "vp8"])
    assert agreed.audio is not None
    assert agreed.video is not None
    assert (agreed.audio.codec, agreed.audio.number, agreed.audio.event) == ("pcma", 8, 101)
    assert (agreed.video.codec, agreed.video.number, agreed.video.mode) == ("h264", 99, 1)
    text = terms.answered(offer, agreed, "192.0.2.1", {"audio": 28000, "video": 28002}, session=1, version=1, kbps=512)
    back = sdp.read(text)
    assert [(m.kind, m.port) for m in back.media] == [
        ("audio", 28000), ("video", 28002), ("video", 0), ("application", 0)
    ]  # fmt: skip
    assert [f.number for f in back.media[1].formats] == [99]
    assert b"b=AS:512\r\n" in text


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")],
)
def test_directions_are_answered_by_their_counterpart(theirs: str, ours: str) -> None:
    offer = sdp.read(f"v=0\r\nc=IN IP6 2001:db8::9\r\nm=audio 4 RTP/AVP 0\r\na={theirs}\r\n".encode())
    agreed = terms.agreed(offer)
    assert agreed.audio is not None
    assert agreed.audio.sends == (theirs in ("sendrecv", "sendonly"))
    assert agreed.audio.receives == (theirs in ("sendrecv", "recvonly"))
    back = sdp.read(terms.answered(offer, agreed, "2001:db8::1", {"audio": 6}, session=1, version=1))
    assert back.media[0].direction == ours


def test_an_old_hold_without_an_address_receives_nothing() -> None:
    agreed = terms.agreed(sdp.read(b"v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4 RTP/AVP 0\r\n"))
    assert agreed.audio is not None
    assert not agreed.audio.receives


@pytest.mark.parametrize(
    "text",
    [b"", b"v=0", b"v=1\r\nm=audio 1 RTP/AVP 0\r\n", b"v=0\r\nm=audio x RTP/AVP 0\r\n",
     b"v=0\r\nm=audio 70000 RTP/AVP 0\r\n",
     b"v=0\r\nm=audio 1 RTP/AVP 0\r\n", b"v=0\r\nc=IN IP4 a.example\r\nm=audio 1 RTP/AVP 0\r\n",
     b"v=0\r\nc=IN IP4 2001:db8::1\r\nm=audio 1 RTP/AVP 0\r\n",
     b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 1 RTP/AVP 128\r\n",
     b"v=0\r\nc=IN IP4 192.0.2.1\r\n" + b"m=audio 1 RTP/AVP 0\r\n" * 9, b"v=0\r\nno line\r\nm=audio 1 RTP/AVP 0\r\n",
     b"v=0\r\n" + b"a=x\r\n" * 4000],
)  # fmt: skip
def test_a_broken_description_is_refused(text: bytes) -> None:
    with pytest.raises(sdp.BadDescription):
        sdp.read(text)


def test_srtp_alone_and_unknown_codecs_are_not_acceptable() -> None:
    for medium in ("audio 4 RTP/SAVP 0", "audio 4 RTP/AVP 18", "video 4 RTP/AVP 34"):
        with pytest.raises(NotAcceptable, match="PCMU"):
            terms.agreed(sdp.read(f"v=0\r\nc=IN IP4 192.0.2.1\r\nm={medium}\r\n".encode()))


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=" + t.encode()))
def test_no_bytes_break_the_reader_of_descriptions(text: bytes) -> None:
    try:
        offer = sdp.read(text)
        agreed = terms.agreed(offer)
        terms.answered(offer, agreed, "192.0.2.1", {"audio": 2, "video": 4}, session=1, version=1)
    except (sdp.BadDescription, NotAcceptable):
        return
