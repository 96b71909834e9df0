"""The Python door: nothing public is left out, and nothing heavy comes in with it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from setsail import api


def test_every_public_function_of_the_subjects_is_named_by_the_door() -> None:
    found = set()
    for info in pkgutil.iter_modules(api.__path__, "setsail.api."):
        module = importlib.import_module(info.name)
        found |= {
            n for n, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == info.name and n[0] != "_"
        }
    assert len(found) > 40
    assert sorted(found) == sorted(set(api.__all__) - {"Record"})
