"""RTP of terminals: packets, pictures put together, streams spliced, pictures cut for simple terminals."""

from __future__ import annotations

import base64
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.call import media
from setsail.conference.gateway.media import packets
from setsail.conference.gateway.media.packets import Rtp
from setsail.conference.gateway.media.pictures import START, Picture, Pictures, units
from setsail.conference.gateway.media.singles import LONGEST_BYTES, Singles
from setsail.conference.gateway.media.splice import Splice

pytest.importorskip("aiortc")


def _cut(codec: media.Codec, pictures: int = 30, first: int = 65520) -> tuple[list[Rtp], list[bytes]]:
    """Pictures of a clip as packets, cut by aiortc, and the pictures themselves."""
    from aiortc.codecs.h264 import H264Encoder
    from aiortc.codecs.vpx import Vp8Encoder

    clip = media.clip(5, codec=codec)
    rows: list[Rtp] = []
    vp8 = Vp8Encoder()
    for n in range(pictures):
        data = clip.packets[n]
        if codec == "h264":
            payloads = H264Encoder._packetize(H264Encoder._split_bitstream(data))
        else:
            payloads = vp8._packetize(data, n + 120)
        for i, payload in enumerate(payloads):
            number = (first + len(rows)) & 0xFFFF
            rows.append(Rtp(96, i == len(payloads) - 1, number, 6000 * n, 7, payload))
    return rows, list(clip.packets[:pictures])


def _same(picture: Picture, data: bytes, codec: str) -> bool:
    if codec == "vp8":
        return picture.data == data
    return units(picture.data) == list(units(data.replace(b"\0\0\0\1", b"\0\0\1").replace(b"\0\0\1", START)))


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_pictures_come_out_as_they_went_in_also_out_of_order(codec: media.Codec) -> None:
    rows, pictures = _cut(codec)
    rest = [rows[n : n + 4] for n in range(1, len(rows), 4)]
    mixed = [rows[0], *(row for n, few in enumerate(rest) for row in random.Random(n).sample(few, len(few)))]
    assert mixed != rows
    for order in (rows, mixed):
        reader = Pictures(codec)
        made = [p for row in order for p in reader.put(row)]
        assert [p.timestamp for p in made] == [6000 * n for n in range(30)]
        assert all(_same(p, data, codec) for p, data in zip(made, pictures, strict=True))
        assert made[0].key
        assert not reader.broken


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_after_a_lost_packet_nothing_comes_until_the_next_whole_picture(codec: media.Codec) -> None:
    rows, _ = _cut(codec)
    lost = next(n for n, row in enumerate(rows) if row.timestamp == 6000 * 5)
    reader = Pictures(codec)
    made = [p for n, row in enumerate(rows) if n != lost for p in reader.put(row)]
    stamps = [p.timestamp // 6000 for p in made]
    assert stamps[:5] == [0, 1, 2, 3, 4]
    assert 5 not in stamps
    again = next(p for p in made if p.timestamp >= 6000 * 5)
    assert again.key
    assert reader.row.lost == 1


def test_parameter_sets_of_the_description_stand_before_a_key_picture_without_them() -> None:
    sets = f"{base64.b64encode(b'gSPS').decode()},{base64.b64encode(b'hPPS').decode()}"
    made = Pictures("h264", sets).put(Rtp(96, True, 1, 0, 7, b"\x65slice"))
    assert units(made[0].data) == [b"gSPS", b"hPPS", b"\x65slice"]
    assert Pictures("h264", "no base64!").put(Rtp(96, True, 1, 0, 7, b"\x65slice"))[0].data == START + b"\x65slice"


def test_a_sender_without_markers_is_read_by_its_time_stamps() -> None:
    reader = Pictures("h264")
    made = [p for n in range(4) for p in reader.put(Rtp(96, False, n, 3000 * n, 7, b"\x65" + bytes([n + 1])))]
    assert [p.timestamp for p in made] == [0, 3000, 6000]


@given(st.lists(st.tuples(st.binary(max_size=30), st.integers(0, 0xFFFF), st.booleans()), max_size=60),
       st.sampled_from(["h264", "vp8"]))  # fmt: skip
def test_no_payload_breaks_the_readers(rows: list[tuple[bytes, int, bool]], codec: str) -> None:
    reader, singles = Pictures(codec), Singles()
    for payload, number, marker in rows:
        packet = Rtp(96, marker, number, number // 3, 7, payload)
        reader.put(packet)
        singles.put(packet)


@given(st.binary(max_size=80))
def test_no_datagram_breaks_the_reader_of_packets(data: bytes) -> None:
    found = packets.read(data)
    assert found is None or len(found.payload) <= len(data) - 12
    packets.wants_key_picture(data)
    packets.is_rtcp(data)
    if found is not None:
        packets.digit(found)
        again = packets.read(packets.written(found))
        assert again == found


def test_reports_are_read_by_an_independent_reader() -> None:
    from aiortc.rtp import RtcpByePacket, RtcpPacket, RtcpPsfbPacket, RtcpSdesPacket, RtcpSrPacket

    asked = RtcpPacket.parse(packets.ask_key_picture(11, 22, 3))
    feedback = [p for p in asked if isinstance(p, RtcpPsfbPacket)]
    assert [(p.fmt, p.ssrc) for p in feedback] == [(1, 11), (4, 11)]
    assert feedback[0].media_ssrc == 22
    assert feedback[1].fci == bytes([0, 0, 0, 22, 3, 0, 0, 0])
    told = RtcpPacket.parse(packets.sender_report(11, 1_000_000_000.5, 5, 6, 7))
    (report,) = [p for p in told if isinstance(p, RtcpSrPacket)]
    assert report.sender_info.ntp_timestamp >> 32 == 1_000_000_000 + 2_208_988_800
    assert report.sender_info.ntp_timestamp & 0xFFFFFFFF == 2**31
    assert (report.sender_info.packet_count, report.sender_info.octet_count) == (6, 7)
    assert any(isinstance(p, RtcpSdesPacket) for p in told)
    assert any(isinstance(p, RtcpByePacket) for p in RtcpPacket.parse(packets.goodbye(11)))


def test_requests_for_a_whole_picture_of_others_are_understood() -> None:
    from aiortc.rtp import RtcpPsfbPacket, RtcpReceiverInfo, RtcpRrPacket

    empty: list[RtcpReceiverInfo] = []
    head = bytes(RtcpRrPacket(ssrc=1, reports=empty))
    assert packets.wants_key_picture(head + bytes(RtcpPsfbPacket(fmt=1, ssrc=1, media_ssrc=2)))
    assert not packets.wants_key_picture(head + bytes(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=2, fci=b"REMB")))


def test_a_change_of_the_sender_is_no_jump_for_the_terminal() -> None:
    splice = Splice(99, 90_000)
    out = [splice.put(Rtp(96, False, (65530 + n) & 0xFFFF, 3000 * n, 1, b"x"), n / 30) for n in range(10)]
    out += [splice.put(Rtp(97, False, 40_000 + n, 7_000_000 + 3000 * n, 2, b"x"), 1.0 + n / 30) for n in range(10)]
    numbers = [p.sequence for p in out]
    assert [(b - a) & 0xFFFF for a, b in itertools.pairwise(numbers)] == [1] * 19
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(out)]
    assert steps[:9] == steps[10:] == [3000] * 9
    assert steps[9] == 63_000  # 0.7 s between the last of one and the first of the other
    assert {p.ssrc for p in out} == {splice.ssrc}
    assert {p.number for p in out} == {99}


