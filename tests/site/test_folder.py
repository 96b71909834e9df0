import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, SetSailError, StoreConflict
from setsail.site import folder
from setsail.site.model import Floor, Need, Opening, Room, Site, Told, Wall
from setsail.store.leases import locked

SQUARE = ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))


def small(rooms: int = 12) -> Site:
    """A synthetic site with one of everything."""
    ground = Floor(
        "ground", "Ground", 0, 0.0, 3.5,
        rooms=tuple(Room(f"r{i}", f"诊室 {i}", "ground", "consulting", SQUARE, 12.0) for i in range(rooms)),
        walls=(Wall("w10", "ground", (0.0, 0.0), (4.0, 0.1 + 0.2), "plasterboard", "derived"),
               Wall("w2", "ground", (0.0, 0.0), (0.0, 3.0), "concrete")),
        openings=(Opening("d1", "ground", (1.0, 0.0), (1.9, 0.0), "door", "door-wood", "w10"),),
    )  # fmt: skip
    top = Floor("一层", 'First "quoted"', 1, 3.5, 3.0, rooms=(Room("x", "", "一层", "", SQUARE, 1e-3, drawn=False),))
    return Site(
        "demo", "Demo\u007f", "hospital", (top, ground), needs=(Need("n1", "APP-124", 3, room="r1", note="a, b\nc"),),
        licensed_bands=("n78", "n28"), lon=113.5, lat=22.5, bearing_deg=12.5, synthetic=True,
        declared={"staff.on-call": True, "hours": 24, "who": "An invented hospital"},
        inferred=(Told("r1", "height 2.4 m", "of its function"),), refused=(Told("sheet X", "not read", "no use"),),
    )  # fmt: skip


def test_site_read_again_equals_the_ordered_site(tmp_path: Path) -> None:
    folder.write(small(), tmp_path / "s")
    got = folder.read(tmp_path / "s")
    assert got == folder.ordered(small())
    assert [r.room for r in got.floors[0].rooms][:4] == ["r0", "r1", "r2", "r3"]
    assert [w.wall for w in got.floors[0].walls] == ["w2", "w10"]
    assert sorted(p.name for p in (tmp_path / "s").iterdir()) == ["floors", "import.csv", "needs.csv", "site.toml"]


def test_folder_written_twice_has_the_same_bytes_and_one_feature_a_line(tmp_path: Path) -> None:
    folder.write(small(), tmp_path / "a")
    folder.write(folder.read(tmp_path / "a"), tmp_path / "b")
    for file in ("site.toml", "needs.csv", "import.csv", "floors/ground.geojson", "floors/一层.geojson"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    lines = (tmp_path / "a" / "floors" / "ground.geojson").read_text("utf-8").splitlines()
    assert len(lines) == 2 + 12 + 2 + 1
    assert "local metres" in lines[0]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
METRES = st.floats(-1e6, 1e6, allow_nan=False)


@given(name=NAMES, given=NAMES, x=METRES, area=st.floats(0, 1e6), height=st.none() | st.floats(0, 100))
def test_any_room_text_and_number_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, **drawn: Any) -> None:
    name, given, x, area, height = (drawn[k] for k in ("name", "given", "x", "area", "height"))
    outline = ((x, 0.0), (x + 1.0, 0.0), (x, x))
    room = Room("r", name, "f", "ward", outline, area, function_given=given, height_m=height)
    site = Site("s", name, "hospital", (Floor("f", given, 0, 0.0, 3.0, rooms=(room,)),), declared={name: x})
    path = tmp_path_factory.mktemp("s") / "site"
    folder.write(site, path)
    assert folder.read(path) == site


def test_a_need_is_critical_as_a_flow_is_and_the_words_of_older_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "s"
    site = replace(small(), needs=(Need("n1", "APP-124", 3, room="r1", critical=True),))
    folder.write(site, path)
    written = (path / "needs.csv").read_text("utf-8")
    assert ",yes" in written
    (path / "needs.csv").write_text(written.replace(",yes", ",true"), encoding="utf-8")
    assert folder.read(path) == folder.ordered(site)
    (path / "needs.csv").write_text(written.replace(",yes", ",ja"), encoding="utf-8")
    with pytest.raises(BadInput, match="is 'ja'; allowed: yes or no"):
        folder.read(path)


