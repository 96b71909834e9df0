"""Own sites from a spreadsheet: words in two languages, other encodings, everything assumed is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from setsail.base.datum import from_wgs84
from setsail.base.errors import BadInput, OutOfRange, SetSailError, UnknownName
from setsail.rollout.folder import table as tables
from setsail.rollout.folder.table import from_table
from setsail.rollout.folder.terms import Ask, Assumed
from setsail.rollout.model import Rollout
from tests.rollout.folder.rollouts import NOTICE, at

CHINESE: list[str | int | float] = [
    "序号",
    "医院名称",
    "经度",
    "纬度",
    "所在区",
    "套数",
    "可进场时间",
    "技能要求",
    "床位",
]
ROWS: list[list[str | int | float]] = [
    ["H1", "合成第一医院", 114.30, 30.60, "甲区", 1, "07:30", "光纤、电源", 300],
    ["H2", "合成第二医院", 114.35, 30.55, "乙区", 2, "", "", 1],
]
ASK = Ask(notice=NOTICE)


def csv_file(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    (tmp_path / "My sites.csv").write_bytes(text.encode(encoding))
    return tmp_path / "My sites.csv"


def read(path: Path, ask: Ask = ASK) -> tuple[Rollout, tuple[Assumed, ...]]:
    return from_table(path, ask, now=datetime(2026, 1, 1, 3, 4, 5, 6, tzinfo=UTC))


def chinese(delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(str(cell) for cell in row) for row in [CHINESE, *ROWS]) + "\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_chinese_headers_are_read_in_any_usual_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    made, assumed = read(csv_file(tmp_path, chinese(delimiter), encoding))
    first, second = made.sites
    assert (first.site, first.name, first.latitude_deg, first.longitude_deg) == ("H1", "合成第一医院", 30.60, 114.30)
    assert (first.district, first.skills, second.sets) == ("甲区", ("光纤", "电源"), 2)
    assert first.window_from == at(9.5)
    assert ("columns", "not read: 床位") in [(a.subject, a.what) for a in assumed]
    assert any("GB18030" in a.what for a in assumed) == (encoding == "gb18030")


def test_a_workbook_is_read_as_its_text_is(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(CHINESE)
    for row in ROWS:
        sheet.append([datetime(2026, 3, 2, 7, 30) if c == "07:30" else c or None for c in row])  # noqa: DTZ001
    book.save(tmp_path / "My sites.xlsx")
    assert read(tmp_path / "My sites.xlsx")[0] == read(csv_file(tmp_path, chinese()))[0]


def test_english_headers_are_read_without_regard_to_case_blanks_and_units(tmp_path: Path) -> None:
    made, _ = read(csv_file(tmp_path, "Hospital,LAT (deg),Long,Line ready\nOne,30.5,114.3,2026-03-02 06:00\n"))
    assert (made.sites[0].site, made.sites[0].name, made.sites[0].line_ready_at) == ("S01", "One", at(8))
    assert (made.rollout, made.name) == ("My-sites", "My sites")


def test_everything_that_was_not_said_is_told(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "name,lat,lon\nOne,30.0,114.0\nTwo,31.0,115.0\n")
    made, assumed = read(path, Ask())
    assert made.notice == datetime(2026, 1, 1, 3, 4, tzinfo=UTC)
    assert {"notice", "deadline", "depot", "vehicles", "capacity", "bench", "driving", "equipment", "ids", "lines"} <= {
        a.subject for a in assumed
    }
    assert (made.depots[0].latitude_deg, made.depots[0].longitude_deg, made.depots[0].mark) == (30.5, 114.5, "assumed")
    said = Ask(notice=NOTICE, deadline=at(9), depot=(30.2, 114.2), vehicles=3, capacity=2, people=4, stations=2,
               minutes_per_set=9.0, on_site_min=30.0, speed_kmh=55.0, datum="gcj02")  # fmt: skip
    made, assumed = read(path, said)
    assert {a.subject for a in assumed} == {"ids", "lines", "equipment", "survey", "loading"}
    assert (len(made.vehicles), len(made.crews), made.crews[0].people, made.deadline) == (3, 3, 4, at(9))
    assert (made.depots[0].mark, made.vehicles[0].mark, made.travel.mark) == ("given", "given", "given")


def test_points_of_a_chinese_map_are_moved(tmp_path: Path) -> None:
    lon, lat = from_wgs84([114.3], [30.6], "bd09")
    path = csv_file(tmp_path, f"name,lat,lon\nOne,{lat[0]:.7f},{lon[0]:.7f}\n")
    (site,) = read(path, Ask(notice=NOTICE, datum="bd09"))[0].sites
    assert site.latitude_deg == pytest.approx(30.6, abs=2e-6)
    assert site.longitude_deg == pytest.approx(114.3, abs=2e-6)


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("name,lat,lon\nOne,30,114\nTwo,,114\n", BadInput, ":3 column 'lat': 'Two' has no coordinates"),
        ("name,lat,lon\nOne,114,30\n", OutOfRange, "perhaps changed over"),
        ("name,lat,lon\nOne,=1+1,30\n", BadInput, ":2 column 'latitude_deg': is '=1+1'"),
        ("name,lat,lon\n=HYPERLINK(1),30,114\n", BadInput, "begins like a formula"),
        ("name,lat\nOne,30\n", BadInput, "has no column of the longitude"),
        ("lat,lon\n30,114\n", BadInput, "has no column of names"),
        ("name,lat,latitude,lon\nOne,30,30,114\n", BadInput, "names 'latitude_deg' twice: 'lat' and 'latitude'"),
        ("name,lat,lon\n", BadInput, "has a header and no rows"),
        ("", BadInput, "is empty"),
        ("id,name,lat,lon\nA,One,30,114\nA,Two,30,114\n", SetSailError, ":3: repeats 'A'"),
        ("name,lat,lon,due\nOne,30,114,soon\n", BadInput, ":2 column 'due': is 'soon'"),
        ("name,lat,lon,sets\nOne,30,114,1.5\n", BadInput, ":2 column 'sets': is '1.5'"),
        ("name,lat,lon\nOne,30\n", BadInput, ":2"),
        ('name,lat,lon\n"One,30,114\n', BadInput, "quote"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_by_its_row(
    tmp_path: Path, text: str, kind: type[SetSailError], told: str
) -> None:
    with pytest.raises(kind) as caught:
        read(csv_file(tmp_path, text))
    assert told in str(caught.value)
    assert "My sites.csv" in str(caught.value)


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(BadInput, match="is no file"):
        read(tmp_path)


@pytest.mark.parametrize("field", ["vehicles", "capacity", "people", "stations"])
@pytest.mark.parametrize("value", [0, -1, 10**6])
def test_a_number_of_vehicles_or_people_that_cannot_be_is_refused(tmp_path: Path, field: str, value: int) -> None:
    path = csv_file(tmp_path, "name,lat,lon\nOne,30,114\n")
    with pytest.raises(OutOfRange, match=f"--{field}: is {value}"):
        read(path, Ask(notice=NOTICE, **{field: value}))  # type: ignore[arg-type]


def test_an_unknown_datum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="wgs84, gcj02, bd09"):
        read(csv_file(tmp_path, chinese()), Ask(datum="mars"))


def test_a_deadline_before_the_notice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutOfRange, match="after the notice"):
        read(csv_file(tmp_path, chinese()), Ask(notice=NOTICE, deadline=at(-1)))


def test_too_many_sites_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_SITES", 2)
    text = "name,lat,lon\n" + "One,30,114\n" * 2
    assert len(read(csv_file(tmp_path, text))[0].sites) == 2
    with pytest.raises(OutOfRange, match="more than 2 sites"):
        read(csv_file(tmp_path, text + "One,30,114\n"))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_commas_are_read_where_cells_are_parted_otherwise(tmp_path: Path, delimiter: str) -> None:
    text = "name;lat;lon;on site\nOne;30,5;114,25;45,5\nTwo;31;-0,5;20\n".replace(";", delimiter)
    made, assumed = read(csv_file(tmp_path, text))
    assert [(s.latitude_deg, s.longitude_deg, s.deliver_min) for s in made.sites] == [
        (30.5, 114.25, 45.5), (31.0, -0.5, 20.0),
    ]  # fmt: skip
    assert ("numbers", "commas in lat, lon, on site are decimal") in [(a.subject, a.what) for a in assumed]


@pytest.mark.parametrize("text", ["name;lat;lon\nOne;30,5;114\nTwo;31.5;114\n", "name;lat;lon\nOne;1,2,3;114\n"])
def test_a_column_that_has_commas_and_points_is_not_guessed_at(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"30,5|1,2,3"):
        read(csv_file(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("0730", 9.5), ("730", 9.5), ("7:30", 9.5), ("7：30", 9.5), ("7:30 AM", 9.5), ("上午7:30", 9.5),
        ("下午 7:30", 21.5), ("7:30pm", 21.5), ("12:15 a.m.", 2.25), ("2026/3/2 7:30", 9.5),
        ("2026年3月2日 7:30", 9.5), ("2026-03-02T07:30", 9.5), ("2026-03-01T23:30Z", 9.5), ("0.3125", 9.5),
        ("46083.3125", 9.5), ("0.99999999", 2.0),
    ],
)  # fmt: skip
def test_times_are_read_as_spreadsheets_write_them(tmp_path: Path, text: str, hours: float) -> None:
    made, _ = read(csv_file(tmp_path, f"name,lat,lon,line ready\nOne,30,114,{text}\n"))
    assert made.sites[0].line_ready_at == at(hours)


@pytest.mark.parametrize("text", ["7.30", "25:00", "0760", "13:30 AM", "46083", "2026/3/2", "2026/13/2 7:30", "1e999"])
def test_a_time_that_is_none_is_refused_with_one_to_try(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(csv_file(tmp_path, f"name,lat,lon,due\nOne,30,114,{text}\n"))
    assert repr(text) in str(caught.value)
    assert "HH:MM" in caught.value.allowed
    assert "07:30" in caught.value.hint


NEAR = "name,lat,lon\nOne,30.5,114.2\nTwo,30.6,114.3\nThree,30.7,114.4\n"


@pytest.mark.parametrize(
    ("row", "told", "hint"),
    [
        ("Nowhere,0,0", "'Nowhere' lies at 0, 0", "leave its row out"),
        ("Nowhere,0.0004,-0.0004", "'Nowhere' lies at 0, 0", "leave its row out"),
    ],
)
def test_a_site_at_no_place_is_refused(tmp_path: Path, row: str, told: str, hint: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(csv_file(tmp_path, f"{NEAR}{row}\n"))
    assert told in str(caught.value)
    assert ":5" in caught.value.where
    assert hint in caught.value.hint


def test_a_site_that_lies_among_the_others_the_other_way_round_is_refused(tmp_path: Path) -> None:
    text = "name,lat,lon\nOne,11.4,39.8\nTwo,11.5,39.9\nThree,11.6,39.7\nTurned,39.8,11.4\n"
    with pytest.raises(BadInput, match=":5: 'Turned' lies 4,"):
        read(csv_file(tmp_path, text))
    with pytest.raises(BadInput, match="perhaps changed over"):
        read(csv_file(tmp_path, text))


def test_a_site_far_from_all_others_is_named_and_does_not_move_the_depot(tmp_path: Path) -> None:
    alone, _ = read(csv_file(tmp_path, NEAR))
    made, assumed = read(csv_file(tmp_path, f"{NEAR}Far,11.4,39.8\n"))
    (told,) = [a for a in assumed if "from the middle of the others" in a.what]
    assert "S04 'Far'" in told.what
    assert ":5" in told.what
    assert "right" in told.reason
    depot = made.depots[0]
    assert (depot.latitude_deg, depot.longitude_deg) == (alone.depots[0].latitude_deg, alone.depots[0].longitude_deg)
    assert "the middle of the other sites; --depot" in [a.reason for a in assumed]


@pytest.mark.parametrize("step", [0.1, 1.0, 3.0])
def test_sites_spread_over_a_country_are_no_outliers(tmp_path: Path, step: float) -> None:
    rows = "".join(f"S{k},{30 + step * (k % 4)},{100 + step * (k // 4)}\n" for k in range(16))
    _, assumed = read(csv_file(tmp_path, "name,lat,lon\n" + rows))
    assert not [a for a in assumed if "the others" in a.what]
