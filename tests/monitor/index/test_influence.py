from __future__ import annotations

import numpy as np
import pytest

from setsail.base.errors import BadInput, NotComputable
from setsail.monitor.index.influence import correlated, drop, leave_one_out
from setsail.monitor.index.reports import influence_records
from setsail.monitor.index.study import compute
from setsail.monitor.index.tables import IndexData
from tests.monitor.index import samples


def test_index_without_an_indicator_equals_that_of_a_framework_that_never_had_it() -> None:
    made = samples.inputs(12)
    nominal, found = leave_one_out(made, 1)
    smaller, keep = drop(made.framework, "b")
    assert smaller.codes == ("a", "c")
    assert keep == [0, 2]
    plain = compute(smaller, samples.data(made.data.values[:, keep]), made.pipeline)
    shift = np.abs(plain.ranks - nominal.ranks).mean()
    assert next(i for i in found if i.code == "b").mean_shift == pytest.approx(shift)


def test_group_that_loses_its_last_indicator_goes_with_it() -> None:
    smaller, _ = drop(samples.framework(), "c")
    assert [a.code for a in smaller.aggregates] == ["left", "Index"]


def test_shares_of_a_level_sum_to_one_and_the_most_influential_comes_first() -> None:
    nominal, found = leave_one_out(samples.inputs(12), 2)
    assert sum(i.share for i in found) == pytest.approx(1)
    assert [i.mean_shift for i in found] == sorted((i.mean_shift for i in found), reverse=True)
    record = influence_records(nominal, found)[0]
    assert record["largest"]["rank"] != record["largest"]["rank_without"]


@pytest.mark.parametrize("level", [0, 3, 9])
def test_level_without_elements_is_refused(level: int) -> None:
    with pytest.raises(BadInput, match="1 to 2"):
        leave_one_out(samples.inputs(12), level)


def test_removing_the_only_branch_is_refused() -> None:
    smaller, _ = drop(samples.framework(), "right")
    with pytest.raises(NotComputable, match="nothing is left"):
        drop(smaller, "left")


def test_correlation_needs_three_units_and_a_range() -> None:
    a = np.array([1.0, 2.0, 4.0, np.nan])
    assert correlated(a, 2 * a) == pytest.approx(1)
    assert np.isnan(correlated(a, np.ones(4)))
    assert np.isnan(correlated(a[:2], a[:2]))


def test_data_of_one_indicator_cannot_lose_it() -> None:
    made = samples.inputs(12)
    assert isinstance(made.data, IndexData)
    smaller, keep = drop(made.framework, "left")
    assert (smaller.codes, keep) == (("c",), [2])
