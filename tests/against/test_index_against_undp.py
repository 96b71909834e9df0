"""Against the Human Development Index as published (UNDP, HDR 2023-24, complete time series, CC BY 3.0 IGO)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from setsail.cli.main import run
from tests.oracles import oracle


def test_hdi_of_all_country_years_is_within_the_rounding_of_the_published_one(tmp_path: Path) -> None:
    data = oracle("index/undp_hdi_1990_2022.csv")
    out = tmp_path / "hdi.json"
    told = ["index", "compute", "--framework", "undp-hdi", "--data", str(data), "--format", "json", "--out", str(out)]
    assert run(told) == 0
    with data.open(encoding="utf-8") as file:
        published = {(row["iso3"], row["year"]): float(row["hdi"]) for row in csv.DictReader(file)}
    records = json.loads(out.read_text(encoding="utf-8"))
    assert len(records) == len(published) == 5808
    worst = max(abs(r["scores"]["Index"] - published[r["unit"], r["time"]]) for r in records)
    assert worst <= 0.0005  # half of the last printed digit
