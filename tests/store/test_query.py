from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from setsail.base.errors import OutOfRange
from setsail.store.query import QueryOptions, connect, default_options, query
from setsail.store.workspace import Workspace
from tests.store.workers import put


def test_data_sets_are_views_of_one_connection(workspace: Workspace) -> None:
    first, second = put(workspace, "a", 0), put(workspace, "b", 4)
    with query(workspace, {"a": first, "b": second}) as connection:
        found = connection.execute("SELECT count(*), sum(a.h3) FROM a JOIN b USING (h3)").fetchone()
    assert found == (4, 4 + 5 + 6 + 7)
    assert list((workspace.root / "scratch").iterdir()) == []


def test_connection_keeps_its_limits_and_fetches_nothing(tmp_path: Path) -> None:
    connection = connect(QueryOptions(256 << 20, 1, tmp_path))
    settings = dict(connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert (settings["memory_limit"], settings["threads"]) == ("256.0 MiB", "1")
    assert settings["temp_directory"] == str(tmp_path)
    with pytest.raises(duckdb.Error):
        connection.execute("LOAD spatial")
    connection.close()


def test_query_over_its_memory_spills_or_fails_and_never_takes_more(tmp_path: Path) -> None:
    connection = connect(QueryOptions(96 << 20, 1, tmp_path))
    found = connection.execute("SELECT count(*) FROM (SELECT range, hash(range) AS h FROM range(9000000) ORDER BY h)")
    assert found.fetchone() == (9_000_000,)
    connection.close()


@pytest.mark.parametrize(("memory", "threads"), [((64 << 20) - 1, 1), (1 << 30, 0)])
def test_limits_out_of_range_are_refused(tmp_path: Path, memory: int, threads: int) -> None:
    with pytest.raises(OutOfRange):
        QueryOptions(memory, threads, tmp_path)


def test_default_limits_are_accepted() -> None:
    assert default_options().threads >= 1
