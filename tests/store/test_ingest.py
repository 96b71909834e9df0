"""Bad input and good input through the whole of `ingest`: each ends in a named error, a refused row or a note."""

from __future__ import annotations

import errno
import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from setsail.base.errors import BadInput, DuplicateKey, SetSailError, UnknownName
from setsail.store import parquet as store_parquet
from setsail.store.readers import duplicates, guards, text_source
from tests.store.readers.helpers import (
    SITES,
    map_file,
    nothing_kept,
    open_workspace,
    read_in,
    rejects,
    stored,
    written,
)

CELLS = "technology,mcc,mnc,area,cell_id,lon,lat\n"
GOOD = SITES + "a,116.4,39.9\nb,121.5,31.2\n"


def refusal(folder: Path, text: str | bytes, kind: str = "sites", **options: Any) -> dict[str, str]:
    """The only refused row of a text."""
    done = read_in(folder, written(folder, text), kind, **options)
    assert done.rows_refused == 1
    assert done.manifest.rows == done.rows_in - 1
    return rejects(folder)[0]


def error(folder: Path, path: Path, kind: str = "sites", **options: Any) -> SetSailError:
    """The error a file ends in; nothing may be left of it."""
    with pytest.raises(SetSailError) as met:
        read_in(folder, path, kind, **options)
    assert nothing_kept(folder)
    return met.value


# ---- rows ------------------------------------------------------------------------------------------------------------


def test_good_rows_are_kept_with_h3_and_their_order(tmp_path: Path) -> None:
    done = read_in(tmp_path, written(tmp_path, GOOD))
    table = stored(tmp_path, done)
    assert (done.rows_in, done.rows_refused, done.rejects) == (2, 0, None)
    assert table.column("site_id").to_pylist() == ["a", "b"]
    assert table.column("technology").to_pylist() == ["nr", "nr"]
    assert table.schema.field("h3").type == pa.int64()
    assert table.column("h3").to_pylist()[0] == 617866866234753023
    assert not (tmp_path / "rejects.csv").exists()


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("c,NaN,39.9", "lon", "is NaN or infinite"),
        ("c,116.4,inf", "lat", "is NaN or infinite"),
        ("c,116.4,-Infinity", "lat", "is NaN or infinite"),
        ("c,1e400,1", "lon", "is NaN or infinite"),
        ("c,abc,39.9", "lon", "is not a number"),
        ("c,0x10,39.9", "lon", "is not a number"),
        ("c,,39.9", "lon", "is empty"),
        (",116.4,39.9", "site_id", "is empty"),
        ("c,39.9,116.4", "lat", "is outside [-90, 90]: lon and lat look swapped"),
        ("c,116.4,90.0001", "lat", "is outside [-90, 90]"),
        ("c,180.0001,0", "lon", "is outside [-180, 180]"),
        ("c,0,0", "lon", "is 0 and so is lat: a place that was never set"),
    ],
)
def test_row_with_a_bad_cell_is_refused_with_line_column_value_and_text(
    tmp_path: Path, row: str, column: str, reason: str
) -> None:
    told = refusal(tmp_path, GOOD + row + "\n")
    at = ["site_id", "lon", "lat"].index(column)
    assert told == {"line": "4", "column": column, "value": row.split(",")[at], "reason": reason, "row": row}


@pytest.mark.parametrize(
    "row", ["c,180,90", "c,-180,-90", "c,0,1", "c, 116.4 ,39.9", "c,+116.4,39.9", "c,1.164e2,39.9"]
)
def test_row_at_a_limit_or_written_otherwise_is_kept(tmp_path: Path, row: str) -> None:
    assert read_in(tmp_path, written(tmp_path, GOOD + row + "\n")).rows_refused == 0


@pytest.mark.parametrize(("value", "reason"), [("-1", "is negative"), ("1.5", "is not a whole number"), ("1e17", None)])
def test_count_that_is_negative_broken_or_huge_is_refused(tmp_path: Path, value: str, reason: str | None) -> None:
    told = refusal(tmp_path, f"site_id,lon,lat,cells\na,1,1,3\nb,1,1,{value}\n")
    assert told["column"] == "cells"
    assert reason is None or told["reason"] == reason


