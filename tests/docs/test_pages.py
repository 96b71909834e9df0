"""The pages are true: reference pages as made, links that lead somewhere, commands that run as printed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from tools import build_docs
from typer.core import TyperGroup

from setsail.cli.main import COMMANDS, GROUPS, application, run

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", *ROOT.glob("examples/*/README.md")]
    + [page for folder in ("start", "how-to", "explain") for page in (ROOT / "docs" / folder).rglob("*.md")]
)
BLOCK = re.compile(r"^```(?:console|sh)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
NOT_HERE = {
    "D.csv", "M.csv", "hdi.csv", "panel.csv", "plan.toml", "figures.csv", "walk.csv", "certificate.json",
    "certificate.pdf", "your_building.xlsx", "your_drawing.dxf", "your_model.ifc",
}  # fmt: skip
"""Files that a page leaves to the reader: a line that reads one which is not there is parsed, not run."""
WRITES = {"--out", "-o", "--pdf", "--json"}
PROMISED = {
    "docs/start/first-hospital.md": ("plan.png", "rsrp.png", "report.pdf", "certificate.json", "handover/handover.xlsx")
}
"""What must be there when the commands of a page have run."""
ALSO_RUN = {"cp", "sed"}
"""What a page may ask of the shell beside our own commands."""
SLOW = {"docs/start/first-hospital.md", "docs/how-to/design-a-hospital.md", "docs/how-to/hand-over-and-accept.md"}
"""Pages that design several times: they run with the slow tests."""


def lines(page: Path) -> Iterator[list[str]]:
    """The words of every line of a page that is run, without comments and what follows a pipe."""
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0] in {"setsail", "cd", *ALSO_RUN}:
                yield words[: words.index("|")] if "|" in words else words


def calls(page: Path) -> list[list[str]]:
    return [words[1:] for words in lines(page) if words[0] == "setsail"]


def parse(arguments: list[str]) -> None:
    """Every word understood by the command it is for, without running it. Raises what typer raises."""
    command = typer.main.get_command(application(arguments))
    context, rest = None, arguments
    while isinstance(command, TyperGroup):
        context = command.make_context(command.name, rest, parent=context)
        name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None, name
        command = found
    command.make_context(command.name, rest, parent=context)


def test_reference_pages_are_as_made_and_links_lead_somewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert build_docs.main(["--check"]) == 0, capsys.readouterr().out


def test_every_page_is_found_from_the_page_of_pages() -> None:
    linked = set(re.findall(r"\]\(([^)]+\.md)\)", (ROOT / "docs" / "README.md").read_text(encoding="utf-8")))
    there = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md") if page.name != "README.md"}
    assert linked == {page for page in there if not page.startswith("decisions/")}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_of_a_page_is_understood(page: Path) -> None:
    for arguments in calls(page):
        parse(arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_named_in_prose_exists(page: Path) -> None:
    prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for named in re.findall(r"`setsail ([a-z-]+(?: [a-z-]+)?)", prose):
        first, _, second = named.partition(" ")
        assert first in GROUPS or first in COMMANDS, named
        if first in GROUPS and second:
            assert second in build_docs.listed(build_docs.help_of(first)), named


def test_wrong_command_on_a_page_would_be_met() -> None:
    with pytest.raises(typer.TyperException, match="No such option"):
        parse(["monitor", "verdict", "--no-such-option"])
    with pytest.raises(typer.TyperException, match="No such command"):
        parse(["monitor", "no-such-command"])


def run_here() -> Iterator[object]:
    """Every page whose commands are run, the slow ones marked so."""
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        if "radio" not in page.parts:
            yield pytest.param(page, id=name, marks=[pytest.mark.slow] if name in SLOW else [])


def test_pages_named_slow_are_there() -> None:
    assert {str(p.relative_to(ROOT)) for p in PAGES} >= SLOW


@pytest.mark.parametrize("page", list(run_here()))
def test_commands_of_a_page_run_as_printed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.setenv("SETSAIL_NOW", "2026-11-01T00:00:00+00:00")
    monkeypatch.setenv("SETSAIL_ACTOR", "reader")
    monkeypatch.chdir(tmp_path)
    for first, *arguments in lines(page):
        if first == "cd":
            monkeypatch.chdir(arguments[0])
        elif first in ALSO_RUN:
            subprocess.run([first, *arguments], check=True)
        elif not lacking(arguments):
            assert run(arguments) in {0, 1}, shlex.join(arguments)
    for name in PROMISED.get(str(page.relative_to(ROOT)), ()):
        assert (tmp_path / name).is_file(), name


def lacking(arguments: list[str]) -> list[str]:
    """Files of the reader that a line would read and that no line before it has written."""
    read = [word for before, word in pairwise(["", *arguments]) if before not in WRITES]
    return [word for word in read if word in NOT_HERE and not Path(word).is_file()]


def test_every_example_file_is_read_by_a_test() -> None:
    tests = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.py") if p != Path(__file__))
    files = [p for p in (ROOT / "examples").rglob("*") if p.is_file() and p.name != "README.md"]
    assert files
    assert [str(p.relative_to(ROOT)) for p in files if p.name not in tests] == []
