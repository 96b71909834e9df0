import math
from pathlib import Path

import numpy as np
import pytest

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange
from setsail.radio.antenna.frame import DOWN, gain_towards_dbi
from setsail.radio.antenna.pattern_file import parse_pattern, read_pattern

HALF = math.pi / 2


def _file(gain: str = "GAIN 17.5 dBi", *, tilt: int = 0, step: int = 1, up: bool = False) -> str:
    """A synthetic sector antenna: the cuts of the TR 38.901 element, its vertical cut ten times narrower."""
    angles = range(0, 360, step)
    turn = [(a + 180) % 360 - 180 for a in angles]
    horizontal = [min(12 * (a / 65) ** 2, 30.0) for a in turn]
    sign = -1 if up else 1
    vertical = [min(12 * ((sign * a - tilt) / 6.5) ** 2, 30.0) for a in turn]
    lines = ["NAME Synthetic sector", "MAKE Example Antennas", "FREQUENCY 3500", gain, f"TILT {tilt}"]
    for key, cut in (("HORIZONTAL", horizontal), ("VERTICAL", vertical)):
        lines += [f"{key} {len(cut)}", *(f"{a} {loss:.4f}" for a, loss in zip(angles, cut, strict=True))]
    return "\n".join(lines) + "\n"


def test_file_gives_name_frequency_gain_and_its_own_cuts(tmp_path: Path) -> None:
    path = tmp_path / "sector.msi"
    path.write_text(_file(), encoding="utf-8")
    got = read_pattern(path)
    assert (got.name, got.frequency_hz, got.peak_dbi) == ("Synthetic sector", 3.5e9, 17.5)
    degrees = np.arange(-180, 180)
    cut = got.gain_dbi(HALF, np.radians(degrees))
    np.testing.assert_allclose(cut, 17.5 - np.minimum(12 * (degrees / 65) ** 2, 30), atol=1e-3)
    below = np.arange(-80, 81)
    cut = got.gain_dbi(HALF + np.radians(below), 0.0)
    np.testing.assert_allclose(cut, 17.5 - np.minimum(12 * (below / 6.5) ** 2, 30), atol=1e-3)


@pytest.mark.parametrize(
    ("line", "dbi"),
    [("GAIN 17.5 dBi", 17.5), ("GAIN 17.5dBi", 17.5), ("GAIN 15.35 dBd", 17.5), ("GAIN 15.35", 17.5)],
)
def test_gain_is_dbd_unless_the_file_says_dbi(line: str, dbi: float) -> None:
    got = parse_pattern(_file(line), "a.msi")
    assert got.peak_dbi == pytest.approx(dbi)
    assert any("read as dBd" in note for note in got.notes) == (line == "GAIN 15.35")


def test_electrical_tilt_of_a_file_looks_down_and_the_other_turn_looks_up() -> None:
    down = parse_pattern(_file(tilt=6), "a.msi")
    assert float(down.gain_dbi(HALF + math.radians(6), 0.0)) == pytest.approx(17.5)
    assert float(down.gain_dbi(HALF - math.radians(6), 0.0)) < 0.0
    again = parse_pattern(_file(tilt=6, up=True), "a.msi", vertical="up")
    np.testing.assert_allclose(again.vertical_db, down.vertical_db, atol=1e-9)


def test_horizontal_angles_run_clockwise_as_a_compass() -> None:
    text = _file().replace("\n90 23.0059\n", "\n90 1.0000\n", 1)
    got = parse_pattern(text, "a.msi")
    assert float(got.gain_dbi(HALF, -HALF)) == pytest.approx(16.5)
    assert float(got.gain_dbi(HALF, HALF)) < 0.0


def test_weighted_surface_turns_to_the_back_of_the_vertical_cut_and_the_sum_does_not() -> None:
    weighted = parse_pattern(_file(), "a.msi")
    plain = parse_pattern(_file(), "a.msi", method="sum")
    behind = (HALF + math.radians(20), math.pi)
    assert float(weighted.gain_dbi(*behind)) == pytest.approx(17.5 - 30.0)
    assert float(plain.gain_dbi(*behind)) == pytest.approx(17.5 - 60.0)
    near = (HALF + math.radians(2), math.radians(10))
    assert float(weighted.gain_dbi(*near)) == pytest.approx(float(plain.gain_dbi(*near)), abs=0.2)


def test_surface_never_passes_the_gain_and_mounts_as_any_pattern() -> None:
    got = parse_pattern(_file(tilt=6), "a.msi")
    rng = np.random.default_rng(3)
    gain = got.gain_dbi(rng.uniform(0, math.pi, 5000), rng.uniform(-math.pi, math.pi, 5000))
    assert gain.max() <= got.peak_dbi
    assert float(gain_towards_dbi(got, DOWN, 0.0, 0.0, -1.0)) == pytest.approx(17.5 - 10.225, abs=0.01)


def test_points_every_five_degrees_are_joined_linearly_in_db() -> None:
    got = parse_pattern(_file(step=5), "a.msi")
    between = float(got.gain_dbi(HALF, math.radians(12.5)))
    assert between == pytest.approx(17.5 - 12 * ((10 / 65) ** 2 + (15 / 65) ** 2) / 2, abs=1e-3)