def test_measurement_is_refused_just_outside_the_reporting_range_and_kept_at_its_ends(tmp_path: Path) -> None:
    text = "time,lon,lat,rsrp_dbm\n" + "".join(
        f"2025-01-01,1,1,{v}\n" for v in ("-156", "-31", "-156.1", "-30.9", "-90")
    )
    done = read_in(tmp_path, written(tmp_path, text), "measurements")
    assert [row["value"] for row in rejects(tmp_path)] == ["-156.1", "-30.9"]
    assert done.manifest.rows == 3


def test_duplicate_key_is_refused_naming_the_line_of_the_first(tmp_path: Path) -> None:
    told = refusal(tmp_path, GOOD + "a,100,30\n")
    assert (told["line"], told["reason"]) == ("4", "repeats the key of line 2")


def test_every_repeat_of_a_key_is_refused_and_the_first_kept(tmp_path: Path) -> None:
    done = read_in(tmp_path, written(tmp_path, SITES + "a,1,1\nb,1,1\na,2,2\na,3,3\nb,4,4\nc,5,5\n"))
    assert stored(tmp_path, done).column("lon").to_pylist() == [1.0, 1.0, 5.0]
    assert [row["reason"][-6:] for row in rejects(tmp_path)] == ["line 2", "line 2", "line 3"]


def test_repeat_of_a_refused_row_is_no_repeat(tmp_path: Path) -> None:
    told = refusal(tmp_path, SITES + "a,x,1\na,1,1\n")
    assert told["line"] == "2"


def test_duplicates_across_blocks_and_spilled_hashes_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_source, "BLOCK", 2_000)
    monkeypatch.setattr("setsail.store.readers.text_stream.PIECE", 700)
    monkeypatch.setattr(duplicates, "SPILL_ROWS", 300)
    rows = [f"s{i},100,30" for i in range(2_000)]
    rows[1500] = "s7,100,30"
    rows[1999] = "s1999x,100,30"
    done = read_in(tmp_path, written(tmp_path, SITES + "\n".join(rows) + "\n"))
    assert (done.rows_in, done.manifest.rows) == (2_000, 1_999)
    assert (rejects(tmp_path)[0]["line"], rejects(tmp_path)[0]["reason"]) == ("1502", "repeats the key of line 9")


def test_equal_hashes_of_different_keys_refuse_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates.KeyHashes, "hashes", lambda _self, keys: np.zeros(len(keys), np.uint64))
    assert read_in(tmp_path, written(tmp_path, GOOD)).rows_refused == 0


def test_time_after_recording_is_refused_and_at_recording_kept(tmp_path: Path) -> None:
    text = "time,lon,lat\n2026-01-15T12:00:00Z,1,1\n2026-01-15T12:00:01Z,1,1\n2026-01-15T20:00:00+08:00,1,1\n"
    told = refusal(tmp_path, text, "measurements")
    assert (told["line"], told["reason"]) == ("3", "lies in the future of 2026-01-15 12:00 UTC")


def test_day_of_a_planned_site_may_lie_ahead_and_of_an_open_one_may_not(tmp_path: Path) -> None:
    text = "site_id,lon,lat,status,opened_on\na,1,1,planned,2027-01-01\nb,1,1,in_service,2027-01-01\n"
    assert refusal(tmp_path, text)["line"] == "3"


def test_word_outside_the_choices_is_refused(tmp_path: Path) -> None:
    told = refusal(tmp_path, CELLS + "lte,1,1,1,1,1,1\nwimax,1,1,1,2,1,1\n", "cells")
    assert told["reason"] == "is not one of gsm, cdma, umts, lte, nr"


def test_ragged_rows_are_refused_with_their_lines(tmp_path: Path) -> None:
    done = read_in(tmp_path, written(tmp_path, GOOD + "c,1\n\nd,1,2,3\ne,1,1\n"))
    assert [(r["line"], r["reason"]) for r in rejects(tmp_path)] == [
        ("4", "has 2 cells where the header has 3"),
        ("6", "has 4 cells where the header has 3"),
    ]
    assert done.manifest.rows == 3


def test_lines_stay_right_after_blank_lines_and_cells_over_several_lines(tmp_path: Path) -> None:
    text = 'site_id,lon,lat,name\n\na,1,1,"two\nlines"\nb,x,1,"with ""quotes"""\n'
    told = refusal(tmp_path, text)
    assert (told["line"], told["value"]) == ("5", "x")