def test_existing_folder_is_refused_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    folder.write(small(), path)
    (path / "network.toml").write_text("kept = true\n", encoding="utf-8")
    (path / "pictures").mkdir()
    (path / "pictures" / "a.txt").write_text("a", encoding="utf-8")
    with pytest.raises(StoreConflict, match=r"is there already.*--replace"):
        folder.write(small(), path)
    other = replace(small(), floors=small().floors[:1], inferred=(), refused=())
    folder.write(other, path, replace=True)
    assert folder.read(path) == folder.ordered(other)
    assert (path / "network.toml").read_text("utf-8") == "kept = true\n"
    assert (path / "pictures" / "a.txt").read_text("utf-8") == "a"
    assert not (path / "import.csv").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(StoreConflict, match=r"holds files and no site.toml"):
        folder.write(small(), tmp_path / "photos", replace=True)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(BadInput, match="is a file"):
        folder.write(small(), tmp_path / "file", replace=True)
    (tmp_path / "empty").mkdir()
    folder.write(small(), tmp_path / "empty")
    assert folder.read(tmp_path / "empty").site == "demo"


def test_failure_while_writing_leaves_the_old_folder(tmp_path: Path) -> None:
    folder.write(small(), tmp_path / "s")
    bad = replace(small(), floors=(replace(small().floors[0], floor="../up"),))
    with pytest.raises(OutOfRange, match=r"is '../up'"):
        folder.write(bad, tmp_path / "s", replace=True)
    assert folder.read(tmp_path / "s") == folder.ordered(small())


KILLED = """
import os, signal, sys
from pathlib import Path
from setsail.base import folders
from setsail.site import folder
from tests.site.test_folder import small
real = getattr(folders, sys.argv[2])
def die(*words):
    if sys.argv[3] == "after":
        real(*words)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(folders, sys.argv[2], die)
folder.write(small(30), Path(sys.argv[1]), replace=True)
"""


