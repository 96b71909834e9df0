"""What a test could prove: sample sizes, exact intervals, verdicts with their sample."""

from setsail.service.proof.intervals import (
    Interval,
    clopper_pearson,
    effective_messages,
    messages_needed,
    mtbf_test_s,
)
from setsail.service.proof.sizes import TestPlan, plan
from setsail.service.proof.verdict import Tested, judge_delays, judge_mtbf, judge_share

__all__ = [
    "Interval", "TestPlan", "Tested", "clopper_pearson", "effective_messages", "judge_delays", "judge_mtbf",
    "judge_share", "messages_needed", "mtbf_test_s", "plan",
]  # fmt: skip
