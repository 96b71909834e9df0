"""Facts of the radio part: keys, subjects, marks, and what has no value."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from setsail.design.assess.keys import fact_keys
from setsail.design.assess.radio import facts
from setsail.design.indoor.maps import maps
from setsail.design.indoor.options import Macro, MapOptions
from tests.design.indoor.sites import N78, clinic, head, network

pytest.importorskip("numba", reason="needs the extra 'site'")
HEADS = tuple(head(f"H{k}", 5.0 + 7 * k, 6.5, f"C{k % 2}") for k in range(4))


def test_every_key_is_listed_and_every_listed_radio_key_is_stated() -> None:
    found = facts(clinic(), network(*HEADS))
    assert {f.key for f in found} == {key for key in fact_keys() if key.startswith("radio.")}
    for fact in found:
        key = fact_keys()[fact.key]
        assert fact.subject.split(":")[0] == key.subject
        assert fact.unit == key.unit
        assert fact.value is None or math.isfinite(fact.value)  # type: ignore[arg-type]


def test_facts_are_those_of_the_maps() -> None:
    site, sent = clinic(), network(*HEADS)
    made = maps(site, sent, MapOptions())
    found = {(f.key, f.subject): f for f in facts(site, sent, made)}
    floor = made.floors[0]
    k = floor.index("W00")
    assert found["radio.rsrp_dbm.p05", "room:W00"].value == pytest.approx(floor.rooms.quantile["rsrp_dbm"][k, 0])
    assert found["radio.covered_ratio", "room:W00"].value == pytest.approx(floor.rooms.covered_ratio[k])
    assert "head H0" in found["radio.rsrp_dbm.p05", "room:W00"].cause
    assert "lift car" in found["radio.covered_ratio", "room:L0"].cause


def test_what_has_no_input_says_why() -> None:
    found = {(f.key, f.subject): f for f in facts(clinic(), network(HEADS[0]))}
    second = found["radio.second_rsrp_dbm.p05", "room:W00"]
    assert (second.value, second.cause) == (None, "no other head is heard")
    assert found["radio.ingress_margin_db.p05", "room:W00"].value is None
    assert found["radio.dominance_db.p50", "room:W00"].value == 99.0
    assert found["radio.emc_field_ratio", "room:W00"].value is None


def test_the_macro_level_gives_an_ingress_margin() -> None:
    site, sent = clinic(), network(*HEADS)
    made = maps(site, sent, MapOptions(macro=Macro(-95.0)))
    found = {(f.key, f.subject): f.value for f in facts(site, sent, made)}
    assert found["radio.ingress_margin_db.p05", "room:W00"] is not None


def test_materials_outside_their_range_are_not_verified() -> None:
    low = replace(N78, carrier="n28", band="n28", fc_hz=0.773e9, bandwidth_hz=30e6, scs_hz=15e3, tdd="FDD")
    assert not any(f.verified for f in facts(clinic(), network(*HEADS, carrier=low)) if f.key == "radio.rsrp_dbm.p05")
    assert all(f.verified for f in facts(clinic(), network(*HEADS)) if f.key == "radio.rsrp_dbm.p05")
