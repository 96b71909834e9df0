import math

import numpy as np
import pytest

from setsail.base.errors import OutOfRange, UnknownName
from setsail.radio.hotspot.options import generator, layout, options


def test_hall_has_twelve_sites_at_twenty_metres_in_its_middle() -> None:
    hall = layout(12)
    assert hall.hall_m == (120.0, 50.0)
    assert hall.site_m.shape == (12, 2)
    np.testing.assert_allclose(hall.site_m.mean(axis=0), [60.0, 25.0])
    apart = np.hypot(*(hall.site_m[:, None] - hall.site_m[None]).transpose(2, 0, 1)) + 1e9 * np.eye(12)
    np.testing.assert_allclose(apart.min(axis=1), 20.0)
    assert "RP-180524" in hall.source


def test_one_trxp_a_site_points_to_the_ground_and_three_look_twenty_degrees_down() -> None:
    assert [one.downtilt_rad for one in layout(12).mountings] == pytest.approx([math.pi / 2])
    assert [math.degrees(one.azimuth_rad) for one in layout(36).mountings] == pytest.approx([30.0, 150.0, 270.0])
    assert {round(math.degrees(one.downtilt_rad), 9) for one in layout(36).mountings} == {20.0}


def test_set_up_is_that_of_the_evaluation() -> None:
    budget = layout(12).budget
    assert (budget.tx_power_dbm, budget.carrier.fc_hz, budget.carrier.n_rb, budget.noise_figure_db) == (24, 4e9, 106, 7)
    assert (layout(12).h_bs_m, layout(12).h_ut_m, layout(12).element.peak_dbi) == (3.0, 1.5, 5.0)
    assert options(trxp=36).ues == 360
    assert options(ues_per_trxp=1).ues == 12


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"runs": 0}, OutOfRange, "runs"),
        ({"runs": 100_001}, OutOfRange, "runs"),
        ({"office": "closed"}, UnknownName, "open, mixed"),
        ({"trxp": 13}, OutOfRange, "12, 36"),
        ({"ues_per_trxp": 0}, OutOfRange, "ues_per_trxp"),
        ({"load": 1.01}, OutOfRange, "load_ratio"),
        ({"load": math.nan}, OutOfRange, "load_ratio"),
        ({"gain": "rays"}, UnknownName, "multipath, direct"),
        ({"bearing_deg": 91.0}, OutOfRange, "bearing_deg"),
    ],
)
def test_option_that_cannot_be_is_refused(given: dict[str, object], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        options(**given)  # type: ignore[arg-type]


def test_seed_below_zero_is_refused() -> None:
    generator(0)
    with pytest.raises(OutOfRange, match="seed"):
        generator(-1)
