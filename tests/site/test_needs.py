from dataclasses import replace
from pathlib import Path

import pytest

from setsail.base.errors import SetSailError
from setsail.site.functions import functions
from setsail.site.model import Floor, Need, Room, Site
from setsail.site.needs import COLUMNS, Use, default_needs, merged, read, shipped
from setsail.standards.applications import applications

BOX = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))


def _site(*rooms: tuple[str, str, float], kind: str = "hospital") -> Site:
    made = tuple(Room(name, name, "g", function, BOX, area) for name, function, area in rooms)
    site = Site("s", "Synthetic", kind, (Floor("g", "G", 0, 0.0, 3.0, rooms=made),))
    return replace(site, needs=default_needs(site))


def _use(basis: str, amount: float, bed: float | None = None) -> Use:
    return Use((), "ward", "APP-124", basis, amount, bed, 1.0, True, "assumption: test")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("use", "area", "count"),
    [
        (_use("room", 2), 500.0, 2), (_use("bed", 1, 8.0), 7.9, 1), (_use("bed", 1, 8.0), 16.0, 2),
        (_use("bed", 1, 8.0), 15.99, 1), (_use("bed", 4, 8.0), 24.0, 12), (_use("m2", 0.02), 50.0, 1),
        (_use("m2", 0.02), 50.1, 2), (_use("m2", 0.02), 0.0, 1), (_use("m2", 0.1), 30.0, 3),
    ],
)  # fmt: skip
def test_devices_are_counted_by_room_bed_or_area(use: Use, area: float, count: int) -> None:
    assert use.count(Room("r", "r", "g", "ward", BOX, area)) == count


def test_needs_that_are_alike_are_one_of_the_function_and_others_one_of_each_room() -> None:
    needs = {need.need: need for need in _site(("a2", "ward", 24.0), ("a10", "ward", 8.0), ("x", "kitchen", 9.0)).needs}
    assert list(needs) == ["a2/APP-124", "a2/APP-134", "a10/APP-124", "a10/APP-134", "ward/APP-133"]
    assert (needs["a2/APP-124"].count, needs["a10/APP-124"].count) == (3, 1)
    assert needs["a2/APP-124"].critical
    assert (needs["ward/APP-133"].room, needs["ward/APP-133"].function) == ("", "ward")
    assert all(need.origin == "inferred" for need in needs.values())


def test_needs_follow_the_kind_of_the_site() -> None:
    assert not _site(("h", "production-hall", 500.0)).needs
    assert {n.application for n in _site(("h", "production-hall", 500.0), kind="factory").needs} >= {
        "APP-030",
        "APP-036",
    }
    assert [n.application for n in _site(("m", "meeting", 20.0), kind="port").needs] == ["APP-131"]


def test_shipped_table_names_known_functions_and_applications_and_says_its_source() -> None:
    known = applications()
    assert len(shipped()) > 60
    assert all(use.function in functions() and use.application in known for use in shipped())
    assert all(use.source.startswith("assumption: ") for use in shipped())
    kinds = {kind for use in shipped() for kind in use.kinds}
    assert kinds == {"hospital", "factory", "port"}


def test_edits_of_the_owner_outlive_a_new_import() -> None:
    before = _site(("a", "ward", 24.0), ("b", "ward", 8.0), ("c", "lift", 4.0))
    mine = [n for n in before.needs if n.need != "a/APP-134"]
    mine = [replace(n, count=9, origin="given") if n.need == "b/APP-124" else n for n in mine]
    own = Need("own", "APP-060", 2, room="c")
    edited = replace(before, needs=(*mine, own))
    after = _site(("a", "ward", 40.0), ("b", "ward", 16.0), ("d", "icu", 15.0))
    got = merged(edited, after)
    needs = {n.need: n for n in got.needs}
    assert (got.added, got.changed, got.removed) == (("own",), ("b/APP-124",), ("a/APP-134",))
    assert needs["own"] == own
    assert (needs["b/APP-124"].count, needs["a/APP-124"].count) == (9, 5)
    assert "a/APP-134" not in needs
    assert "d/APP-124" in needs
    assert "lift/APP-124" not in needs


def test_unedited_needs_are_replaced_by_new_defaults() -> None:
    before, after = _site(("a", "ward", 24.0)), _site(("b", "icu", 15.0))
    got = merged(before, after)
    assert got.needs == after.needs
    assert (got.added, got.changed, got.removed) == ((), (), ())


ROW = "hospital,ward,APP-124,room,1,,1,no,assumption,x"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ward", "wrd", "column 'function': is 'wrd'"),
        ("APP-124", "APP-999", "column 'application': is 'APP-999'; allowed: APP-001 to APP-154"),
        ("room", "rooms", "column 'basis': is 'rooms'; allowed: room, bed, m2"),
        ("room,1,", "room,0,", "column 'amount': is 0; allowed: above 0"),
        ("room,1,", "room,one,", "column 'amount': is 'one'"),
        ("room,1,,", "bed,1,,", "column 'bed_m2': is empty"),
        (",1,no", ",1.1,no", "column 'activity_ratio': is 1.1; allowed: 0 to 1"),
        (",no,", ",maybe,", "column 'critical': is 'maybe'"),
        (ROW, f"{ROW}\n{ROW}", "repeats the key of line 2"),
    ],
)
def test_spoilt_table_of_uses_is_refused_with_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "uses.csv"
    path.write_text(",".join(COLUMNS) + "\n" + ROW.replace(old, new, 1) + "\n", encoding="utf-8")
    with pytest.raises(SetSailError, match=told):
        read(path)


def test_table_of_the_owner_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "uses.csv"
    path.write_text(",".join(COLUMNS) + "\n,kitchen,APP-060,room,3,,0.5,yes,assumption,mine\n", encoding="utf-8")
    [need] = default_needs(_site(("k", "kitchen", 9.0), ("w", "ward", 9.0)), read(path))
    assert need == Need("kitchen/APP-060", "APP-060", 3, "", "kitchen", 0.5, True, "inferred", "assumption: mine")
