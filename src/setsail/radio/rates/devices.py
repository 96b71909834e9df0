"""What a reduced-capability device can use of a carrier, and what it takes away from the rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from setsail.base.errors import BadInput, UnknownName
from setsail.radio.rates.peak import Carrier, carrier_rate_bps
from setsail.standards.radio import n_rb, rows, source_of

MHZ = 1e6


@dataclass(frozen=True, slots=True)
class Device:
    """Rate limits of one kind of device (TS 38.306 cl. 4.2.21 RedCap, 4.2.22 eRedCap)."""

    name: str
    bandwidth_fr1_hz: float
    bandwidth_fr2_hz: float | None
    dl_layers: int
    ul_layers: int
    dl_qm_fr1: int
    dl_qm_fr2: int | None
    ul_qm: int
    cap_bps: float | None
    half_duplex: bool
    excluded_scs_hz: tuple[float, ...]
    source: str


@dataclass(frozen=True, slots=True)
class DeviceRate:
    """Rate of a device on a carrier: the carrier as the device uses it, the rate, and what limited it."""

    carrier: Carrier
    rate_bps: float
    limits: tuple[str, ...]


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def devices() -> dict[str, Device]:
    """Every kind of device with rate limits, by name."""
    found = {}
    for row in rows("ue_rate_limits"):
        fr2, qm2 = _number(row.get("max_bandwidth_fr2_mhz")), row.get("dl_qm_fr2")
        found[row.need("ue")] = Device(
            name=row.need("ue"),
            bandwidth_fr1_hz=float(row.need("max_bandwidth_fr1_mhz")) * MHZ,
            bandwidth_fr2_hz=None if fr2 is None else fr2 * MHZ,
            dl_layers=int(row.need("dl_layers")),
            ul_layers=int(row.need("ul_layers")),
            dl_qm_fr1=int(row.need("dl_qm_fr1")),
            dl_qm_fr2=int(qm2) if qm2 else None,
            ul_qm=int(row.need("ul_qm")),
            cap_bps=_number(row.get("cap_bps")),
            half_duplex=row.need("half_duplex") == "yes",
            excluded_scs_hz=tuple(float(x) * 1e3 for x in row.get("excluded_scs_khz").split()),
            source=source_of(row),
        )
    return found


def device(name: str) -> Device:
    """The device of that name. Raises UnknownName."""
    found = devices().get(name.strip().lower())
    if found is None:
        raise UnknownName(f"is {name!r}", where="ue", allowed=", ".join(devices()))
    return found


def _bounds(carrier: Carrier, limit: Device) -> tuple[int, int, int]:
    """Most PRB, layers and bits per symbol of the device on that carrier. Raises BadInput."""
    fr1 = carrier.frequency_range == "FR1"
    bandwidth = limit.bandwidth_fr1_hz if fr1 else limit.bandwidth_fr2_hz
    dl_qm = limit.dl_qm_fr1 if fr1 else limit.dl_qm_fr2
    if bandwidth is None or dl_qm is None:
        raise BadInput(f"does not work in {carrier.frequency_range}", where=limit.name, allowed="FR1")
    if carrier.scs_hz in limit.excluded_scs_hz:
        raise BadInput(f"does not work at {carrier.scs_hz / 1e3:g} kHz", where=limit.name, allowed="15 or 30 kHz")
    most = n_rb(bandwidth, carrier.scs_hz, carrier.frequency_range)
    down = carrier.direction == "dl"
    return most, limit.dl_layers if down else limit.ul_layers, dl_qm if down else limit.ul_qm


def device_rate(carrier: Carrier, limit: Device, half_duplex_share: float = 0.5) -> DeviceRate:
    """Peak rate of a device on a carrier [bit/s] with every limit that bit.

    half_duplex_share : share of time in this direction of a half-duplex device on an FDD carrier (own assumption).
    Raises BadInput where the device cannot use the carrier, OutOfRange.
    Source: 3GPP TS 38.306 v19.2.0, cl. 4.1.2, 4.2.21, 4.2.22; TS 38.300 v19.2.0, cl. 16.13.1.
    """
    most, layers, qm = _bounds(carrier, limit)
    wanted = {"PRB": (carrier.n_prb, most), "layers": (carrier.layers, layers), "bits per symbol": (carrier.qm, qm)}
    told = [f"{name} {given} -> {top}" for name, (given, top) in wanted.items() if given > top]
    used = replace(
        carrier, n_prb=min(carrier.n_prb, most), layers=min(carrier.layers, layers), qm=min(carrier.qm, qm)
    )  # a lower modulation keeps the code rate of the scheme, 948/1024 at the top of each table
    if limit.half_duplex and carrier.share == 1.0:
        used = replace(used, share=half_duplex_share)
        told.append(f"half duplex: {half_duplex_share:.0%} of the time in this direction")
    rate = carrier_rate_bps(used)
    if limit.cap_bps is not None and rate > limit.cap_bps:
        told.append(f"rate {rate / 1e6:.1f} -> {limit.cap_bps / 1e6:g} Mbit/s")
        rate = limit.cap_bps
    return DeviceRate(used, rate, tuple(told))
