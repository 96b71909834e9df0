"""Arrays of a file turned into arrays of ours, whole columns at a time; each cell that resists is marked with why."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from setsail.base.arrays import F64, Bool
from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.base.period import parse_day, parse_period
from setsail.base.tables import MAX_FIELD
from setsail.base.units import unit
from setsail.store.readers.maps import Form, Rule
from setsail.store.readers.sheet_scan import ERRORS

T = TypeVar("T")
UTC_US = pa.timestamp("us", "UTC")
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
WHOLE_MAX = 2.0**53
ERRORS_ARRAY = pa.array(sorted(ERRORS))


@dataclass(slots=True)
class Converted:
    """One column of ours: an array where refused and missing cells are null, and the cells refused by reason."""

    values: pa.Array
    faults: list[tuple[Bool, str]] = field(default_factory=list)


def convert(array: pa.Array, rule: Rule, form: Form) -> Converted:
    """The column that a rule makes of an array; nulls are missing values."""
    return _CONVERTERS[rule.column.dtype](array, rule, form)


def storage_type(dtype: str) -> pa.DataType:
    """The Arrow type in which a column of that dtype is stored."""
    return _STORED[dtype]


def texts(array: pa.Array, missing: tuple[str, ...]) -> pa.Array:
    """Text without outer blanks; null where it is one of `missing` or empty."""
    if not pt.is_string(array.type):
        array = _number_text(array) if pt.is_floating(array.type) else array.cast(pa.string())
    trimmed = pc.utf8_trim_whitespace(array)
    gone = pc.is_in(trimmed, value_set=pa.array(sorted({"", *missing}), pa.string()))
    return pc.if_else(gone, pa.scalar(None, pa.string()), trimmed)


def mask(array: pa.Array) -> Bool:
    """A boolean Arrow array as numpy, nulls false."""
    return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def by_unique(array: pa.Array, make: Callable[[str], T], kind: pa.DataType) -> tuple[pa.Array, Bool]:
    """`make` of each different text, spread to all rows; second: (n,) true where it raised BadInput or ValueError."""
    coded = array.dictionary_encode()
    made: list[T | None] = []
    bad: list[bool] = []
    for text in coded.dictionary.to_pylist():
        try:
            made.append(make(text))
            bad.append(False)
        except (BadInput, ValueError, OverflowError):
            made.append(None)
            bad.append(True)
    values = pa.array(made, kind).take(coded.indices)
    return values, mask(pa.array(bad, pa.bool_()).take(coded.indices)) if bad else np.zeros(len(array), np.bool_)


def numbers(array: pa.Array, form: Form, missing: tuple[str, ...]) -> tuple[F64, Bool, Bool]:
    """Values (n,), which are missing (n,), which are no number (n,); both leave NaN."""
    if (
        pt.is_integer(array.type)
        or pt.is_floating(array.type)
        or pt.is_decimal(array.type)
        or pt.is_boolean(array.type)
    ):
        values = _float(array.cast(pa.float64(), safe=False))
        gone = mask(pc.is_null(array)) | _numerically_missing(values, missing)
        return np.where(gone, np.nan, values), gone, np.zeros(len(array), np.bool_)
    text = texts(array, missing)
    gone = mask(pc.is_null(text))
    plain = _plain_numbers(text, form)
    try:
        return _float(pc.cast(plain, pa.float64())), gone, np.zeros(len(array), np.bool_)
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(plain, NUMBER)
        infinite = pc.match_substring_regex(plain, r"^[+-]?(nan|inf|infinity)$", ignore_case=True)
        kept = pc.if_else(pc.or_(good, infinite), plain, pa.scalar(None, pa.string()))
        kept = pc.replace_substring_regex(kept, r"^\+", "")
        bad = ~mask(pc.or_(good, infinite)) & ~gone
        return _float(pc.cast(kept, pa.float64())), gone, bad


def _text(array: pa.Array, rule: Rule, form: Form) -> Converted:
    values, strange = _words(texts(array, (*form.missing, *rule.missing)), rule)
    too_long = mask(pc.greater(pc.binary_length(values), MAX_FIELD))
    broken = mask(pc.is_in(values, value_set=ERRORS_ARRAY))
    faults = [
        (strange, f"is not one of {', '.join(rule.values)}"),
        (too_long, f"is longer than {MAX_FIELD:,} bytes"),
        (broken, "is a spreadsheet error"),
    ]
    return Converted(_without(values, strange | too_long | broken), faults)


def _choice(array: pa.Array, rule: Rule, form: Form) -> Converted:
    values, strange = _words(texts(array, (*form.missing, *rule.missing)), rule)
    strange |= mask(pc.is_valid(values)) & ~mask(pc.is_in(values, value_set=pa.array(rule.column.choices, pa.string())))
    allowed = ", ".join(rule.values or rule.column.choices)
    return Converted(_without(values, strange), [(strange, f"is not one of {allowed}")])


def _number(array: pa.Array, rule: Rule, form: Form) -> Converted:
    strange = np.zeros(len(array), np.bool_)
    if rule.values:
        array, strange = _words(texts(array, (*form.missing, *rule.missing)), rule)
    values, gone, bad = numbers(array, form, (*form.missing, *rule.missing))
    faults = [(strange | bad, "is not a number"), (~np.isfinite(values) & ~gone & ~bad, "is NaN or infinite")]
    if rule.factor != 1.0:
        values = values * rule.factor
    if rule.column.dtype == "int":
        with np.errstate(invalid="ignore"):
            broken = np.isfinite(values) & ((values != np.rint(values)) | (np.abs(values) > WHOLE_MAX))
        faults.append((broken, "is not a whole number"))
    if rule.column.limit is not None and rule.column.dtype not in {"lon", "lat"}:
        faults += _outside(values, rule.column.limit)
    refused = gone | np.any([fault for fault, _ in faults], axis=0)
    kept = np.where(refused, 0.0, values)
    if rule.column.dtype == "int":
        return Converted(pa.array(kept.astype(np.int64), pa.int64(), mask=refused), faults)
    return Converted(pa.array(kept, pa.float64(), mask=refused), faults)


def _outside(values: F64, limit: Limit) -> list[tuple[Bool, str]]:
    with np.errstate(invalid="ignore"):
        low, high = values < limit.low, values > limit.high
    text = limit.text()
    return [
        (low, "is negative" if limit.low == 0 else f"is below {text}"),
        (high, f"is above {text}"),
    ]


def _day(array: pa.Array, rule: Rule, form: Form) -> Converted:
    if pt.is_date(array.type) or pt.is_timestamp(array.type):
        return Converted(array.cast(pa.date32(), safe=False))
    if rule.format in {"unix_s", "unix_ms"} or "%" in rule.format:
        moments = _time(array, rule, form)
        local = pc.local_timestamp(pc.cast(moments.values, pa.timestamp("us", rule.timezone)))
        return Converted(pc.cast(local, pa.date32(), safe=False), moments.faults)
    text = texts(array, (*form.missing, *rule.missing))
    values, bad = by_unique(text, parse_day, pa.date32())
    return Converted(values, [(bad, "is not a day YYYY-MM-DD")])


def _time(array: pa.Array, rule: Rule, form: Form) -> Converted:
    if pt.is_timestamp(array.type):
        zoned = (
            array.cast(UTC_US, safe=False)
            if array.type.tz
            else _in_zone(array.cast(pa.timestamp("us"), safe=False), rule)
        )
        return Converted(zoned)
    if pt.is_date(array.type):
        return Converted(_in_zone(array.cast(pa.timestamp("us")), rule))
    if rule.format in {"unix_s", "unix_ms"}:
        return _epoch(array, rule, form)
    text = texts(array, (*form.missing, *rule.missing))
    if "%" in rule.format:
        return _patterned(text, rule)
    try:
        return Converted(_in_zone(pc.cast(text, pa.timestamp("us")), rule))
    except pa.ArrowInvalid:
        zone = ZoneInfo(rule.timezone)
        values, bad = by_unique(text, lambda moment: _moment(moment, zone), UTC_US)
        return Converted(values, [(bad, "is not a time such as 2024-03-31T08:00:00+08:00")])


def _patterned(text: pa.Array, rule: Rule) -> Converted:
    naive = pc.strptime(text, rule.format, "us", error_is_null=True)
    bad = mask(pc.is_null(naive)) & mask(pc.is_valid(text))
    if bad.any():  # spreadsheets hold times as such, whatever the pattern of the text beside them
        zone = ZoneInfo(rule.timezone)
        others, wrong = by_unique(pc.if_else(pa.array(bad), text, None), lambda moment: _moment(moment, zone), UTC_US)
        values = pc.coalesce(_in_zone(naive, rule), others)
        return Converted(values, [(bad & wrong, f"is not a time of the form {rule.format}")])
    return Converted(_in_zone(naive, rule))


def _epoch(array: pa.Array, rule: Rule, form: Form) -> Converted:
    values, gone, bad = numbers(array, form, (*form.missing, *rule.missing))
    scale = 1e6 if rule.format == "unix_s" else 1e3
    with np.errstate(invalid="ignore", over="ignore"):
        wrong = ~gone & ~bad & ~((values >= 0) & (values * scale < 253_402_300_800e6))
    refused = gone | bad | wrong
    micros = np.rint(np.where(refused, 0.0, values) * scale).astype(np.int64)
    seconds = "seconds" if rule.format == "unix_s" else "milliseconds"
    faults = [(bad, "is not a number"), (wrong, f"is no time: {seconds} since 1970 are meant")]
    return Converted(pa.array(micros, pa.int64(), mask=refused).cast(UTC_US), faults)


def _period(array: pa.Array, rule: Rule, form: Form) -> Converted:
    text = texts(array, (*form.missing, *rule.missing))
    values, bad = by_unique(text, lambda period: parse_period(period).text, pa.string())
    return Converted(values, [(bad, "is not YYYY, YYYY-Qn, YYYY-MM or YYYY-MM-DD")])


def _unit(array: pa.Array, rule: Rule, form: Form) -> Converted:
    text, strange = _words(texts(array, (*form.missing, *rule.missing)), rule)
    values, bad = by_unique(text, lambda name: unit(name).unit, pa.string())
    return Converted(values, [(bad | strange, "is not a known unit")])


def _quadkey(array: pa.Array, rule: Rule, form: Form) -> Converted:
    values = texts(array, (*form.missing, *rule.missing))
    bad = mask(pc.is_valid(values)) & ~mask(pc.match_substring_regex(values, r"^[0-3]{1,23}$"))
    return Converted(_without(values, bad), [(bad, "is not a quadkey: 1 to 23 digits from 0 to 3")])


def _h3(array: pa.Array, rule: Rule, form: Form) -> Converted:
    import h3ronpy  # noqa: PLC0415 - only this kind needs it

    if pt.is_integer(array.type):
        gone = mask(pc.is_null(array))
        cells = pc.fill_null(array.cast(pa.int64(), safe=False), 0).cast(pa.uint64(), safe=False)
        parsed = pa.array(cells.to_numpy(), pa.uint64(), mask=~_valid_cells(cells))
    else:
        text = texts(array, (*form.missing, *rule.missing))
        gone = mask(pc.is_null(text))
        hexes = pc.if_else(pc.match_substring_regex(text, r"^[0-9a-fA-F]{15,16}$"), pc.utf8_lower(text), None)
        parsed = pa.array(h3ronpy.cells_parse(hexes, set_failing_to_invalid=True))
    level = np.asarray(pa.array(h3ronpy.cells_resolution(pc.drop_null(parsed))).to_numpy(zero_copy_only=False))
    found = mask(pc.is_valid(parsed))
    other = np.zeros(len(array), np.bool_)
    other[np.flatnonzero(found)[level != 9]] = True
    faults = [(~found & ~gone, "is not an H3 cell"), (other, "is an H3 cell of another resolution than 9")]
    return Converted(_without(parsed.cast(pa.int64()), other), faults)


def _valid_cells(cells: pa.Array) -> Bool:
    import h3ronpy  # noqa: PLC0415

    return mask(pa.array(h3ronpy.cells_valid(cells, booleanarray=True)))


def _words(values: pa.Array, rule: Rule) -> tuple[pa.Array, Bool]:
    """Their words as ours; second: (n,) words that the rule lists nowhere and refuses."""
    if not rule.values:
        return values, np.zeros(len(values), np.bool_)
    coded = values.dictionary_encode()
    theirs = coded.dictionary.to_pylist()
    listed = [text in rule.values for text in theirs]
    spare = (lambda text: text) if rule.other == "keep" else (lambda _text: None)
    ours = [(rule.values[text] or None) if known else spare(text) for text, known in zip(theirs, listed, strict=True)]
    strange = np.zeros(len(values), np.bool_)
    if rule.other == "refuse" and theirs:
        strange = ~mask(pa.array(listed, pa.bool_()).take(coded.indices)) & mask(pc.is_valid(values))
    return pa.array(ours, pa.string()).take(coded.indices), strange


def _plain_numbers(text: pa.Array, form: Form) -> pa.Array:
    """Numbers as text with a point for the decimals and nothing between the thousands."""
    if form.thousands:
        text = pc.replace_substring(text, form.thousands, "")
    if form.decimal == ",":
        text = pc.replace_substring(pc.replace_substring(text, ".", "?"), ",", ".")
    return text


def _number_text(array: pa.Array) -> pa.Array:
    whole = pc.and_(pc.is_finite(array), pc.equal(pc.round(array), array))
    try:
        return pc.if_else(whole, array.cast(pa.int64(), safe=False).cast(pa.string()), array.cast(pa.string()))
    except pa.ArrowInvalid:
        return array.cast(pa.string())


def _numerically_missing(values: F64, missing: tuple[str, ...]) -> Bool:
    gone = np.zeros(len(values), np.bool_)
    for word in missing:
        try:
            number = float(word)
        except ValueError:
            continue
        gone |= np.isnan(values) if math.isnan(number) else values == number
    return gone


def _float(array: pa.Array) -> F64:
    return np.array(array.to_numpy(zero_copy_only=False), dtype=np.float64)


def _without(values: pa.Array, refused: Bool) -> pa.Array:
    return pc.if_else(pa.array(refused), pa.scalar(None, values.type), values) if refused.any() else values


def _in_zone(naive: pa.Array, rule: Rule) -> pa.Array:
    zoned = pc.assume_timezone(naive, rule.timezone, ambiguous="earliest", nonexistent="earliest")
    return zoned.cast(UTC_US)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def today_everywhere(recorded_at: datetime) -> date:
    """The latest calendar day on Earth at that time: a day after it lies in the future for everybody."""
    return recorded_at.astimezone(ZoneInfo("Etc/GMT-14")).date()


_CONVERTERS: dict[str, Callable[[pa.Array, Rule, Form], Converted]] = {
    "text": _text,
    "choice": _choice,
    "int": _number,
    "float": _number,
    "lon": _number,
    "lat": _number,
    "day": _day,
    "time": _time,
    "period": _period,
    "unit": _unit,
    "h3": _h3,
    "quadkey": _quadkey,
}
_STORED: dict[str, pa.DataType] = {
    "text": pa.string(),
    "choice": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "lon": pa.float64(),
    "lat": pa.float64(),
    "day": pa.date32(),
    "time": UTC_US,
    "period": pa.string(),
    "unit": pa.string(),
    "h3": pa.int64(),
    "quadkey": pa.string(),
    "region": pa.int32(),
}
