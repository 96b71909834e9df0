"""Delay bounds of a network of three servers against five tools that others wrote.

Source: Saihu (adfeel220/Saihu-TSN-Analysis-Tool-Integration, commit 7c4d4097, example/demo.json) and the report of
its demonstration: xTFA 99.324 us, DNC-LUDB, DNC-SFA and Panco-PLP 80.050 us, DNC-PMOO 80.201 us for flow f0; 49.32 us
(xTFA) to 50.201 us (DNC-PMOO) for flow f2. Each server gives 4 Mbit/s after 10 us, each flow is a bucket of 10 bytes
and 10 kbit/s, lines run at 100 Mbit/s; the second curves of the file never bind.
"""

from __future__ import annotations

import math

import pytest

from setsail.service.queueing.curves import (
    RateLatency,
    TokenBucket,
    delay_bound_s,
    fifo_residual,
    in_line,
    output,
    priority_residual,
    shaped_delay_bound_s,
)

US = 1e-6
SERVER, FLOW, LINE_BPS = RateLatency(4e6, 10 * US), TokenBucket(80, 10e3), 100e6


def test_separated_flow_analysis_first_come_first_served_is_that_of_dnc_and_panco() -> None:
    line = in_line([fifo_residual(SERVER, [FLOW]), fifo_residual(SERVER, [FLOW])])
    assert delay_bound_s(FLOW, line) / US == pytest.approx(80.050, abs=0.001)


def test_pay_multiplexing_only_once_is_that_of_dnc() -> None:
    line = in_line([priority_residual(SERVER, [FLOW]), priority_residual(SERVER, [FLOW])])
    assert delay_bound_s(FLOW, line) / US == pytest.approx(80.201, abs=0.001)


def test_total_flow_analysis_with_line_shaping_is_that_of_xtfa() -> None:
    first = shaped_delay_bound_s([(math.inf, FLOW + FLOW)], SERVER)
    leaving = TokenBucket(FLOW.burst_bits + FLOW.rate_bps * first, FLOW.rate_bps)
    second = shaped_delay_bound_s([(LINE_BPS, leaving), (math.inf, FLOW)], SERVER)
    assert (first + second) / US == pytest.approx(99.324, abs=0.001)
    assert second / US == pytest.approx(49.32, abs=0.005)


def test_flow_that_joins_late_is_bounded_as_by_dnc() -> None:
    cross = output(FLOW, priority_residual(SERVER, [FLOW]))
    assert delay_bound_s(FLOW, priority_residual(SERVER, [cross])) / US == pytest.approx(50.201, abs=0.001)
