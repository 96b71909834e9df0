"""The event log: nothing that was acknowledged is ever lost, nothing is rewritten."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, StoreCorrupt
from setsail.rollout.live import log
from setsail.rollout.live.log import FILE, START, Draft, Log, append, read
from tests.rollout.live.small import BY, NOTICE, NOW


def note(text: str, minutes: int = 0) -> Draft:
    return Draft("note", NOTICE + timedelta(minutes=minutes), NOW, BY, {"text": text})


def write(folder: Path, *drafts: Draft) -> log.Appended:
    return append(folder, lambda _: drafts)


def test_log_of_a_folder_without_file_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path) == Log()


def test_line_is_json_with_number_times_kind_and_the_hash_of_the_line_before(tmp_path: Path) -> None:
    write(tmp_path, note("one"))
    write(tmp_path, note("zwei ü 二", 5))
    raw = (tmp_path / FILE).read_bytes().splitlines()
    first, second = (json.loads(line) for line in raw)
    assert list(first) == ["n", "at", "known", "kind", "text", "by", "prev"]
    assert (first["n"], first["at"], first["prev"]) == (1, "2030-01-05T22:00:00+08:00", START)
    assert (second["n"], second["text"]) == (2, "zwei ü 二")
    assert second["prev"] == hashlib.sha256(raw[0]).hexdigest()


def test_what_was_appended_is_what_is_read(tmp_path: Path) -> None:
    written = write(tmp_path, note("one"), note("two", 1))
    assert [line.n for line in written.lines] == [1, 2]
    assert read(tmp_path) == written.log


def test_drafts_see_the_log_as_it_stands(tmp_path: Path) -> None:
    write(tmp_path, note("one"))
    seen: list[int] = []

    def after(log: Log) -> Sequence[Draft]:
        seen.append(log.last)
        return [note("two")]

    append(tmp_path, after)
    assert seen == [1]


def test_refused_drafts_leave_the_log_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, note("one"))
    before = (tmp_path / FILE).read_bytes()

    def refuse(_: Log) -> Sequence[Draft]:
        raise BadInput("is refused", where="test")

    with pytest.raises(BadInput, match="is refused"):
        append(tmp_path, refuse)
    assert (tmp_path / FILE).read_bytes() == before


def test_torn_last_line_is_passed_over_by_readers_and_set_aside_by_the_next_writer(tmp_path: Path) -> None:
    write(tmp_path, note("one"))
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"n":2,"at":"2030')
    assert (read(tmp_path).last, read(tmp_path).torn) == (1, 17)
    written = write(tmp_path, note("two"))
    assert written.torn_file == "events.torn-1"
    assert (tmp_path / "events.torn-1").read_bytes() == b'{"n":2,"at":"2030'
    assert [line.fields["text"] for line in read(tmp_path).lines] == ["one", "two"]
    with (tmp_path / FILE).open("ab") as file:
        file.write(b"{")
    assert write(tmp_path, note("three")).torn_file == "events.torn-2"
    assert (tmp_path / "events.torn-1").read_bytes() == b'{"n":2,"at":"2030'


@pytest.mark.parametrize("changed", [1, 2])
def test_changed_line_breaks_the_chain_and_is_named(tmp_path: Path, changed: int) -> None:
    write(tmp_path, note("one"), note("two"), note("three"))
    raw = (tmp_path / FILE).read_text().splitlines(keepends=True)
    raw[changed - 1] = raw[changed - 1].replace('"text":"', '"text":"x')
    (tmp_path / FILE).write_text("".join(raw))
    with pytest.raises(StoreCorrupt, match=rf"events.jsonl:{changed + 1}"):
        read(tmp_path)
    with pytest.raises(StoreCorrupt):
        write(tmp_path, note("four"))
    assert (tmp_path / FILE).read_text() == "".join(raw)


@pytest.mark.parametrize("line", ["", "7", "{}", "[1]", "not json", '{"n":2}', '{"n":2,"prev":7,"at":1}'])
def test_line_that_is_none_of_the_log_is_named(tmp_path: Path, line: str) -> None:
    write(tmp_path, note("one"))
    with (tmp_path / FILE).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(StoreCorrupt, match=r"events.jsonl:2"):
        read(tmp_path)


def test_missing_line_is_named(tmp_path: Path) -> None:
    write(tmp_path, note("one"), note("two"), note("three"))
    raw = (tmp_path / FILE).read_text().splitlines(keepends=True)
    (tmp_path / FILE).write_text(raw[0] + raw[2])
    with pytest.raises(StoreCorrupt, match=r"events.jsonl:2"):
        read(tmp_path)


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.rollout.live.test_log import note, write
folder, name = Path({folder!r}), sys.argv[1]
print("ready", flush=True)
i = 0
while i < int(sys.argv[2]):
    i += 1
    print(write(folder, note(f"{{name}} {{i}}")).lines[0].n, flush=True)
"""


