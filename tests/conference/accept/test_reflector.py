"""The reflector: same length, own numbers, bounds, and no byte that ends it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.accept import reflector as made
from setsail.conference.accept import stamp_wire as wire
from setsail.conference.accept.datagrams import Datagram
from setsail.conference.accept.reflector import Bucket, Reflector

AT = 1_790_000_000_000_000_000
PEER = ("192.0.2.1", 40000)


def ask(
    number: int, *, ssid: int = 0, at_ns: int = AT, address: tuple[object, ...] = PEER, more: bytes = b""
) -> Datagram:
    packet = wire.pack_request(wire.Request(number, wire.time_bits(at_ns, "ntp"), ssid=ssid)) + more
    return Datagram(packet, address, at_ns, tos=136, ttl=61)


def replied(reflector: Reflector, met: Datagram) -> wire.Reply:
    answer = reflector.answer(met, lambda: met.at_ns + 7_000)
    assert answer is not None
    return wire.read_reply(answer, reflector.key)


def test_a_reply_tells_the_times_of_reception_and_of_sending_and_the_hop_limit() -> None:
    got = replied(Reflector(), ask(12))
    assert abs(wire.unix_ns(got.received, "ntp", AT) - AT) <= 1
    assert abs(wire.unix_ns(got.time, "ntp", AT) - AT - 7_000) <= 1
    assert (got.request.sequence, got.request_ttl) == (12, 61)


def test_a_stateful_reflector_numbers_its_replies_by_itself() -> None:
    reflector = Reflector()
    assert [replied(reflector, ask(n)).sequence for n in (0, 2, 3, 9)] == [0, 1, 2, 3]


def test_a_stateless_reflector_sends_the_number_of_the_request_back() -> None:
    reflector = Reflector(stateful=False)
    assert [replied(reflector, ask(n)).sequence for n in (0, 2, 9)] == [0, 2, 9]


def test_sessions_are_told_apart_by_address_port_and_session_identifier() -> None:
    reflector = Reflector()
    others = [ask(0), ask(0, ssid=5), ask(0, address=("192.0.2.1", 40001)), ask(0, address=("192.0.2.2", 40000))]
    assert [replied(reflector, met).sequence for met in others] == [0, 0, 0, 0]
    assert replied(reflector, ask(1, ssid=5)).sequence == 1


def test_a_session_begins_anew_after_a_long_silence() -> None:
    reflector = Reflector()
    replied(reflector, ask(0))
    assert replied(reflector, ask(1, at_ns=AT + int(made.FORGOTTEN_S * 1e9))).sequence == 1
    assert replied(reflector, ask(2, at_ns=AT + int((2 * made.FORGOTTEN_S + 1) * 1e9))).sequence == 0


def test_the_sessions_held_are_bounded() -> None:
    reflector = Reflector(per_second=1e9)
    for port in range(made.MAX_SESSIONS + 10):
        replied(reflector, ask(0, address=("192.0.2.1", port), at_ns=AT + port * 10_000_000))
    assert len(reflector._sessions) == made.MAX_SESSIONS


def test_a_reflector_of_ptp_time_answers_in_ptp_time() -> None:
    got = replied(Reflector(error=wire.ErrorEstimate(form="ptp")), ask(0))
    assert got.error.form == "ptp"
    assert wire.unix_ns(got.received, "ptp", AT) == AT


def test_a_source_that_asks_for_more_than_its_share_is_not_answered() -> None:
    reflector = Reflector(per_source=10)
    answers = [reflector.answer(ask(n)) for n in range(12)]
    assert [a is not None for a in answers] == [True] * 10 + [False] * 2
    assert reflector.told["dropped: too many"] == 2
    assert reflector.answer(ask(0, address=("192.0.2.9", 1))) is not None


def test_all_sources_together_have_a_bound_too() -> None:
    reflector = Reflector(per_second=5)
    answers = [reflector.answer(ask(0, address=(f"192.0.2.{n}", 1))) for n in range(7)]
    assert sum(a is not None for a in answers) == 5


def test_a_bucket_fills_again_at_its_rate_and_no_further_than_its_depth() -> None:
    bucket = Bucket(rate=2, depth=2)
    assert [bucket.take(0.0) for _ in range(3)] == [True, True, False]
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert [bucket.take(100.0) for _ in range(3)] == [True, True, False]


def test_a_packet_without_authentication_is_dropped_where_a_key_is_asked_for() -> None:
    reflector = Reflector(key=b"s" * 32)
    assert reflector.answer(ask(0, more=bytes(80))) is None
    assert reflector.told["dropped: HMAC does not match"] == 1


@given(st.binary(max_size=300), st.sampled_from([None, b"s" * 32]))
def test_whatever_arrives_the_answer_is_as_long_as_it_or_there_is_none(data: bytes, key: bytes | None) -> None:
    reflector = Reflector(key=key)
    answer = reflector.answer(Datagram(data, PEER, AT, 0, 64), lambda: AT)
    assert answer is None or len(answer) == len(data)


@given(st.binary(max_size=120))
def test_whatever_follows_a_request_the_answer_is_as_long_as_both(more: bytes) -> None:
    met = ask(1, more=more)
    answer = Reflector().answer(met, lambda: AT)
    assert answer is not None
    assert len(answer) == len(met.data)
