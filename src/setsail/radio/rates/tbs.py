"""Transport block size in exact integers, and its code blocks."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.limits import Limit
from setsail.standards.radio import small_tbs

N_PRB = Limit("prb", 1, 275, "TS 38.211 cl. 4.4.2 and TS 38.331 maxNrofPhysicalResourceBlocks")
SYMBOLS = Limit("symbols", 1, 14, "TS 38.211 Table 4.3.2-1")
LAYERS = Limit("layers", 1, 4, "TS 38.211 Table 7.3.1.3-1: layers of one transport block")
RATE_X1024 = Limit("rate", 0, 1024, "TS 38.214 cl. 5.1.3.1, R x 1024", ends="()")
QM = (1, 2, 4, 6, 8, 10)
OVERHEADS = (0, 6, 12, 18)
SCALINGS = {Fraction(1): 1.0, Fraction(1, 2): 0.5, Fraction(1, 4): 0.25}
RE_CAP = 156
SMALL = 3824


@dataclass(frozen=True, slots=True)
class TransportBlock:
    """A transport block with the steps that lead to it (TS 38.214 cl. 5.1.3.2)."""

    tbs_bits: int
    n_re: int
    n_info: float
    n_info_quantised: int
    code_blocks: int
    base_graph: int


def _whole(value: float, where: str) -> int:
    if not math.isfinite(value) or value != int(value):
        raise BadInput(f"is {value!r}", where=where, allowed="a whole number")
    return int(value)


def resource_elements(symbols: int, dmrs_re: int = 0, overhead_re: int = 0) -> int:
    """Resource elements per PRB that count towards the block, at most 156.

    symbols : of the allocation;  dmrs_re : DM-RS per PRB with the CDM groups without data;  overhead_re : xOverhead.
    Raises OutOfRange, BadInput. Source: TS 38.214 cl. 5.1.3.2 step 1.
    """
    SYMBOLS.require(symbols)
    if overhead_re not in OVERHEADS:
        raise OutOfRange(f"is {overhead_re}", where="overhead", allowed="0, 6, 12, 18 (TS 38.214 cl. 5.1.3.2)")
    if dmrs_re < 0:
        raise OutOfRange(f"is {dmrs_re}", where="dmrs", allowed="0 or more resource elements per PRB")
    left = 12 * symbols - dmrs_re - overhead_re
    if left <= 0:
        raise OutOfRange(
            f"leave {left} of {12 * symbols} resource elements", where="dmrs and overhead",
            allowed="at least 1 left for data", hint="more symbols",
        )  # fmt: skip
    return min(RE_CAP, left)


def exact_rate(rate_x1024: float) -> Fraction:
    """The code rate as an exact fraction of 1, from R x 1024 as written. Raises OutOfRange."""
    RATE_X1024.require(rate_x1024)
    return Fraction(str(rate_x1024)) / 1024


def transport_block(
    n_prb: int,
    qm: int,
    rate_x1024: float,
    layers: int,
    *,
    symbols: int = 14,
    dmrs_re: int = 0,
    overhead_re: int = 0,
    scaling: float = 1,
) -> TransportBlock:
    """The transport block size [bit] of an allocation, exact for any input.

    n_prb : allocated PRB;  qm : bits per symbol;  rate_x1024 : target code rate x 1024, such as 682.5;
    layers : of this block;  scaling : S of Table 5.1.3.2-2 (1, 0.5, 0.25).  Raises OutOfRange, BadInput.
    Source: 3GPP TS 38.214, cl. 5.1.3.2 (the same in v15.10.0 and v17); ties round up, as written there.
    """
    n_prb, layers = _whole(n_prb, "prb"), _whole(layers, "layers")
    symbols, dmrs_re = _whole(symbols, "symbols"), _whole(dmrs_re, "dmrs")
    N_PRB.require(n_prb)
    if layers > LAYERS.high:
        raise OutOfRange(f"is {layers}", where="layers", allowed=LAYERS.text(), hint="8 layers are two blocks of 4")
    LAYERS.require(layers)
    if qm not in QM:
        raise OutOfRange(f"is {qm}", where="qm", allowed="1, 2, 4, 6, 8, 10 bits per symbol")
    if Fraction(scaling) not in SCALINGS:
        raise OutOfRange(f"is {scaling:g}", where="scaling", allowed="1, 0.5, 0.25 (TS 38.214 Table 5.1.3.2-2)")
    rate = exact_rate(rate_x1024)
    n_re = resource_elements(symbols, dmrs_re, overhead_re) * n_prb
    n_info = Fraction(scaling) * n_re * rate * qm * layers
    quantised, size = _small(n_info) if n_info <= SMALL else _large(n_info, rate)
    graph, blocks = code_blocks(size, rate_x1024)
    return TransportBlock(size, n_re, float(n_info), quantised, blocks, graph)


def _log2_floor(value: Fraction) -> int:
    """floor(log2(value)) of value >= 1, without rounding."""
    return math.floor(value).bit_length() - 1


def _small(n_info: Fraction) -> tuple[int, int]:
    """N'_info and size up to 3824 bit (step 3)."""
    n = max(3, _log2_floor(n_info) - 6) if n_info >= 1 else 3
    quantised = max(24, 2**n * math.floor(n_info / 2**n))
    sizes = small_tbs()
    return quantised, sizes[bisect_left(sizes, quantised)]


def _large(n_info: Fraction, rate: Fraction) -> tuple[int, int]:
    """N'_info and size above 3824 bit (step 4)."""
    n = _log2_floor(n_info - 24) - 5
    quantised = max(3840, 2**n * math.floor((n_info - 24) / 2**n + Fraction(1, 2)))
    blocks = 1
    if rate <= Fraction(1, 4):
        blocks = -(-(quantised + 24) // 3816)
    elif quantised > 8424:
        blocks = -(-(quantised + 24) // 8424)
    return quantised, 8 * blocks * -(-(quantised + 24) // (8 * blocks)) - 24


def code_blocks(tbs_bits: int, rate_x1024: float) -> tuple[int, int]:
    """LDPC base graph (1 or 2) and number of code blocks of a transport block.

    Source: 3GPP TS 38.212, cl. 6.2.2 / 7.2.2 (base graph) and 5.2.2 (segmentation), CRC of 16 bit up to 3824, else 24.
    """
    rate = exact_rate(rate_x1024)
    low = tbs_bits <= 292 or (tbs_bits <= SMALL and rate <= Fraction(67, 100)) or rate <= Fraction(1, 4)
    largest = 3840 if low else 8448
    bits = tbs_bits + (24 if tbs_bits > SMALL else 16)
    return (2 if low else 1), 1 if bits <= largest else -(-bits // (largest - 24))