def test_cell_of_ten_megabytes_is_refused_and_shown_short(tmp_path: Path) -> None:
    told = refusal(tmp_path, "site_id,lon,lat,name\na,1,1,x\nb,1,1," + "y" * 10_000_000 + "\n")
    assert told["reason"] == "is longer than 1,048,576 bytes"
    assert len(told["value"]) == len(told["row"]) == 1_000


# ---- policy ----------------------------------------------------------------------------------------------------------


def test_more_refused_rows_than_allowed_end_in_an_error_with_the_rejects_told_and_nothing_kept(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "c,x,1\n")
    met = error(tmp_path, path, max_rejects="1%")
    assert "1 of 3 rows are refused; first: line 4, lon: is not a number ('x')" in str(met)
    assert len(rejects(tmp_path)) == 1


@pytest.mark.parametrize(
    ("limit", "kept"), [("1", True), ("0", False), ("33.4%", True), ("33.3%", False), ("0.34", True)]
)
def test_policy_holds_at_its_limit(tmp_path: Path, limit: str, kept: bool) -> None:
    path = written(tmp_path, GOOD + "c,x,1\n")
    if kept:
        assert read_in(tmp_path, path, max_rejects=limit).rows_refused == 1
    else:
        error(tmp_path, path, max_rejects=limit)


@pytest.mark.parametrize("limit", ["-1", "many", "101%", "1.5", ""])
def test_policy_that_is_no_number_is_an_error(tmp_path: Path, limit: str) -> None:
    with pytest.raises(BadInput, match="--max-rejects"):
        read_in(tmp_path, written(tmp_path, GOOD), max_rejects=limit)


# ---- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "has no header"),
        (b"\n\n", "has no header"),
        (SITES.encode(), "has a header and no rows"),
        (SITES.encode() + b"\n\n", "has a header and no rows"),
        ((SITES + "北京,116,39\n").encode("gb18030"), "is not UTF-8"),
        ((SITES + "a,116,39\n").encode("utf-16"), "is UTF-16"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 20, "is not UTF-8|zero byte"),
        (b"a,b\x00c\n1,2\n", "zero byte"),
        (b"%PDF-1.7 and so on", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "old Excel workbook"),
        (b"PK\x03\x04 not a zip", "damaged or cut off"),
        (b"PAR1 nothing more", "cut off or no Parquet file"),
        (b"\x1f\x8b\x08\x00 not gzip", "damaged|cut off"),
        ((SITES + 'a,1,1\n"b,1,1\n').encode(), "never closed"),
        (b"site_id,lon,lat\ra,1,1\r", "CR alone"),
        (b"site_id,lon,lon,lat\na,1,1,1\n", "twice"),
    ],
)
def test_file_that_is_no_table_ends_in_a_named_error(tmp_path: Path, content: bytes, what: str) -> None:
    met = error(tmp_path, written(tmp_path, content))
    assert isinstance(met, BadInput)
    import re

    assert re.search(what, str(met)), str(met)


def test_encoding_error_names_the_line_and_the_way_to_convert(tmp_path: Path) -> None:
    met = error(tmp_path, written(tmp_path, GOOD.encode() + "北京,116,39\n".encode("gb18030")))
    assert ":4:" in str(met)
    assert "iconv -f GB18030 -t UTF-8 case.csv" in str(met)
    assert 'encoding = "gb18030"' in str(met)


def test_declared_encoding_is_read(tmp_path: Path) -> None:
    declared = map_file(tmp_path, 'kind = "sites"\nsame_names = true\n[file]\nencoding = "gb18030"\n')
    done = read_in(tmp_path, written(tmp_path, (SITES + "北京站,116,39\n").encode("gb18030")), column_map=declared)
    assert stored(tmp_path, done).column("site_id").to_pylist() == ["北京站"]


def test_characters_cut_between_pieces_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setsail.store.readers.text_stream.PIECE", 7)
    done = read_in(tmp_path, written(tmp_path, SITES + "".join(f"站{i},100,30\n" for i in range(50))))
    assert stored(tmp_path, done).column("site_id").to_pylist() == [f"站{i}" for i in range(50)]


def test_windows_line_ends_byte_order_mark_and_a_path_with_blanks_and_chinese_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "我的 数据"
    folder.mkdir()
    path = written(folder, "\ufeff" + GOOD.replace("\n", "\r\n"), "基站 表.csv")
    assert stored(tmp_path, read_in(tmp_path, path)).column("lat").to_pylist() == [39.9, 31.2]


