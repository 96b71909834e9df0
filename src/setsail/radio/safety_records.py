"""Exposure and distances to medical devices as records, with every value that was used."""

from __future__ import annotations

from collections.abc import Sequence

from setsail.base.errors import BadInput, UnknownName
from setsail.base.record import Record
from setsail.radio import emc, exposure
from setsail.radio.rates.asked import direction_of
from setsail.radio.rates.tdd import frame_structure
from setsail.standards.radio import Direction, band

KEYS = ("eirp", "frequency", "distance", "duty", "load", "beam", "reflection")


def exposure_record(
    emitter: exposure.Emitter,
    *,
    standard: str = "gb8702",
    share: str = "whole",
    distance_m: float | None = None,
    others: Sequence[str] = (),
) -> Record:
    """Limit, compliance distance, and at a distance the density, the field and the share of the limit.

    others : further emitters at the same point, each as `eirp=46,frequency=2.6e9,distance=30,duty=0.7`.
    Raises BadInput, OutOfRange, UnknownName.
    """
    limit = exposure.reference(standard, emitter.fc_hz, share)
    away = exposure.compliance_distance_m(emitter, limit)
    far = emitter.far_field_m
    found: Record = {
        "compliance_distance_m": away,
        "distance_by_field_m": exposure.distance_by_field_m(emitter, limit),
        "peak_compliance_distance_m": exposure.compliance_distance_m(_always_on(emitter), limit),
        "limit_density_w_per_m2": limit.density_w_per_m2,
        "limit_field_v_per_m": limit.field_v_per_m,
        "averaging_s": limit.averaging_s,
        "standard": standard,
        "share": share,
        "eirp_dbm": emitter.eirp_dbm,
        "mean_eirp_w": emitter.mean_eirp_w,
        "duty": emitter.duty,
        "load": emitter.load,
        "beam": emitter.beam,
        "reflection": emitter.reflection,
        "fc_hz": emitter.fc_hz,
        "far_field_from_m": far,
        "far_field_holds": None if far is None else away >= far,
        "verified": limit.verified,
        "source": limit.source,
    }
    if distance_m is None:
        if others:
            raise BadInput("is missing", where="distance", allowed="a distance [m], as there are several emitters")
        return found
    density = float(exposure.density_w_per_m2(emitter, distance_m))
    parts = [(emitter, distance_m), *(parse_emitter(text) for text in others)]
    total = float(exposure.exposure_ratio([one for one, _ in parts], [d for _, d in parts], standard, share)[0])
    return found | {
        "distance_m": distance_m,
        "density_w_per_m2": density,
        "field_v_per_m": float(exposure.field_v_per_m(density)),
        "share_of_limit": density / limit.density_w_per_m2,
        "emitters": len(parts),
        "total_share_of_limit": total,
        "complies": total <= 1.0,
    }


def on_air_share(duty: float, tdd: str | None, special: str, scs_hz: float, direction: str) -> float:
    """Share of time on the air: as given, or that of a direction of a TDD frame structure. Raises BadInput, kin."""
    if tdd is None:
        return duty
    if duty != 1.0:
        raise BadInput("are both given", where="duty and tdd", allowed="one of them")
    dl, _, ul = frame_structure(tdd, scs_hz, special).shares
    return dl if direction_of(direction) == "dl" else ul


def _always_on(emitter: exposure.Emitter) -> exposure.Emitter:
    """The same emitter at full power all the time in one direction."""
    return exposure.Emitter(emitter.eirp_dbm, emitter.fc_hz, reflection=emitter.reflection, antenna_m=emitter.antenna_m)


def parse_emitter(text: str) -> tuple[exposure.Emitter, float]:
    """An emitter and its distance [m] from `eirp=46,frequency=2.6e9,distance=30`. Raises BadInput, UnknownName."""
    values: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, _, value = part.partition("=")
        if key not in KEYS:
            raise UnknownName(f"is {key!r}", where="emitter", allowed=", ".join(KEYS))
        try:
            values[key] = float(value)
        except ValueError as err:
            raise BadInput(f"is {value!r}", where=f"emitter {key}", allowed="a number") from err
    missing = [key for key in KEYS[:3] if key not in values]
    if missing:
        raise BadInput(f"lacks {missing[0]}", where="emitter", allowed=", ".join(KEYS))
    one = exposure.Emitter(
        values["eirp"], values["frequency"], values.get("duty", 1.0), values.get("load", 1.0), values.get("beam", 1.0),
        values.get("reflection", 1.0),
    )  # fmt: skip
    return one, values["distance"]


def separation_record(got: emc.Separation) -> Record:
    """Distances of one frequency."""
    return {
        "fc_hz": got.fc_hz,
        "power_w": got.power_w,
        "covered": got.covered,
        "distance_m": got.spot_m,
        "spot_level_v_per_m": got.spot.level_v_per_m if got.spot else None,
        "stated_minimum_m": got.stated_minimum_m,
        "general_distance_m": got.general_m,
        "general_level_v_per_m": got.general.level_v_per_m if got.general else None,
        "declared_distance_m": got.declared_m,
        "finding": None if got.covered else "not covered by the proximity test of IEC 60601-1-2 Table 9",
        "source": got.spot.source if got.spot else None,
    }


def emc_record(
    power_w: float, fc_hz: float, *, environment: str = "professional", declared_v_per_m: float | None = None
) -> Record:
    """Distances to a medical device at one frequency [Hz]. Raises OutOfRange, UnknownName."""
    got = emc.separation(power_w, fc_hz, environment=environment, declared_v_per_m=declared_v_per_m)
    return {"covered": got.covered, "parts": [separation_record(got)]}


def emc_band_record(
    power_w: float,
    name: str,
    direction: Direction,
    *,
    environment: str = "professional",
    declared_v_per_m: float | None = None,
) -> Record:
    """Distances in each part of a band, with the share that the test covers. Raises OutOfRange, UnknownName."""
    parts = emc.band_parts(name, direction)
    if not parts:
        raise BadInput(f"{band(name).name} has none", where=direction, allowed="a direction of the band")
    rows: list[Record] = []
    for part in parts:
        middle = (part.low_hz + part.high_hz) / 2
        got = emc.separation(power_w, middle, environment=environment, declared_v_per_m=declared_v_per_m)
        rows.append({"low_mhz": part.low_hz / 1e6, "high_mhz": part.high_hz / 1e6} | separation_record(got))
    return {
        "covered": all(row["covered"] for row in rows),
        "band": band(name).name,
        "direction": direction,
        "covered_share": emc.covered_share(name, direction),
        "gaps_mhz": emc.gaps_mhz(name, direction),
        "parts": rows,
    }
