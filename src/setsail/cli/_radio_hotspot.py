"""`setsail radio indoor-hotspot`: geometry and coupling gain of the IMT-2020 indoor hotspot."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit, say, spinner

COLUMNS = ("percentile", "dl_geometry_db", "dl_geometry_se_db", "coupling_gain_db", "coupling_gain_se_db")


def indoor_hotspot(
    runs: Annotated[int, typer.Option("--runs", help="Drops of UEs in the hall.")] = 200,
    office: Annotated[str, typer.Option("--office", help="open or mixed: the LOS probability of TR 38.901.")] = "open",
    trxp: Annotated[int, typer.Option("--trxp", help="12 (one a site) or 36 (three a site).")] = 12,
    seed: Annotated[int, typer.Option("--seed", help="Of the random numbers.")] = 0,
    ues: Annotated[int | None, typer.Option("--ues", help="UEs dropped per TRxP; else 10.")] = None,
    load: Annotated[float, typer.Option("--load", help="Share of elements the other TRxP send on, 0 to 1.")] = 1.0,
    gain: Annotated[
        str, typer.Option("--gain", help="multipath (over clusters, as RSRP is) or direct (straight line).")
    ] = "multipath",
    bearing: Annotated[
        float, typer.Option("--bearing", help="Heads turned about the vertical [degrees] from the hall's length.")
    ] = 0.0,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Percentiles of downlink geometry and coupling gain: 120 x 50 m, 12 sites at 20 m, 4 GHz, 24 dBm in 20 MHz.

    Coupling gain is told from the connector of one 5 dBi element to one isotropic UE port of the same polarisation.
    """
    with spinner("Dropping UEs"):
        found = api.radio_indoor_hotspot(
            runs=runs, office=office, trxp=trxp, seed=seed, ues_per_trxp=ues, load=load, gain=gain, bearing_deg=bearing
        )
    say(f"coupling gain {found[0]['coupling_gain_port']}; _se_db is the standard error of the percentile")
    emit(found, fmt, out, columns=() if fmt is Format.json else COLUMNS)


def register(commands: typer.Typer) -> None:
    """Adds the command to `setsail radio`."""
    commands.command("indoor-hotspot")(indoor_hotspot)
