"""How a conversation sounds: the transmission rating R of the E-model, its mean opinion score and category.

Source: ITU-T G.107 (06/2015), narrow-band telephony, clauses 7.1 to 7.7 and Annex B; categories of G.109 Table 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.limits import Limit
from setsail.standards import facts

MODEL = "ITU-T G.107 (06/2015), narrow-band E-model"
CATEGORIES: tuple[tuple[float, str, str], ...] = (
    (90.0, "best", "very satisfied"),
    (80.0, "high", "satisfied"),
    (70.0, "medium", "some users dissatisfied"),
    (60.0, "low", "many users dissatisfied"),
    (50.0, "poor", "nearly all users dissatisfied"),
)
"""From which R on, speech transmission quality, satisfaction (G.109 Table 1); below 50 is not recommended."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input of the model. limit : permitted range, None where the Recommendation gives none;  least : below it the
    formulas have no meaning.
    """

    symbol: str
    default: float
    limit: Limit | None
    least: float | None


@dataclass(frozen=True, slots=True)
class Codec:
    """Equipment impairment of a codec, its robustness against loss, and how far these figures can be trusted."""

    codec: str
    name: str
    ie: float
    bpl: float
    evidence: str
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class Rating:
    """R and its parts. gob, pow : shares that call it good or better, poor or worse;  outside : inputs beyond the
    range that the Recommendation permits, with that range: then R is an extrapolation.
    """

    r: float
    mos: float
    category: str
    satisfaction: str
    gob: float
    pow: float
    ro: float
    is_: float
    id: float
    ie_eff: float
    a: float
    model: str
    outside: tuple[str, ...]


@cache
def parameters() -> Mapping[str, Parameter]:
    """Every input by its symbol, with default value and permitted range."""
    found = {}
    for row in facts.table("conference/emodel_parameters.csv"):
        symbol, low, high = row.need("symbol"), row.get("low"), row.get("high")
        source = f"{row.need('source_id')} {row.need('clause')}"
        limit = Limit(symbol, float(low), float(high), source) if low else None
        least = row.get("hard_low")
        found[symbol] = Parameter(symbol, float(row.need("default")), limit, float(least) if least else None)
    return found


@cache
def codecs() -> Mapping[str, Codec]:
    """Every codec with figures for the model."""
    return {
        row.need("codec"): Codec(
            row.need("codec"), row.need("name"), float(row.need("ie")), float(row.need("bpl")), row.need("evidence"),
            row.get("note"), f"{row.need('source_id')} {row.need('clause')}",
        )
        for row in facts.table("conference/codecs.csv")
    }  # fmt: skip


def codec(name: str) -> Codec:
    """The codec of that name. Raises UnknownName."""
    found = codecs().get(name.lower())
    if found is None:
        raise UnknownName(f"is {name!r}", where="codec", allowed=", ".join(codecs()))
    return found


def of_call(one_way_ms: float, loss_ratio: float, codec_name: str, *, burst_ratio: float = 1.0) -> Rating:
    """The rating of a call without echo: mouth-to-ear delay [ms], share of speech packets lost, codec.

    The echo path has that delay too (T = Ta, Tr = 2 Ta), with the default loss of 65 dB.
    Raises UnknownName, OutOfRange.
    """
    used = codec(codec_name)
    return rating(
        {
            "T": one_way_ms, "Ta": one_way_ms, "Tr": 2 * one_way_ms, "Ppl": 100 * loss_ratio, "Ie": used.ie,
            "Bpl": used.bpl, "BurstR": burst_ratio,
        }
    )  # fmt: skip


def rating(given: Mapping[str, float] | None = None) -> Rating:
    """The rating with the inputs given, by the symbols of the Recommendation, and defaults for the others.

    Raises UnknownName for another symbol, OutOfRange where the formulas have no meaning.
    """
    p = _inputs(given or {})
    no = _noise(p)
    ro = 15.0 - 1.5 * (p["SLR"] + no)
    sidetone = _sidetone(p)
    is_ = _too_loud(p, no) + sidetone + _quantizing(p, ro)
    id_ = _talker_echo(p, no, sidetone) + _listener_echo(p, ro) + absolute_delay(p["Ta"], p["mT"], p["sT"])
    ie_eff = effective_impairment(p["Ie"], p["Bpl"], p["Ppl"], p["BurstR"])
    r = ro - is_ - id_ - ie_eff + p["A"]
    category, satisfaction = category_of(r)
    return Rating(
        r, mos(r), category, satisfaction, _normal((r - 60) / 16), _normal((45 - r) / 16), ro, is_, id_, ie_eff,
        p["A"], MODEL, _outside(given or {}),
    )  # fmt: skip


def mos(r: float) -> float:
    """Mean opinion score of a conversation, 1 to 4.5. Source: G.107 Annex B, equation B-4."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def category_of(r: float) -> tuple[str, str]:
    """Quality and satisfaction of R. Source: G.109 Table 1."""
    for least, quality, satisfaction in CATEGORIES:
        if r >= least:
            return quality, satisfaction
    return "not recommended", "nearly all users dissatisfied"