def child(tmp_path: Path, name: str, count: int) -> subprocess.Popen[str]:
    code = CHILD.format(root=str(Path(__file__).parents[3]), folder=str(tmp_path))
    return subprocess.Popen([sys.executable, "-c", code, name, str(count)], stdout=subprocess.PIPE, text=True)


def test_two_writers_at_once_lose_nothing_and_keep_the_chain(tmp_path: Path) -> None:
    children = [child(tmp_path, name, 40) for name in "ab"]
    outputs = [c.communicate()[0] for c in children]
    assert [c.returncode for c in children] == [0, 0]
    found = read(tmp_path)
    assert found.last == 80
    for name, output in zip("ab", outputs, strict=True):
        mine = [line for line in found.lines if line.fields["text"].startswith(name)]
        assert [line.fields["text"] for line in mine] == [f"{name} {i}" for i in range(1, 41)]
        assert [str(line.n) for line in mine] == output.split()[1:]


def test_what_a_killed_writer_acknowledged_is_there_and_the_log_goes_on(tmp_path: Path) -> None:
    acknowledged = 0
    for part in range(3):
        one = child(tmp_path, "k", 10**6)
        assert one.stdout is not None
        for _ in range(5 + 7 * part):
            told = one.stdout.readline()
        one.send_signal(signal.SIGKILL)
        rest = one.communicate()[0].splitlines()
        acknowledged = max([acknowledged, int(told), *(int(n) for n in rest if n.isdigit())])
        assert read(tmp_path).last >= acknowledged
    assert write(tmp_path, note("after")).lines[0].n == read(tmp_path).last


def test_full_disk_is_one_clear_error_and_the_log_is_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, note("one"))
    before = (tmp_path / FILE).read_bytes()
    code = (
        f"import resource, signal, sys; sys.path.insert(0, {str(Path(__file__).parents[3])!r})\n"
        "from pathlib import Path\n"
        "from tests.rollout.live.test_log import note, write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 40}, {len(before) + 40}))\n"
        f"write(Path({str(tmp_path)!r}), note('two'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "BadInput" in done.stderr
    assert "the log is as it was" in done.stderr
    assert (tmp_path / FILE).read_bytes() == before
    assert write(tmp_path, note("two")).lines[0].n == 2


def test_really_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no right to mount a small file system here")
    try:
        write(disk, note("one"))
        filler = disk / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=512"], capture_output=True, check=False)
        before = (disk / FILE).read_bytes()
        with pytest.raises(BadInput, match="No space left on device; the log is as it was"):
            write(disk, *(note("x" * 400) for _ in range(20)))
        assert (disk / FILE).read_bytes() == before
        filler.unlink()
        assert write(disk, note("two")).lines[0].n == 2
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written: No such file"):
        write(tmp_path / "missing", note("one"))


def test_thousand_lines_are_read_and_checked_within_a_second(tmp_path: Path) -> None:
    write(tmp_path, *(note(f"line {i}") for i in range(1000)))
    begin = time.process_time()
    assert read(tmp_path).last == 1000
    assert time.process_time() - begin < 1.0