def test_decimal_comma_is_read_where_the_map_declares_it_and_refused_where_not(tmp_path: Path) -> None:
    declared = map_file(
        tmp_path, 'kind = "sites"\nsame_names = true\n[file]\ndecimal = ","\ndelimiter = ";"\nthousands = "."\n'
    )
    path = written(tmp_path, "site_id;lon;lat;height_m\na;116,4;39,9;1.000,0\nb;116.4;39,9;1\n")
    done = read_in(tmp_path, path, column_map=declared)
    assert stored(tmp_path, done).column("height_m").to_pylist()[0] == 1000.0
    told = refusal(tmp_path, 'site_id,lon,lat\na,"116,4",1\nb,1,1\n')
    assert told["value"] == "116,4"


def test_decimal_point_is_refused_where_the_map_declares_a_comma(tmp_path: Path) -> None:
    declared = map_file(tmp_path, 'kind = "sites"\nsame_names = true\n[file]\ndecimal = ","\ndelimiter = ";"\n')
    told = refusal(tmp_path, "site_id;lon;lat\na;116.4;39,9\nb;1;1\n", column_map=declared)
    assert told["value"] == "116.4"


def test_folder_missing_file_pipe_and_dangling_link_are_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name, what in (
        ("", "is a folder"),
        ("missing.csv", "does not exist"),
        ("pipe", "is a pipe"),
        ("dangling", "leads nowhere"),
        ("circle", "circle of links"),
    ):
        assert what in str(error(tmp_path, tmp_path / name if name else tmp_path))
    assert "device" in str(error(tmp_path, Path("/dev/zero")))


def test_unreadable_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser reads everything
        real = Path.open

        def refuse(self: Path, *args: Any, **options: Any) -> Any:
            if self == path:
                raise PermissionError(errno.EACCES, "Permission denied", str(self))
            return real(self, *args, **options)

        monkeypatch.setattr(Path, "open", refuse)
    assert "may not be read" in str(error(tmp_path, path))


def test_link_to_a_file_is_followed(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    (tmp_path / "link.csv").symlink_to(tmp_path / "case.csv")
    assert read_in(tmp_path, tmp_path / "link.csv").manifest.rows == 2


def test_rejects_file_that_is_a_link_is_replaced_and_its_target_left(tmp_path: Path) -> None:
    precious = written(tmp_path, "precious", "precious.txt")
    (tmp_path / "rejects.csv").symlink_to(precious)
    read_in(tmp_path, written(tmp_path, GOOD + "c,x,1\n"))
    assert precious.read_text(encoding="utf-8") == "precious"
    assert not (tmp_path / "rejects.csv").is_symlink()


def test_gzip_is_read_also_in_several_members(tmp_path: Path) -> None:
    content = gzip.compress(SITES.encode() + b"a,1,1\n") + gzip.compress(b"b,2,2\n")
    assert read_in(tmp_path, written(tmp_path, content, "case.csv.gz")).manifest.rows == 2


@pytest.mark.parametrize("cut", [1, 8, 20])
def test_cut_gzip_is_an_error(tmp_path: Path, cut: int) -> None:
    rng = np.random.default_rng(7)
    content = gzip.compress((SITES + "".join(f"s{i},{rng.uniform(0, 1)},1\n" for i in range(999))).encode())
    assert "cut off" in str(error(tmp_path, written(tmp_path, content[:-cut], "case.csv.gz")))


def test_gzip_with_a_wrong_checksum_is_an_error(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(GOOD.encode()))
    content[-8] ^= 1
    assert "is damaged" in str(error(tmp_path, written(tmp_path, bytes(content), "case.csv.gz")))


def test_gzip_bomb_is_stopped_while_it_inflates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "RATIO_FLOOR", 1 << 20)
    content = gzip.compress(GOOD.encode() + b"a,1,1\n" * 3_000_000)
    met = error(tmp_path, written(tmp_path, content, "case.csv.gz"))
    assert "zip bomb" in str(met)


def test_inflated_size_is_limited_whatever_the_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "MAX_INFLATED", 1 << 10)
    content = gzip.compress(os.urandom(4096).hex().encode())
    assert "inflates to more" in str(error(tmp_path, written(tmp_path, content, "case.csv.gz")))


