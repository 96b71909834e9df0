"""Services: latency of user data as a tree of terms, and queues of flows that share a cell or a link."""

from __future__ import annotations

from collections.abc import Sequence

from setsail.base.record import Record


def service_latency(
    *,
    scs_hz: float = 30e3,
    tdd: str = "DDDSU",
    special: str = "10D2G2U",
    direction: str = "ul",
    access: str = "sr",
    capability: int | None = None,
    preset: str = "3gpp",
    bler: float | None = None,
    bler_retransmission: float | None = None,
    max_retransmissions: int | None = None,
    request_period_slots: int | None = None,
    configured_period_slots: int | None = None,
    repetitions: int = 1,
    mini_slot: int | None = None,
    duplicates: int = 1,
    fibre_m: float = 0.0,
    hops: int = 0,
    rate_bps: float = 1e9,
    packet_bytes: int = 1500,
    route_factor: float = 1.0,
    turnaround_s: float = 0.0,
    percentiles: Sequence[float] | None = None,
    within_s: float | None = None,
) -> Record:
    """Latency of user data: mean, maximum, percentiles, method and budget tree.

    direction : ul, dl, harq (DL HARQ round trip), ul-dl or dl-ul (both in line, correlated by phase, with
    `turnaround_s` between);  percentiles : shares 0..1;  within_s : the share of packets within it is told
    too.  Raises BadInput, OutOfRange, UnknownName.
    """
    from setsail.service.latency import records
    from setsail.service.latency.budget import Way, budget
    from setsail.service.latency.options import Radio
    from setsail.service.latency.round_trip import round_trip

    first, both = records.legs_of(direction)
    radio = Radio(
        scs_hz, tdd, special, first, records.access_of(access), capability, bler, bler_retransmission,
        max_retransmissions, request_period_slots=request_period_slots,
        configured_period_slots=configured_period_slots, repetitions=repetitions, mini_slot=mini_slot,
        duplicates=duplicates,
    )  # fmt: skip
    way = Way(fibre_m, hops, rate_bps, packet_bytes, route_factor)
    if both:
        made = round_trip(radio, first=first, preset=preset, way=way, turnaround_s=turnaround_s)
    else:
        made = budget(radio, preset=preset, way=way)
    found = records.latency_record(made, percentiles or records.PERCENTILES)
    return found if within_s is None else {**found, "within_s": within_s, "ratio_within": made.ratio_within(within_s)}


def service_latency_presets() -> list[Record]:
    """Every preset of the latency model with its terms, values, ranges and sources."""
    from setsail.service.latency.records import preset_records

    return preset_records()


def service_queue(
    model: str,
    *,
    rate_per_s: float | None = None,
    service_s: float | None = None,
    flows: Sequence[str] = (),
    servers: Sequence[str] = (),
    cross: Sequence[str] = (),
    radio: str | None = None,
    slot_s: float | None = None,
    percentiles: Sequence[float] | None = None,
) -> Record:
    """Delay of flows that share a server: `md1`, `periodic` (sum of D/D/1) or `nc` (network calculus).

    md1 : `rate_per_s` and `service_s`;  periodic : flows `period_ms=10,service_ms=0.5,count=8`, unlike ones over their
    phases in slots of `slot_s`;  nc : one flow `burst_bytes=1500,rate_bps=1e6` through `radio` and `servers` in line,
    with others in `cross`.  Raises BadInput, OutOfRange, NotComputable.
    """
    from setsail.service.queueing.asked import RATIOS, queue_record

    return queue_record(
        model, rate_per_s=rate_per_s, service_s=service_s, flows=flows, servers=servers, cross=cross, radio=radio,
        slot_s=slot_s, ratios=percentiles or RATIOS,
    )  # fmt: skip
