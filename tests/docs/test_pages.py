"""The pages are true: reference pages as made, links that lead somewhere, commands that run as printed."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
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
    "certificate.pdf",
}  # fmt: skip
"""Files that a page leaves to the reader: such a line is parsed, not run."""


def lines(page: Path) -> Iterator[list[str]]:
    """The words of every `cd` and `setsail` line of a page, without comments and what follows a pipe."""
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0] in {"setsail", "cd"}:
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


@pytest.mark.parametrize("page", [p for p in PAGES if "radio" not in p.parts], ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_of_a_page_run_as_printed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.setenv("SETSAIL_NOW", "2026-11-01T00:00:00+00:00")
    monkeypatch.setenv("SETSAIL_ACTOR", "reader")
    monkeypatch.chdir(tmp_path)
    for first, *arguments in lines(page):
        if first == "cd":
            monkeypatch.chdir(arguments[0])
        elif not NOT_HERE.intersection(arguments):
            assert run(arguments) in {0, 1}, shlex.join(arguments)


def test_every_example_file_is_read_by_a_test() -> None:
    tests = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.py") if p != Path(__file__))
    files = [p for p in (ROOT / "examples").rglob("*") if p.is_file() and p.name != "README.md"]
    assert files
    assert [str(p.relative_to(ROOT)) for p in files if p.name not in tests] == []
