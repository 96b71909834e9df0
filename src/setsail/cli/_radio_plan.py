"""`setsail radio plan | plan-columns | plan-costs`: sites, bands and tilts, and their cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.cli.common import Format, FormatOption, OutOption, emit, say, spinner

COLUMNS = ("site_id", "status", "band", "tilt", "tilt_deg", "reaches", "reaches_alone", "site_present_cost")
DEFAULT_SHARE = 0.95


def plan(
    candidates: Annotated[Path, typer.Option("--candidates", help="CSV; see `setsail radio plan-columns`.")],
    demand: Annotated[
        Path, typer.Option("--demand", help="CSV of points, or a GeoTIFF of which the cells are points.")
    ],
    costs: Annotated[Path | None, typer.Option("--costs", help="TOML of costs; else the shipped ones.")] = None,
    budget: Annotated[float | None, typer.Option("--budget", help="Cover as much as this money buys.")] = None,
    share: Annotated[
        float | None, typer.Option("--share", help="Cover this share of the demand at least cost [0.95].")
    ] = None,
    method: Annotated[str, typer.Option("--method", help="milp (proves with HiGHS) or greedy (quick).")] = "milp",
    sharing: Annotated[str, typer.Option("--sharing", help="none, passive, backhaul or moran.")] = "none",
    money: Annotated[str, typer.Option("--money", help="What counts: present (value) or capital.")] = "present",
    time_limit: Annotated[float, typer.Option("--time-limit", help="Of HiGHS [s].")] = 60.0,
    capacity: Annotated[
        list[str] | None, typer.Option("--capacity", help="BAND=AMOUNT of demand that a site carries, such as n78=900.")
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", help="Of TR 38.901: uma, umi or rma.")] = "uma",
    condition: Annotated[str, typer.Option("--condition", help="expected, los or nlos.")] = "expected",
    threshold: Annotated[float, typer.Option("--threshold", help="RSRP that counts as covered [dBm].")] = -105.0,
    margin: Annotated[float, typer.Option("--margin", help="Kept above the threshold [dB].")] = 6.0,
    extra_loss: Annotated[float, typer.Option("--extra-loss", help="On every path [dB], such as entry.")] = 0.0,
    ut_height: Annotated[float, typer.Option("--ut-height", help="Of the UE [m].")] = 1.5,
    sectors: Annotated[int, typer.Option("--sectors", help="Of every band, evenly around.")] = 3,
    reach: Annotated[float, typer.Option("--reach", help="Nothing is covered beyond [m].")] = 5_000.0,
    crs: Annotated[str | None, typer.Option("--crs", help="Projected system in metres; else the UTM zone.")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Sites, bands and tilts that cover the demand, with cost and proven gap; 1 where the share is out of reach."""
    wanted = DEFAULT_SHARE if budget is None and share is None else share
    with spinner("choosing sites"):
        found = api.radio_plan(
            candidates, demand, costs=costs, budget=budget, share=wanted, method=method, sharing=sharing, money=money,
            time_limit_s=time_limit, capacity=_capacity(capacity or []), scenario=scenario, condition=condition,
            threshold_dbm=threshold, margin_db=margin, extra_loss_db=extra_loss, h_ut_m=ut_height, sectors=sectors,
            reach_m=reach, crs=crs,
        )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        emit(_rows(found), fmt, out, columns=COLUMNS, title="Chosen sites")
        _tell(found)
    raise typer.Exit(0 if found["reached"] else 1)


def plan_columns(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """The columns of the tables of candidates and demand."""
    emit(api.radio_plan_columns(), fmt, out)


def plan_costs(
    costs: Annotated[Path | None, typer.Option("--costs", help="TOML of costs; else the shipped ones.")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Every cost input with its source and in which strategies operators share it, and what one new site costs."""
    found = api.radio_plan_costs(costs)
    emit(found if fmt is Format.json else found["items"], fmt, out)
    if fmt is Format.table:
        for row in found["one_site"]:
            say(f"{row['sharing']}: {row['present_cost']:,.0f} {found['currency']}, {row['saving_ratio']:.2%} saved")


def _capacity(texts: list[str]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, _, amount = text.partition("=")
        try:
            found[name.strip().lower()] = float(amount)
        except ValueError as err:
            raise BadInput(f"is {text!r}", where="--capacity", allowed="BAND=AMOUNT such as n78=900") from err
    return found


def _rows(found: Record) -> list[Record]:
    return [
        {"site_id": site["site_id"], "status": site["status"], "site_present_cost": site["present_cost"]} | one
        for site in found["sites"]
        for one in site["configurations"]
    ]


def _tell(found: Record) -> None:
    aim, cover, cost = found["objective"], found["coverage"], found["cost"]
    gap = "unknown" if aim["gap_ratio"] is None else f"{aim['gap_ratio']:.4%}"
    say(f"{aim['kind']}: {aim['value']:,.2f}; bound {aim['bound']:,.2f}; gap {gap}; method {found['method']}")
    away = f"{cover['out_of_reach_ratio']:.4%} out of reach"
    say(f"covered {cover['covered_ratio']:.4%} of {cover['demand']:,.0f}; {away}")
    spent = f"{cost['present_cost']:,.0f} {cost['currency']}"
    say(f"cost {spent} over {cost['years']} years; capital {cost['capital']:,.0f}")
    for text in found["notes"]:
        say(f"note: {text}")


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("plan")(plan)
    commands.command("plan-columns")(plan_columns)
    commands.command("plan-costs")(plan_costs)
