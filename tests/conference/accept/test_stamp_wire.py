"""STAMP packets octet by octet, laid out by hand from the figures of RFC 8762, and as another program lays them out."""

from __future__ import annotations

import hashlib
import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.accept import stamp_wire as wire

ONE_S = 1_000_000_000
NOW_NS = 1_790_000_000 * ONE_S + 250_000_000
NTP_NOW = bytes.fromhex("ee5bba00 40000000")
"""1,790,000,000 + 2,208,988,800 s, and a quarter of a second as a binary fraction."""
KEY = bytes(range(32))


def test_the_time_of_a_packet_is_seconds_since_1900_and_a_binary_fraction() -> None:
    assert wire.time_bits(NOW_NS, "ntp").to_bytes(8, "big") == NTP_NOW


def test_the_ptp_time_of_a_packet_is_seconds_since_1970_and_nanoseconds() -> None:
    expected = struct.pack("!II", 1_790_000_000, 250_000_000)
    assert wire.time_bits(NOW_NS, "ptp").to_bytes(8, "big") == expected


@given(st.integers(0, 4_000_000_000 * ONE_S), st.sampled_from(["ntp", "ptp"]))
def test_a_time_that_was_packed_is_read_again_to_the_nanosecond(at_ns: int, form: wire.Format) -> None:
    assert abs(wire.unix_ns(wire.time_bits(at_ns, form), form, at_ns or 1) - at_ns) <= 1


def test_a_time_after_the_ntp_era_of_2036_is_read_in_the_era_nearest_to_the_clock() -> None:
    later = 2_085_978_497 * ONE_S
    assert wire.time_bits(later, "ntp") >> 32 == 1
    assert wire.unix_ns(wire.time_bits(later, "ntp"), "ntp", later + 5 * ONE_S) == later


def test_a_ptp_time_with_more_than_a_second_of_nanoseconds_is_refused() -> None:
    with pytest.raises(wire.NotStamp, match="PTP"):
        wire.unix_ns(1_000_000_000, "ptp")


def test_the_error_estimate_holds_its_four_parts_at_their_bits() -> None:
    assert wire.ErrorEstimate(True, "ptp", 5, 200).pack() == 0b1_1_000101_11001000
    assert wire.ErrorEstimate(False, "ntp", 32, 3).seconds == 3.0
    assert wire.error_estimate(0x3FFF) == wire.ErrorEstimate(False, "ntp", 63, 255)


def test_an_error_estimate_with_multiplier_zero_is_refused() -> None:
    with pytest.raises(wire.NotStamp, match="multiplier 0"):
        wire.error_estimate(0x8000)


def test_a_request_without_authentication_has_44_octets_in_the_order_of_figure_2() -> None:
    request = wire.Request(7, wire.time_bits(NOW_NS, "ntp"), wire.ErrorEstimate(True, "ntp", 0, 1), ssid=0x1234)
    expected = bytes.fromhex("00000007") + NTP_NOW + bytes.fromhex("8001 1234") + bytes(28)
    assert wire.pack_request(request) == expected
    assert len(expected) == 44
    assert wire.read_request(expected) == request


def test_a_reply_without_authentication_has_44_octets_in_the_order_of_figure_5() -> None:
    request = wire.Request(7, 0x1111111122222222, wire.ErrorEstimate(False, "ntp", 0, 1), ssid=0xABCD)
    reply = wire.Reply(3, 0x3333333344444444, wire.ErrorEstimate(), 0x5555555566666666, request, 64, 0xABCD)
    expected = bytes.fromhex(
        "00000003 3333333344444444 0001 abcd 5555555566666666 00000007 1111111122222222 0001 0000 40 000000"
    )
    assert wire.pack_reply(reply) == expected
    assert len(expected) == 44
    assert wire.read_reply(expected) == reply


def test_an_authenticated_request_has_112_octets_with_its_hmac_over_the_first_96() -> None:
    packed = wire.pack_request(wire.Request(7, 0x0102030405060708, wire.ErrorEstimate(), 9), KEY)
    body = bytes.fromhex("00000007") + bytes(12) + bytes.fromhex("0102030405060708 0001 0009") + bytes(68)
    assert len(body) == 96
    assert packed == body + hmac.new(KEY, body, hashlib.sha256).digest()[:16]


