"""What one printed number may have been before one slip of the pen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from setsail.base.printed import printed_step
from setsail.monitor.reconcile.kinds import rate

POWERS = (1, 2, 3, 4, 6, 8)
"""Powers of ten that units slip by: wan is 4, million 6, yi 8."""

ADJACENT_SHARE = 0.8
"""Share of transpositions that are of two neighbouring digits (an assumption)."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One slip undone: the value and step it gives, and ln of how often this very slip is made."""

    kind: str
    value: float
    step: float
    log_rate: float
    how: str


def digit_step(value: float, step: float) -> float:
    """Size of the last written digit; of the shortest writing where no step is known."""
    return step if step > 0 else printed_step(f"{int(value)}" if float(value).is_integer() else repr(value))


def cell_edits(value: float, step: float, low: float = -math.inf, high: float = math.inf) -> Iterator[Edit]:
    """Edits of one number whose outcome lies in [low, high], each once. Units are those of the number."""
    last = digit_step(value, step)
    whole = round(value / last)
    if whole <= 0:
        return
    digits = str(whole)
    margin = 1e-6
    floor, ceiling = low / last - margin, high / last + margin
    yield from _transposed(digits, last, step, floor, ceiling)
    yield from _wrong_digit(digits, last, step, floor, ceiling)
    yield from _powers(value, step, low - margin * last, high + margin * last)


def _transposed(digits: str, last: float, step: float, floor: float, ceiling: float) -> Iterator[Edit]:
    n, size = int(digits), len(digits)
    beside = size - 1
    apart = size * (size - 1) // 2 - beside
    seen = set()
    for gap in range(1, size):
        for i in range(size - gap):
            j = i + gap
            a, b = digits[i], digits[j]
            if a == b or (i == 0 and b == "0"):
                continue
            new = n + (int(b) - int(a)) * (10 ** (size - 1 - i) - 10 ** (size - 1 - j))
            if not floor <= new <= ceiling or new in seen:
                continue
            seen.add(new)
            share = ADJACENT_SHARE / beside if gap == 1 else (1 - ADJACENT_SHARE) / apart
            yield Edit(
                "transposed_digits",
                _value(new, last),
                step,
                math.log(rate("transposed_digits") * share),
                f"digits {i + 1} and {j + 1} change places",
            )


def _wrong_digit(digits: str, last: float, step: float, floor: float, ceiling: float) -> Iterator[Edit]:
    n, size = int(digits), len(digits)
    log_rate = math.log(rate("wrong_digit") / (9 * size))
    for i, digit in enumerate(digits):
        place = 10 ** (size - 1 - i)
        for other in range(1 if i == 0 and size > 1 else 0, 10):
            new = n + (other - int(digit)) * place
            if new != n and floor <= new <= ceiling:
                how = f"digit {i + 1} is {other} and not {digit}"
                yield Edit("wrong_digit", _value(new, last), step, log_rate, how)


def _powers(value: float, step: float, low: float, high: float) -> Iterator[Edit]:
    for power in POWERS:
        kind = "factor_10_4" if power == 4 else f"factor_10_{power}"
        share = 1 / 2 if power == 4 else 1 / (2 * (len(POWERS) - 1))
        log_rate = math.log(rate("factor_10_4" if power == 4 else "factor_10_k") * share)
        for sign, word in ((power, "small"), (-power, "large")):
            new = value * 10.0**power if sign > 0 else value / 10.0**power
            if step == 0 and not float(new / digit_step(value, 0)).is_integer():
                continue  # exact figures count whole things: a fraction of one cannot have been meant
            new_step = step * 10.0**power if sign > 0 else step / 10.0**power
            if low - new_step <= new <= high + new_step:
                yield Edit(kind, new, new_step, log_rate, f"the number is 10^{power} times too {word}")


def _value(whole: int, last: float) -> float:
    """`whole` steps as the decimal number that is printed."""
    return float(whole) if last == 1 else float(f"{whole * last:.12g}")
