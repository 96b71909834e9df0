"""Extensions of STAMP packets: what is known is answered, all else comes back, and the length stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.accept import stamp_tlv as tlv
from setsail.conference.accept.stamp_wire import mac

KEY = b"k" * 32
SEQUENCE, OWN = b"\0\0\0\5", b"\0\0\0\2"


def back(data: bytes, *, tos: int | None = None, key: bytes | None = None) -> bytes:
    return tlv.answered(data, SEQUENCE, OWN, tos=tos, key=key)


def test_class_of_service_is_four_octets_of_type_four() -> None:
    packed = tlv.ClassOfService(wanted=34, seen=46, ecn=1, refused=2).tlv().pack()
    assert packed.hex() == "80040004" + f"{34 << 26 | 46 << 20 | 1 << 18 | 2 << 16:08x}"


def test_class_of_service_comes_back_with_what_the_reflector_saw() -> None:
    (told,), _ = tlv.read(back(tlv.ClassOfService(34).tlv().pack(), tos=34 << 2 | 3))
    assert told.flags == 0
    assert tlv.class_of_service(told) == tlv.ClassOfService(34, seen=34, ecn=3)


def test_padding_comes_back_as_long_as_it_was_and_understood() -> None:
    assert back(tlv.padding(20)) == bytes.fromhex("00010010") + bytes(16)


def test_padding_of_fewer_octets_than_its_head_is_left_out() -> None:
    assert tlv.padding(3) == b""
    assert tlv.padding(4) == bytes.fromhex("80010000")


def test_an_unknown_extension_comes_back_with_its_value_and_the_flag_u() -> None:
    assert back(bytes.fromhex("00c80002beef")) == bytes.fromhex("80c80002beef")


def test_an_extension_that_ends_after_the_packet_comes_back_with_the_flag_m() -> None:
    assert back(bytes.fromhex("0001000aabcd")) == bytes.fromhex("4001000aabcd")


def test_a_class_of_service_of_another_length_comes_back_with_the_flag_m() -> None:
    assert back(bytes.fromhex("800400020000"), tos=1) == bytes.fromhex("400400020000")


def test_extensions_under_a_key_are_answered_under_an_hmac_of_the_reply() -> None:
    asked = tlv.sealed(tlv.padding(8), SEQUENCE, KEY)
    answer = back(asked, key=KEY)
    padded = bytes.fromhex("00010004") + bytes(4)
    assert answer == padded + bytes.fromhex("00080010") + mac(OWN + padded, KEY)
    assert tlv.holds(answer, OWN, KEY)
    assert not tlv.holds(answer, SEQUENCE, KEY)


def test_extensions_whose_hmac_does_not_match_come_back_with_the_flag_i_alone() -> None:
    asked = bytearray(tlv.sealed(tlv.padding(8), SEQUENCE, KEY))
    asked[6] ^= 1
    told, _ = tlv.read(back(bytes(asked), key=KEY))
    assert [t.flags for t in told] == [tlv.INTEGRITY, tlv.INTEGRITY]


def test_extensions_without_an_hmac_do_not_hold_under_a_key() -> None:
    assert not tlv.holds(tlv.padding(8), SEQUENCE, KEY)
    assert tlv.holds(b"", SEQUENCE, KEY)


@given(st.binary(max_size=200), st.one_of(st.none(), st.integers(0, 255)), st.sampled_from([None, KEY]))
def test_whatever_follows_a_packet_its_answer_has_the_same_length(
    data: bytes, tos: int | None, key: bytes | None
) -> None:
    assert len(back(data, tos=tos, key=key)) == len(data)
