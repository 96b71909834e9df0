"""`setsail radio path-loss | los-probability | wall-loss | entry-loss | clutter-loss`: the propagation models."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

SCENARIOS = "rma uma umi inh inh-open inh-mixed inf-sl inf-dl inf-sh inf-dh inf-hh"
ScenarioOption = Annotated[str, typer.Option("--scenario", help=f"Of TR 38.901: {SCENARIOS}.")]
DistanceOption = Annotated[float, typer.Option("--distance", help="On the ground [m] (2D).")]
FrequencyOption = Annotated[float, typer.Option("--frequency", help="Carrier [Hz], such as 3.5e9.")]
PATH_COLUMNS = (
    "path_loss_db", "entry_loss_db", "scenario", "condition", "d_2d_m", "d_3d_m", "fc_hz", "h_bs_m", "h_ut_m",
    "shadowing_sigma_db", "extrapolated",
)  # fmt: skip
WALL_COLUMNS = (
    "transmission_loss_db", "reflection_loss_db", "layers", "fc_hz", "incidence_deg", "polarisation",
    "outside_validity",
)  # fmt: skip
BsHeightOption = Annotated[float | None, typer.Option("--bs-height", help="Of the base station [m]; else the default.")]
UtHeightOption = Annotated[float | None, typer.Option("--ut-height", help="Of the UE [m]; else the default.")]


def path_loss(
    scenario: ScenarioOption,
    condition: Annotated[str, typer.Option("--condition", help="los or nlos.")],
    distance: DistanceOption,
    frequency: FrequencyOption,
    bs_height: BsHeightOption = None,
    ut_height: UtHeightOption = None,
    street_width: Annotated[float | None, typer.Option("--street-width", help="W of rma [m].")] = None,
    building_height: Annotated[float | None, typer.Option("--building-height", help="h of rma [m].")] = None,
    optional: Annotated[bool, typer.Option("--optional", help="The optional NLOS formula of uma, umi, inh.")] = False,
    environment: Annotated[
        str, typer.Option("--environment", help="h_E of uma above 13 m: expected, one-metre or drawn.")
    ] = "expected",
    seed: Annotated[int, typer.Option("--seed", help="Of the draw of h_E.")] = 0,
    entry: Annotated[
        str | None, typer.Option("--entry", help="Add the mean loss into: low high legacy car car-metallised.")
    ] = None,
    indoor: Annotated[float, typer.Option("--indoor-distance", help="Way behind the facade [m] (2D).")] = 0.0,
    extrapolate: Annotated[
        bool, typer.Option("--extrapolate", help="Compute outside the ranges too, and say which were left.")
    ] = False,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Mean path loss of TR 38.901 without shadowing; with --distance on the ground."""
    found = api.radio_path_loss(
        scenario, condition, distance, frequency, h_bs_m=bs_height, h_ut_m=ut_height, street_width_m=street_width,
        building_height_m=building_height, optional=optional, environment=environment, seed=seed, entry_model=entry,
        indoor_m=indoor, extrapolate=extrapolate,
    )  # fmt: skip
    _warn(found)
    emit(found, fmt, out, columns=() if fmt is Format.json else PATH_COLUMNS)


