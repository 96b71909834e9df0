"""Worked examples of 3GPP TS 26.114 Annex E: what the standard's own tables say of the rates.

Origin: the rows of `data/annex_e.csv` whose evidence is "seen" were read in copies of Annex E (Release 18); one row is
inferred and not held against anything here.
"""

from __future__ import annotations

import pytest

from setsail.base.tables import Row
from setsail.rollout.provision.codecs import table
from setsail.rollout.provision.link import Stream, audio_stream, video_stream

EXAMPLES = [row for row in table("annex_e.csv") if row.get("evidence") == "seen"]


def _of(row: Row) -> Stream:
    rate, least, ip = float(row.need("kbps")), row.get("guaranteed_kbps"), 4 if row.need("ip") == "4" else 6
    if row.need("kind") == "audio":
        return audio_stream(row.need("codec"), rate, ip, guaranteed_kbps=float(least) if least else None)  # type: ignore[arg-type]
    parts = (float(least), float(row.need("guaranteed_fps")), int(row.need("guaranteed_packets"))) if least else None
    fps, packets = float(row.need("fps")), int(row.need("packets_per_frame"))
    return video_stream(row.need("codec"), rate, fps, packets, ip, guaranteed=parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda r: r.need("example"))
def test_rates_of_an_example_are_those_of_the_annex(row: Row) -> None:
    made = _of(row)
    assert (made.gbr_kbps, made.mbr_kbps) == (int(row.need("gbr_kbps")), int(row.need("mbr_kbps")))


def test_examples_hold_those_that_the_product_promises() -> None:
    named = {row.need("example"): int(row.need("gbr_kbps")) for row in EXAMPLES}
    assert named["E.6"] == 208
    assert named["E.29"] == 816
    assert len(named) == 8


def test_amr_wb_without_rtcp_is_the_bandwidth_of_annex_k() -> None:
    # b=AS of AMR-WB 23.85: 41 kbit/s over IPv4, 49 over IPv6 (Table K.6, by a text that quotes it)
    for ip, told in ((4, 41), (6, 49)):
        one = audio_stream("amr-wb", 23.85, ip)  # type: ignore[arg-type]
        assert one.media_kbps + one.overhead_kbps == pytest.approx(told, abs=1.0)
        assert told - 1 < one.media_kbps + one.overhead_kbps <= told
