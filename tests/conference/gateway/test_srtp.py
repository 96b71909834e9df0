"""Keys by SDES: which offers are taken, what the answer says, and that nobody without the key gets a packet through."""

from __future__ import annotations

import pytest

pytest.importorskip("pylibsrtp", reason="the extra 'conference' is not installed")

from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.gateway import terms
from setsail.conference.gateway.media import packets, srtp
from setsail.conference.gateway.media.srtp import Guard, chosen, fresh_key
from setsail.conference.gateway.sip import sdp

KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"  # of the example in RFC 4568
SUITE, SHORT = srtp.SUITES
RTP = packets.written(packets.Rtp(0, False, 7, 160, 99, b"sound" * 20))
RTCP = packets.sender_report(99, 1.0, 160, 5, 500)


def offer(protocol: str, *crypto: str) -> sdp.Description:
    lines = ["v=0", "o=- 1 1 IN IP4 192.0.2.5", "s=-", "c=IN IP4 192.0.2.5", "t=0 0", f"m=audio 4000 {protocol} 0",
             *(f"a=crypto:{line}" for line in crypto)]  # fmt: skip
    return sdp.read("\r\n".join([*lines, ""]).encode())


@pytest.mark.parametrize(
    "line",
    [f"1 {SUITE} inline:{KEY}", f"2 {SHORT} inline:{KEY}|2^20", f"1 {SUITE} inline:{KEY} "],
)
def test_a_key_of_a_known_suite_is_taken(line: str) -> None:
    found = chosen((line,))
    assert found is not None
    assert found.key == KEY


@pytest.mark.parametrize(
    "line",
    [
        f"1 F8_128_HMAC_SHA1_80 inline:{KEY}", f"1 {SUITE} inline:{KEY[:-1]}", f"1 {SUITE} inline:{KEY}|2^20|1:4",
        f"1 {SUITE} inline:{KEY};inline:{KEY}", f"{SUITE} inline:{KEY}", f"1 {SUITE} inline:{KEY} UNENCRYPTED_SRTP", "",
    ],
)  # fmt: skip
def test_a_key_that_is_none_or_of_another_way_is_left(line: str) -> None:
    assert chosen((line,)) is None


@given(st.text(max_size=80))
def test_no_line_breaks_the_choice(line: str) -> None:
    assert chosen((line,)) is None or "inline:" in line


def test_the_first_known_way_is_answered_with_a_key_of_ours_that_stays_within_the_call() -> None:
    described = offer("RTP/SAVP", f"1 AEAD_AES_256_GCM inline:{KEY}", f"2 {SUITE} inline:{KEY}")
    made = terms.agreed(described)
    assert made.audio is not None
    assert made.encrypted
    answer = terms.answered(described, made, "192.0.2.1", {"audio": 28000}, session=1, version=1).decode()
    assert f"a=crypto:2 {SUITE} inline:{made.audio.our_key}" in answer
    assert "m=audio 28000 RTP/SAVP 0" in answer
    again = terms.agreed(described, before=made)
    assert again.audio is not None
    assert again.audio.our_key == made.audio.our_key
    assert made.audio.our_key not in repr(made)


def test_an_offer_that_must_be_encrypted_without_a_known_key_is_refused_and_one_in_the_clear_is_not() -> None:
    with pytest.raises(terms.NotAcceptable, match="SDES"):
        terms.agreed(offer("RTP/SAVP"))
    with pytest.raises(terms.NotAcceptable):
        terms.agreed(offer("RTP/SAVPF", f"1 AEAD_AES_256_GCM inline:{KEY}"))
    plain = terms.agreed(offer("RTP/AVP"))
    assert not plain.encrypted
    assert terms.agreed(offer("RTP/AVP", f"1 {SUITE} inline:{KEY}")).encrypted


@pytest.mark.parametrize("suite", srtp.SUITES)
@pytest.mark.parametrize("packet", [RTP, RTCP], ids=["rtp", "rtcp"])
def test_a_packet_goes_through_with_the_keys_and_not_without(suite: str, packet: bytes) -> None:
    one, two = fresh_key(), fresh_key()
    ours, theirs = Guard(suite, one, two), Guard(suite, two, one)
    sealed = ours.sealed(packet)
    assert packet[12:] not in sealed
    assert Guard(suite, two, two).opened(sealed) is None
    assert theirs.opened(sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert theirs.opened(sealed) == packet
    assert theirs.opened(sealed) is None  # the same again is a replay
    assert theirs.opened(packet) is None
    assert theirs.opened(b"\x80") is None
