"""The sentences that rollouts and calls can say, each with its Chinese: found in the sources, not listed by hand."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "setsail"
PHRASES: dict[str, str] = json.loads((ROOT / "web" / "src" / "locale" / "phrases.json").read_text(encoding="utf-8"))
ROOMS = (
    "rollout/folder", "rollout/live", "rollout/schedule", "rollout/timing", "rollout/travel",
    "rollout/routes/floors.py", "rollout/routes/bound.py", "conference/seat/seat.py", "web/seats.py", "web/places.py",
    "web/access.py", "web/queueing.py", "web/routes/rollouts.py",
    "web/routes/rollout_making.py", "web/routes/rollout_files.py", "web/routes/calls.py",
    "api/rollout_pages.py",
)  # fmt: skip
NOT_SHOWN = {
    "rollout/schedule/checking.py": "faults of the planner, told whole to who mends them",
    "rollout/schedule/telling.py": "lines of the command",
    "rollout/live/board.py": "states, which have words of their own in the catalogues",
}
OTHERWISE = {
    "# A rollout of Set Sail. Times carry their offset from UTC, durations are minutes, distances metres.\n": "a file",
    "As the board was or will be then; now where the rollout runs.": "the document of the API",
    "the last turn returns or raises": "never raised",
}
SENTENCE = re.compile(r"[a-z]{2,} [a-z{]|[a-z]{3,} [a-z]")


def text(node: ast.AST) -> str | None:
    """A string of a source with `{}` for what is put in; None for anything else."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            halves = text(left), text(right)
            return None if None in halves else "".join(map(str, halves))
    return None


def sentences(tree: ast.Module) -> Iterator[str]:
    """What a source may say: every string with words in it that is no docstring."""
    seen: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            seen.add(node.value)
        said = None if node in seen else text(node)
        if said is not None:
            seen.update(ast.walk(node))
            if SENTENCE.search(said):
                yield said


def files() -> list[Path]:
    found = (sorted((SOURCE / r).rglob("*.py")) if (SOURCE / r).is_dir() else [SOURCE / r] for r in ROOMS)
    return [p for room in found for p in room if p.relative_to(SOURCE).as_posix() not in NOT_SHOWN]


@pytest.mark.parametrize("path", files(), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_every_sentence_of_a_room_has_its_chinese(path: Path) -> None:
    said = set(sentences(ast.parse(path.read_text(encoding="utf-8"))))
    assert {one for one in said if one not in PHRASES and one not in OTHERWISE} == set()


def test_search_for_sentences_finds_those_of_the_planner_and_of_refusals() -> None:
    said = {one for path in files() for one in sentences(ast.parse(path.read_text(encoding="utf-8")))}
    assert {"{} is the last: {}", "{} of {} is finished: {} ended at {}", "{} has no coordinates"} <= said
    assert len(said) > 200


def test_chinese_of_a_sentence_is_chinese_and_has_no_part_that_is_not_there() -> None:
    wrong = {}
    for english, chinese in PHRASES.items():
        parts = {int(n) for n in re.findall(r"\{(\d)\}", chinese)}
        words = re.search(r"[a-z]", chinese) and not re.search(r"[\u4e00-\u9fff]", chinese)
        if words or parts - set(range(english.count("{}"))):
            wrong[english] = chinese
    assert wrong == {}
    assert list(PHRASES) == sorted(PHRASES)