def test_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, GOOD)
    real = store_parquet.write_files

    def slow(folder: Path, batches: Any, schema: pa.Schema, where: str) -> Any:
        def touched() -> Any:
            for batch in batches:
                path.write_text(GOOD + "c,1,1\n", encoding="utf-8")
                yield batch

        return real(folder, touched(), schema, where)

    monkeypatch.setattr(store_parquet, "write_files", slow)
    assert "changed while it was read" in str(error(tmp_path, path))


def test_full_disk_is_a_named_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any, **_options: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    assert "no room left on the disk" in str(error(tmp_path, written(tmp_path, GOOD)))


def test_full_disk_under_the_rejects_file_is_a_named_error_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any, **_options: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("setsail.store.readers.refusals.tempfile.mkstemp", full)
    assert "no room left" in str(error(tmp_path, written(tmp_path, GOOD + "c,x,1\n")))


# ---- Parquet ---------------------------------------------------------------------------------------------------------


def parquet(folder: Path, rows: int = 1000) -> Path:
    path = folder / "case.parquet"
    rng = np.random.default_rng(5)
    columns = {
        "site_id": [f"s{i}" for i in range(rows)],
        "lon": rng.uniform(100, 120, rows),
        "lat": rng.uniform(20, 40, rows),
    }
    pq.write_table(pa.table(columns), path, row_group_size=300)
    return path