def effective_impairment(ie: float, bpl: float, ppl: float, burst_ratio: float = 1.0) -> float:
    """Ie,eff of a codec with `ppl` percent of its packets lost. Source: G.107, equation 7-29."""
    return ie + (95 - ie) * ppl / (ppl / burst_ratio + bpl)


def absolute_delay(ta: float, mt: float = 100.0, st: float = 1.0) -> float:
    """Idd of a delay [ms]. Source: G.107, equations 7-27 and 7-28."""
    if ta <= mt:
        return 0.0
    x, power = math.log2(ta / mt), 6 * st
    return 25 * (_root(x, power) - 3 * _root(x / 3, power) + 2)


def _inputs(given: Mapping[str, float]) -> dict[str, float]:
    known = parameters()
    for symbol, value in given.items():
        if symbol not in known:
            raise UnknownName(f"is {symbol!r}", where="E-model input", allowed=", ".join(known))
        least = known[symbol].least
        if not math.isfinite(value) or (least is not None and value < least):
            allowed = "a finite number" if least is None else f"a finite number of at least {least:g}"
            raise OutOfRange(f"is {value:g}", where=f"E-model {symbol}", allowed=allowed)
    return {symbol: float(given.get(symbol, p.default)) for symbol, p in known.items()}


def _outside(given: Mapping[str, float]) -> tuple[str, ...]:
    known = parameters()
    return tuple(
        f"{s} is {v:g}, permitted {limit.text()}"
        for s, v in given.items()
        if (limit := known[s].limit) is not None and not limit.holds(v)
    )


def _noise(p: Mapping[str, float]) -> float:
    """No [dBm0p]: circuit, both rooms, noise floor. Source: equations 7-3 to 7-7."""
    olr = p["SLR"] + p["RLR"]
    sent = p["Ps"] - p["SLR"] - p["Ds"] - 100 + 0.004 * (p["Ps"] - olr - p["Ds"] - 14) ** 2
    effective = p["Pr"] + 10 * math.log10(1 + 10 ** ((10 - p["LSTR"]) / 10))
    received = p["RLR"] - 121 + effective + 0.008 * (effective - 35) ** 2
    floor = p["Nfor"] + p["RLR"]
    return 10 * math.log10(sum(10 ** (part / 10) for part in (p["Nc"], sent, received, floor)))


def _too_loud(p: Mapping[str, float], no: float) -> float:
    """Iolr. Source: equations 7-9 and 7-10."""
    x = (p["SLR"] + p["RLR"] + 0.2 * (64 + no - p["RLR"])) / 8
    return 20 * (_root(x, 8) - x)


def _sidetone(p: Mapping[str, float]) -> float:
    """Ist. Source: equations 7-11 and 7-12."""
    echo = math.exp(-p["T"] / 4) * 10 ** (-p["TELR"] / 10)
    stmr = -10 * math.log10(10 ** (-p["STMR"] / 10) + echo)
    parts = 12 * _root((stmr - 13) / 6, 8) - 28 * _root((stmr + 1) / 19.4, 35) - 13 * _root((stmr - 3) / 33, 13)
    return parts + 29


def _quantizing(p: Mapping[str, float], ro: float) -> float:
    """Iq. Source: equations 7-13 to 7-17."""
    q = 37 - 15 * math.log10(p["qdu"])
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y = (ro - 100) / 15 + 46 / 8.4 - g / 9
    z = 46 / 30 - g / 40
    return 15 * math.log10(1 + 10**y + 10**z)


def _talker_echo(p: Mapping[str, float], no: float, sidetone: float) -> float:
    """Idte. Source: equations 7-19 to 7-24."""
    t = p["T"]
    terv = p["TELR"] - 40 * math.log10((1 + t / 10) / (1 + t / 150)) + 6 * math.exp(-0.3 * t * t)
    if p["STMR"] < 9:
        terv += sidetone / 2
    apart = -1.5 * (no - p["RLR"]) - (80 + 2.5 * (terv - 14))
    found = (apart / 2 + math.sqrt(apart**2 / 4 + 100) - 1) * (1 - math.exp(-t))
    return math.hypot(found, sidetone) if p["STMR"] > 20 else found


def _listener_echo(p: Mapping[str, float], ro: float) -> float:
    """Idle. Source: equations 7-25 and 7-26."""
    apart = ro - 10.5 * (p["WEPL"] + 7) * math.pow(p["Tr"] + 1, -0.25)
    return apart / 2 + math.sqrt(apart**2 / 4 + 169)


def _root(x: float, power: float) -> float:
    """(1 + x^power)^(1/power); with an odd power a negative x takes away."""
    raised = math.pow(abs(x), power)
    raised = math.copysign(raised, x) if power % 2 == 1 else raised
    return math.pow(1 + raised, 1 / power)


def _normal(x: float) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))
