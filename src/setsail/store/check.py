"""Checks of the files of one data set against its manifest."""

from __future__ import annotations

from pathlib import Path

from setsail.store.canonical import sha256_file
from setsail.store.findings import Finding
from setsail.store.manifest import Manifest, StoredFile


def check_files(root: Path, manifest: Manifest) -> list[Finding]:
    """What is not as recorded: files gone, cut, changed or added, rows, columns. Empty when all is well."""
    findings = [finding for file in manifest.files for finding in _check_file(root, manifest, file)]
    return findings + _strays(root, manifest)


def _check_file(root: Path, manifest: Manifest, file: StoredFile) -> list[Finding]:
    path = root / file.path
    if not path.is_file():
        return [Finding("file-gone", file.path, "no file", f"{file.size} bytes")]
    size = path.stat().st_size
    if size != file.size:
        return [Finding("file-size", file.path, f"{size} bytes", f"{file.size} bytes")]
    found = sha256_file(path)
    if found != file.sha256:
        return [Finding("file-changed", file.path, f"sha256 {found[:12]}", f"sha256 {file.sha256[:12]}")]
    return _check_inside(path, manifest, file)


def _check_inside(path: Path, manifest: Manifest, file: StoredFile) -> list[Finding]:
    """Rows and columns: a manifest that was changed along with its hash is found here."""
    import pyarrow as pa  # noqa: PLC0415 - keeps pyarrow out of listing commands
    import pyarrow.parquet as pq  # noqa: PLC0415

    from setsail.store.schema import columns  # noqa: PLC0415

    try:
        with pq.ParquetFile(path) as parquet:
            rows, found = parquet.metadata.num_rows, columns(parquet.schema_arrow)
    except (pa.ArrowInvalid, OSError) as err:
        return [Finding("file-unreadable", file.path, str(err).splitlines()[0], "a Parquet file")]
    findings = []
    if rows != file.rows:
        findings.append(Finding("file-rows", file.path, f"{rows} rows", f"{file.rows} rows"))
    if found != manifest.schema:
        names = sorted({c.name for c in set(found) ^ set(manifest.schema)})
        findings.append(Finding("file-columns", file.path, f"differs in {', '.join(names)}", "the manifest's columns"))
    return findings


def _strays(root: Path, manifest: Manifest) -> list[Finding]:
    """Files in the folder that the manifest does not name: an engine that reads the folder would count them."""
    folder = root / "data" / manifest.kind / manifest.name / manifest.id
    named = {root / file.path for file in manifest.files}
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    return [Finding("file-added", str(path.relative_to(root)), "a file", "none") for path in there if path not in named]