def los_probability(
    scenario: ScenarioOption,
    distance: DistanceOption,
    bs_height: BsHeightOption = None,
    ut_height: UtHeightOption = None,
    clutter_density: Annotated[float | None, typer.Option("--clutter-density", help="Of InF, 0 to 1.")] = None,
    clutter_size: Annotated[float | None, typer.Option("--clutter-size", help="Of InF [m].")] = None,
    clutter_height: Annotated[float | None, typer.Option("--clutter-height", help="Of InF [m].")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Probability of line of sight of TR 38.901."""
    found = api.radio_los_probability(
        scenario, distance, h_bs_m=bs_height, h_ut_m=ut_height, clutter_density=clutter_density,
        clutter_size_m=clutter_size, clutter_height_m=clutter_height,
    )  # fmt: skip
    _warn(found)
    emit(found, fmt, out, columns=() if fmt is Format.json else ("los_probability", "scenario", "d_2d_m", "source"))


def wall_loss(
    layer: Annotated[
        list[str], typer.Option("--layer", help="MATERIAL:METRES, such as concrete:0.2; repeat from outside to inside.")
    ],
    frequency: FrequencyOption,
    incidence: Annotated[float, typer.Option("--incidence", help="From the normal of the wall [degrees].")] = 0.0,
    polarisation: Annotated[str, typer.Option("--polarisation", help="te, tm or mean.")] = "mean",
    average: Annotated[
        float, typer.Option("--average", help="Mean over the frequency +- this share, to remove ripple; 0.05 is usual.")
    ] = 0.0,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Loss through a wall or slab of ITU-R P.2040 layers; a material outside its frequency range is named."""
    found = api.radio_wall_loss(
        layer, frequency, incidence_deg=incidence, polarisation=polarisation, average_ratio=average
    )
    _warn(found)
    emit(found, fmt, out, columns=() if fmt is Format.json else WALL_COLUMNS)


def entry_loss(
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="low high legacy car car-metallised (TR 38.901) or traditional thermally-efficient (P.2109).",
        ),
    ],
    frequency: FrequencyOption,
    indoor: Annotated[float, typer.Option("--indoor-distance", help="Way behind the facade [m], TR 38.901.")] = 0.0,
    scenario: Annotated[str | None, typer.Option("--scenario", help="Checked against the model, TR 38.901.")] = None,
    probability: Annotated[float, typer.Option("--probability", help="Of the loss not being exceeded, 0 to 1.")] = 0.5,
    elevation: Annotated[float, typer.Option("--elevation", help="Of the path at the facade [degrees], P.2109.")] = 0.0,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Loss into a building or a car, not exceeded with the probability asked for."""
    found = api.radio_entry_loss(
        model, frequency, indoor_m=indoor, scenario=scenario, probability=probability, elevation_deg=elevation
    )
    emit(found, fmt, out)


def clutter_loss(
    model: Annotated[str, typer.Option("--model", help="terrestrial, height-gain or sky (P.2108).")],
    frequency: FrequencyOption,
    distance: Annotated[float | None, typer.Option("--distance", help="Of the path [m], terrestrial.")] = None,
    probability: Annotated[float, typer.Option("--probability", help="Share of locations, 0 to 1.")] = 0.5,
    both_ends: Annotated[bool, typer.Option("--both-ends", help="Correct both ends (terrestrial).")] = False,
    clutter: Annotated[
        str | None, typer.Option("--clutter", help="water open suburban urban forest dense-urban.")
    ] = None,
    antenna_height: Annotated[float | None, typer.Option("--antenna-height", help="Height-gain [m].")] = None,
    clutter_height: Annotated[
        float | None, typer.Option("--clutter-height", help="Else the default of --clutter [m].")
    ] = None,
    street_width: Annotated[float, typer.Option("--street-width", help="Height-gain [m].")] = 27.0,
    elevation: Annotated[float | None, typer.Option("--elevation", help="Of the path [degrees], sky.")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Loss through the clutter around a terminal, ITU-R P.2108."""
    found = api.radio_clutter_loss(
        model, frequency, distance_m=distance, probability=probability, both_ends=both_ends, clutter=clutter,
        antenna_m=antenna_height, clutter_m=clutter_height, street_width_m=street_width, elevation_deg=elevation,
    )  # fmt: skip
    emit(found, fmt, out)


def materials(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """Wall materials with their frequency ranges, ITU-R P.2040."""
    emit(api.radio_materials(), fmt, out)


def _warn(found: api.Record) -> None:
    for text in [*found.get("outside", []), *found.get("notes", [])]:
        say(f"note: {text}")


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("path-loss")(path_loss)
    commands.command("los-probability")(los_probability)
    commands.command("wall-loss")(wall_loss)
    commands.command("entry-loss")(entry_loss)
    commands.command("clutter-loss")(clutter_loss)
    commands.command("materials")(materials)