def test_parquet_is_read_with_numbers_as_they_are(tmp_path: Path) -> None:
    path = parquet(tmp_path)
    done = read_in(tmp_path, path)
    assert stored(tmp_path, done).column("lon").equals(pq.read_table(path).column("lon"))


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.99])
def test_cut_parquet_is_an_error(tmp_path: Path, keep: float) -> None:
    path = parquet(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert "cut off or no Parquet" in str(error(tmp_path, path))


def test_parquet_with_damaged_pages_is_an_error(tmp_path: Path) -> None:
    path = parquet(tmp_path)
    content = bytearray(path.read_bytes())
    content[200:600] = b"\xff" * 400
    path.write_bytes(bytes(content))
    assert isinstance(error(tmp_path, path), BadInput)


def test_parquet_footer_that_promises_a_billion_rows_is_refused_before_a_row_is_read(tmp_path: Path) -> None:
    path = tmp_path / "case.parquet"
    one = pa.table({"site_id": ["a"] * 1000, "lon": [1.0] * 1000, "lat": [1.0] * 1000})
    pq.write_table(one, path)
    content = path.read_bytes()
    # The footer is Thrift in compact form: 1000 is the varint d0 0f (zigzag), 1,000,000,000 is 80 a8 d6 b9 07.
    length = int.from_bytes(content[-8:-4], "little")
    footer = content[-8 - length : -8].replace(b"\xd0\x0f", b"\x80\xa8\xd6\xb9\x07")
    path.write_bytes(content[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    assert pq.read_metadata(path).num_rows == 1_000_000_000
    assert "promises 1,000,000,000 rows in" in str(error(tmp_path, path))


def test_parquet_without_rows_and_with_nested_columns_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "case.parquet"
    pq.write_table(pa.table({"site_id": pa.array([], pa.string()), "lon": pa.array([], pa.float64())}), path)
    assert "has a header and no rows" in str(error(tmp_path, path))
    pq.write_table(pa.table({"site_id": [["a"]], "lon": [1.0], "lat": [1.0]}), path)
    assert "a flat column" in str(error(tmp_path, path))


def test_nan_and_null_in_parquet_are_refused_apart(tmp_path: Path) -> None:
    path = tmp_path / "case.parquet"
    columns = {"site_id": ["a", "b", "c"], "lon": pa.array([float("nan"), None, 1.0]), "lat": [1.0, 1.0, 1.0]}
    pq.write_table(pa.table(columns), path)
    read_in(tmp_path, path)
    assert [(r["line"], r["reason"]) for r in rejects(tmp_path)] == [("1", "is NaN or infinite"), ("2", "is empty")]


# ---- maps ------------------------------------------------------------------------------------------------------------


def test_mapped_column_that_the_file_lacks_is_an_error_with_what_was_met(tmp_path: Path) -> None:
    met = error(tmp_path, written(tmp_path, "id,lon,lat\na,1,1\n"))
    assert "nothing that fills 'site_id'" in str(met)
    assert "met: id, lon, lat" in str(met)


def test_header_of_a_known_export_brings_the_hint_to_its_map(tmp_path: Path) -> None:
    header = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
    assert "--map opencellid" in str(error(tmp_path, written(tmp_path, header + "\n"), "cells"))


def test_columns_that_no_rule_takes_are_told_in_a_note(tmp_path: Path) -> None:
    done = read_in(tmp_path, written(tmp_path, "site_id,lon,lat,extra,more\na,1,1,2,3\n"))
    note = next(note for note in done.notes if note.code == "unmapped-columns")
    assert (note.count, note.text) == (2, "not taken: extra, more")
    assert done.manifest.meta["notes"] == [note.record()]


def test_unit_of_another_dimension_is_an_error_naming_file_and_key(tmp_path: Path) -> None:
    declared = map_file(tmp_path, 'kind = "sites"\n[columns]\nheight_m = { from = "h", unit = "dbm" }\n')
    with pytest.raises(BadInput, match=r"map\.toml key 'columns\.height_m'\.unit: is 'dbm'"):
        read_in(tmp_path, written(tmp_path, GOOD), column_map=declared)


def test_units_are_converted(tmp_path: Path) -> None:
    declared = map_file(
        tmp_path,
        'kind = "measurements"\nsame_names = true\n[columns]\ndl_bps = { from = "mb", unit = "mbps" }\n'
        'latency_s = { from = "rtt", unit = "ms" }\nspeed_mps = { from = "v", unit = "km/h" }\n',
    )
    text = "time,lon,lat,mb,rtt,v\n2025-01-01,1,1,12.5,40,36\n"
    table = stored(tmp_path, read_in(tmp_path, written(tmp_path, text), "measurements", declared))
    found = [table.column(name)[0].as_py() for name in ("dl_bps", "latency_s", "speed_mps")]
    assert found == pytest.approx([12.5e6, 0.04, 10.0])


def test_constant_that_is_none_of_the_choices_is_an_error(tmp_path: Path) -> None:
    met = error(tmp_path, written(tmp_path, GOOD), constants={"technology": "9g"})
    assert "'9g' is not one of" in str(met)


def test_constant_fills_all_rows_and_unknown_one_is_an_error(tmp_path: Path) -> None:
    done = read_in(tmp_path, written(tmp_path, GOOD), constants={"operator": "Operator A (invented)"})
    assert stored(tmp_path, done).column("operator").to_pylist() == ["Operator A (invented)"] * 2
    with pytest.raises(UnknownName, match="no column 'colour'"):
        read_in(tmp_path, written(tmp_path, GOOD), constants={"colour": "red"})


def test_kind_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="is 'towers'"):
        read_in(tmp_path, written(tmp_path, GOOD), "towers")


def test_name_of_another_kind_is_a_conflict_and_keeps_what_was_there(tmp_path: Path) -> None:
    read_in(tmp_path, written(tmp_path, GOOD))
    with pytest.raises(SetSailError, match="is a data set of sites"):
        read_in(tmp_path, written(tmp_path, CELLS + "lte,1,1,1,1,1,1\n"), "cells")
    with open_workspace(tmp_path) as workspace:
        assert [m.kind for m in workspace.manifests()] == ["sites"]


def test_reading_again_makes_a_new_version(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert [read_in(tmp_path, path).manifest.version for _ in range(2)] == [1, 2]


def test_manifest_keeps_where_the_rows_came_from(tmp_path: Path) -> None:
    meta = read_in(tmp_path, written(tmp_path, GOOD + "c,x,1\n")).manifest.meta
    assert (meta["file"], meta["map"], meta["rows_in"], meta["rows_refused"]) == ("case.csv", "generic", 3, 1)
    assert meta["reasons"] == {"lon: is not a number": 1}
    assert meta["synthetic"] is True


# ---- workbooks are in readers/test_xlsx_source.py; here their guards -------------------------------------------------


def test_zip_bomb_named_xlsx_is_refused_by_its_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "RATIO_FLOOR", 1 << 20)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (8 << 20))
    assert "zip bomb" in str(error(tmp_path, written(tmp_path, buffer.getvalue(), "case.xlsx")))


def test_zip_of_something_else_is_an_error(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.csv", GOOD)
    assert "is a zip archive" in str(error(tmp_path, written(tmp_path, buffer.getvalue(), "case.zip")))


def test_duplicate_key_error_class_names_a_repeated_header(tmp_path: Path) -> None:
    assert isinstance(error(tmp_path, written(tmp_path, "a,a\n1,2\n")), DuplicateKey)
