"""`setsail radio link-budget | antenna`: the lines of one link, the gains of one antenna."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

ANTENNA_COLUMNS = ("antenna", "peak_dbi", "radiated_db", "bearing_deg", "elevation_deg", "gain_dbi")


def link_budget(
    path_loss: Annotated[float, typer.Option("--path-loss", help="Of the path [dB].")],
    frequency: Annotated[float, typer.Option("--frequency", help="Carrier [Hz], such as 3.5e9.")],
    tx_power: Annotated[float, typer.Option("--tx-power", help="At the cell's connector, over the carrier [dBm].")],
    bandwidth: Annotated[float, typer.Option("--bandwidth", help="Of the channel [Hz].")] = 100e6,
    scs: Annotated[float, typer.Option("--scs", help="Subcarrier spacing [Hz].")] = 30e3,
    tx_gain: Annotated[float, typer.Option("--tx-gain", help="Of the cell's antenna [dBi].")] = 0.0,
    tx_loss: Annotated[float, typer.Option("--tx-loss", help="Cables of the cell [dB].")] = 0.0,
    rx_gain: Annotated[float, typer.Option("--rx-gain", help="Of the UE's antenna [dBi].")] = 0.0,
    body_loss: Annotated[float, typer.Option("--body-loss", help="Of the person [dB].")] = 0.0,
    penetration_loss: Annotated[float, typer.Option("--penetration-loss", help="Into the building [dB].")] = 0.0,
    noise_figure: Annotated[float, typer.Option("--noise-figure", help="Of the UE [dB].")] = 9.0,
    bs_noise_figure: Annotated[float, typer.Option("--bs-noise-figure", help="Of the cell [dB].")] = 5.0,
    margin: Annotated[float, typer.Option("--margin", help="For shadowing and interference [dB].")] = 0.0,
    dl_sinr: Annotated[float, typer.Option("--dl-sinr", help="Required downlink [dB].")] = 0.0,
    ul_sinr: Annotated[float, typer.Option("--ul-sinr", help="Required uplink [dB].")] = 0.0,
    ul_rb: Annotated[int | None, typer.Option("--ul-rb", help="Resource blocks of the uplink; else all.")] = None,
    ue_power: Annotated[float, typer.Option("--ue-power", help="Maximum of the UE [dBm].")] = 23.0,
    p0: Annotated[float, typer.Option("--p0", help="P_0 of a resource block at 15 kHz [dBm].")] = -80.0,
    alpha: Annotated[float, typer.Option("--alpha", help="Share of the loss made up for.")] = 0.8,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """RSRP, SNR, uplink power, margins and greatest path loss of one link, line by line."""
    found = api.radio_link_budget(
        path_loss, fc_hz=frequency, tx_power_dbm=tx_power, bandwidth_hz=bandwidth, scs_hz=scs, tx_gain_dbi=tx_gain,
        tx_loss_db=tx_loss, rx_gain_dbi=rx_gain, body_loss_db=body_loss, penetration_loss_db=penetration_loss,
        noise_figure_db=noise_figure, bs_noise_figure_db=bs_noise_figure, margin_db=margin, dl_sinr_db=dl_sinr,
        ul_sinr_db=ul_sinr, n_rb_ul=ul_rb, ue_power_dbm=ue_power, p0_dbm=p0, alpha=alpha,
    )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        emit([{"line": line, "value": value} for line, value in found.items()], fmt, out)


def antenna(
    name: Annotated[str, typer.Argument(help="A .msi or .pln file, or: tr38901 m2412-indoor omni.")],
    towards: Annotated[
        list[str] | None, typer.Option("--towards", metavar="BEARING,ELEVATION", help="Degrees; may be repeated.")
    ] = None,
    bearing: Annotated[float, typer.Option("--bearing", help="Of the boresight, clockwise from north.")] = 0.0,
    downtilt: Annotated[float, typer.Option("--downtilt", help="Mechanical, below the horizon [degrees].")] = 0.0,
    rows: Annotated[int, typer.Option("--rows", help="Of elements, for a panel.")] = 1,
    columns: Annotated[int, typer.Option("--columns", help="Of elements, for a panel.")] = 1,
    vertical: Annotated[str, typer.Option("--vertical", help="Way of a file's vertical angles: down or up.")] = "down",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Gain of an antenna in asked directions (its boresight without), and whether its pattern can be true."""
    wanted = [_pair(text) for text in towards] if towards else [(bearing, -downtilt)]
    found = api.radio_antenna(
        name, towards=wanted, bearing_deg=bearing, downtilt_deg=downtilt, rows=rows, columns=columns, vertical=vertical
    )
    for note in found[0]["notes"]:
        say(f"note: {note}")
    emit(found, fmt, out, columns=() if fmt is Format.json else ANTENNA_COLUMNS)


def _pair(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        to, up = (float(part) for part in parts)
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="--towards", allowed="bearing and elevation, such as 120,-6") from err
    return to, up


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("link-budget")(link_budget)
    commands.command("antenna")(antenna)