@pytest.mark.parametrize(
    ("step", "when", "rooms"),
    [("_keep", "before", 12), ("_settle", "before", 12), ("_take_place", "before", 12), ("_take_place", "after", 30)],
)
def test_killed_writer_leaves_the_old_folder_or_the_new_one(tmp_path: Path, step: str, when: str, rooms: int) -> None:
    folder.write(small(), tmp_path / "s")
    words = [sys.executable, "-c", KILLED, str(tmp_path / "s"), step, when]
    done = subprocess.run(words, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    assert folder.read(tmp_path / "s") == folder.ordered(small(rooms))
    folder.write(small(5), tmp_path / "s", replace=True)
    assert [p.name for p in tmp_path.iterdir()] == ["s"]  # what the killed one left is gone


def test_two_writers_at_once_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "s"
    code = (
        "import sys; from pathlib import Path; from setsail.site import folder\n"
        "from tests.site.test_folder import small\n"
        "for i in range(15): folder.write(small(int(sys.argv[2])), Path(sys.argv[1]), replace=True)"
    )
    folder.write(small(7), path)
    words = [sys.executable, "-c", code, str(path)]
    both = [subprocess.Popen([*words, n], cwd=Path(__file__).parents[2]) for n in ("20", "40")]
    whole = {folder.ordered(small(n)).floors: n for n in (7, 20, 40)}
    seen = []
    while any(p.poll() is None for p in both):
        seen.append(whole[folder.read(path).floors])
    assert [p.returncode for p in both] == [0, 0]
    assert seen
    assert folder.read(path).floors in whole


def _spoil(path: Path, file: str, old: str, new: str) -> None:
    text = (path / file).read_text("utf-8")
    assert old in text
    (path / file).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("site.toml", "format = 1", "format = 9", "format: is no format that is read here; allowed: 1"),
        ("site.toml", "bearing_deg = 12.5", "bearing_deg = nan", "'bearing_deg': is nan; allowed: a finite number"),
        ("site.toml", 'kind = "hospital"', "kind = 3", "'kind': is 3; allowed: text"),
        ("site.toml", 'kind = "hospital"', 'kind = "hospital"\nkinds = 3', "unknown field 'kinds'"),
        ("site.toml", 'floor = "ground"', 'floor = "../x"', "is '../x'"),
        ("site.toml", 'floor = "ground"', 'floor = "second"', "second.geojson: does not exist"),
        ("site.toml", "elevation_m = 0.0\n", "", r"\[\[floors\]\] 1: lacks the field 'elevation_m'"),
        ("site.toml", "[declared]", "[declared]\nx = [1]", "x: is"),
        ("site.toml", "format", "for mat", "is not TOML"),
        ("needs.csv", ",3,", ",three,", "needs.csv:3 column 'count': is 'three'; allowed: a whole number"),
        ("needs.csv", ",3,", ",-3,", "is -3; allowed: 0 or more"),
        ("needs.csv", "application", "app", "lacks column 'application'"),
        ("floors/ground.geojson", '"area_m2": 12.0', '"area_m2": NaN', "holds NaN"),
        ("floors/ground.geojson", '"area_m2": 12.0', '"area_m2": "12"', r"geojson:2 \(room 'r0'\) 'area_m2': is '12'"),
        ("floors/ground.geojson", '"room": "r1"', '"room": "r0"', "has the room 'r0' twice"),
        ("floors/ground.geojson", '"room": "r1"', '"room": "x"', "is on floor 'ground' too"),
        ("floors/ground.geojson", '"part": "room"', '"part": "rom"', ":2 property 'part': is 'rom'"),
        ("floors/ground.geojson", '[4.0, 3.0]', '[4.0, "3"]', "has the point"),
        ("floors/ground.geojson", '[0.0, 0.0]]]', '[0.0, 1.0]]]', "is not closed"),
        ("floors/ground.geojson", '"Polygon"', '"MultiPolygon"', "allowed: a Polygon of one ring"),
        ("floors/ground.geojson", '"setsail"', '"other"', "lacks the member 'setsail'"),
        ("floors/ground.geojson", '"door"', '"gate"', r"'kind': .*is 'gate'|is 'gate'; allowed: door, window, gap"),
        ("floors/ground.geojson", '{"type": "Feature",', '{"type": "Feature",,', "geojson:2: is not JSON"),
        ("floors/ground.geojson", '"drawn": false', '"drawn": 0', "") ,
        ("import.csv", "inferred", "guessed", "import.csv:2 column 'kind'"),
    ],
)  # fmt: skip
def test_spoilt_folder_is_refused_with_place_and_what_is_allowed(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    path = tmp_path / "s"
    folder.write(small(), path)
    if not told:
        file, told = "floors/一层.geojson", "'drawn': is 0; allowed: true or false"
    _spoil(path, file, old, new)
    with pytest.raises(SetSailError, match=told):
        folder.read(path)


def test_floor_file_that_no_floor_names_is_refused(tmp_path: Path) -> None:
    folder.write(small(), tmp_path / "s")
    (tmp_path / "s" / "floors" / "left.geojson").write_text("{}", encoding="utf-8")
    with pytest.raises(BadInput, match=r"left.geojson: is not named in site.toml"):
        folder.read(tmp_path / "s")


def test_folder_without_site_file_is_told_apart_from_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has no site\.toml"):
        folder.read(tmp_path)
    with pytest.raises(BadInput, match="does not exist"):
        folder.read(tmp_path / "none")


def test_two_floors_with_one_file_name_are_refused(tmp_path: Path) -> None:
    floors = (Floor("a", "a", 0, 0.0, 3.0), Floor("A", "A", 1, 3.0, 3.0))
    with pytest.raises(DuplicateKey):
        folder.write(Site("s", "s", "hospital", floors), tmp_path / "s")


def test_folder_is_not_replaced_while_a_design_is_at_work_in_it(tmp_path: Path) -> None:
    folder.write(small(), tmp_path / "s")
    with locked(tmp_path / "s" / folder.NETWORK_LOCK) as mine:
        assert mine
        with pytest.raises(StoreConflict, match="is being designed"):
            folder.write(small(3), tmp_path / "s", replace=True)
    folder.write(small(3), tmp_path / "s", replace=True)
    assert folder.read(tmp_path / "s") == folder.ordered(small(3))
