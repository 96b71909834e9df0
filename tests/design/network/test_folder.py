"""A network's folder: the three files agree at every moment, and what is read is what was written."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import (
    BadInput,
    DuplicateKey,
    OutOfRange,
    SetSailError,
    StoreConflict,
    StoreCorrupt,
    UnknownName,
)
from setsail.design.network import folder, json_file
from setsail.design.network.model import Flow, Network
from setsail.design.network.text import network_of, texts
from tests.design.network.networks import small

DIES = """
import os, signal, sys
from pathlib import Path
from dataclasses import replace
from setsail.design.network import folder
from setsail.base import writing
from tests.design.network.networks import small

left = int(sys.argv[2])
def dying(real):
    def step(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real(*args, **kwargs)
    return step

Path.replace = dying(Path.replace)
Path.unlink = dying(Path.unlink)
network = small()
other = replace(network, site="Another synthetic site", heads=network.heads[:1], flows=network.flows[:1])
folder.write(other, Path(sys.argv[1]))
"""
STEPS = 5
"""Renames and removals of one change: the journal, three files, the journal's end."""


def changed() -> Network:
    network = small()
    return replace(network, site="Another synthetic site", heads=network.heads[:1], flows=network.flows[:1])


def test_network_written_and_read_is_equal(tmp_path: Path) -> None:
    folder.write(small(), tmp_path)
    assert folder.read(tmp_path) == small()
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith(".")) == sorted(folder.FILES)


def test_network_written_twice_has_the_same_bytes(tmp_path: Path) -> None:
    folder.write(small(), tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in folder.FILES}
    folder.write(folder.read(tmp_path), tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in folder.FILES} == before


def test_one_moved_head_changes_one_line(tmp_path: Path) -> None:
    old, new = texts(small()), texts(replace(small(), heads=(replace(small().heads[0], x_m=4.5), small().heads[1])))
    assert [name for name in old if old[name] != new[name]] == [folder.HEADS]
    pairs = zip(old[folder.HEADS].splitlines(), new[folder.HEADS].splitlines(), strict=True)
    assert sum(a != b for a, b in pairs) == 1


@pytest.mark.parametrize("steps", range(STEPS + 1))
def test_writer_killed_at_any_step_leaves_the_old_or_the_new_network(tmp_path: Path, steps: int) -> None:
    folder.write(small(), tmp_path)
    done = subprocess.run([sys.executable, "-c", DIES, str(tmp_path), str(steps)], check=False, timeout=60)
    assert done.returncode == (0 if steps == STEPS else -signal.SIGKILL)
    assert folder.read(tmp_path) == (small() if steps == 0 else changed())
    with folder.claim(tmp_path):  # the next writer brings the files up to the journal
        assert not (tmp_path / folder.JOURNAL).exists()
    found = {name: (tmp_path / name).read_text(encoding="utf-8") for name in folder.FILES}
    assert network_of(found, "x") == (small() if steps == 0 else changed())


def test_second_writer_at_once_is_refused(tmp_path: Path) -> None:
    folder.write(small(), tmp_path)
    with folder.claim(tmp_path), pytest.raises(StoreConflict, match="another process"):
        folder.write(changed(), tmp_path)
    assert folder.read(tmp_path) == small()


def test_change_by_hand_during_a_design_is_kept(tmp_path: Path) -> None:
    folder.write(small(), tmp_path)
    with folder.claim(tmp_path) as claim:
        by_hand = tmp_path / folder.HEADS
        by_hand.write_text(by_hand.read_text(encoding="utf-8").replace("1.25", "1.5"), encoding="utf-8")
        with pytest.raises(StoreConflict, match="was changed"):
            claim.write(changed())
    assert folder.read(tmp_path).heads[0].x_m == 1.5


def test_broken_journal_is_told(tmp_path: Path) -> None:
    folder.write(small(), tmp_path)
    (tmp_path / folder.JOURNAL).write_text('{"sha256": "0", "files": {}}', encoding="utf-8")
    with pytest.raises(StoreCorrupt, match="not a journal"):
        folder.read(tmp_path)
    ready = folder._journal_text(texts(small())).replace("APP-124", "APP-125")
    (tmp_path / folder.JOURNAL).write_text(ready, encoding="utf-8")
    with pytest.raises(StoreCorrupt, match="checksum"):
        folder.read(tmp_path)


def test_folder_without_network_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="setsail design run"):
        folder.read(tmp_path)
    with pytest.raises(BadInput, match="is no folder"):
        folder.read(tmp_path / "none")