def test_cuts_that_promise_more_power_than_is_fed_are_told() -> None:
    got = parse_pattern(_file("GAIN 30 dBi"), "a.msi")
    assert any("more than is fed" in note for note in got.notes)
    assert not any("more than is fed" in note for note in parse_pattern(_file(), "a.msi").notes)


def test_first_line_without_a_key_is_the_name_and_comments_may_repeat() -> None:
    bare = (
        _file()
        .replace("NAME Synthetic sector", "Synthetic 742 sector")
        .replace("FREQUENCY 3500", "COMMENT a\n\nCOMMENT b")
    )
    got = parse_pattern(bare, "a.msi")
    assert (got.name, got.frequency_hz) == ("Synthetic 742 sector", None)
    assert parse_pattern("a.msi\n" + _file(), "a.msi").name == "Synthetic sector"
    assert parse_pattern(_file().replace("NAME Synthetic sector\n", ""), "a.msi").name == "a.msi"


@pytest.mark.parametrize(
    ("text", "hertz"), [("3500", 3.5e9), ("3500 MHz", 3.5e9), ("3.5 GHz", 3.5e9), ("26e9 Hz", 26e9)]
)
def test_frequency_is_in_megahertz_unless_it_says_else(text: str, hertz: float) -> None:
    got = parse_pattern(_file().replace("FREQUENCY 3500", f"FREQUENCY {text}"), "a.msi")
    assert got.frequency_hz == pytest.approx(hertz)


def test_cut_that_never_reaches_the_gain_of_the_file_is_told() -> None:
    text = "\n".join(f"{a} 3" for a in range(0, 360, 5))
    got = parse_pattern(f"NAME n\nGAIN 0 dBi\nHORIZONTAL 72\n{text}\nVERTICAL 72\n{text}\n", "a.msi")
    assert any("nearer than 3 dB" in note for note in got.notes)


GOOD = _file()


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("", BadInput, "lacks section HORIZONTAL"),
        (GOOD.split("VERTICAL")[0], BadInput, "lacks section VERTICAL"),
        (GOOD[: GOOD.index("\n200 ")], BadInput, "has 200 of 360 points"),
        (GOOD[: GOOD.index("\n200 ") + 4], BadInput, "cut off"),
        (GOOD[:-200], BadInput, "of 360 points"),
        (GOOD.replace("GAIN 17.5 dBi\n", ""), BadInput, "lacks GAIN"),
        (_file("GAIN 17.5 dBm"), BadInput, "dBd, dBi"),
        (_file("GAIN many"), BadInput, "a number with dBd or dBi"),
        (_file("GAIN 99 dBi"), OutOfRange, "GAIN"),
        (GOOD.replace("FREQUENCY 3500", "FREQUENCY 3400-3800"), BadInput, "FREQUENCY"),
        (GOOD.replace("FREQUENCY 3500", "FREQUENCY 0"), BadInput, "above 0"),
        (GOOD.replace("FREQUENCY 3500", "FREQUENCY 9 cm"), BadInput, "GHz"),
        (GOOD.replace("HORIZONTAL 360", "HORIZONTAL many"), BadInput, "number of points"),
        (GOOD.replace("HORIZONTAL 360", "HORIZONTAL 359"), BadInput, "no section announces"),
        (GOOD.replace("\n7 ", "\n5 ", 1), BadInput, "goes from 6 to 5 degrees"),
        (GOOD.replace("\n7 ", "\n6 ", 1), BadInput, "angles that rise"),
        (GOOD.replace("\n359 ", "\n360 ", 1), OutOfRange, "angle"),
        (GOOD.replace("\n7 0.1392", "\n7 -0.1392", 1), OutOfRange, "without a sign"),
        (GOOD.replace("\n7 0.1392", "\n7 0,1392", 1), BadInput, "decimal sign"),
        (GOOD.replace("\n7 0.1392", "\n7 nan", 1), BadInput, "decimal sign"),
        (GOOD.replace("\n7 0.1392", "\nseven 0.1392", 1), BadInput, "an angle and a loss"),
        (GOOD.replace("\n7 0.1392", "\nTILT 0.1392", 1), BadInput, "an angle and a loss"),
        (GOOD + "VERTICAL 2\n0 0\n180 30\n", DuplicateKey, "repeats section VERTICAL"),
        (GOOD.replace("TILT 0", "GAIN 3 dBi"), DuplicateKey, "repeats GAIN of line 4"),
        (_file(step=20), BadInput, "leaves 20 degrees"),
    ],
)
def test_pattern_file_with_a_fault_is_refused_with_its_place(text: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told) as met:
        parse_pattern(text, "bad.msi")
    assert str(met.value).startswith("bad.msi")


def test_pattern_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        read_pattern(tmp_path / "none.msi")
    (tmp_path / "b.pln").write_bytes(b"\xff\xfe\x00NAME")
    with pytest.raises(BadInput, match="not UTF-8"):
        read_pattern(tmp_path / "b.pln")
