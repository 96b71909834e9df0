from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from setsail.base.errors import BadInput, StoreConflict, StoreCorrupt, UnknownName
from setsail.store import parquet
from setsail.store.manifest import Manifest
from setsail.store.registry import REVISION, writing
from setsail.store.workspace import Workspace
from tests.store.workers import AT, SCHEMA, put, rows


def _write(workspace: Workspace, batches: Iterator[pa.RecordBatch], schema: pa.Schema = SCHEMA) -> Manifest:
    return workspace.write(
        "cells", "c", batches, schema=schema, source="s", licence="l", recorded_at=AT, actor="tester"
    )


def _table(workspace: Workspace, manifest: Manifest) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in workspace.files(manifest)])


def test_data_set_written_reads_back_with_its_rows_and_manifest(either: Workspace) -> None:
    written = put(either, "c", 10)
    assert either.latest("c") == written
    assert either.manifest(written.id).digest == written.digest
    assert _table(either, written)["h3"].to_pylist() == list(range(10, 18))
    assert (written.version, written.rows, written.recorded_at, written.synthetic) == (1, 8, AT, True)
    assert either.check(written) == []


def test_second_version_leaves_the_first_as_it_was(workspace: Workspace) -> None:
    first, second = put(workspace, "c", 0), put(workspace, "c", 50)
    assert [manifest.version for manifest in workspace.manifests(kind="cells", name="c")] == [1, 2]
    assert workspace.latest("c") == second
    assert _table(workspace, first)["h3"].to_pylist() == list(range(8))


def test_content_hash_is_that_of_the_rows_and_not_of_the_writing(workspace: Workspace) -> None:
    first, again, other = put(workspace, "a", 0), put(workspace, "b", 0), put(workspace, "b", 1)
    assert first.sha256 == again.sha256 != other.sha256
    assert first.digest != again.digest


def test_batches_that_fail_midway_leave_nothing(workspace: Workspace) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield rows(0)
        raise BadInput("is not a number", where="line 7")

    with pytest.raises(BadInput, match="line 7"):
        _write(workspace, batches())
    assert workspace.manifests() == []
    assert workspace.audit_entries() == []
    assert [path for path in workspace.root.rglob("*") if path.parent.name in {"incoming", "data"}] == []


def test_unknown_name_is_answered_with_the_names_there_are(workspace: Workspace) -> None:
    put(workspace, "c", 0)
    with pytest.raises(UnknownName, match=r"'sites'.*allowed: c"):
        workspace.latest("sites")


def test_name_of_another_kind_is_refused(workspace: Workspace) -> None:
    put(workspace, "c", 0)
    with pytest.raises(StoreConflict, match="data set of cells"):
        put(workspace, "c", 0, kind="sites")


@pytest.mark.parametrize("name", ["", "Upper", "a/b", "..", "-a", "a" * 64, "北京"])
def test_name_that_is_no_folder_name_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        put(workspace, name, 0)


def test_longest_name_is_accepted(workspace: Workspace) -> None:
    assert put(workspace, "a" * 63, 0).version == 1


def test_time_without_zone_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="without a zone"):
        workspace.write(
            "cells", "c", [], schema=SCHEMA, source="", licence="", recorded_at=datetime(2026, 1, 1), actor=""  # noqa: DTZ001
        )  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    [pa.uint64(), pa.uint8(), pa.timestamp("us"), pa.timestamp("ms", "UTC"), pa.timestamp("us", "Asia/Shanghai"),
     pa.float16(), pa.time64("us"), pa.list_(pa.uint64()), pa.struct([("x", pa.uint32())]), pa.null()],
    ids=str,
)  # fmt: skip
def test_type_that_some_engine_cannot_read_is_refused(workspace: Workspace, kind: pa.DataType) -> None:
    with pytest.raises(BadInput, match="column 'x'"):
        _write(workspace, iter(()), pa.schema([("x", kind)]))


@pytest.mark.parametrize("names", [["a", "A"], ["a b"], ["a,b"], [""], []])
def test_column_names_that_some_engine_cannot_read_are_refused(workspace: Workspace, names: list[str]) -> None:
    with pytest.raises(BadInput):
        _write(workspace, iter(()), pa.schema([(name, pa.int64()) for name in names]))


def test_batch_off_the_schema_is_refused(workspace: Workspace) -> None:
    other = pa.record_batch([[1], [2]], names=["h3", "region"])
    null = pa.record_batch([pa.array([None], pa.int64()), ["x"]], schema=SCHEMA)
    with pytest.raises(BadInput, match=r"'region'.*int64.*string"):
        _write(workspace, iter([other]))
    with pytest.raises(BadInput, match=r"'h3'.*1 nulls"):
        _write(workspace, iter([null]))
    with pytest.raises(BadInput, match="has columns"):
        _write(workspace, iter([other.select(["h3"])]))


def test_data_set_without_rows_keeps_its_columns(workspace: Workspace) -> None:
    manifest = _write(workspace, iter(()))
    assert manifest.rows == 0
    assert _table(workspace, manifest).schema.equals(SCHEMA)
    assert workspace.check(manifest) == []


