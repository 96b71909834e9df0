from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from setsail.base.errors import NotComputable, UnknownName
from setsail.monitor.index.results import records
from setsail.monitor.index.source import IndexSource, load
from setsail.monitor.index.study import compute


def computed(**source: object) -> list[dict[str, object]]:
    inputs = load(IndexSource(framework="set-sail", **source))  # type: ignore[arg-type]
    return records(compute(inputs.framework, inputs.data, inputs.pipeline))


def test_index_of_the_provinces_rests_on_stations_alone_and_says_so() -> None:
    found = computed()
    assert len(found) == 31
    assert [r["rank"] for r in found] == list(range(1, 32))
    for record in found:
        assert record["partial"]
        assert record["coverage"] == pytest.approx(1 / 6)  # half of one of three groups
        assert record["missing"] == ["industry", "users"]
    assert found[0]["name"] == "Beijing"
    assert found[0]["scores"]["Index"] == pytest.approx(100 * 61.38 / 38)  # type: ignore[index]


def test_index_of_the_regions_holds_users_and_network() -> None:
    found = computed(geography="regions", periods=("2024-06",))
    assert {r["unit"] for r in found} == {"CN-EAST", "CN-CENTRAL", "CN-WEST", "CN-NORTHEAST"}
    assert all(r["missing"] == ["industry"] for r in found)
    assert [r["coverage"] for r in found] == pytest.approx([1 / 3] * 4)
    assert found[0]["unit"] == "CN-EAST"


def test_region_rate_is_the_numerator_over_the_sum_of_its_provinces() -> None:
    """East, September 2023: 148.3 ten-thousand stations over the year-end populations of ten provinces."""
    inputs = load(IndexSource(framework="set-sail", geography="regions", periods=("2023-09",)))
    row = inputs.data.units.index("CN-EAST")
    column = inputs.framework.codes.index("base_stations_5g_per_10k")
    assert inputs.data.values[row, column] == pytest.approx(26.2, abs=0.15)


def test_index_as_known_on_a_day_rests_on_what_was_known_then() -> None:
    early = computed(known_on=date(2023, 12, 31))
    assert {r["time"] for r in early} == {"2022-12"}
    with pytest.raises(NotComputable, match="no observation"):
        computed(known_on=date(2020, 1, 1))


def test_panel_of_provinces_is_comparable_over_the_years() -> None:
    inputs = load(IndexSource(framework="set-sail", periods=("2021", "2022", "2023", "2024")))
    result = compute(inputs.framework, inputs.data, inputs.pipeline)
    assert result.data.panel
    beijing = [result.index[r] for r in range(len(result.data.units)) if result.data.units[r] == "110000"]
    np.testing.assert_allclose(np.array(beijing) * 38 / 100, [23.76, 34.8, 48.95, 61.38])


@pytest.mark.parametrize(
    ("source", "match"), [({"geography": "moons"}, "provinces, regions"), ({"periods": ("1999",)}, "2021-12")]
)
def test_unknown_geography_or_period_is_refused_with_those_that_are_there(
    source: dict[str, object], match: str
) -> None:
    with pytest.raises(UnknownName, match=match):
        computed(**source)
