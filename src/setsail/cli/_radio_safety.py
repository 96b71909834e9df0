"""`setsail radio positioning | exposure | emc`: where a UE can be told to be, and what is safe near a transmitter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

EMC_COLUMNS = (
    "low_mhz", "high_mhz", "fc_hz", "covered", "distance_m", "spot_level_v_per_m", "general_distance_m",
    "general_level_v_per_m", "declared_distance_m",
)  # fmt: skip


def positioning(
    anchors: Annotated[
        Path, typer.Option("--anchors", help="CSV: anchor,x_m,y_m,z_m and any of snr_db,sync_ns,nlos_m,boresight_deg.")
    ],
    method: Annotated[str, typer.Option("--method", help="tdoa, rtt or aoa.")] = "tdoa",
    point: Annotated[list[str] | None, typer.Option("--point", help="x,y or x,y,z [m]; repeat.")] = None,
    grid: Annotated[str | None, typer.Option("--grid", help="x0,y0,x1,y1 [m].")] = None,
    step: Annotated[float, typer.Option("--step", help="Of the grid [m].")] = 1.0,
    height: Annotated[float, typer.Option("--height", help="Of the UE [m].")] = 1.5,
    prb: Annotated[int, typer.Option("--prb", help="Bandwidth of the PRS in resource blocks.")] = 272,
    scs: Annotated[float, typer.Option("--scs", help="Subcarrier spacing [kHz]: 15 30 60 120.")] = 30.0,
    comb: Annotated[int, typer.Option("--comb", help="1 (every subcarrier), 2, 4, 6 or 12.")] = 2,
    symbols: Annotated[int, typer.Option("--symbols", help="PRS symbols of a slot, 1 to 12.")] = 2,
    repetitions: Annotated[int, typer.Option("--repetitions", help="Slots added up.")] = 1,
    snr: Annotated[float | None, typer.Option("--snr", help="Per resource element [dB], every anchor.")] = None,
    tx_power: Annotated[float | None, typer.Option("--tx-power", help="EIRP of the PRS [dBm], for the SNR.")] = None,
    frequency: Annotated[float | None, typer.Option("--frequency", help="Carrier [Hz], with --tx-power.")] = None,
    scenario: Annotated[str, typer.Option("--scenario", help="Of TR 38.901, with --tx-power.")] = "inh",
    condition: Annotated[str, typer.Option("--condition", help="los or nlos, with --tx-power.")] = "los",
    sync_ns: Annotated[float, typer.Option("--sync-ns", help="Standard deviation of each clock [ns].")] = 0.0,
    nlos_m: Annotated[float, typer.Option("--nlos-m", help="Mean excess way of the first path [m].")] = 0.0,
    heading_deg: Annotated[float, typer.Option("--heading-deg", help="Spread of array orientation (aoa).")] = 0.0,
    nlos_deg: Annotated[float, typer.Option("--nlos-deg", help="Mean deflection of arrival (aoa).")] = 0.0,
    elements: Annotated[int, typer.Option("--elements", help="Of each linear array (aoa).")] = 8,
    dimensions: Annotated[int, typer.Option("--dimensions", help="2 (height known) or 3.")] = 2,
    each: Annotated[bool, typer.Option("--each", help="Show every point of a grid.")] = False,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Lower bound of the position error, with noise, synchronisation and NLOS apart; percentiles over a grid."""
    found = api.radio_positioning(
        anchors, method=method, points=point or [], grid=grid, step_m=step, height_m=height, n_prb=prb,
        scs_hz=scs * 1e3, comb=comb, symbols=symbols, repetitions=repetitions, snr_db=snr, tx_dbm=tx_power,
        fc_hz=frequency, scenario=scenario, condition=condition, sync_s=sync_ns * 1e-9, nlos_m=nlos_m,
        heading_deg=heading_deg, nlos_deg=nlos_deg, elements=elements, dimensions=dimensions, each=each or bool(point),
    )  # fmt: skip
    bare = found["n_points"] - found["n_resolved"]
    if bare:
        say(f"note: {bare} of {found['n_points']} points are not resolved by this geometry")
    for text in [*found["outside"], found["note"]]:
        say(f"note: {text}")
    shown = found["points"] if found["points"] is not None else found["percentiles"]
    emit(found if fmt is Format.json else shown, fmt, out)


