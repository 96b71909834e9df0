"""Rates of streams, of a site's link and of the server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import OutOfRange, UnknownName
from setsail.rollout.provision.codecs import Rtcp, audio_codecs, video_codecs
from setsail.rollout.provision.link import MOST_PACKET_OCTETS, SRTP_OCTETS, audio_stream, demand, video_stream


def test_rate_that_meets_a_step_exactly_is_not_rounded_further() -> None:
    # 192 + 9.6 kbit/s and RTCP to make 208 exactly, then one thousandth more
    assert video_stream("h264", 192, 15, 2, rtcp=Rtcp("fixed", 6.4)).gbr_kbps == 208
    assert video_stream("h264", 192, 15, 2, rtcp=Rtcp("fixed", 6.401)).gbr_kbps == 216


def test_rtcp_share_stops_at_its_ceiling() -> None:
    below, above = video_stream("h265", 200, 25, 1), video_stream("h265", 400, 25, 2)
    assert below.rtcp_kbps == pytest.approx(0.05 * 208.0)
    assert above.rtcp_kbps == 14.0


def test_longer_address_costs_twenty_octets_a_packet() -> None:
    four, six = video_stream("h264", 192, 15, 2, 4), video_stream("h264", 192, 15, 2, 6)
    assert six.overhead_kbps - four.overhead_kbps == pytest.approx(30 * 20 * 8 / 1000)


def test_encrypted_call_costs_ten_octets_a_packet() -> None:
    plain, secret = video_stream("h264", 192, 15, 2), video_stream("h264", 192, 15, 2, extra_octets=SRTP_OCTETS)
    assert secret.overhead_kbps - plain.overhead_kbps == pytest.approx(30 * 10 * 8 / 1000)
    assert secret.packet_octets == plain.packet_octets + 10


@pytest.mark.parametrize("packets", [1, 2])
def test_packets_that_cannot_hold_a_mean_picture_are_refused_with_how_many_can(packets: int) -> None:
    # 4,080 octets a picture: three packets of 1,360 hold it exactly
    with pytest.raises(OutOfRange, match="3 or more"):
        video_stream("h264", 489.6, 15, packets)
    held = video_stream("h264", 489.6, 15, 3)
    assert held.packet_octets == MOST_PACKET_OCTETS


@pytest.mark.parametrize(
    ("kbps", "fps", "packets"),
    [(-1, 15, 2), (0, 15, 2), (192, 0, 2), (192, -5, 2), (192, 15, 0), (float("nan"), 15, 2), (float("inf"), 15, 2)],
)
def test_rate_frame_rate_and_packets_outside_their_limits_are_refused(kbps: float, fps: float, packets: int) -> None:
    with pytest.raises(OutOfRange):
        video_stream("h264", kbps, fps, packets)


def test_unknown_codec_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(UnknownName, match="h264, h265, vp8"):
        video_stream("mpeg2", 192, 15, 2)
    with pytest.raises(UnknownName, match="amr-wb"):
        audio_stream("mp3", 64)


def test_mode_that_a_codec_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(OutOfRange, match=r"4\.75, 5\.15"):
        audio_stream("amr", 13)


def test_ip_version_other_than_four_and_six_is_refused() -> None:
    with pytest.raises(OutOfRange, match="4, 6"):
        video_stream("h264", 192, 15, 2, 5)  # type: ignore[arg-type]


def test_guarantee_above_what_is_sent_is_refused() -> None:
    with pytest.raises(OutOfRange, match="up to 192"):
        video_stream("h264", 192, 15, 2, guaranteed=(193, 15, 2))
    with pytest.raises(OutOfRange, match=r"up to 5\.9"):
        audio_stream("amr", 5.9, guaranteed_kbps=12.2)


def test_two_frames_in_a_packet_halve_the_headers() -> None:
    one, two = audio_stream("amr", 12.2), audio_stream("amr", 12.2, frames_per_packet=2)
    assert two.packets_s == 25.0
    # 4 + 2 x (244 + 6) bits are 63 octets; with 40 of headers 103 octets every 40 ms
    assert two.packet_octets == 103
    assert two.gbr_kbps < one.gbr_kbps


def test_demand_shows_no_site_its_own_picture() -> None:
    picture, sound = video_stream("h264", 192, 15, 2), audio_stream("amr", 12.2)
    few = demand(picture, sound, sites=3, receive=4)
    assert few.receive == 2
    assert few.down_kbps == 2 * 208 + 31
    assert few.server_out_kbps == 3 * few.down_kbps
    assert few.server_in_kbps == 3 * (208 + 31)


def test_demand_of_many_sites_sends_each_as_many_pictures_as_asked_for() -> None:
    found = demand(video_stream("h264", 192, 15, 2), None, sites=29, receive=4)
    assert (found.up_kbps, found.down_kbps, found.server_out_kbps) == (208, 832, 29 * 832)


@pytest.mark.parametrize(("sites", "receive"), [(0, 1), (-1, 1), (3, -1), (100_001, 1)])
def test_number_of_sites_or_pictures_outside_its_limits_is_refused(sites: int, receive: int) -> None:
    with pytest.raises(OutOfRange):
        demand(None, None, sites=sites, receive=receive)


@given(
    codec=st.sampled_from(sorted(video_codecs())),
    kbps=st.floats(1, 5000),
    fps=st.floats(1, 60),
    ip=st.sampled_from([4, 6]),
)
def test_guaranteed_rate_is_the_least_step_that_holds_all_parts(codec: str, kbps: float, fps: float, ip: int) -> None:
    packets = int(kbps * 125 / fps / 1300) + 1
    one = video_stream(codec, kbps, fps, packets, ip)  # type: ignore[arg-type]
    whole = one.media_kbps + one.overhead_kbps + one.rtcp_kbps
    assert one.gbr_kbps % 8 == 0
    assert one.gbr_kbps - 8 - 1e-3 < whole < one.gbr_kbps + 1e-3  # parts are shown to a millionth


@pytest.mark.parametrize("codec", audio_codecs(), ids=lambda c: f"{c.codec}-{c.kbps}")
def test_every_audio_mode_costs_more_than_its_media(codec: object) -> None:
    name, kbps = codec.codec, codec.kbps or 32.0  # type: ignore[attr-defined]
    assert audio_stream(name, kbps).gbr_kbps > kbps + 16.0  # 40 octets 50 times a second are 16 kbit/s
