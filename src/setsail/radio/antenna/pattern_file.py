"""Reading of pattern files in the MSI Planet form (.msi, .pln), strictly: what is wrong is named with its line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, DuplicateKey
from setsail.base.limits import Limit
from setsail.base.tables import read_text
from setsail.radio.antenna.cuts import CutPattern, Method
from setsail.radio.antenna.frame import radiated_ratio

Turn = Literal["down", "up"]
"""Whether the vertical angles run from the boresight over the nadir (the usual way) or over the zenith."""
DBD_IN_DBI = 2.15
"""Gain of a half-wave dipole over an isotropic radiator [dB]."""
WIDEST_GAP_DEG = 10.0
ANGLE_DEG = Limit("angle", 0.0, 360.0, "MSI Planet form", "[)")
LOSS_DB = Limit("loss", 0.0, 200.0, "MSI Planet form: losses are written without a sign")
GAIN_DBI = Limit("gain", -30.0, 60.0, "assumption")
RADIATED_TOP = 1.25
"""Power radiated over power fed above which two cuts are told to promise too much: 1 dB."""
UNITS = {"dbi": 0.0, "dbd": DBD_IN_DBI, "": DBD_IN_DBI}
HERTZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9, "": 1e6}
USED = ("NAME", "GAIN", "FREQUENCY")
KEYS = (*USED, "MAKE", "H_WIDTH", "V_WIDTH", "FRONT_TO_BACK", "TILT", "POLARIZATION", "COMMENT")
"""Of the form; a first line without one of them is the name, as some makers leave the word out."""
QUANTITY = re.compile(r"^([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z]*)$")


@dataclass(slots=True)
class _Section:
    line: int
    announced: int
    angles: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    where: str
    title: str = ""
    values: dict[str, tuple[int, str]] = field(default_factory=dict)
    sections: dict[str, _Section] = field(default_factory=dict)
    open: _Section | None = None


def read_pattern(path: Path, *, method: Method = "weighted", vertical: Turn = "down") -> CutPattern:
    """The antenna of an MSI Planet file.

    method : how the cuts become a surface;  vertical : which way the vertical angles run.
    Raises BadInput (missing, unreadable or cut-off file, section or value; angles out of order; unknown unit),
    DuplicateKey (a section or key twice), OutOfRange.
    """
    return parse_pattern(read_text(path), path.name, method=method, vertical=vertical)


def parse_pattern(text: str, where: str, *, method: Method = "weighted", vertical: Turn = "down") -> CutPattern:
    """As `read_pattern`, from text; `where` names it in errors."""
    reading = _Reading(where)
    for line, content in enumerate(text.splitlines(), start=1):
        if content.strip():
            _take(reading, line, content.split())
    horizontal = _cut(reading, "HORIZONTAL")
    downwards = _cut(reading, "VERTICAL")
    if vertical == "up":
        downwards = _mirrored(*downwards)
    gain, notes = _gain(reading)
    name = reading.values.get("NAME", (0, reading.title or where))[1]
    found = CutPattern(name, gain, _frequency(reading), *horizontal, *downwards, method)
    return replace(found, notes=notes + _findings(found))


def _take(reading: _Reading, line: int, words: list[str]) -> None:
    key = words[0].upper()
    if key in ("HORIZONTAL", "VERTICAL"):
        _open(reading, key, line, words)
    elif reading.open and len(reading.open.angles) < reading.open.announced and _is_number(words[0]):
        _point(reading, line, words)
    elif _is_number(words[0]) and len(words) == 2:
        raise BadInput(
            "holds a point that no section announces", where=f"{reading.where}:{line}",
            allowed="as many points as stand after HORIZONTAL and VERTICAL",
        )  # fmt: skip
    elif reading.open and len(reading.open.angles) < reading.open.announced:
        raise BadInput(f"is {' '.join(words)!r}", where=f"{reading.where}:{line}", allowed="an angle and a loss")
    else:
        _value(reading, key, line, words)


def _value(reading: _Reading, key: str, line: int, words: list[str]) -> None:
    if not reading.values and not reading.sections and key not in KEYS:
        reading.title = " ".join(words)
    elif key not in USED:
        return
    elif key in reading.values:
        raise DuplicateKey(f"repeats {key} of line {reading.values[key][0]}", where=f"{reading.where}:{line}")
    else:
        reading.values[key] = (line, " ".join(words[1:]))


def _open(reading: _Reading, key: str, line: int, words: list[str]) -> None:
    at = f"{reading.where}:{line}"
    if key in reading.sections:
        raise DuplicateKey(f"repeats section {key} of line {reading.sections[key].line}", where=at)
    if len(words) != 2 or not words[1].isdecimal() or not 2 <= int(words[1]) <= 100_000:
        raise BadInput(f"is {' '.join(words)!r}", where=at, allowed=f"{key} and the number of points, such as 360")
    _closed(reading)
    reading.open = reading.sections[key] = _Section(line, int(words[1]))


def _point(reading: _Reading, line: int, words: list[str]) -> None:
    section, at = reading.open, f"{reading.where}:{line}"
    if section is None:
        return
    if len(words) == 1:
        raise BadInput("is an angle without a loss", where=at, hint="the file is cut off: fetch it again")
    if len(words) != 2 or not _is_number(words[1]):
        raise BadInput(f"is {' '.join(words)!r}", where=at, allowed="an angle and a loss, with a point as decimal sign")
    angle, loss = float(words[0]), float(words[1])
    ANGLE_DEG.require(angle, f"{at} angle")
    LOSS_DB.require(loss, f"{at} loss")
    if section.angles and angle <= section.angles[-1]:
        raise BadInput(
            f"goes from {section.angles[-1]:g} to {angle:g} degrees", where=f"{at} angle", allowed="angles that rise"
        )
    section.angles.append(angle)
    section.losses.append(loss)


def _closed(reading: _Reading) -> None:
    section = reading.open
    if section and len(section.angles) < section.announced:
        raise BadInput(
            f"has {len(section.angles)} of {section.announced} points", where=f"{reading.where}:{section.line}",
            hint="the file is cut off or lacks lines: fetch it again",
        )  # fmt: skip


def _cut(reading: _Reading, key: str) -> tuple[F64, F64]:
    _closed(reading)
    if key not in reading.sections:
        raise BadInput(f"lacks section {key}", where=reading.where, allowed="HORIZONTAL and VERTICAL with their points")
    section = reading.sections[key]
    angles = np.array(section.angles)
    gaps = np.diff(np.append(angles, angles[0] + 360.0))
    if gaps.max() > WIDEST_GAP_DEG:
        raise BadInput(
            f"leaves {gaps.max():g} degrees without a point after {angles[gaps.argmax()]:g}",
            where=f"{reading.where}:{section.line} {key}", allowed=f"gaps up to {WIDEST_GAP_DEG:g} degrees",
        )  # fmt: skip
    return np.radians(angles), np.array(section.losses)


def _mirrored(angles: F64, losses: F64) -> tuple[F64, F64]:
    turned = np.mod(-angles, 2.0 * math.pi)
    order = np.argsort(turned)
    return turned[order], losses[order]


def _gain(reading: _Reading) -> tuple[float, tuple[str, ...]]:
    if "GAIN" not in reading.values:
        raise BadInput("lacks GAIN", where=reading.where, allowed="GAIN with dBd (the default) or dBi")
    line, text = reading.values["GAIN"]
    value, unit = _quantity(text, f"{reading.where}:{line} GAIN", "a number with dBd or dBi")
    if unit not in UNITS:
        raise BadInput(f"has the unit {unit!r}", where=f"{reading.where}:{line} GAIN", allowed="dBd, dBi")
    gain = value + UNITS[unit]
    GAIN_DBI.require(gain, f"{reading.where}:{line} GAIN")
    told = (f"GAIN has no unit and is read as dBd: {gain:g} dBi",) if not unit else ()
    return gain, told


def _frequency(reading: _Reading) -> float | None:
    if "FREQUENCY" not in reading.values:
        return None
    line, text = reading.values["FREQUENCY"]
    at = f"{reading.where}:{line} FREQUENCY"
    value, unit = _quantity(text, at, "one number, in MHz unless it says else")
    if unit not in HERTZ or not value > 0.0:
        raise BadInput(f"is {text!r}", where=at, allowed="a number above 0 in Hz, kHz, MHz or GHz")
    return value * HERTZ[unit]


def _quantity(text: str, at: str, allowed: str) -> tuple[float, str]:
    found = QUANTITY.match(text.strip())
    if not found:
        raise BadInput(f"is {text!r}", where=at, allowed=allowed)
    return float(found[1]), found[2].lower()


def _findings(pattern: CutPattern) -> tuple[str, ...]:
    """What the numbers say against each other."""
    told = []
    least = max(pattern.horizontal_db.min(), pattern.vertical_db.min())
    if least > 0.5:
        told.append(f"one cut never comes nearer than {least:g} dB to the gain of the file")
    radiated = radiated_ratio(pattern, zeniths=181, azimuths=360)
    if radiated > RADIATED_TOP:
        told.append(f"the cuts with this gain would radiate {10 * math.log10(radiated):.1f} dB more than is fed")
    return tuple(told)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
