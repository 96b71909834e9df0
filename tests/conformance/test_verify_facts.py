"""Facts gathered from every room, and what the move of one head does to the judgement."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from setsail.conformance.profile_reader import profile
from setsail.conformance.verify_facts import Assessed, assess, gather, moved
from setsail.design.assess.keys import fact_keys
from setsail.design.network import folder as networks
from setsail.site import folder as sites
from tests.conformance.small import network, site


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Assessed:
    pytest.importorskip("numba")
    path: Path = tmp_path_factory.mktemp("site") / "ward"
    sites.write(site(ups_hours=3), path)
    flows = tuple(dataclasses.replace(f, cell="A") for f in network().flows)
    networks.write(dataclasses.replace(network(), flows=flows), path)
    return assess(path, profile("hospital"))


def test_every_gathered_fact_is_of_the_list_in_its_unit_and_stated_once(ward: Assessed) -> None:
    stated = [f for f in ward.facts if not f.key.startswith("declared.")]
    assert {f.key for f in stated} <= set(fact_keys())
    assert {(f.key, f.unit) for f in stated} == {(f.key, fact_keys()[f.key].unit) for f in stated}
    assert len({(f.key, f.subject) for f in stated}) == len(stated)


def test_every_computed_fact_of_the_shipped_profiles_is_stated_by_some_room(ward: Assessed) -> None:
    stated = {f.key for f in ward.facts}
    for name in ("hospital", "factory"):
        wanted = {c.fact for c in profile(name).checks if c.method == "computed"}
        assert wanted - stated == set(), name


def test_what_is_declared_twice_is_read_from_the_site_once(ward: Assessed) -> None:
    (one,) = [f for f in ward.judged.findings if f.rule == "reliability.ups"]
    assert (one.verdict, one.met) == ("pass", 3)


def test_moved_head_gives_what_a_whole_judgement_gives(ward: Assessed) -> None:
    after = moved(ward, "H1", 2.0, 2.0)
    whole = {(f.key, f.subject): f for f in gather(ward.site, after.network)}
    assert {(f.key, f.subject) for f in after.facts} == {k for k in whole if not k[0].startswith("declared.")}
    for fact in after.facts:
        if isinstance(fact.value, float):
            assert fact.value == pytest.approx(whole[fact.key, fact.subject].value, rel=1e-4, abs=1e-4), fact.key
    assert 0 < after.judged.judged < len(after.judged.findings)


def test_head_moved_to_where_it_is_changes_no_verdict(ward: Assessed) -> None:
    after = moved(ward, "H1", 1.0, 1.0)
    before = [(f.rule, f.subject, f.verdict) for f in ward.judged.findings]
    assert [(f.rule, f.subject, f.verdict) for f in after.judged.findings] == before
