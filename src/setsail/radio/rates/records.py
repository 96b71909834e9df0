"""Rates as records: what a door shows, with every value that was used."""

from __future__ import annotations

from collections.abc import Sequence

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.radio.rates.asked import CarrierAsked, direction_of
from setsail.radio.rates.devices import DeviceRate, device, device_rate
from setsail.radio.rates.efficiency import cqi, link_model, rate_bps
from setsail.radio.rates.peak import Carrier, carrier_prb, peak_rate_bps
from setsail.radio.rates.scheduled import SlotUse, scheduled_rate_bps
from setsail.radio.rates.tbs import transport_block
from setsail.radio.rates.tdd import FrameStructure, frame_structure
from setsail.standards import radio as tables
from setsail.standards.radio import Direction, FrequencyRange

FORMULA = "sum over carriers of v Qm f R 12 N_PRB / T_s (1 - OH), TS 38.306 v19.2.0 cl. 4.1.2"


def carrier_of(asked: CarrierAsked, direction: Direction, frame: FrameStructure | None) -> Carrier:
    """The carrier of a wish. Raises BadInput (neither or both of PRB and bandwidth), OutOfRange, UnknownName."""
    part: FrequencyRange = asked.frequency_range or ("FR1" if asked.scs_hz <= 60e3 else "FR2")
    if (asked.n_prb is None) == (asked.bandwidth_hz is None):
        raise BadInput("names neither or both of PRB and bandwidth", where="carrier", allowed="one of them")
    n_prb = asked.n_prb if asked.n_prb is not None else carrier_prb(asked.bandwidth_hz or 0.0, asked.scs_hz, part)
    schemes = tables.mcs_table(asked.mcs_table)
    top = max(s.index for s in schemes if s.rate_x1024 is not None)
    scheme = tables.mcs(asked.mcs_table, top if asked.mcs is None else asked.mcs)
    share = 1.0 if frame is None else frame.shares[0 if direction == "dl" else 2]
    if share == 0.0:
        raise BadInput(f"{frame.slots if frame else ''} has no {direction} symbol", where="TDD pattern")
    return Carrier(
        n_prb, asked.scs_hz, scheme.qm, asked.layers, scheme.rate_x1024 or 0.0, direction, part, asked.scaling, share,
        asked.overhead,
    )  # fmt: skip


def carrier_record(carrier: Carrier) -> Record:
    """A carrier with its values."""
    return {
        "n_prb": carrier.n_prb, "scs_hz": carrier.scs_hz, "frequency_range": carrier.frequency_range,
        "qm": carrier.qm, "rate_x1024": carrier.rate_x1024, "layers": carrier.layers, "scaling": carrier.scaling,
        "overhead": carrier.overhead, "share": carrier.share,
    }  # fmt: skip


def frame_record(frame: FrameStructure | None) -> Record | None:
    """A frame structure with its shares; None for FDD."""
    if frame is None:
        return None
    dl, guard, ul = frame.shares
    return {
        "pattern": frame.slots, "special": "{}D:{}G:{}U".format(*frame.special), "scs_hz": frame.scs_hz,
        "period_s": frame.period_s, "dl_share": dl, "guard_share": guard, "ul_share": ul, "guard_s": frame.guard_s,
        "guard_radius_m": frame.guard_radius_m,
    }  # fmt: skip


def rate_record(
    asked: Sequence[CarrierAsked],
    *,
    direction: str = "dl",
    tdd: str | None = None,
    special: str = "10D:2G:2U",
    ue: str | None = None,
    use: SlotUse | None = None,
) -> Record:
    """Peak rate of the carriers, FDD and with the frame structure, and the rate of their transport blocks.

    tdd : slots such as DDDSU, of every carrier at its own spacing;  ue : a device with limits, on one carrier.
    Raises BadInput, OutOfRange, UnknownName.
    """
    way, used = direction_of(direction), use or SlotUse()
    frames = [None if tdd is None else frame_structure(tdd, one.scs_hz, special) for one in asked]
    carriers = [carrier_of(one, way, frame) for one, frame in zip(asked, frames, strict=True)]
    limited = _device(carriers, ue) if ue else None
    if limited:
        carriers = [limited.carrier]
    whole = [_fdd(carrier) for carrier in carriers] if tdd else carriers
    scheduled = sum(scheduled_rate_bps(c, used, f) for c, f in zip(carriers, frames, strict=True))
    cap = device(ue).cap_bps if ue else None
    return {
        "peak_bps": limited.rate_bps if limited else peak_rate_bps(carriers),
        "limits": list(limited.limits) if limited else [],
        "direction": way,
        "duplex": "FDD" if tdd is None else "TDD",
        "fdd_peak_bps": peak_rate_bps(whole) if cap is None else min(cap, peak_rate_bps(whole)),
        "scheduled_bps": scheduled if cap is None else min(cap, scheduled),
        "carriers": [carrier_record(carrier) for carrier in carriers],
        "frame": frame_record(frames[0]),
        "slot_use": {
            "control_symbols": used.control_symbols, "dmrs_re": used.dmrs_re, "overhead_re": used.overhead_re,
        },
        "ue": ue,
        "origin": {"peak_bps": FORMULA, "scheduled_bps": "transport blocks of every slot, TS 38.214 cl. 5.1.3.2"},
    }  # fmt: skip


