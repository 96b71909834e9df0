"""Outliers among regions."""

from dataclasses import replace

from setsail.monitor.reconcile.space import space_findings
from setsail.standards import facts


def test_density_ten_times_too_large_is_an_outlier_in_space() -> None:
    seen = facts.observations()
    rows = [o for o in seen if (o.indicator, o.period.text) == ("base_stations_5g_per_10k", "2023-12")]
    panel = [o for o in rows if o.definition == "yearbook-series"]
    assert len(panel) == 31
    spoiled = [replace(o, value=o.value * 10) if o.region == "370000" else o for o in panel]
    assert [f.region for f in space_findings(spoiled)] == ["370000"]


def test_counts_are_not_compared_between_regions_of_any_size() -> None:
    seen = facts.observations()
    rows = [o for o in seen if (o.indicator, o.period.text) == ("base_stations_5g", "2023-11-30")]
    assert len(rows) > 30
    assert list(space_findings(rows)) == []


def test_few_peers_are_not_judged() -> None:
    seen = facts.observations()
    rows = [o for o in seen if o.indicator == "base_stations_5g_share" and o.region.startswith("CN-")]
    assert list(space_findings([replace(o, value=o.value * 50) if i == 0 else o for i, o in enumerate(rows)])) == []
