"""Transport block sizes: published values, limits, properties."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.tables import Row, read_rows
from setsail.radio.rates.tbs import RE_CAP, code_blocks, resource_elements, transport_block
from setsail.standards import radio as tables

PUBLISHED = read_rows(Path(__file__).with_name("published_tbs.csv"))
"""Values that the nrTBS function of the 5G Toolbox gave for the unit test of the MAC scheduler of srsRAN Project
(tbs_calculator_test_data.h, made on 2023-09-14): 30 of its rows, in all branches of the clause."""

ALLOCATION = {
    "n_prb": st.integers(1, 275), "qm": st.sampled_from([1, 2, 4, 6, 8, 10]), "layers": st.integers(1, 4),
    "rate_x1024": st.one_of(st.integers(1, 1023), st.sampled_from([682.5, 805.5, 900.5, 916.5])),
    "symbols": st.integers(3, 14), "dmrs_re": st.sampled_from([0, 6, 12, 18, 24]),
    "overhead_re": st.sampled_from([0, 6]),
}  # fmt: skip


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: "-".join(row.cells.values()))
def test_transport_block_is_the_published_one(row: Row) -> None:
    number = {name: float(text) for name, text in row.cells.items()}
    got = transport_block(
        int(number["n_prb"]), int(number["qm"]), number["rate_x1024"], int(number["layers"]),
        symbols=int(number["symbols"]), dmrs_re=int(number["dmrs_re"]), overhead_re=int(number["overhead_re"]),
        scaling=number["scaling"],
    )  # fmt: skip
    assert got.tbs_bits == number["tbs_bits"]


def test_transport_block_of_106_prb_follows_the_steps_of_the_clause() -> None:
    got = transport_block(106, 6, 567, 1, symbols=12)
    assert (got.tbs_bits, got.n_re, got.n_info_quantised, got.code_blocks) == (50184, 15264, 50176, 6)
    assert got.n_info == 15264 * 6 * 567 / 1024


@given(**ALLOCATION)
def test_transport_block_is_whole_bytes_in_equal_code_blocks(**asked: int) -> None:
    got = transport_block(**asked)
    assert got.tbs_bits % 8 == 0
    assert got.tbs_bits >= 24
    if got.tbs_bits <= 3824:
        assert got.tbs_bits in tables.small_tbs()
        assert got.code_blocks == 1
    else:
        assert (got.tbs_bits + 24) % (8 * got.code_blocks) == 0
        assert (got.tbs_bits + 24) / got.code_blocks <= (3816 if got.base_graph == 2 and got.code_blocks > 1 else 8448)


@given(**ALLOCATION)
def test_transport_block_lies_within_a_step_of_the_information_bits(**asked: int) -> None:
    got = transport_block(**asked)
    if got.n_info > 3824:
        step = 2 ** (int(got.n_info - 24).bit_length() - 6)
        assert abs(got.tbs_bits - (got.n_info - 24)) <= step / 2 + 8 * got.code_blocks + 24
    elif got.n_info >= 24:
        assert got.tbs_bits <= got.n_info * 1.13 + 8  # widest gap of the table: 24 bit, then 1/16 of the size


@given(**ALLOCATION)
def test_transport_block_never_falls_when_a_prb_is_added(**asked: int) -> None:
    if asked["n_prb"] < 275:
        more = transport_block(**{**asked, "n_prb": asked["n_prb"] + 1})
        assert more.tbs_bits >= transport_block(**asked).tbs_bits


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_transport_block_never_falls_with_the_mcs_where_the_efficiency_grows(number: int) -> None:
    used = sorted((s for s in tables.mcs_table(number) if s.rate_x1024), key=lambda s: s.efficiency)
    sizes = [transport_block(100, s.qm, s.rate_x1024 or 0, 2, dmrs_re=12).tbs_bits for s in used]
    assert sizes == sorted(sizes)


def test_ties_round_up_to_the_larger_size() -> None:
    got = transport_block(8, 6, 640, 1, symbols=13, dmrs_re=8)
    assert (got.n_info - 24) / 128 == 34.5  # between 34 and 35: an even floor, where rounding to even would go down
    assert (got.n_info_quantised, got.tbs_bits) == (35 * 128, 4480)


@pytest.mark.parametrize(("rate", "blocks", "graph"), [(256, 2, 2), (256.5, 1, 1)])
def test_code_blocks_are_cut_smaller_up_to_a_quarter(rate: float, blocks: int, graph: int) -> None:
    got = transport_block(100, 2, rate, 1, symbols=10, dmrs_re=8)  # 112 RE x 100 x 2 x 1/4 = 5600 bit
    assert (got.code_blocks, got.base_graph) == (blocks, graph)


@pytest.mark.parametrize(
    ("bits", "rate", "graph"),
    [(292, 900, 2), (296, 900, 1), (3824, 686, 2), (3824, 687, 1), (3848, 686, 1), (9000, 256, 2)],
)
def test_base_graph_follows_size_and_rate(bits: int, rate: float, graph: int) -> None:
    assert code_blocks(bits, rate)[0] == graph


@pytest.mark.parametrize(("quantised", "blocks"), [(8424, 1), (8448, 2)])
def test_a_block_above_8424_bits_is_cut(quantised: int, blocks: int) -> None:
    assert code_blocks(quantised, 800)[1] == blocks


@pytest.mark.parametrize(
    ("n_info_like", "bits"),
    [((1, 1, 30, 1), 24), ((1, 2, 1000, 1), 304), ((49, 2, 256, 1), 3824), ((50, 2, 256, 1), 3912)],
)
def test_transport_block_at_the_edges_of_its_branches(n_info_like: tuple[int, int, int, int], bits: int) -> None:
    got = transport_block(*n_info_like)
    assert (got.n_info <= 3824) == (bits <= 3824)
    assert got.tbs_bits == bits


def test_elements_per_prb_stop_at_156() -> None:
    assert resource_elements(14) == RE_CAP
    assert resource_elements(13) == RE_CAP
    assert resource_elements(13, 6) == 150
    assert resource_elements(1, 11) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"n_prb": 0}, "prb"), ({"n_prb": 276}, "prb"), ({"rate_x1024": 1024}, "rate"), ({"rate_x1024": 0}, "rate"),
        ({"rate_x1024": -1}, "rate"), ({"rate_x1024": float("nan")}, "rate"), ({"layers": 0}, "layers"),
        ({"layers": 5}, "two blocks of 4"), ({"qm": 3}, "qm"), ({"symbols": 0}, "symbols"),
        ({"symbols": 15}, "symbols"),
        ({"dmrs_re": -1}, "dmrs"), ({"symbols": 1, "dmrs_re": 12}, "dmrs"), ({"overhead_re": 7}, "overhead"),
        ({"scaling": 0.3}, "scaling"),
    ],
)  # fmt: skip
def test_allocation_outside_its_limits_is_refused(change: dict[str, float], word: str) -> None:
    good: dict[str, float] = {"n_prb": 10, "qm": 4, "rate_x1024": 378, "layers": 1}
    with pytest.raises(OutOfRange, match=word):
        transport_block(**{**good, **change})  # type: ignore[arg-type]


def test_a_part_of_a_prb_is_refused() -> None:
    with pytest.raises(BadInput, match="whole number"):
        transport_block(1.5, 2, 120, 1)  # type: ignore[arg-type]
