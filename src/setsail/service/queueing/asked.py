"""Queues as they are asked for in text: `period_ms=10,service_ms=0.5,count=3` and the like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from setsail.base.errors import BadInput
from setsail.base.printed import number
from setsail.base.record import Record
from setsail.service.latency.budget import chosen_preset
from setsail.service.latency.options import Radio
from setsail.service.latency.records import access_of, direction_of
from setsail.service.queueing.curves import RateLatency, TokenBucket, radio_curve
from setsail.service.queueing.md1 import Md1
from setsail.service.queueing.parts import bound_record, md1_record, periodic_record
from setsail.service.queueing.periodic import Periodic

MODELS = ("md1", "periodic", "nc")
RATIOS = (0.5, 0.9, 0.99, 0.999, 0.99999)
"""Percentiles told where none is asked."""
RADIO_KEYS = ("scs", "tdd", "special", "direction", "access", "rate_bps", "bler", "retransmissions", "preset")


def queue_record(
    model: str,
    *,
    rate_per_s: float | None = None,
    service_s: float | None = None,
    flows: Sequence[str] = (),
    servers: Sequence[str] = (),
    cross: Sequence[str] = (),
    radio: str | None = None,
    slot_s: float | None = None,
    ratios: Sequence[float] = RATIOS,
) -> Record:
    """The answer of one queueing model. Raises BadInput, OutOfRange, NotComputable."""
    if model not in MODELS:
        raise BadInput(f"is {model!r}", where="model", allowed=", ".join(MODELS))
    if model == "md1":
        if rate_per_s is None or service_s is None:
            raise BadInput("lacks its arrival rate or service time", where="model md1", allowed="both")
        return md1_record(Md1(rate_per_s, service_s), ratios)
    if not flows:
        raise BadInput("is empty", where="flows", allowed="at least one --flow")
    if model == "periodic":
        return periodic_record([_periodic(text) for text in flows], ratios, slot_s)
    if len(flows) > 1:
        raise BadInput(f"are {len(flows)}", where="flows of model nc", allowed="one", hint="--cross for the others")
    line = ([_radio(radio)] if radio else []) + [_server(text) for text in servers]
    return bound_record(
        _bucket(_values(flows[0], "flow", ("burst_bytes", "rate_bps")), "flow"), line, [*map(_cross, cross)]
    )


def _periodic(text: str) -> Periodic:
    values = _values(text, "flow", ("period_ms", "service_ms", "count"))
    count = number(values.get("count", "1"), "flow count")
    if count != int(count):
        raise BadInput(f"is {count:g}", where="flow count", allowed="a whole number")
    return Periodic(
        number(_need(values, "period_ms", "flow"), "flow period_ms") / 1e3,
        number(_need(values, "service_ms", "flow"), "flow service_ms") / 1e3,
        int(count),
    )


def _bucket(values: Mapping[str, str], where: str) -> TokenBucket:
    burst = number(_need(values, "burst_bytes", where), f"{where} burst_bytes") * 8
    return TokenBucket(burst, number(_need(values, "rate_bps", where), f"{where} rate_bps"))


def _server(text: str) -> RateLatency:
    values = _values(text, "server", ("rate_bps", "latency_ms", "name"))
    latency = number(values.get("latency_ms", "0"), "server latency_ms") / 1e3
    return RateLatency(
        number(_need(values, "rate_bps", "server"), "server rate_bps"), latency, 0.0, values.get("name", "")
    )


def _cross(text: str) -> tuple[int, str, TokenBucket, float]:
    values = _values(text, "cross", ("burst_bytes", "rate_bps", "server", "order", "packet_bytes"))
    server = number(values.get("server", "0"), "cross server")
    packet = number(values.get("packet_bytes", "1500"), "cross packet_bytes") * 8
    return int(server), values.get("order", "fifo"), _bucket(values, "cross"), packet


def _radio(text: str) -> RateLatency:
    """The radio as first server: `scs=30,tdd=DDDSU,direction=ul,access=cg,rate_bps=20e6,preset=3gpp`."""
    values = _values(text, "radio", RADIO_KEYS)
    bler, again = values.get("bler"), values.get("retransmissions")
    radio = Radio(
        number(values.get("scs", "30"), "radio scs") * 1e3,
        values.get("tdd", "DDDSU"),
        values.get("special", "10D2G2U"),
        direction_of(values.get("direction", "ul")),
        access_of(values.get("access", "sr")),
        bler=None if bler is None else number(bler, "radio bler"),
        max_retransmissions=None if again is None else int(number(again, "radio retransmissions")),
    )
    rate = number(_need(values, "rate_bps", "radio"), "radio rate_bps")
    return radio_curve(chosen_preset(values.get("preset", "3gpp")).settled(radio), rate)


def _values(text: str, where: str, known: Sequence[str]) -> dict[str, str]:
    """`a=1,b=2` as texts by key. Raises BadInput."""
    found: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, equals, value = part.partition("=")
        if not equals or key.strip() not in known:
            raise BadInput(f"holds {part!r}", where=where, allowed=", ".join(f"{k}=..." for k in known))
        found[key.strip()] = value.strip()
    return found


def _need(values: Mapping[str, str], key: str, where: str) -> str:
    if key not in values:
        raise BadInput(f"lacks {key}", where=where, allowed=f"{key}=...")
    return values[key]