def exposure(
    eirp: Annotated[float, typer.Option("--eirp", help="Peak, all carriers [dBm].")],
    frequency: Annotated[float, typer.Option("--frequency", help="Carrier [Hz].")],
    distance: Annotated[float | None, typer.Option("--distance", help="To judge at [m].")] = None,
    standard: Annotated[str, typer.Option("--standard", help="gb8702 icnirp2020 icnirp2020-local.")] = "gb8702",
    share: Annotated[str, typer.Option("--share", help="whole, project or large-project (HJ/T 10.3).")] = "whole",
    tdd: Annotated[str | None, typer.Option("--tdd", help="Slots such as DDDSU; sets the duty.")] = None,
    special: Annotated[str, typer.Option("--special", help="Symbols of the special slot.")] = "10D:2G:2U",
    scs: Annotated[float, typer.Option("--scs", help="Subcarrier spacing [kHz], with --tdd.")] = 30.0,
    direction: Annotated[str, typer.Option("--direction", help="dl (station) or ul (UE), with --tdd.")] = "dl",
    duty: Annotated[float, typer.Option("--duty", help="Share of time on the air, without --tdd.")] = 1.0,
    load: Annotated[float, typer.Option("--load", help="Mean share of resources used.")] = 1.0,
    beam: Annotated[float, typer.Option("--beam", help="Share of power that goes one way.")] = 1.0,
    beams: Annotated[int | None, typer.Option("--beams", help="Equally likely beams, for --beam.")] = None,
    sessions: Annotated[int, typer.Option("--sessions", help="Independent beams in the averaging time.")] = 36,
    percentile: Annotated[float, typer.Option("--percentile", help="Of the beam statistic.")] = 95.0,
    reflection: Annotated[float, typer.Option("--reflection", help="Power factor of ground and walls, 1 to 4.")] = 1.0,
    antenna: Annotated[
        float | None, typer.Option("--antenna", help="Largest dimension [m], for the far field.")
    ] = None,
    emitter: Annotated[
        list[str] | None,
        typer.Option("--emitter", help="Another at the same point: eirp=46,frequency=2.6e9,distance=30,duty=0.7."),
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Compliance distance and field near a transmitter; leaves 1 where the limit is passed at --distance."""
    found = api.radio_exposure(
        eirp, frequency, distance_m=distance, standard=standard, share=share, tdd=tdd, special=special,
        scs_hz=scs * 1e3, direction=direction, duty=duty, load=load, beam=beam, beams=beams, sessions=sessions,
        percentile=percentile, reflection=reflection, antenna_m=antenna, others=emitter or [],
    )  # fmt: skip
    if not found["verified"]:
        say("note: this limit was not checked against its source yet")
    if found["far_field_holds"] is False:
        say("note: the compliance distance lies in the near field; the far-field formula does not hold there")
    told = [{"quantity": name, "value": value} for name, value in found.items()]
    emit(told if fmt is Format.table and out is None else found, fmt, out)
    if found.get("complies") is False:
        raise typer.Exit(1)


def emc(
    power: Annotated[float, typer.Option("--power", help="Largest transmit power [W].")],
    frequency: Annotated[float | None, typer.Option("--frequency", help="Carrier [Hz]; or give --band.")] = None,
    band: Annotated[str | None, typer.Option("--band", help="NR band, such as n41.")] = None,
    direction: Annotated[str, typer.Option("--direction", help="ul (UE) or dl (station), with --band.")] = "ul",
    environment: Annotated[str, typer.Option("--environment", help="professional or home.")] = "professional",
    level: Annotated[float | None, typer.Option("--level", help="Immunity that the maker declares [V/m].")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Distance to medical devices by IEC 60601-1-2; leaves 1 where the proximity test does not cover a part."""
    found = api.radio_emc(
        power, fc_hz=frequency, band=band, direction=direction, environment=environment, declared_v_per_m=level
    )
    for part in found["parts"]:
        if part["finding"]:
            say(f"note: {part['fc_hz'] / 1e6:g} MHz: {part['finding']}")
    columns = EMC_COLUMNS if band else EMC_COLUMNS[2:]
    emit(found if fmt is Format.json else found["parts"], fmt, out, columns=() if fmt is Format.json else columns)
    if not found["covered"]:
        raise typer.Exit(1)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("positioning")(positioning)
    commands.command("exposure")(exposure)
    commands.command("emc")(emc)
