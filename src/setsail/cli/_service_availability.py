"""`setsail service availability | proof`: what losses and failing parts leave, and what a test could prove."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput, OutOfRange
from setsail.cli.common import Format, FormatOption, OutOption, Record, emit, say

TargetOption = Annotated[float | None, typer.Option("--target", help="Share asked [%], such as 99.999.")]
ConfidenceOption = Annotated[float, typer.Option("--confidence", help="Of the statement [%].")]
YEAR_S = 365.25 * 86400.0


def availability(
    log: Annotated[Path | None, typer.Option("--log", help="CSV with sent_s and delay_ms (empty: lost).")] = None,
    loss: Annotated[float | None, typer.Option("--loss", help="Share of lost or late messages, such as 1e-4.")] = None,
    parts: Annotated[Path | None, typer.Option("--parts", help="TOML with a structure and its parts.")] = None,
    interval: Annotated[float | None, typer.Option("--interval-ms", help="Between messages [ms].")] = None,
    survival: Annotated[float, typer.Option("--survival-ms", help="Time the application goes on without [ms].")] = 0.0,
    deadline: Annotated[float | None, typer.Option("--deadline-ms", help="Later messages are untimely [ms].")] = None,
    burst: Annotated[float | None, typer.Option("--burst", help="Mean run of losses; else independent ones.")] = None,
    target: TargetOption = None,
    confidence: ConfidenceOption = 95.0,
    round_trip: Annotated[bool, typer.Option("--round-trip", help="The log holds round trips.")] = False,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Availability and time between failures from a log, from a loss model, or from parts (TS 22.104 Annex C).

    Exit code 1 where a target is given and missed.
    """
    if sum(given is not None for given in (log, loss, parts)) != 1:
        raise BadInput("wants one source", where="service availability", allowed="one of --log, --loss, --parts")
    wanted = share(target, "--target") if target is not None else None
    if log is not None:
        found = api.service_availability_log(
            log, deadline_s=_need(deadline, "--deadline-ms") / 1e3, survival_s=survival / 1e3,
            interval_s=interval / 1e3 if interval is not None else None, target=wanted,
            confidence=share(confidence, "--confidence"), clock="round-trip" if round_trip else "one-way",
        )  # fmt: skip
    elif loss is not None:
        found = api.service_availability_losses(
            loss, interval_s=_need(interval, "--interval-ms") / 1e3, survival_s=survival / 1e3, mean_burst=burst,
            target=wanted,
        )  # fmt: skip
    else:
        found = api.service_availability_parts(parts or Path(), target=wanted)
    _show(found, fmt, out)
    if found.get("verdict") == "fail":
        raise typer.Exit(1)


def proof(
    target: TargetOption = None,
    interval: Annotated[float | None, typer.Option("--interval-ms", help="Between messages [ms].")] = None,
    confidence: ConfidenceOption = 95.0,
    burst: Annotated[float, typer.Option("--burst", help="Mean run of losses; 1 for independent ones.")] = 1.0,
    mtbf: Annotated[float | None, typer.Option("--mtbf-years", help="Time between failures to prove instead.")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """How many messages, and how long a test, prove a share of arrivals; or a mean time between failures."""
    if (target is None) == (mtbf is None):
        raise BadInput("wants one claim", where="service proof", allowed="one of --target, --mtbf-years")
    sure = share(confidence, "--confidence")
    if mtbf is not None:
        found = api.service_proof_mtbf(mtbf * YEAR_S, confidence=sure)
    else:
        found = api.service_proof(
            share(target or 0.0, "--target"), interval_s=_need(interval, "--interval-ms") / 1e3, confidence=sure,
            mean_burst=burst,
        )  # fmt: skip
        if found["only_by_operation"]:
            say(f"an acceptance test can refute this, not prove it: {found['burst_duration']} without a failure")
    _show(found, fmt, out)


def share(percent: float, where: str) -> float:
    """A percentage as the ratio of its decimal digits. Raises OutOfRange."""
    if not 0.0 < percent < 100.0:
        raise OutOfRange(f"is {percent:g}", where=where, allowed="above 0 and below 100 %")
    return float(Decimal(repr(percent)) / 100)


def _need(value: float | None, where: str) -> float:
    if value is None:
        raise BadInput("is missing", where=where, allowed="a time in ms")
    return value


def _show(found: Record, fmt: Format, out: OutOption) -> None:
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        emit([{"line": k, "value": _told(v)} for k, v in found.items()], fmt, out, columns=("line", "value"))


def _told(value: object) -> str | None:
    if isinstance(value, float):
        return f"{value:.12g}"
    return None if value is None else str(value)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("availability")(availability)
    commands.command("proof")(proof)
