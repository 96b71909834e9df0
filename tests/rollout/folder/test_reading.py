"""Bad folders are refused with file, line, column and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, SetSailError, UnknownName
from setsail.rollout.folder import reading
from setsail.rollout.folder.reading import read
from setsail.rollout.folder.writing import write
from setsail.rollout.model import Travel
from tests.rollout.folder.rollouts import small

HEAD = "site,name,latitude_deg,longitude_deg"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(small(), tmp_path / "w")
    return tmp_path / "w"


def sites(folder: Path, *lines: str, head: str = HEAD) -> None:
    (folder / "sites.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


def refusal(folder: Path, kind: type[SetSailError] = BadInput) -> SetSailError:
    with pytest.raises(kind) as caught:
        read(folder)
    assert type(caught.value) is kind
    return caught.value


def test_an_empty_folder_says_what_is_wanted(tmp_path: Path) -> None:
    assert str(refusal(tmp_path)).startswith(f"{tmp_path}: has no rollout.toml; allowed: a folder of `setsail rollout")
    assert refusal(tmp_path / "none").what == "does not exist"


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "crews.csv").unlink()
    assert str(refusal(folder)).startswith(f"{folder}/crews.csv: does not exist")


@pytest.mark.parametrize(
    ("line", "kind", "where", "what"),
    [
        ("S1,One,,114.3", BadInput, ":2 column 'latitude_deg'", "is empty"),
        ("S1,One,30.5,", BadInput, ":2 column 'longitude_deg'", "is empty"),
        ("S1,One,90.01,114.3", OutOfRange, ":2 column 'latitude_deg'", "is 90.01"),
        ("S1,One,114.3,30.5", OutOfRange, ":2 column 'latitude_deg'", "is 114.3"),
        ("S1,One,30.5,-180.5", OutOfRange, ":2 column 'longitude_deg'", "is -180.5"),
        ("S1,One,nan,114.3", BadInput, ":2 'latitude_deg'", "is nan"),
        ("S1,One,inf,114.3", BadInput, ":2 'latitude_deg'", "is inf"),
        ("S1,One,=30+0.5,114.3", BadInput, ":2 column 'latitude_deg'", "is '=30+0.5'"),
        ("S1,=cmd(),30.5,114.3", BadInput, ":2 column 'name'", "begins like a formula: '=cmd()'"),
        ("S|1,One,30.5,114.3", OutOfRange, ":2 column 'site'", "is 'S|1'"),
        ("D1,One,30.5,114.3", DuplicateKey, ":2 column 'site'", "is 'D1', which is a depot too"),
        ("S1,One,30.5", BadInput, ":2", "has 3 cells"),
    ],
)
def test_a_site_that_cannot_be_is_refused_by_its_cell(
    folder: Path, line: str, kind: type[SetSailError], where: str, what: str
) -> None:
    sites(folder, line)
    error = refusal(folder, kind)
    assert error.where == f"{folder}/sites.csv{where}"
    assert error.what == what


@pytest.mark.parametrize("latitude", ["90", "-90", "0"])
def test_a_latitude_at_its_limit_is_read(folder: Path, latitude: str) -> None:
    sites(folder, f"S1,One,{latitude},180")
    assert read(folder).sites[0].latitude_deg == float(latitude)


def test_a_site_named_twice_is_refused_by_both_lines(folder: Path) -> None:
    sites(folder, "S1,One,30,114", "S2,Two,30,114", "S1,Three,30,114")
    error = refusal(folder, DuplicateKey)
    assert error.where == f"{folder}/sites.csv:4"
    assert "line 2" in error.what


def test_a_window_that_closes_before_the_release_is_refused(folder: Path) -> None:
    head = f"{HEAD},released_at,window_to"
    sites(folder, "S1,One,30,114,2026-03-02T06:00+08:00,2026-03-02T06:00+08:00", head=head)
    error = refusal(folder, OutOfRange)
    assert error.where == f"{folder}/sites.csv:2 column 'window_to'"
    assert error.what == "closes 'S1' at 2026-03-02T06:00:00+08:00, before work there may begin"
    sites(folder, "S1,One,30,114,2026-03-02T06:00+08:00,2026-03-02T06:01+08:00", head=head)
    assert read(folder).sites[0].window_to is not None


def test_a_window_that_closes_before_it_opens_is_refused(folder: Path) -> None:
    sites(folder, "S1,One,30,114,2026-03-02T09:00+08:00,2026-03-02T08:00+08:00", head=f"{HEAD},window_from,window_to")
    assert refusal(folder, OutOfRange).where.endswith("column 'window_to'")


@pytest.mark.parametrize("text", ["-1", "-0.001", "14400.1"])
def test_a_time_that_is_negative_or_longer_than_ten_days_is_refused(folder: Path, text: str) -> None:
    sites(folder, f"S1,One,30,114,{text}", head=f"{HEAD},deliver_min")
    error = refusal(folder, OutOfRange)
    assert error.where == f"{folder}/sites.csv:2 column 'deliver_min'"
    assert error.allowed == "0 to 14400"


def test_a_time_without_an_offset_is_refused(folder: Path) -> None:
    sites(folder, "S1,One,30,114,2026-03-02T09:00", head=f"{HEAD},due")
    assert "without an offset from UTC" in refusal(folder).what


def test_a_time_of_another_century_is_refused(folder: Path) -> None:
    sites(folder, "S1,One,30,114,1926-03-02T09:00Z", head=f"{HEAD},due")
    assert refusal(folder, OutOfRange).allowed.startswith("within 366 days of the notice")


def test_a_skill_that_no_crew_has_names_site_and_skill(folder: Path) -> None:
    sites(folder, "S1,One,30,114,", "S2,Two,30,114,fibre|diving", head=f"{HEAD},skills")
    error = refusal(folder, UnknownName)
    assert error.where == f"{folder}/sites.csv:3 column 'skills'"
    assert error.what == "site 'S2' needs the skill 'diving', which no crew has"
    assert error.allowed == "fibre"


def test_a_site_that_needs_more_crews_than_there_are_is_refused(folder: Path) -> None:
    sites(folder, "S1,One,30,114,3", head=f"{HEAD},crews")
    assert refusal(folder, OutOfRange).what == "site 'S1' needs 3 crews at once"


def test_a_crew_with_an_unknown_vehicle_is_refused(folder: Path) -> None:
    (folder / "crews.csv").write_text("crew,vehicle,skills\nC1,V1,fibre\nC2,V9,\n")
    error = refusal(folder, UnknownName)
    assert (error.where, error.what) == (f"{folder}/crews.csv:3 column 'vehicle'", "is 'V9'")


def test_two_crews_in_one_vehicle_are_refused(folder: Path) -> None:
    (folder / "crews.csv").write_text("crew,vehicle,skills\nC1,V1,fibre\nC2,V1,\n")
    assert refusal(folder, DuplicateKey).what == "is 'V1', which crew 'C1' rides"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("vehicles.csv", "vehicle,depot,capacity_sets\nV1,D9,4\nV2,D1,4\n"),
        ("equipment.csv", "kind,depot,sets\nterminal,D9,4\n"),
    ],
)
def test_an_unknown_depot_is_refused(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text)
    error = refusal(folder, UnknownName)
    assert (error.where, error.allowed) == (f"{folder}/{file}:2 column 'depot'", "D1")


def test_a_depot_without_a_station_is_refused(folder: Path) -> None:
    (folder / "depots.csv").write_text("depot,latitude_deg,longitude_deg,stations,minutes_per_set\nD1,30,114,0,15\n")
    assert refusal(folder, OutOfRange).allowed == "1 to 1000"


def head(folder: Path, old: str, new: str) -> None:
    file = folder / "rollout.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_file_that_is_no_toml_is_told_with_its_line(folder: Path) -> None:
    head(folder, "format = 1", "format = = 1")
    assert "is not TOML" in refusal(folder).what


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("format = 1", "format = 2", "is no format that is read here"),
        ("format = 1", "format = true", "is no format that is read here"),
        ("format = 1", "format = 1\nspeed = 3", "has the unknown key 'speed'"),
        ("[durations]", "[durations]\nlunch_min = 3.0", "has the unknown field 'lunch_min'"),
        ("survey_min = 0.0", 'survey_min = "0"', "is '0'"),
        ("survey_min = 0.0", "survey_min = nan", "is nan"),
        ("notice = 2026-03-01T22:00:00+08:00", "notice = 2026-03-01T22:00:00", "is 2026-03-01T22:00:00"),
        ("notice = 2026-03-01T22:00:00+08:00", "notice = 2026-03-01", "is 2026-03-01"),
        ('codec = "h264"', 'codec = "av1"', "is 'av1'"),
    ],
)
def test_a_head_that_cannot_be_read_is_refused(folder: Path, old: str, new: str, what: str) -> None:
    head(folder, old, new)
    assert refusal(folder).what == what


@pytest.mark.parametrize("deadline", ["2026-03-01T22:00:00+08:00", "2026-03-01T13:59:59Z"])
def test_a_deadline_at_or_before_the_notice_is_refused(folder: Path, deadline: str) -> None:
    head(folder, "deadline = 2026-03-02T22:00:00+08:00", f"deadline = {deadline}")
    error = refusal(folder, OutOfRange)
    assert error.where == f"{folder}/rollout.toml 'deadline'"
    assert error.allowed == "after the notice, 2026-03-01T22:00:00+08:00"


def test_a_negative_duration_is_refused(folder: Path) -> None:
    head(folder, "survey_min = 0.0", "survey_min = -1.0")
    assert refusal(folder, OutOfRange).where == f"{folder}/rollout.toml [durations] 'survey_min'"


def test_a_speed_of_zero_is_refused(folder: Path) -> None:
    head(folder, "speed_kmh = 40.0", "speed_kmh = 0.0")
    assert refusal(folder, OutOfRange).allowed == "1 to 200"


def test_a_milestone_of_more_sites_than_there_are_is_refused(folder: Path) -> None:
    with (folder / "rollout.toml").open("a") as file:
        file.write('\n[[milestones]]\nby = 2026-03-02T07:00:00+08:00\nstage = "delivered"\ncount = 3\n')
    assert refusal(folder, OutOfRange).where == f"{folder}/rollout.toml [[milestones]] 1 'count'"


def test_a_matrix_with_gaps_names_the_first_missing_ways(folder: Path) -> None:
    head(folder, 'method = "circle"', 'method = "matrix"')
    (folder / "travel.csv").write_text("from,to,minutes,metres\nD1,S1,10,5000\nS1,D1,12,5000\n")
    error = refusal(folder)
    assert error.where == f"{folder}/travel.csv"
    assert error.what == "lacks 4 of the ways between depots and sites: D1 -> S2, S1 -> S2, S2 -> D1, S2 -> S1"


@pytest.mark.parametrize(
    ("row", "column"), [("D1,S9,1,1", "'to'"), ("D1,S1,-1,1", "'minutes'"), ("D1,S1,1,nan", "'metres'")]
)
def test_a_way_that_cannot_be_is_refused(folder: Path, row: str, column: str) -> None:
    (folder / "travel.csv").write_text(f"from,to,minutes,metres\n{row}\n")
    with pytest.raises(BadInput, match=rf"travel\.csv:2 column {column}"):
        read(folder)


def test_an_extract_that_is_not_named_is_refused(folder: Path, tmp_path: Path) -> None:
    head(folder, 'method = "circle"', 'method = "osm"')
    assert refusal(folder).where == f"{folder}/rollout.toml [travel] 'extract'"
    with pytest.raises(BadInput, match="extract"):
        write(small(travel=Travel("osm")), tmp_path / "other")


def test_a_file_of_another_encoding_is_told_with_the_remedy(folder: Path) -> None:
    (folder / "sites.csv").write_bytes(f"{HEAD}\nS1,中文,30,114\n".encode("gb18030"))
    assert "iconv -f GB18030" in refusal(folder).hint


def test_a_huge_file_is_refused_before_it_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    assert refusal(folder).allowed.startswith("up to")
    monkeypatch.setattr(reading, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(reading, "MAX_ROWS", 1)
    assert refusal(folder).what == "has more than 1 rows"