def test_missing_flows_file_is_told(tmp_path: Path) -> None:
    folder.write(small(), tmp_path)
    (tmp_path / folder.FLOWS).unlink()
    with pytest.raises(BadInput, match=r"flows\.csv: does not exist"):
        folder.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "old", "new", "error", "told"),
    [
        ("network.toml", 'band = "n78"', 'band = "n999"', UnknownName, r"carriers\[1\] band: is band 'n999'"),
        ("network.toml", "fc_hz = 3500000000", "fc_hz = 1", OutOfRange, "fc_hz: is 1 Hz"),
        ("network.toml", 'tdd = "DDDSU"', 'tdd = "DXU"', BadInput, "string of D, S and U"),
        ("network.toml", '"10D2G2U"', '"10D2G3U"', BadInput, "sum to 14"),
        ("network.toml", 'sd = "00000A"', 'sd = "0x0A"', BadInput, "six hexadecimal digits"),
        ("network.toml", "sst = 2", "sst = 256", OutOfRange, "0 to 255"),
        ("network.toml", "sst = 2", "sst = 2.5", BadInput, "a whole number"),
        ("network.toml", "load_ratio = 0.25", "load = 0.25", BadInput, "unknown key 'load'"),
        ("network.toml", 'cell = "B"\ncarrier', 'cell = "A"\ncarrier', DuplicateKey, "repeats 'A'"),
        ("network.toml", "format = 1", "format = 2", BadInput, "another format"),
        ("network.toml", "prb_max_ratio = 0.8\nisolation", "prb_max_ratio = 0.2\nisolation", BadInput, "up to prb_max"),
        ("network.toml", "prb_dedicated_ratio = 0.1}", "prb_dedicated_ratio = 0.4}", BadInput, "dedicated <= min"),
        ("heads.csv", "h2,F0,9,", "h2,F0,nine,", BadInput, r"heads.csv:3 column 'x_m': is 'nine'"),
        ("heads.csv", ",B,24,4", ",C,24,4", UnknownName, r"heads.csv:3 column 'cell': is 'C'.*A, B"),
        ("heads.csv", "head,floor", "head,storey", BadInput, "lacks column 'floor'"),
        ("flows.csv", ",3,control", ",300,control", UnknownName, r"flows.csv:2 column 'fiveqi': is 5QI 300"),
        ("flows.csv", ",control,500000", ",video,500000", UnknownName, "column 'slice': is 'video'"),
        ("flows.csv", "f1,1A10,APP-124,3,", "f1,1A10,APP-124,-3,", OutOfRange, "count"),
        ("flows.csv", ",sr,yes", ",sr,maybe", BadInput, "yes, no"),
        ("flows.csv", "f2,1A11", "f2\t,1A11", BadInput, "one printable line|repeats"),
    ],
)  # fmt: skip
def test_bad_value_is_refused_with_its_place(  # noqa: PLR0917 - one row of the table
    tmp_path: Path, name: str, old: str, new: str, error: type[SetSailError], told: str
) -> None:
    folder.write(small(), tmp_path)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    if new == "f2\t,1A11":  # a tab at the end of a cell is a blank like any other
        assert folder.read(tmp_path) == small()
        return
    with pytest.raises(error, match=told):
        folder.read(tmp_path)


def test_network_that_is_not_sound_is_not_written(tmp_path: Path) -> None:
    folder.write(small(), tmp_path)
    with pytest.raises(UnknownName, match="is 'nowhere'"):
        folder.write(replace(small(), heads=(replace(small().heads[0], cell="nowhere"),)), tmp_path)
    assert folder.read(tmp_path) == small()


def test_minima_of_one_cell_may_sum_to_one_and_not_above() -> None:
    network = small()
    other = replace(network.slices[0], slice="video", sd="00000B")
    full = replace(network.shares[0], slice="video", prb_min_ratio=0.7, prb_max_ratio=1.0)
    both = replace(network, slices=(*network.slices, other), shares=(*network.shares, full))
    assert network_of(texts(both), "x") == both
    over = replace(both, shares=(network.shares[0], replace(full, prb_min_ratio=0.701)))
    with pytest.raises(BadInput, match=r"sum of minima 1\.001 in ul"):
        network_of(texts(over), "x")


NAMES = st.text(st.characters(categories=["L", "N"], include_characters=" -.,\"'="), min_size=1, max_size=20).filter(
    lambda t: t == t.strip()
)
NUMBERS = st.floats(0, 1e12, allow_nan=False)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any flow of the slice of the small network."""
    return Flow(
        draw(NAMES), draw(NAMES), "APP-124", draw(st.integers(1, 10**6)), draw(st.floats(0, 1)),
        draw(st.sampled_from([None, 1, 9, 82])), "control", draw(NUMBERS), draw(NUMBERS), draw(NUMBERS), draw(NUMBERS),
        draw(st.integers(1, 15)), draw(st.none() | st.integers(1, 10**6)), draw(st.integers(1, 2)),
        reason=draw(NAMES | st.just("")), per=draw(st.none() | st.floats(0, 1)), critical=draw(st.booleans()),
    )  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.lists(flows(), max_size=4, unique_by=lambda f: f.flow),
    st.dictionaries(NAMES, NUMBERS | NAMES | st.booleans(), max_size=3),
)
def test_any_network_reads_back_equal_from_both_forms(many: list[Flow], own: dict[str, str | float | bool]) -> None:
    network = replace(small(), flows=tuple(many), settings=own)
    assert network_of(texts(network), "x") == network
    assert json_file.network_of(json_file.text(network), "x") == network
