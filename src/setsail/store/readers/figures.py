"""Observations as `setsail.base.observation` means them, judged whole columns at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from setsail.base.arrays import F64
from setsail.base.observation import MAY_BE_NEGATIVE
from setsail.base.units import units
from setsail.store.readers.convert import mask, texts
from setsail.store.readers.refusals import Refusals

PRINTED = r"^[+-]?(?P<whole>\d+)(?P<point>\.(?P<decimals>\d+))?(?P<power>[eE](?P<exponent>[+-]?\d{1,4}))?$"


def judge_figures(columns: dict[str, pa.Array], printed: pa.Array | None, refusals: Refusals) -> None:
    """Refuses negative counts and numbers not written as decimals; fills `step` with the last printed digit.

    printed : the values as they stand in the file.
    """
    _judge_signs(columns, refusals)
    if printed is None:
        return
    text = texts(printed, ())
    parts = pc.extract_regex(text, PRINTED)
    refusals.add(
        mask(pc.is_null(parts)) & mask(pc.is_valid(text)), "value", "is not a decimal number without separators"
    )
    steps = pa.array(_steps(parts), pa.float64(), mask=mask(pc.is_null(parts)))
    columns["step"] = pc.coalesce(columns["step"], steps, pa.scalar(0.0))


def _judge_signs(columns: dict[str, pa.Array], refusals: Refusals) -> None:
    signed = sorted({u.unit for u in units().values() if u.dimension in MAY_BE_NEGATIVE})
    bound = ~mask(pc.is_in(columns["unit"], value_set=pa.array(signed, pa.string())))
    refusals.add(bound & mask(pc.less(columns["value"], 0.0)), "value", "is negative")


def _steps(parts: pa.Array) -> F64:
    """Size of the last printed digit (n,): 10 to the power of exponent minus decimals."""
    decimals = pc.fill_null(pc.utf8_length(parts.field("decimals")), 0).to_numpy(zero_copy_only=False)
    power = parts.field("exponent")
    exponents = pc.if_else(pc.equal(pc.fill_null(power, ""), ""), "0", pc.replace_substring_regex(power, r"^\+", ""))
    shift = pc.fill_null(exponents.cast(pa.int64()), 0).to_numpy(zero_copy_only=False) - decimals
    known, at = np.unique(shift, return_inverse=True)
    with np.errstate(over="ignore"):
        sizes = np.array([_ten_to(int(power)) for power in known], dtype=np.float64)
    return np.asarray(sizes[at] if len(sizes) else np.empty(0), dtype=np.float64)


def _ten_to(power: int) -> float:
    try:
        return float(10.0**power)
    except OverflowError:
        return float("inf")
