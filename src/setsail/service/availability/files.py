"""Logs of messages as CSV files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from setsail.base.arrays import F64
from setsail.base.printed import number
from setsail.base.tables import Row, read_rows

COLUMNS = ("sent_s", "delay_ms")


def read_log(path: Path) -> tuple[F64, F64]:
    """Times of sending and delays (n,), (n,) [s] of a log; NaN where `delay_ms` is empty (the message was lost).

    Other columns are passed over. Raises BadInput.
    """
    rows = read_rows(path, required=COLUMNS)
    sent = np.array([number(row.need("sent_s"), row.where("sent_s")) for row in rows], dtype=np.float64)
    delay = np.array([_delay_s(row) for row in rows], dtype=np.float64)
    return sent, delay


def _delay_s(row: Row) -> float:
    text = row.get("delay_ms")
    return number(text, row.where("delay_ms")) / 1e3 if text else float("nan")