def _fdd(carrier: Carrier) -> Carrier:
    return Carrier(
        carrier.n_prb, carrier.scs_hz, carrier.qm, carrier.layers, carrier.rate_x1024, carrier.direction,
        carrier.frequency_range, carrier.scaling, 1.0, carrier.overhead_given,
    )  # fmt: skip


def _device(carriers: Sequence[Carrier], name: str) -> DeviceRate:
    if len(carriers) > 1:
        raise BadInput(f"{name} with {len(carriers)} carriers", where="ue", allowed="one carrier: no aggregation")
    return device_rate(carriers[0], device(name))


def tbs_record(
    n_prb: int, qm: int, rate_x1024: float, layers: int, *, symbols: int, dmrs_re: int, overhead_re: int, scaling: float
) -> Record:
    """The transport block of an allocation with the steps that lead to it. Raises OutOfRange, BadInput."""
    got = transport_block(
        n_prb, qm, rate_x1024, layers, symbols=symbols, dmrs_re=dmrs_re, overhead_re=overhead_re, scaling=scaling
    )
    return {
        "tbs_bits": got.tbs_bits, "n_re": got.n_re, "n_info": got.n_info, "n_info_quantised": got.n_info_quantised,
        "code_blocks": got.code_blocks, "base_graph": got.base_graph, "n_prb": n_prb, "qm": qm,
        "rate_x1024": rate_x1024, "layers": layers, "symbols": symbols, "dmrs_re": dmrs_re, "overhead_re": overhead_re,
        "scaling": scaling, "source": "TS 38.214 cl. 5.1.3.2; code blocks TS 38.212 cl. 5.2.2",
    }  # fmt: skip


def efficiency_record(
    sinr_db: float,
    *,
    model: str = "cqi",
    direction: str = "dl",
    cqi_table: int = 2,
    n_prb: int | None = None,
    scs_hz: float = 30e3,
    layers: int = 1,
    overhead: float = 0.14,
    share: float = 1.0,
) -> Record:
    """Spectral efficiency at a SINR with the origin of the mapping, and the rate of a carrier where PRB are given."""
    if not -100.0 <= sinr_db <= 100.0:
        raise BadInput(f"is {sinr_db}", where="sinr", allowed="-100 to 100 dB")
    link = link_model(model, direction_of(direction), cqi_table)
    per_layer = float(link.efficiency(sinr_db))
    index = int(cqi(sinr_db, cqi_table)) if model == "cqi" else None
    rate = (
        rate_bps(sinr_db, n_prb, scs_hz, layers=layers, overhead=overhead, share=share, model=link) if n_prb else None
    )
    return {
        "sinr_db": sinr_db, "bps_hz_per_layer": per_layer, "layers": layers, "bps_hz": per_layer * layers,
        "cqi": index, "cqi_table": cqi_table if model == "cqi" else None, "model": model, "direction": direction,
        "rate_bps": None if rate is None else float(rate), "origin": link.origin, "verified": link.verified,
    }  # fmt: skip


def band_record(name: str) -> Record:
    """One band with its channel bandwidths by spacing and its UE power classes. Raises UnknownName."""
    band = tables.band(name)
    grids = [
        {"scs_khz": scs / 1e3, "mhz": [bw / 1e6 for bw in tables.channel_bandwidths_hz(band.name, scs)]}
        for scs in tables.band_spacings_hz(band.name)
    ]
    return band_line(band) | {
        "channel_bandwidths": grids,
        "ue_power_classes_dbm": tables.power_classes_dbm(band.name),
        "notes": band.notes,
        "source": band.source,
    }


def band_line(band: tables.Band) -> Record:
    """One band in a list."""
    ul, dl = _mhz(band.ul_hz), _mhz(band.dl_hz)
    return {
        "band": band.name, "range": band.part, "duplex": band.duplex, "ul_low_mhz": ul[0], "ul_high_mhz": ul[1],
        "dl_low_mhz": dl[0], "dl_high_mhz": dl[1],
    }  # fmt: skip


def _mhz(edges: tuple[float, float] | None) -> tuple[float | None, float | None]:
    return (None, None) if edges is None else (edges[0] / 1e6, edges[1] / 1e6)


def band_records(fc_hz: float | None = None) -> list[Record]:
    """Every band, or those that hold a frequency [Hz]. Raises BadInput where none does."""
    found = list(tables.bands().values()) if fc_hz is None else tables.bands_at(fc_hz)
    if not found:
        raise BadInput(f"is {fc_hz:g} Hz, in no NR band", where="frequency", allowed="a band of TS 38.104 cl. 5.2")
    return [band_line(one) for one in found]
