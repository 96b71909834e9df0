"""Reports of progress, difficulties and suggestions."""

from datetime import date
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, SetSailError
from setsail.monitor.reports import beside_figures, read_reports
from setsail.standards import facts

EXAMPLE = Path(__file__).parents[2] / "examples" / "reconcile" / "reports.csv"
HEADER = "region,kind,period,text,indicator,known_on\n"


def test_reports_are_found_by_the_indicator_and_region_they_touch() -> None:
    reports = read_reports(EXAMPLE)
    assert len(reports) == 4
    (found,) = reports.beside("base_stations_5g", "110000")
    assert (found.kind, found.operator, found.known) == ("progress", "Northern Example Telecom", date(2024, 1, 10))
    assert reports.beside("base_stations_5g", "370000") == []


def test_reports_of_regions_below_are_found_in_the_macro_region_and_the_nation() -> None:
    reports = read_reports(EXAMPLE)
    assert reports.beside("base_stations_5g", "CN") == []
    assert len(reports.beside("base_stations_5g", "CN", below=True)) == 1
    assert len(reports.beside("industry_virtual_private_networks_5g", "CN-EAST", below=True)) == 2


def test_reports_stand_beside_the_latest_figure_of_their_indicator() -> None:
    found = beside_figures(read_reports(EXAMPLE), facts.observations(), indicator="base_stations_5g")
    (beside,) = found
    assert beside.latest is not None
    assert (beside.latest.indicator, beside.latest.region) == ("base_stations_5g", "110000")
    assert beside.latest == facts.observations().of("base_stations_5g", "110000")[-1]


def test_report_on_a_region_at_large_stands_without_a_figure() -> None:
    found = beside_figures(read_reports(EXAMPLE), facts.observations(), region="370000")
    assert [(b.indicator, b.latest is None, len(b.reports)) for b in found] == [
        ("", True, 1),
        ("industry_virtual_private_networks_5g", True, 1),
    ]


def test_reports_are_replayed_as_known_on_a_day_and_chosen_by_kind_operator_industry() -> None:
    reports = read_reports(EXAMPLE)
    assert len(reports.known_on(date(2024, 1, 9))) == 0
    assert len(reports.known_on(date(2024, 1, 10))) == 1
    assert len(reports.where(kind="difficulty")) == 2
    assert len(reports.where(industry="port", operator="Southern Example Mobile")) == 1
    assert len(reports.where(kind="progress", industry="port")) == 0


@pytest.mark.parametrize(
    ("rows", "error", "where"),
    [
        ("110000,complaint,2023,text,,\n", BadInput, ":2 column 'kind'"),
        (",progress,2023,text,,\n", BadInput, ":2 column 'region'"),
        ("110000,progress,2023,,,\n", BadInput, ":2 column 'text'"),
        ("110000,progress,lately,text,,\n", BadInput, ":2 column 'period'"),
        ("110000,progress,2023,text,,2024-02\n", BadInput, ":2 column 'known_on'"),
        ("110000,progress,2023,text,,\n110000,progress,2023,text,,\n", DuplicateKey, ":3"),
    ],
)
def test_bad_report_is_refused_with_its_place(tmp_path: Path, rows: str, error: type[SetSailError], where: str) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(error) as caught:
        read_reports(path)
    assert where in caught.value.where


def test_unknown_column_of_a_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text("region,kind,period,text,mood\n", encoding="utf-8")
    with pytest.raises(BadInput, match="mood"):
        read_reports(path)
