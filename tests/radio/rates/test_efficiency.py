"""SINR to efficiency: origin, order, edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.rates.efficiency import MODELS, cqi, link_model, rate_bps, shannon_sinr_db, thresholds_db
from setsail.standards.radio import cqi_table

SINR = st.floats(-60, 60)


@given(SINR, st.floats(0, 20), st.sampled_from(MODELS), st.sampled_from(["dl", "ul"]))
def test_no_model_falls_with_sinr_or_passes_shannon(sinr: float, more: float, name: str, direction: str) -> None:
    model = link_model(name, direction)
    low, high = model.efficiency([sinr, sinr + more])
    assert low <= high
    assert 0 <= low <= math.log2(1 + 10 ** (sinr / 10)) + 1e-12


@pytest.mark.parametrize("table", [1, 2, 3, 4])
def test_each_cqi_begins_at_its_threshold(table: int) -> None:
    thresholds, _ = thresholds_db(table)
    assert list(thresholds) == sorted(thresholds)
    model = link_model("cqi", "dl", table)
    for scheme, sinr in zip(cqi_table(table), thresholds, strict=True):
        assert cqi([sinr, np.nextafter(sinr, -99)], table).tolist() == [scheme.index, scheme.index - 1]
        assert model.efficiency(sinr) == scheme.efficiency


def test_thresholds_of_the_64qam_table_are_those_of_the_named_source() -> None:
    thresholds, named = thresholds_db(1)
    assert named
    assert (thresholds[0], thresholds[6], thresholds[14]) == (-6.934, 4.697, 19.83)


def test_schemes_shared_between_tables_share_their_threshold_and_others_keep_the_gap_to_shannon() -> None:
    first = {(s.qm, s.rate_x1024): sinr for s, sinr in zip(cqi_table(1), thresholds_db(1)[0], strict=True)}
    for table in (2, 3, 4):
        thresholds, named = thresholds_db(table)
        assert not named
        for scheme, sinr in zip(cqi_table(table), thresholds, strict=True):
            if (scheme.qm, scheme.rate_x1024) in first:
                assert sinr == first[scheme.qm, scheme.rate_x1024]
            else:
                assert 1.5 < sinr - shannon_sinr_db(scheme.efficiency) < 3.5
    assert "assumption" in link_model("cqi", "dl", 2).origin
    assert "assumption" not in link_model("cqi", "dl", 1).origin


@pytest.mark.parametrize(
    ("name", "direction", "top"),
    [("m2101", "dl", 0.6 * math.log2(1 + 1e3)), ("m2101", "ul", 0.4 * math.log2(1 + 10**2.2)), ("tr36942", "dl", 4.4)],
)
def test_truncated_shannon_is_zero_below_minus_10_and_flat_at_its_top(name: str, direction: str, top: float) -> None:
    model = link_model(name, direction)
    assert model.efficiency([-10.001, 60.0]).tolist() == pytest.approx([0.0, top])
    assert model.efficiency(-10.0) == pytest.approx(model.alpha * math.log2(1.1))


def test_models_say_where_they_come_from_and_whether_that_was_checked() -> None:
    assert {name: link_model(name).verified for name in MODELS} == {
        "cqi": True, "m2101": True, "tr36942": False, "shannon": True,
    }  # fmt: skip
    assert not link_model("cqi", "dl", 4).verified
    assert link_model("m2101").origin.startswith("m2101 ")
    with pytest.raises(UnknownName, match="link model"):
        link_model("magic")


def test_infinite_sinr_gives_the_ends_and_nan_stays_nan() -> None:
    for name in ("cqi", "m2101"):
        model = link_model(name)
        low, high, none = model.efficiency([-math.inf, math.inf, math.nan])
        assert low == 0.0
        assert high == pytest.approx(model.efficiency(80.0))
        assert math.isnan(none)
    with pytest.raises(BadInput, match="NaN"):
        cqi([1.0, math.nan])


def test_rate_is_efficiency_times_layers_times_elements() -> None:
    got = rate_bps([[0.0, 40.0]], 273, 30e3, layers=4, overhead=0.14, share=0.5)
    elements = 273 * 12 * 28000 * 0.86 * 0.5
    assert got.shape == (1, 2)
    assert got[0, 1] == pytest.approx(4 * 8 * 948 / 1024 * elements)
    assert got[0, 0] == pytest.approx(4 * float(link_model().efficiency(0.0)) * elements)


@pytest.mark.parametrize(
    ("change", "word"),
    [({"layers": 0}, "layers"), ({"overhead": 1.0}, "overhead"), ({"share": 1.5}, "share"), ({"layers": 9}, "layers")],
)
def test_rate_outside_its_limits_is_refused(change: dict[str, float], word: str) -> None:
    with pytest.raises(OutOfRange, match=word):
        rate_bps(10.0, 100, 30e3, **change)  # type: ignore[arg-type]
    with pytest.raises(OutOfRange, match="prb"):
        rate_bps(10.0, 0, 30e3)
