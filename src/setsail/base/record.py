"""One row of an answer: column to value, ready for a table, JSON or CSV."""

from typing import Any

Record = dict[str, Any]
