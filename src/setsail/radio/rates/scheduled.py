"""Rate of a carrier from its transport blocks, slot by slot: what the peak formula approximates."""

from __future__ import annotations

from dataclasses import dataclass

from setsail.base.errors import OutOfRange
from setsail.radio.rates.peak import Carrier
from setsail.radio.rates.tbs import transport_block
from setsail.radio.rates.tdd import SYMBOLS_PER_SLOT, FrameStructure, slot_s


@dataclass(frozen=True, slots=True)
class SlotUse:
    """What a slot spends besides data: control symbols, DM-RS and further resource elements per PRB."""

    control_symbols: int = 1
    dmrs_re: int = 12
    overhead_re: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.control_symbols <= 3:
            raise OutOfRange(f"is {self.control_symbols}", where="control symbols", allowed="0 to 3 (TS 38.211)")


def split_layers(layers: int) -> tuple[int, ...]:
    """Layers of each transport block: one up to 4 layers, else two. Source: TS 38.211 Table 7.3.1.3-1."""
    return (layers,) if layers <= 4 else (layers // 2, layers - layers // 2)


def slot_bits(carrier: Carrier, symbols: int, use: SlotUse) -> int:
    """Bits of the transport blocks of one slot with that many data symbols; 0 where nothing is left."""
    if 12 * symbols - use.dmrs_re - use.overhead_re <= 0:
        return 0
    return sum(
        transport_block(
            carrier.n_prb, carrier.qm, carrier.rate_x1024, layers, symbols=symbols, dmrs_re=use.dmrs_re,
            overhead_re=use.overhead_re,
        ).tbs_bits
        for layers in split_layers(carrier.layers)
    )  # fmt: skip


def scheduled_rate_bps(carrier: Carrier, use: SlotUse, frame: FrameStructure | None = None) -> float:
    """Rate [bit/s] when every slot of the direction carries its largest block, without errors.

    A downlink slot keeps `control_symbols` for PDCCH; no uplink data in the uplink symbols of a special slot (sounding
    and access lie there); no slot is taken off for SSB, SIB, CSI-RS or paging.
    Source: 3GPP TS 38.214, cl. 5.1.3.2 and 6.1.4.2.
    """
    down = carrier.direction == "dl"
    full = slot_bits(carrier, SYMBOLS_PER_SLOT - (use.control_symbols if down else 0), use)
    if frame is None:
        return full / slot_s(carrier.scs_hz) * carrier.share
    bits = full * frame.slots.count("D" if down else "U")
    if down:
        bits += slot_bits(carrier, frame.special[0] - use.control_symbols, use) * frame.slots.count("S")
    return bits / frame.period_s
