"""`setsail design bill`: what a network takes, costs and leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

LINE_COLUMNS = ("label", "model", "count", "unit", "price", "amount", "upkeep", "present", "mark")
PRICE_COLUMNS = ("item", "label", "unit", "kind", "price", "upkeep_ratio", "life_years", "idle_w", "mark", "source")


def bill(
    folder: Annotated[Path | None, typer.Argument(help="Folder of a site with its network.")] = None,
    prices: Annotated[Path | None, typer.Option("--prices", help="TOML with your own prices and powers.")] = None,
    show_prices: Annotated[bool, typer.Option("--show-prices", help="Only the prices, with their marks.")] = False,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Bill of materials, cost over the years, energy, spare capacity and the next steps of a network."""
    if show_prices:
        told = api.design_bill_prices(prices)
        if fmt is Format.json:
            emit(told, fmt, out)
        else:
            emit(told["items"], fmt, out, columns=PRICE_COLUMNS)
        return
    if folder is None:
        raise BadInput("is missing", where="folder", allowed="the folder of a site", hint="or --show-prices")
    found = api.design_bill(folder, prices=prices)
    if fmt is not Format.json:
        energy, money = found["energy"], found["currency"]
        say(f"{found['capital']:,.0f} {money} once, {found['yearly']:,.0f} {money} a year, "
            f"{found['present_value']:,.0f} {money} over {found['years']} years at present value")  # fmt: skip
        say(f"energy: {energy['mean_w']:,.0f} W on the mean, {energy['year_kwh']:,.0f} kWh a year")
        for step in found["upgrades"]:
            say(f"next: {step['gives']}: {step['capital']:,.0f} {money} once ({step['when']})")
        for note in found["notes"]:
            say(f"note: {note}")
    emit(found if fmt is Format.json else found["lines"], fmt, out, columns=() if fmt is Format.json else LINE_COLUMNS)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("bill")(bill)
