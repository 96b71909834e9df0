"""`setsail service queue`: delays of flows that share a cell or a link."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.base.record import Record
from setsail.cli.common import Format, FormatOption, OutOption, emit


def queue(
    model: Annotated[str, typer.Option("--model", help="md1, periodic, or nc (network calculus).")],
    rate: Annotated[float | None, typer.Option("--rate-per-s", help="Of Poisson arrivals (md1).")] = None,
    service: Annotated[float | None, typer.Option("--service-ms", help="Of each packet (md1).")] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option(
            "--flow",
            help="periodic: period_ms=10,service_ms=0.5,count=8 (may be repeated); nc: burst_bytes=1500,rate_bps=1e6.",
        ),
    ] = None,
    server: Annotated[
        list[str] | None, typer.Option("--server", help="nc, in line: rate_bps=1e9,latency_ms=0.1,name=switch.")
    ] = None,
    cross: Annotated[
        list[str] | None,
        typer.Option(
            "--cross",
            help="nc, another flow: burst_bytes=1500,rate_bps=1e6,server=0,order=higher|fifo|lower,packet_bytes=1500.",
        ),
    ] = None,
    radio: Annotated[
        str | None,
        typer.Option(
            "--radio",
            help="nc, first server: scs=30,tdd=DDDSU,direction=ul,access=cg,rate_bps=2e7,preset=...,bler=0.1,"
            "retransmissions=3.",
        ),
    ] = None,
    slot: Annotated[
        float | None, typer.Option("--slot-ms", help="periodic: enumerate the phases of unlike flows in slots.")
    ] = None,
    percentile: Annotated[
        list[float] | None, typer.Option("--percentile", help="Percent, such as 99.9; may be repeated.")
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Delay of flows that share a server: exact distribution, worst case over phases, or a bound that always holds."""
    found = api.service_queue(
        model, rate_per_s=rate, service_s=None if service is None else service / 1e3, flows=flow or (),
        servers=server or (), cross=cross or (), radio=radio, slot_s=None if slot is None else slot / 1e3,
        percentiles=None if percentile is None else [p / 100 for p in percentile],
    )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        emit(_lines(found), fmt, out)


def _lines(found: Record, head: str = "") -> list[Record]:
    """Nested values as lines."""
    rows: list[Record] = []
    for key, value in found.items():
        if isinstance(value, dict):
            rows += _lines(value, f"{head}{key} ")
        elif isinstance(value, list):
            rows += [row for k, one in enumerate(value) for row in _lines(one, f"{head}{key} {k} ")]
        else:
            rows.append({"line": head + key, "value": value})
    return rows


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("queue")(queue)
