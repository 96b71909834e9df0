"""Numbers as people write them: plain, grouped in threes, grouped the Indian way, full-width."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, get_args

from setsail.base.errors import BadInput
from setsail.base.printed import number, printed_step

NumberStyle = Literal["plain", "western", "indian"]
NUMBER_STYLES: tuple[str, ...] = get_args(NumberStyle)

_GROUPED = {
    "western": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
    "indian": re.compile(r"[+-]?\d{1,2}(,\d{2})*,\d{3}(\.\d+)?"),
}
_TOLD = {"western": "1,234,567", "indian": "12,34,567"}


def printed_number(text: str, where: str, style: NumberStyle = "plain") -> tuple[float, float]:
    """Value of a written number and the step of its last digit.

    plain : ASCII digits and a point only;  western, indian : that grouping (or none) and full-width digits too.
    A grouping other than the declared one is refused, so that 3,85,572 is never taken for anything but 385572.
    Raises BadInput.
    """
    folded = unicodedata.normalize("NFKC", text.strip())
    if style == "plain":
        _require_plain(text.strip(), folded, where)
        return number(folded, where), printed_step(folded)
    if "," in folded:
        if not _GROUPED[style].fullmatch(folded):
            raise BadInput(
                f"is {text!r}", where=where, allowed=f"digits grouped as {_TOLD[style]}", hint=_hint(folded, style)
            )
        folded = folded.replace(",", "")
    return number(folded, where), printed_step(folded)


def told(value: float | None) -> str:
    """A number for people: 8,511 or 83.1; `nothing` where none is printed."""
    if value is None:
        return "nothing"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.10g}" if abs(value) >= 1000 else f"{value:.10g}"


def tidy(value: float | None) -> float | int | None:
    """The number for JSON: an integer where it is one, without the noise of binary fractions."""
    if value is None:
        return None
    rounded = round(value, 9)
    return int(rounded) if float(rounded).is_integer() else rounded


def _require_plain(text: str, folded: str, where: str) -> None:
    fitting = [name for name, pattern in _GROUPED.items() if pattern.fullmatch(folded)]
    if fitting:
        raise BadInput(
            f"is {text!r}, grouped digits",
            where=where,
            allowed="digits without separators",
            hint=" or ".join(f"--numbers {name}" for name in fitting) + f" (reads {folded.replace(',', '')})",
        )
    if folded != text:
        raise BadInput(
            f"is {text!r}, written in full-width characters",
            where=where,
            allowed="digits 0 to 9",
            hint="--numbers western",
        )
    if folded.endswith(("万", "亿")):
        raise BadInput(
            f"is {text!r}",
            where=where,
            allowed="a number alone",
            hint="write the number and put the unit (10k_count ...) in the column 'unit'",
        )


def _hint(folded: str, style: NumberStyle) -> str:
    other: NumberStyle = "indian" if style == "western" else "western"
    return f"--numbers {other}" if _GROUPED[other].fullmatch(folded) else "check the digits"
