from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from setsail.base.errors import BadInput
from setsail.radio.coverage.cells import Finding, cells, columns, read
from setsail.standards import facts
from tests.radio.coverage.samples import EXAMPLE, SMALL, network


def changed(row: int, **values: Any) -> pa.Table:
    """The drawn network with some values of one row replaced."""
    made = network()
    for name, value in values.items():
        column = made[name].to_pylist()
        column[row] = value
        kind = pa.string() if name == "cell_id" else pa.float64()
        made = made.set_column(made.schema.get_field_index(name), name, pa.array(column, kind))
    return made


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("no-azimuth", {"azimuth_deg": None}),
        ("not-a-number", {"lon": float("nan")}),
        ("not-a-number", {"eirp_re_dbm": float("inf")}),
        ("not-a-number", {"frequency_hz": None}),
        ("out-of-range", {"lat": 90.5}),
        ("out-of-range", {"height_m": -3.0}),
        ("out-of-range", {"load": 1.01}),
        ("out-of-range", {"frequency_hz": 101e9}),
        ("too-low", {"height_m": 1.5}),
        ("outside-model", {"frequency_hz": 0.45e9}),
        ("beam-too-wide", {"h_beamwidth_deg": 90.0}),
        ("no-identity", {"cell_id": ""}),
        ("duplicate-identity", {"cell_id": "synthetic-0"}),
    ],
)
def test_a_cell_that_cannot_be_used_is_told_and_the_rest_is_kept(code: str, values: dict[str, Any]) -> None:
    usable, found = cells(changed(4, **values), SMALL)
    assert len(usable) == 35
    (finding,) = found
    assert finding.code == code
    assert finding.where == ("" if code == "no-identity" else values.get("cell_id", "synthetic-4"))


def test_a_second_cell_of_one_place_and_direction_is_left_out() -> None:
    doubled = changed(4, azimuth_deg=network()["azimuth_deg"][3].as_py() + 360.0)
    usable, found = cells(doubled, SMALL)
    assert [f.code for f in found] == ["duplicate-cell"]
    assert "synthetic-4" not in usable.cell_id
    assert "synthetic-3" in usable.cell_id


def test_the_range_of_frequencies_follows_the_scenario() -> None:
    table = network(frequency_hz=np.full(36, 28e9), bandwidth_hz=np.full(36, 100e6), scs_hz=np.full(36, 120e3))
    assert len(cells(table, replace(SMALL, scenario="rma"))[0]) == 36
    above = network(frequency_hz=np.full(36, 31e9), bandwidth_hz=np.full(36, 100e6), scs_hz=np.full(36, 120e3))
    assert len(cells(above, SMALL)[0]) == 36
    with pytest.raises(BadInput, match=r"has no usable cell.*fc_hz is outside rma"):
        cells(above, replace(SMALL, scenario="rma"))


def test_an_empty_list_of_cells_is_refused() -> None:
    with pytest.raises(BadInput, match="holds no cell"):
        cells(network().slice(0, 0), SMALL)


def test_a_missing_column_is_named_with_those_that_are_needed() -> None:
    with pytest.raises(BadInput, match=r"lacks column 'azimuth_deg'.*--three-sectors"):
        cells(network().drop_columns(["azimuth_deg"]), SMALL)


def test_a_column_of_text_where_numbers_belong_is_refused() -> None:
    with pytest.raises(BadInput, match=r"column 'tilt_deg': is of type string"):
        cells(network(tilt_deg=["six"] * 36), SMALL)


def test_power_of_a_resource_element_follows_from_power_gain_and_carrier() -> None:
    """49 dBm in 273 resource blocks of 12 elements, 17 dBi."""
    table = network().drop_columns(["eirp_re_dbm"])
    usable, _ = cells(table, SMALL)
    assert usable.resource_blocks[0] == 273
    assert usable.eirp_re_dbm[0] == pytest.approx(49 + 17 - 10 * np.log10(273 * 12))
    assert usable.conducted_re_dbm[0] == pytest.approx(49 - 10 * np.log10(273 * 12))


def test_a_carrier_that_no_table_holds_is_told() -> None:
    _, found = cells(changed_carrier(scs_hz=60e3, bandwidth_hz=5e6), SMALL)
    assert [f.code for f in found] == ["no-such-carrier"]


def changed_carrier(**values: float) -> pa.Table:
    first: dict[str, Any] = {
        name: [value] + [100e6 if name == "bandwidth_hz" else 30e3] * 35 for name, value in values.items()
    }
    return network(**first)


def test_stations_of_the_synthetic_country_become_three_cells_each() -> None:
    stations = pa.table({
        "cell_id": [256, 512], "lon": [116.4, 116.41], "lat": [40.0, 40.01], "band": ["n78", "n41"],
        "operator": ["synthetic-operator-a", "synthetic-operator-b"], "h3": [1, 2],
    })  # fmt: skip
    usable, found = cells(stations, SMALL, three_sectors=True)
    assert usable.cell_id.tolist() == ["256-1", "256-2", "256-3", "512-1", "512-2", "512-3"]
    assert usable.azimuth_deg.tolist() == [0, 120, 240] * 2
    assert usable.frequency_hz.tolist() == [3.55e9] * 3 + [2.593e9] * 3
    assert {f.code for f in found} == {"frequency-from-band", "three-sectors"}
    only, _ = cells(stations, SMALL, three_sectors=True, operator="synthetic-operator-b")
    assert len(only) == 3
    with pytest.raises(BadInput, match="no cell of 'nobody'"):
        cells(stations, SMALL, three_sectors=True, operator="nobody")


def test_csv_and_parquet_of_one_table_give_the_same_cells(tmp_path: Path) -> None:
    assert EXAMPLE.read_text().startswith("# synthetic")
    table = read(EXAMPLE)
    pq.write_table(table, tmp_path / "cells.parquet")
    one, none = cells(table, SMALL)
    two, _ = cells(read(tmp_path / "cells.parquet"), SMALL)
    assert none == ()
    assert one.digest() == two.digest()
    assert len(one) == 111


@pytest.mark.parametrize("content", [b"", b"PAR1nonsense"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cells.parquet").write_bytes(content)
    with pytest.raises(BadInput, match=r"cells\.parquet: cannot be read"):
        read(tmp_path / "cells.parquet")
    with pytest.raises(BadInput, match="does not exist"):
        read(tmp_path / "none.parquet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no Parquet file"):
        read(tmp_path / "empty")


def test_a_folder_of_parts_is_one_table(tmp_path: Path) -> None:
    table = network()
    for k in range(3):
        pq.write_table(table.slice(12 * k, 12), tmp_path / f"part-0000{k}.parquet")
    assert cells(read(tmp_path), SMALL)[0].digest() == cells(table, SMALL)[0].digest()


def test_every_column_names_a_known_source() -> None:
    known = facts.sources()
    assert all(row.get("source_id") in known and row.get("clause") for row in columns())


def test_a_finding_is_a_record() -> None:
    assert Finding("a", "b", "c").record() == {"code": "a", "where": "b", "what": "c"}
