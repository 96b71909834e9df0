"""Services: feasibility by clause, latency, queueing, availability."""

from __future__ import annotations

from pathlib import Path

from setsail.base.record import Record

# The network as one document.


def service_export(path: Path) -> Record:
    """The network of a site's folder as one JSON document. Raises BadInput."""
    from setsail.design.network import folder, json_file

    return json_file.document(folder.read(path))


def service_import(path: Path, out: Path) -> Record:
    """What was written: the network of a JSON document as `network.toml`, `heads.csv` and `flows.csv` in a folder.

    Where the folder holds a site, the network's floors, rooms and bands are held against it. Raises BadInput,
    UnknownName, DuplicateKey, OutOfRange, StoreConflict.
    """
    from setsail.base.tables import read_text
    from setsail.design.network import fits, folder, json_file

    network = json_file.network_of(read_text(path), str(path))
    if (out / "site.toml").exists():
        from setsail.site.folder import read

        fits.require_fits(network, read(out), str(path))
    folder.write(network, out)
    counts = {name: len(getattr(network, name)) for name in ("carriers", "cells", "heads", "slices", "flows")}
    return {"site": network.site, "folder": str(out), "files": list(folder.FILES)} | counts


def service_schema() -> Record:
    """The JSON Schema (draft 2020-12) of the document of `service_export`."""
    from setsail.design.network import json_file

    return json_file.schema()