def test_loss_and_order_of_the_sender_stay_what_they_were() -> None:
    splice = Splice(99, 90_000)
    numbers = [10, 11, 14, 13, 15]
    out = [splice.put(Rtp(96, False, n, 0, 1, b"x"), 0.0).sequence for n in numbers]
    assert [(n - out[0]) & 0xFFFF for n in out] == [0, 1, 4, 3, 5]


def test_a_terminal_of_single_units_gets_each_unit_whole() -> None:
    rows, pictures = _cut("h264")
    singles = Singles()
    made = [p for row in rows for p in singles.put(row)]
    for n in range(30):
        sent = [p for p in made if p.timestamp == 6000 * n]
        whole = pictures[n].replace(b"\0\0\0\1", b"\0\0\1").replace(b"\0\0\1", START)
        assert [p.payload for p in sent] == units(whole)
        assert [p.marker for p in sent] == [False] * (len(sent) - 1) + [True]
    assert all(1 <= p.payload[0] & 0x1F <= 23 for p in made)


@pytest.mark.parametrize(("size", "sent"), [(LONGEST_BYTES, 1), (LONGEST_BYTES + 1, 0)])
def test_a_unit_too_long_for_a_datagram_is_left_out_and_a_new_beginning_asked_for(size: int, sent: int) -> None:
    singles = Singles()
    made = singles.put(Rtp(96, True, 1, 0, 7, b"\x65" + b"x" * (size - 1)))
    assert len(made) == sent
    assert singles.broken == (not sent)