def test_an_authenticated_reply_has_112_octets_in_the_order_of_figure_7() -> None:
    request = wire.Request(7, 0x1111111122222222, wire.ErrorEstimate(), 9)
    packed = wire.pack_reply(wire.Reply(3, 4, wire.ErrorEstimate(), 5, request, 63, 9), KEY)
    body = bytes.fromhex("00000003") + bytes(12) + bytes.fromhex("0000000000000004 0001 0009") + bytes(4)
    body += bytes.fromhex("0000000000000005") + bytes(8) + bytes.fromhex("00000007") + bytes(12)
    body += bytes.fromhex("1111111122222222 0001") + bytes(6) + bytes.fromhex("3f") + bytes(15)
    assert len(body) == 96
    assert packed == body + hmac.new(KEY, body, hashlib.sha256).digest()[:16]
    assert wire.read_reply(packed, KEY).request == request


@pytest.mark.parametrize("octet", [0, 20, 95, 96, 111])
def test_an_authenticated_packet_with_any_changed_octet_is_refused(octet: int) -> None:
    packed = bytearray(wire.pack_request(wire.Request(7, 8), KEY))
    packed[octet] ^= 1
    with pytest.raises(wire.NotStamp, match="HMAC"):
        wire.read_request(bytes(packed), KEY)


@pytest.mark.parametrize(("octets", "key"), [(43, None), (0, None), (111, KEY)])
def test_a_packet_one_octet_too_short_is_refused(octets: int, key: bytes | None) -> None:
    with pytest.raises(wire.NotStamp, match="short"):
        wire.read_request(bytes([1]) * octets, key)


# The sender of `nokia/twampy` (BSD-3-Clause) packs sequence number, 64 bits of NTP time and the error estimate 0x3FFF,
# then its padding; its reader takes the reflector's time at octet 4, the time of reception at 16, the number of the
# request at 24 and the time of the request at 28. Both layouts are written here once more, from a reading of it.


def twamp_light_request(number: int, seconds: float, padding: int) -> bytes:
    whole = int(seconds)
    return struct.pack("!L2IH", number, 2_208_988_800 + whole, int((seconds - whole) * 0xFFFFFFFF), 0x3FFF) + bytes(
        padding
    )


def test_a_twamp_light_request_with_30_octets_of_padding_is_a_stamp_request() -> None:
    read = wire.read_request(twamp_light_request(5, 1_790_000_000.25, 30))
    assert read.sequence == 5
    assert abs(wire.unix_ns(read.time, "ntp", NOW_NS) - NOW_NS) <= 1_000
    assert read.error == wire.ErrorEstimate(False, "ntp", 63, 255)


def test_a_twamp_light_sender_finds_the_four_times_and_both_numbers_in_a_reply() -> None:
    request = wire.read_request(twamp_light_request(5, 1_790_000_000.25, 30))
    made = wire.pack_reply(wire.Reply(2, NOW_NS, wire.ErrorEstimate(), NOW_NS + 1, request, 64))
    assert struct.unpack("!Q", made[4:12]) == (NOW_NS,)
    assert struct.unpack("!Q", made[16:24]) == (NOW_NS + 1,)
    assert struct.unpack("!I", made[24:28]) == (5,)
    assert made[28:36] == twamp_light_request(5, 1_790_000_000.25, 30)[4:12]
    assert struct.unpack("!I", made[0:4]) == (2,)


def test_the_reply_of_a_twamp_light_reflector_is_read_as_that_of_a_stamp_reflector() -> None:
    asked = wire.pack_request(wire.Request(5, wire.time_bits(NOW_NS, "ntp")))
    answer = struct.pack("!L2I2H2I", 9, 1, 2, 0x001, 0, 3, 4) + asked[0:14] + bytes(8)
    read = wire.read_reply(answer)
    assert (read.sequence, read.time, read.received) == (9, 1 << 32 | 2, 3 << 32 | 4)
    assert (read.request.sequence, read.request.time) == (5, wire.time_bits(NOW_NS, "ntp"))
