"""`setsail radio rate | tbs | spectral-efficiency | bands`: what a carrier carries."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

RATE_COLUMNS = ("peak_bps", "fdd_peak_bps", "scheduled_bps", "direction", "duplex", "ue")
TBS_COLUMNS = ("tbs_bits", "n_info", "n_info_quantised", "code_blocks", "base_graph")
SCS_HELP = "Subcarrier spacing [kHz]: 15 30 60 120 480 960."
ScsOption = Annotated[float, typer.Option("--scs", help=SCS_HELP)]
DirectionOption = Annotated[str, typer.Option("--direction", help="dl or ul.")]


def rate(
    prb: Annotated[int | None, typer.Option("--prb", help="Resource blocks; or give --bandwidth.")] = None,
    bandwidth: Annotated[float | None, typer.Option("--bandwidth", help="Channel bandwidth [MHz].")] = None,
    scs: ScsOption = 30.0,
    mcs_table: Annotated[
        str, typer.Option("--mcs-table", help="1 qam64, 2 qam256, 3 qam64LowSE, 4 qam1024 of TS 38.214.")
    ] = "2",
    mcs: Annotated[int | None, typer.Option("--mcs", help="Index in that table; else its top.")] = None,
    layers: Annotated[int, typer.Option("--layers", help="Spatial layers, 1 to 8.")] = 4,
    direction: DirectionOption = "dl",
    frequency_range: Annotated[str | None, typer.Option("--range", help="FR1 or FR2; else FR1 up to 60 kHz.")] = None,
    scaling: Annotated[float, typer.Option("--scaling", help="Factor f of TS 38.306: 1 0.8 0.75 0.4.")] = 1.0,
    overhead: Annotated[float | None, typer.Option("--overhead", help="Share; else OH of TS 38.306.")] = None,
    tdd: Annotated[str | None, typer.Option("--tdd", help="Slots of the frame structure, such as DDDSU.")] = None,
    special: Annotated[str, typer.Option("--special", help="Symbols of the special slot.")] = "10D:2G:2U",
    ue: Annotated[
        str | None, typer.Option("--ue", help="Device with limits: redcap-1rx redcap-2rx eredcap-1rx ...")
    ] = None,
    control_symbols: Annotated[int, typer.Option("--control-symbols", help="PDCCH symbols of a slot.")] = 1,
    dmrs: Annotated[int, typer.Option("--dmrs", help="Resource elements of DM-RS per PRB.")] = 12,
    more: Annotated[
        list[str] | None,
        typer.Option("--carrier", help="A further carrier: prb=66,scs=120,range=FR2,mcs-table=2,mcs=27,layers=2."),
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Peak rate of TS 38.306 of one or more carriers, in FDD or with a TDD frame structure."""
    first = {
        "prb": prb, "bandwidth": bandwidth, "scs": scs, "mcs-table": mcs_table, "mcs": mcs, "layers": layers,
        "range": frequency_range, "scaling": scaling, "overhead": overhead,
    }  # fmt: skip
    found = api.radio_rate(
        [first, *(more or [])], direction=direction, tdd=tdd, special=special, ue=ue,
        control_symbols=control_symbols, dmrs_re=dmrs,
    )  # fmt: skip
    for text in found["limits"]:
        say(f"note: {text}")
    emit(found, fmt, out, columns=() if fmt is Format.json else RATE_COLUMNS)


def tbs(
    prb: Annotated[int, typer.Option("--prb", help="Allocated resource blocks, 1 to 275.")],
    qm: Annotated[int, typer.Option("--qm", help="Bits per symbol: 1 2 4 6 8 10.")],
    code_rate: Annotated[float, typer.Option("--rate", help="Target code rate x 1024, such as 567 or 682.5.")],
    layers: Annotated[int, typer.Option("--layers", help="Of this transport block, 1 to 4.")] = 1,
    symbols: Annotated[int, typer.Option("--symbols", help="Of the allocation, 1 to 14.")] = 14,
    dmrs: Annotated[int, typer.Option("--dmrs", help="Resource elements of DM-RS per PRB.")] = 0,
    overhead: Annotated[int, typer.Option("--overhead", help="xOverhead: 0 6 12 18 resource elements per PRB.")] = 0,
    scaling: Annotated[float, typer.Option("--scaling", help="S of Table 5.1.3.2-2: 1 0.5 0.25.")] = 1.0,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Transport block size of TS 38.214 cl. 5.1.3.2, exact."""
    found = api.radio_tbs(
        prb, qm, code_rate, layers, symbols=symbols, dmrs_re=dmrs, overhead_re=overhead, scaling=scaling
    )
    emit(found, fmt, out, columns=() if fmt is Format.json else TBS_COLUMNS)


def spectral_efficiency(
    sinr: Annotated[float, typer.Option("--sinr", help="Per layer [dB].")],
    model: Annotated[str, typer.Option("--model", help="cqi m2101 tr36942 shannon.")] = "cqi",
    cqi_table: Annotated[int, typer.Option("--cqi-table", help="1 64QAM, 2 256QAM, 3 low efficiency, 4 1024QAM.")] = 2,
    direction: DirectionOption = "dl",
    prb: Annotated[int | None, typer.Option("--prb", help="Resource blocks, for the rate.")] = None,
    scs: ScsOption = 30.0,
    layers: Annotated[int, typer.Option("--layers", help="Spatial layers, 1 to 8.")] = 1,
    overhead: Annotated[float, typer.Option("--overhead", help="Share of resource elements without data.")] = 0.14,
    share: Annotated[float, typer.Option("--share", help="Share of symbols in this direction.")] = 1.0,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Spectral efficiency at a SINR, with the origin of the mapping."""
    found = api.radio_spectral_efficiency(
        sinr, model=model, cqi_table=cqi_table, direction=direction, n_prb=prb, scs_hz=scs * 1e3, layers=layers,
        overhead=overhead, share=share,
    )  # fmt: skip
    if not found["verified"]:
        say("note: values not checked against their source yet")
    emit(found, fmt, out)


def bands(
    band: Annotated[str | None, typer.Argument(help="Such as n78; else all.")] = None,
    frequency: Annotated[float | None, typer.Option("--frequency", help="Bands that hold it [Hz].")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """NR bands with their channel bandwidths and UE power classes."""
    if band is None:
        emit(api.radio_bands(frequency), fmt, out)
        return
    found = api.radio_band(band)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    edges = {key: value for key, value in found.items() if key.endswith("_mhz") or key in ("band", "duplex")}
    powers = " ".join(f"PC{number} {dbm:g}" for number, dbm in found["ue_power_classes_dbm"].items())
    rows = [edges | {"scs_khz": g["scs_khz"], "channels_mhz": g["mhz"]} for g in found["channel_bandwidths"]]
    emit([row | {"ue_power_dbm": powers or None} for row in rows], fmt, out)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("rate")(rate)
    commands.command("tbs")(tbs)
    commands.command("spectral-efficiency")(spectral_efficiency)
    commands.command("bands")(bands)
