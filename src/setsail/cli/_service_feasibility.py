"""`setsail service feasibility`: does a 5QI keep what an application asks, clause by clause."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

FINDING_COLUMNS = ("check", "verdict", "met", "required", "unit", "cause", "remedy", "clause")
ALL_COLUMNS = (
    "application",
    "name",
    "natural_fiveqi",
    "fits",
    "failing",
    "fiveqi",
    "larger_mdbv",
    "soft_bound",
    "reason",
)


def feasibility(
    application: Annotated[str | None, typer.Option("--application", "-a", help="Id such as APP-078.")] = None,
    fiveqi: Annotated[int | None, typer.Option("--fiveqi", help="Standard 5QI; else the one that fits best.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All applications: counts, and what changed since.")] = False,
    legs: Annotated[
        int | None, typer.Option("--legs", help="Radio legs: 2 from UE to UE; else as the profile.")
    ] = None,
    mdbv: Annotated[int | None, typer.Option("--mdbv", help="MDBV signalled [byte]; else what is needed.")] = None,
    distance: Annotated[float | None, typer.Option("--upf-distance", help="Fibre from radio to UPF [m].")] = None,
    hops: Annotated[int, typer.Option("--hops", help="Nodes on the way to the UPF.")] = 0,
    core: Annotated[float | None, typer.Option("--core-pdb", help="Core part that is signalled [s].")] = None,
    satellite: Annotated[str | None, typer.Option("--satellite", help="LEO, MEO or GEO on the path.")] = None,
    requested_by: Annotated[str | None, typer.Option("--requested-by", help="network or ue.")] = None,
    pdb: Annotated[float | None, typer.Option("--pdb", help="Of an operator's own 5QI [s], with --per.")] = None,
    per: Annotated[float | None, typer.Option("--per", help="Packet error rate of an operator's own 5QI.")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Verdict of a 5QI for an application, one finding per clause of TS 23.501; or all applications at once.

    Exit code 1 where the verdict is fail.
    """
    if every:
        if application or fiveqi is not None:
            raise BadInput("stands beside --application or --fiveqi", where="--all", allowed="one of them")
        _all(fmt, out)
        return
    if not application:
        raise BadInput("is missing", where="--application", allowed="an id such as APP-078", hint="or --all")
    found = api.service_feasibility(
        application, fiveqi, legs=legs, mdbv_bytes=mdbv, upf_distance_m=distance, hops=hops, core_pdb_s=core,
        satellite=satellite, requested_by=requested_by, pdb_s=pdb, per=per,
    )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        say(f"{found['application']} ({found['name']}) on 5QI {found['fiveqi']}: {found['verdict']}")
        if found["signal"]:
            say(f"signal: {', '.join(f'{k} {v}' for k, v in found['signal'].items() if v is not None)}")
        emit(found["findings"], fmt, out, columns=FINDING_COLUMNS)
    if found["verdict"] == "fail":
        raise typer.Exit(1)


def _all(fmt: Format, out: OutOption) -> None:
    found = api.service_feasibility_all()
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    counts, first = found["counts"], found["first_edition"]
    say(f"no standard 5QI: {counts['without_standard_fiveqi']} of {counts['applications']}, "
        f"first edition {first['without_standard_fiveqi']}")  # fmt: skip
    say(f"larger MDBV: {counts['larger_mdbv']}, first edition {first['larger_mdbv']}; "
        f"by messages that were read later: {counts['larger_mdbv_by_later_messages']}")  # fmt: skip
    for told in found["differences"]:
        say(f"{told['application']} {told['subject']}: {told['now']} ({told['reason']})")
    emit(found["applications"], fmt, out, columns=ALL_COLUMNS)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("feasibility")(feasibility)
