"""`setsail service latency | latency-presets`: the latency budget of a flow."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.base.record import Record
from setsail.cli.common import Format, FormatOption, OutOption, emit, say


def latency(
    scs: Annotated[float, typer.Option("--scs", help="Subcarrier spacing [kHz]: 15 30 60 120.")] = 30.0,
    tdd: Annotated[str, typer.Option("--tdd", help="Slots D, S, U of the frame structure, or FDD.")] = "DDDSU",
    special: Annotated[str, typer.Option("--special", help="Symbols of S.")] = "10D2G2U",
    direction: Annotated[
        str, typer.Option("--direction", help="ul, dl, harq (round trip of DL HARQ), ul-dl, dl-ul (both in line).")
    ] = "ul",
    access: Annotated[str, typer.Option("--access", help="Of the uplink: sr (request) or cg (configured).")] = "sr",
    capability: Annotated[
        int | None, typer.Option("--capability", help="UE processing capability, 1 or 2; else of the preset.")
    ] = None,
    preset: Annotated[str, typer.Option("--preset", help="Implementation terms: see `latency-presets`.")] = "3gpp",
    bler: Annotated[
        float | None, typer.Option("--bler", help="Error ratio of a first transmission; else of the preset.")
    ] = None,
    bler_again: Annotated[
        float | None, typer.Option("--bler-retransmission", help="Of each further one; else as the first.")
    ] = None,
    retransmissions: Annotated[
        int | None, typer.Option("--retransmissions", help="Most of them; else of the preset.")
    ] = None,
    sr_period: Annotated[int | None, typer.Option("--sr-period", help="Slots; else every chance.")] = None,
    cg_period: Annotated[int | None, typer.Option("--cg-period", help="Slots; else every U slot.")] = None,
    repetitions: Annotated[int, typer.Option("--repetitions", help="Of a configured grant: 1 to 8.")] = 1,
    mini_slot: Annotated[int | None, typer.Option("--mini-slot", help="Symbols of a TTI: 2, 4, 7; else slots.")] = None,
    duplicates: Annotated[int, typer.Option("--duplicates", help="Copies over PDCP duplication: 1 to 4.")] = 1,
    fibre: Annotated[float, typer.Option("--fibre-km", help="Fibre between gNB and server.")] = 0.0,
    hops: Annotated[int, typer.Option("--hops", help="Store-and-forward nodes on the way.")] = 0,
    link_mbps: Annotated[float, typer.Option("--link-mbps", help="Rate of the slowest link.")] = 1000.0,
    packet: Annotated[int, typer.Option("--packet-bytes", help="Of the packet, for store-and-forward.")] = 1500,
    route_factor: Annotated[float, typer.Option("--route-factor", help="Fibre to straight line, 1.3 to 1.5.")] = 1.0,
    turnaround: Annotated[float, typer.Option("--turnaround-ms", help="Between the two of ul-dl or dl-ul.")] = 0.0,
    percentile: Annotated[
        list[float] | None,
        typer.Option("--percentile", min=0.0, max=100.0, help="Percent, such as 99.9; may be repeated."),
    ] = None,
    within: Annotated[
        float | None, typer.Option("--within-ms", help="Also tell the share of packets within this delay.")
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Latency of user data one way: mean, maximum, percentiles, and the tree of its terms."""
    found = api.service_latency(
        scs_hz=scs * 1e3, tdd=tdd, special=special, direction=direction, access=access, capability=capability,
        preset=preset, bler=bler, bler_retransmission=bler_again, max_retransmissions=retransmissions,
        request_period_slots=sr_period, configured_period_slots=cg_period, repetitions=repetitions, mini_slot=mini_slot,
        duplicates=duplicates, fibre_m=fibre * 1e3, hops=hops, rate_bps=link_mbps * 1e6, packet_bytes=packet,
        route_factor=route_factor, turnaround_s=turnaround * 1e-3,
        percentiles=None if percentile is None else [p / 100 for p in percentile],
        within_s=None if within is None else within * 1e-3,
    )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    for note in found["notes"]:
        say(f"note: {note}")
    say(f"percentiles by {found['method']}")
    told = [f"{p} %: {'lost' if ms is None else f'{ms} ms'}" for p, ms in found["percentiles_ms"].items()]
    title = f"mean {found['mean_ms']} ms, max {found['max_ms']} ms; " + ", ".join(told)
    emit(_rows(found["tree"]), fmt, out, title=title)


def _rows(node: Record, depth: int = 0) -> list[Record]:
    """The tree as lines, children indented under their term."""
    keys = ("mean_ms", "max_ms", "worst_ms", "distribution", "source")
    line = {"term": "  " * depth + node["name"]} | {key: node[key] for key in keys}
    return [line, *(row for child in node.get("children", []) for row in _rows(child, depth + 1))]


def presets(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """The presets: every implementation term with its value, range and source."""
    emit(api.service_latency_presets(), fmt, out)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("latency")(latency)
    commands.command("latency-presets")(presets)
