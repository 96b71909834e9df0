"""The page of rooms names every room and only what is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explain" / "rooms.md").read_text(encoding="utf-8")
ROOMS = {p.parent.name for p in (ROOT / "src" / "setsail").glob("*/__init__.py")}


def test_page_of_rooms_names_every_room_once() -> None:
    named = re.findall(r"^\| `([a-z]+)` \|", PAGE, flags=re.MULTILINE)
    assert sorted(named) == sorted(ROOMS)


def test_functions_of_the_page_of_rooms_exist() -> None:
    named = [name for name in re.findall(r"`([a-z_]+(?:\.\w+)+)`", PAGE) if name.split(".")[0] in ROOMS]
    cells = [name for name in named if PAGE.count(f"| `{name}` |") == 0]
    assert len(cells) > 40
    for name in cells:
        module, _, last = name.rpartition(".")
        found = importlib.import_module(f"setsail.{module}")
        assert hasattr(found, last) or importlib.import_module(f"setsail.{name}"), name
