from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from setsail.base.errors import NotComputable
from setsail.monitor.index.compare import Stages, compare
from setsail.monitor.index.reports import comparison_record
from setsail.monitor.index.source import Changes, Inputs, changed
from tests.monitor.index import samples


def stages(*, restated: bool = False, newer: bool = False, method: bool = False) -> Stages:
    rng = np.random.default_rng(5)
    first = samples.inputs(10)
    x = first.data.values
    second = x + rng.normal(0, 1, x.shape) if restated else x
    third = second + rng.normal(0, 2, x.shape) if newer else second
    old = [replace(first, data=samples.data(v)) for v in (x, second, third)]
    changes = Changes(normalise="rank", aggregate="copeland")
    new = [replace(i, pipeline=changed(i.pipeline, changes)) for i in old] if method else old
    return Stages((old[0], old[1], old[2]), (new[0], new[1], new[2]))


@pytest.mark.parametrize("only", ["restated", "newer", "method"])
def test_change_of_one_kind_is_given_to_that_kind_alone(only: str) -> None:
    found = compare(stages(**{only: True}))
    place = {"restated": 0, "newer": 1, "method": 2}[only]
    assert any(c.rank_after != c.rank_before for c in found.changes)
    for change in found.changes:
        effects = np.array(change.rank_effects)
        assert effects[place] == pytest.approx(change.rank_after - change.rank_before)
        np.testing.assert_allclose(np.delete(effects, place), 0, atol=1e-12)


def test_three_effects_sum_to_the_whole_change_of_rank_and_score() -> None:
    found = compare(stages(restated=True, newer=True, method=True))
    for change in found.changes:
        assert sum(change.rank_effects) == pytest.approx(change.rank_after - change.rank_before)
        assert sum(change.score_effects) == pytest.approx(change.score_after - change.score_before)
    record = comparison_record(found)
    assert len(record["changes"]) == 10
    assert sum(c["rank_by_method"] for c in record["changes"]) == pytest.approx(
        sum(c["rank_change"] - c["rank_by_data"] - c["rank_by_restatement"] for c in record["changes"])
    )


def test_unit_that_one_run_lacks_is_listed_apart() -> None:
    made = stages(newer=True)
    last: Inputs = replace(made.old_method[2], data=made.old_method[2].data.take(np.arange(9)))
    new = (*made.old_method[:2], last)
    found = compare(Stages((new[0], new[1], new[2]), (new[0], new[1], new[2])))
    assert found.only_before == ("u10",)
    assert len(found.changes) == 9


def test_panel_is_refused_with_the_options_that_name_a_time() -> None:
    made = stages()
    panel = replace(made.old_method[0], data=replace(made.old_method[0].data, times=("1", "2") * 5))
    with pytest.raises(NotComputable, match="--period-after"):
        compare(Stages((panel, panel, panel), (panel, panel, panel)))
