"""The E-model: values that are printed or that others computed, and how R moves with each input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import OutOfRange, UnknownName
from setsail.conference.accept.quality import emodel
from setsail.standards import facts


def test_the_default_values_give_the_rating_of_the_recommendation() -> None:
    found = emodel.rating()
    assert found.r == pytest.approx(93.2, abs=0.05)  # printed with one decimal
    assert found.r == pytest.approx(93.206208, abs=5e-7)  # as an independent program prints it
    assert round(found.mos, 2) == 4.41
    assert (found.category, found.outside) == ("best", ())


@pytest.mark.parametrize(
    ("one_way_ms", "loss_ratio", "r", "mos"),
    [(150, 0.0, 89.5, 4.33), (400, 0.0, 62.2, 3.22), (100, 0.03, 80.5, 4.04)],
)
def test_delay_and_loss_give_the_values_computed_apart(
    one_way_ms: float, loss_ratio: float, r: float, mos: float
) -> None:
    found = emodel.of_call(one_way_ms, loss_ratio, "g711-plc")
    assert round(found.r, 1) == r
    assert round(found.mos, 2) == mos


@pytest.mark.parametrize(
    ("r", "mos"), [(-5, 1.0), (0, 1.0), (3, 1.0), (50, 2.575), (60, 3.1), (80, 4.024), (100, 4.5), (120, 4.5)]
)
def test_the_mean_opinion_score_follows_annex_b(r: float, mos: float) -> None:
    assert emodel.mos(r) == pytest.approx(mos, abs=1e-9)


@pytest.mark.parametrize(
    ("r", "category"),
    [(90, "best"), (89.999, "high"), (80, "high"), (79.999, "medium"), (70, "medium"), (60, "low"), (50, "poor"),
     (49.999, "not recommended")],
)  # fmt: skip
def test_a_category_begins_at_its_limit(r: float, category: str) -> None:
    assert emodel.category_of(r)[0] == category


def test_shares_of_good_and_poor_are_halves_at_sixty_and_forty_five() -> None:
    assert emodel._normal(0) == 0.5
    found = emodel.rating({"Ie": 33.206208})
    assert found.gob == pytest.approx(0.5, abs=1e-6)


def test_impairment_of_loss_with_burst_ratio_one_is_that_of_random_loss() -> None:
    assert emodel.effective_impairment(11, 19, 2) == pytest.approx(11 + 84 * 2 / 21)
    assert emodel.effective_impairment(11, 19, 0) == 11
    assert emodel.effective_impairment(11, 19, 2, 2) == pytest.approx(11 + 84 * 2 / 20)


def test_delay_up_to_a_tenth_of_a_second_does_not_count() -> None:
    assert emodel.absolute_delay(100) == 0.0
    assert 0 <= emodel.absolute_delay(100.001) < 1e-6
    assert emodel.absolute_delay(200) == pytest.approx(25 * (2 ** (1 / 6) - 3 * (1 + 3**-6) ** (1 / 6) + 2))


@given(st.floats(0, 500), st.floats(0, 500))
def test_more_delay_without_echo_never_sounds_better(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert emodel.rating({"Ta": high}).r <= emodel.rating({"Ta": low}).r


@given(st.floats(0, 0.2), st.floats(0, 0.2), st.sampled_from(sorted(emodel.codecs())), st.floats(1, 8))
def test_more_loss_never_sounds_better(one: float, other: float, codec: str, burst: float) -> None:
    low, high = sorted((one, other))
    worse = emodel.of_call(50, high, codec, burst_ratio=burst)
    assert worse.r <= emodel.of_call(50, low, codec, burst_ratio=burst).r + 1e-9


@given(st.floats(0.001, 0.2), st.floats(1, 8))
def test_loss_in_bursts_sounds_worse_than_random_loss(loss: float, burst: float) -> None:
    assert emodel.of_call(50, loss, "g711-plc", burst_ratio=burst).r <= emodel.of_call(50, loss, "g711-plc").r + 1e-9


@given(
    st.dictionaries(st.sampled_from(["SLR", "RLR", "STMR", "TELR", "WEPL", "qdu", "Nc", "Ps", "Pr"]), st.floats(0, 1))
)
def test_within_the_permitted_ranges_every_rating_is_a_number_with_a_score(shares: dict[str, float]) -> None:
    inputs = {}
    for symbol, share in shares.items():
        limit = emodel.parameters()[symbol].limit
        assert limit is not None
        inputs[symbol] = limit.low + share * (limit.high - limit.low)
    found = emodel.rating(inputs)
    assert found.outside == ()
    assert 1.0 <= found.mos <= 4.5
    assert found.r == pytest.approx(found.ro - found.is_ - found.id - found.ie_eff + found.a)


@given(st.floats(1, 4.5))
def test_more_loudness_loss_than_the_best_never_sounds_better(more: float) -> None:
    assert emodel.rating({"SLR": 8 + 2 * more}).r <= emodel.rating({"SLR": 8 + more}).r


def test_an_input_beyond_its_range_is_told_and_computed() -> None:
    found = emodel.rating({"Ppl": 20.1, "Ta": 500})
    assert found.outside == ("Ppl is 20.1, permitted [0, 20] (g107 Table 2)",)
    assert emodel.rating({"Ppl": 20.0}).outside == ()


@pytest.mark.parametrize(("symbol", "value"), [("Ppl", -0.1), ("qdu", 0.9), ("Ta", float("nan")), ("Nc", float("inf"))])
def test_an_input_without_meaning_is_refused(symbol: str, value: float) -> None:
    with pytest.raises(OutOfRange, match=symbol):
        emodel.rating({symbol: value})


def test_an_unknown_symbol_and_an_unknown_codec_are_refused() -> None:
    with pytest.raises(UnknownName, match="delay"):
        emodel.rating({"delay": 3})
    with pytest.raises(UnknownName, match="g711"):
        emodel.codec("mp3")


def test_every_row_of_the_tables_names_a_known_source_and_how_far_it_can_be_trusted() -> None:
    for table in ("emodel_parameters", "codecs", "g1070_video"):
        for row in facts.table(f"conference/{table}.csv"):
            assert row.need("source_id") in facts.sources(), row
            row.need("clause")
    assert {c.evidence for c in emodel.codecs().values()} <= {"seen", "secondary", "recalled", "assumed"}
    assert emodel.codec("Opus").evidence == "assumed"
