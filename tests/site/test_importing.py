from dataclasses import replace
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, StoreConflict
from setsail.site import folder, importing
from setsail.site.model import Need
from tests.site import workbooks


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return workbooks.write(tmp_path / "synthetic.xlsx", workbooks.rows())


def test_imported_site_has_walls_needs_and_the_id_of_its_folder(workbook: Path, tmp_path: Path) -> None:
    out = tmp_path / "My Clinic"
    site = importing.imported(workbook, site_id=importing.id_of(out))
    done = importing.into(site, out)
    assert done.site == "My-Clinic"
    assert folder.read(out) == done
    assert done.floors[0].walls
    assert {need.application for need in done.needs} >= {"APP-124", "APP-131"} - {"APP-131"}
    assert all(need.origin == "inferred" for need in done.needs)


def test_kind_asked_for_counts_before_that_of_the_file(workbook: Path) -> None:
    assert importing.imported(workbook).kind == "hospital"
    assert importing.imported(workbook, kind="factory").kind == "factory"


def test_second_import_is_refused_and_with_replace_keeps_what_the_owner_said(workbook: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    first = importing.into(importing.imported(workbook), out)
    own = Need("own", "APP-060", 2, room="103")
    kept = [n for n in first.needs if n.function != "lift"]
    owner = replace(
        first,
        needs=(*kept, own),
        licensed_bands=("n78",),
        lon=113.5,
        lat=22.5,
        declared={"staff": True},
        kind="hospital",
    )
    folder.write(owner, out, replace=True)
    (out / "network.toml").write_text("# kept\n", encoding="utf-8")
    with pytest.raises(StoreConflict, match=r"is there already.*--replace"):
        importing.into(importing.imported(workbook), out)
    got = importing.into(importing.imported(workbook), out, replacing=True)
    assert own in got.needs
    assert not [need for need in got.needs if need.function == "lift"]
    assert (got.licensed_bands, got.lon, got.declared) == (("n78",), 113.5, {"staff": True})
    assert (out / "network.toml").read_text("utf-8") == "# kept\n"
    told = {(t.subject, t.what) for t in got.inferred}
    assert ("needs.csv", "1 needs of the owner kept") in told
    assert ("needs.csv", "1 needs left out as the owner removed them") in told
    assert ("site.toml", "licensed_bands kept") in told


def test_third_import_is_as_the_second(workbook: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    first = importing.into(importing.imported(workbook), out)
    again = importing.into(importing.imported(workbook), out, replacing=True)
    assert again == first


@pytest.mark.parametrize(("name", "told"), [("plan.pdf", r"ends in '\.pdf'"), ("plan", "has no suffix")])
def test_file_of_another_kind_is_told_what_can_be_read(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BadInput, match=told + r".*\.xlsx.*\.dxf.*\.ifc.*\.geojson"):
        importing.imported(tmp_path / name)


def test_every_suffix_names_a_reader_that_exists() -> None:
    import importlib.util

    assert all(importlib.util.find_spec(module) is not None for module in importing.READERS.values())