def test_rows_are_cut_into_groups_and_files_in_order(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 10)
    monkeypatch.setattr(parquet, "FILE_ROWS", 20)
    batches = [rows(0, 3), rows(3, 25), rows(28, 10), rows(38, 1)]
    manifest = _write(workspace, iter(batches))
    assert _table(workspace, manifest)["h3"].to_pylist() == list(range(39))
    assert sum(file.rows for file in manifest.files) == manifest.rows == 39
    assert len(manifest.files) > 1
    for path in workspace.files(manifest):
        data = pq.ParquetFile(path).metadata
        assert all(data.row_group(i).num_rows <= 10 for i in range(data.num_row_groups))
        assert data.row_group(0).column(0).compression == "ZSTD"


def test_files_that_are_not_as_recorded_are_found(workspace: Workspace) -> None:
    manifest = put(workspace, "c", 0)
    (path,) = workspace.files(manifest)
    good = path.read_bytes()
    path.write_bytes(good[:-7])
    assert [finding.code for finding in workspace.check(manifest)] == ["file-size"]
    path.write_bytes(good[:40] + bytes([good[40] ^ 1]) + good[41:])
    assert [finding.code for finding in workspace.check(manifest)] == ["file-changed"]
    path.write_bytes(good)
    (path.parent / "part-00001.parquet").write_bytes(good)
    assert [finding.code for finding in workspace.check(manifest)] == ["file-added"]
    (path.parent / "part-00001.parquet").unlink()
    assert workspace.check(manifest) == []
    path.unlink()
    assert [finding.code for finding in workspace.check(manifest)] == ["file-gone"]
    with pytest.raises(StoreCorrupt, match="gone"):
        workspace.files(manifest)


def test_moved_workspace_is_the_same_workspace(workspace: Workspace, tmp_path: Path) -> None:
    manifest = put(workspace, "c", 0)
    workspace.close()
    moved = workspace.root.rename(tmp_path / "elsewhere")
    with Workspace.open(moved) as opened:
        assert opened.latest("c") == manifest
        assert opened.check(manifest) == []


def test_absent_workspace_is_made_only_where_asked(root: Path) -> None:
    with pytest.raises(UnknownName, match="not a workspace"):
        Workspace.open(root, create=False)
    assert not root.exists()


def test_folder_of_something_else_is_refused_untouched(root: Path) -> None:
    root.mkdir()
    (root / "thesis.txt").write_text("precious")
    with pytest.raises(BadInput, match=r"thesis\.txt"):
        Workspace.open(root)
    assert [path.name for path in root.iterdir()] == ["thesis.txt"]
    with pytest.raises(BadInput, match="is a file"):
        Workspace.open(root / "thesis.txt")


def test_registry_of_another_workspace_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "other"
    Workspace.open(other).close()
    with pytest.raises(StoreConflict, match="not the one of this folder"):
        Workspace.open(workspace.root, database_url=f"sqlite:///{other}/registry.sqlite")


def test_empty_registry_is_refused_for_a_folder_with_data(workspace: Workspace, tmp_path: Path) -> None:
    """Else a sweep would take every data set for a leftover."""
    put(workspace, "c", 0)
    with pytest.raises(StoreConflict, match="not the one of this folder"):
        Workspace.open(workspace.root, database_url=f"sqlite:///{tmp_path}/new.sqlite")
    assert not (tmp_path / "new.sqlite").exists()


def test_lost_registry_is_not_replaced_by_an_empty_one(workspace: Workspace) -> None:
    put(workspace, "c", 0)
    workspace.close()
    kept = (workspace.root / "registry.sqlite").rename(workspace.root / "registry.sqlite.kept")
    with pytest.raises(StoreConflict, match=r"bring registry\.sqlite back"):
        Workspace.open(workspace.root)
    kept.rename(workspace.root / "registry.sqlite")
    with Workspace.open(workspace.root) as opened:
        assert opened.check(opened.latest("c")) == []


def test_registry_of_a_newer_release_is_refused(workspace: Workspace) -> None:
    with writing(workspace.engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreConflict, match=f"revision 9999.*up to {REVISION}"):
        Workspace.open(workspace.root)


@pytest.mark.parametrize("address", ["mysql://x@h/d", "not a url", "postgresql://setsail:secret@127.0.0.1:1/none"])
def test_unusable_registry_address_is_refused_without_its_password(root: Path, address: str) -> None:
    with pytest.raises(BadInput) as caught:
        Workspace.open(root, database_url=address)
    assert "secret" not in str(caught.value)


def test_registry_file_of_other_bytes_is_reported_as_corrupt(workspace: Workspace) -> None:
    (workspace.root / "registry.sqlite").write_bytes(b"no data base at all" * 100)
    with pytest.raises(StoreCorrupt, match=r"registry\.sqlite"):
        Workspace.open(workspace.root)


def test_folder_with_nothing_but_sites_and_rollouts_becomes_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "rollouts" / "Example" / "w").mkdir(parents=True)
    (tmp_path / "sites").mkdir()
    Workspace.open(tmp_path).close()
    assert (tmp_path / "rollouts" / "Example" / "w").is_dir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "strange").write_text("")
    with pytest.raises(BadInput, match="holds 'strange'"):
        Workspace.open(tmp_path / "other")
