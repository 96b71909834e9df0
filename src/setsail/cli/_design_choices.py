"""The options of a design as options of a command: one list for one site and for many."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any, get_type_hints

import typer

from setsail.design.choices import Choices

OPTIONS: dict[str, tuple[str, str]] = {
    "profile": ("--profile", "A shipped profile or the folder of your own."),
    "band": ("--band", "NR band such as n78; else all licensed ones are compared."),
    "resolution_m": ("--resolution", "Side of a pixel of the maps [m]."),
    "only_placed": ("--only-placed", "Judge the heads of heads.csv, add none."),
    "seed": ("--seed", "Kept with the design; no step of it draws numbers today."),
    "time_limit_s": ("--time-limit", "Seconds of the search for heads on one floor."),
    "preset": ("--preset", "Implementation terms of the latency budget."),
}
"""Name of each option and what is said of it, by the field of `Choices`."""


def with_choices(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of `Choices` in place of its parameter `choices`."""

    def called(**given: Any) -> None:
        choices = Choices(**{name: given.pop(name) for name in OPTIONS})
        command(choices=choices, **given)

    own = inspect.signature(command, eval_str=True).parameters.values()
    first = [p for p in own if p.default is p.empty and p.name != "choices"]
    last = [p for p in own if p.default is not p.empty]
    called.__signature__ = inspect.Signature([*first, *_options(), *last])  # type: ignore[attr-defined]
    called.__doc__, called.__name__ = command.__doc__, command.__name__
    return called


def _options() -> list[inspect.Parameter]:
    kinds = get_type_hints(Choices)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=field.default,
            annotation=Annotated[kinds[field.name], typer.Option(OPTIONS[field.name][0], help=OPTIONS[field.name][1])],
        )
        for field in fields(Choices)
    ]  # fmt: skip
