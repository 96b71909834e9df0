"""Radio at a point or on a link: path loss, antennas, budget, rates, positioning, exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from setsail.base.record import Record


def radio_path_loss(
    scenario: str,
    condition: str,
    d_2d_m: float,
    fc_hz: float,
    *,
    h_bs_m: float | None = None,
    h_ut_m: float | None = None,
    street_width_m: float | None = None,
    building_height_m: float | None = None,
    optional: bool = False,
    environment: str = "expected",
    seed: int = 0,
    entry_model: str | None = None,
    indoor_m: float = 0.0,
    extrapolate: bool = False,
) -> Record:
    """Mean path loss of TR 38.901, with the values it came from. Raises OutOfRange, UnknownName, BadInput."""
    from setsail.radio.pathloss import records
    from setsail.radio.pathloss.scenarios import link

    one = link(
        scenario, condition, fc_hz, h_bs_m=h_bs_m, h_ut_m=h_ut_m, street_width_m=street_width_m,
        building_height_m=building_height_m, optional=optional,
    )  # fmt: skip
    height = records.environment(environment, seed)
    return records.path_loss_record(
        one, d_2d_m, extrapolate=extrapolate, height=height, entry_model=entry_model, indoor_m=indoor_m
    )


def radio_los_probability(
    scenario: str,
    d_2d_m: float,
    *,
    h_bs_m: float | None = None,
    h_ut_m: float | None = None,
    clutter_density: float | None = None,
    clutter_size_m: float | None = None,
    clutter_height_m: float | None = None,
) -> Record:
    """Probability of line of sight of TR 38.901. Raises OutOfRange, UnknownName, BadInput."""
    from setsail.radio.pathloss.records import los_record
    from setsail.radio.pathloss.scenarios import scenario as named

    clutter = (clutter_density, clutter_size_m, clutter_height_m)
    return los_record(named(scenario), d_2d_m, h_bs_m=h_bs_m, h_ut_m=h_ut_m, clutter=clutter)


def radio_wall_loss(
    layers: Sequence[str],
    fc_hz: float,
    *,
    incidence_deg: float = 0.0,
    polarisation: str = "mean",
    average_ratio: float = 0.0,
) -> Record:
    """Loss through layers `MATERIAL:METRES` of ITU-R P.2040. Raises BadInput, UnknownName, OutOfRange."""
    from setsail.radio.pathloss.records import wall_record

    return wall_record(
        layers, fc_hz, incidence_deg=incidence_deg, polarisation=polarisation, average_ratio=average_ratio
    )


def radio_entry_loss(
    model: str,
    fc_hz: float,
    *,
    indoor_m: float = 0.0,
    scenario: str | None = None,
    probability: float = 0.5,
    elevation_deg: float = 0.0,
) -> Record:
    """Loss into a building or car not exceeded with that probability (TR 38.901, P.2109). Raises BadInput, its kin."""
    from setsail.radio.pathloss.records import entry_record

    return entry_record(
        model, fc_hz, indoor_m=indoor_m, name=scenario, probability=probability, elevation_deg=elevation_deg
    )


def radio_clutter_loss(
    model: str,
    fc_hz: float,
    *,
    distance_m: float | None = None,
    probability: float = 0.5,
    both_ends: bool = False,
    clutter: str | None = None,
    antenna_m: float | None = None,
    clutter_m: float | None = None,
    street_width_m: float = 27.0,
    elevation_deg: float | None = None,
) -> Record:
    """Clutter loss of ITU-R P.2108: terrestrial, height-gain or sky. Raises UnknownName, OutOfRange, BadInput."""
    from setsail.radio.pathloss.records import clutter_record

    return clutter_record(
        model, fc_hz, distance_m=distance_m, probability=probability, both_ends=both_ends, clutter=clutter,
        antenna_m=antenna_m, clutter_m=clutter_m, street_width_m=street_width_m, elevation_deg=elevation_deg,
    )  # fmt: skip


def radio_materials() -> list[Record]:
    """Wall materials with their frequency ranges, ITU-R P.2040."""
    from setsail.radio.pathloss.records import material_records

    return material_records()


def radio_rate(
    carriers: Sequence[str | Mapping[str, Any]],
    *,
    direction: str = "dl",
    tdd: str | None = None,
    special: str = "10D:2G:2U",
    ue: str | None = None,
    control_symbols: int = 1,
    dmrs_re: int = 12,
) -> Record:
    """Peak rate of carriers (TS 38.306), FDD and TDD, and the rate of their transport blocks. Raises BadInput, kin.

    carriers : each as `prb=273,scs=30,mcs-table=2,mcs=27,layers=4` or as values of these names.
    """
    from setsail.radio.rates.asked import carrier_asked
    from setsail.radio.rates.records import rate_record
    from setsail.radio.rates.scheduled import SlotUse

    use = SlotUse(control_symbols, dmrs_re)
    return rate_record(
        [carrier_asked(c) for c in carriers], direction=direction, tdd=tdd, special=special, ue=ue, use=use
    )


def radio_tbs(
    n_prb: int,
    qm: int,
    rate_x1024: float,
    layers: int = 1,
    *,
    symbols: int = 14,
    dmrs_re: int = 0,
    overhead_re: int = 0,
    scaling: float = 1.0,
) -> Record:
    """Transport block size of TS 38.214 cl. 5.1.3.2 with its steps. Raises OutOfRange, BadInput."""
    from setsail.radio.rates.records import tbs_record

    return tbs_record(
        n_prb, qm, rate_x1024, layers, symbols=symbols, dmrs_re=dmrs_re, overhead_re=overhead_re, scaling=scaling
    )


def radio_spectral_efficiency(
    sinr_db: float,
    *,
    model: str = "cqi",
    cqi_table: int = 2,
    direction: str = "dl",
    n_prb: int | None = None,
    scs_hz: float = 30e3,
    layers: int = 1,
    overhead: float = 0.14,
    share: float = 1.0,
) -> Record:
    """Spectral efficiency at a SINR with the origin of the mapping. Raises BadInput, OutOfRange, UnknownName."""
    from setsail.radio.rates.records import efficiency_record

    return efficiency_record(
        sinr_db, model=model, direction=direction, cqi_table=cqi_table, n_prb=n_prb, scs_hz=scs_hz, layers=layers,
        overhead=overhead, share=share,
    )  # fmt: skip


def radio_bands(fc_hz: float | None = None) -> list[Record]:
    """The NR bands, or those that hold a frequency [Hz]. Raises BadInput."""
    from setsail.radio.rates.records import band_records

    return band_records(fc_hz)


def radio_band(name: str) -> Record:
    """One NR band with its channel bandwidths and UE power classes. Raises UnknownName."""
    from setsail.radio.rates.records import band_record

    return band_record(name)


def radio_positioning(
    anchors: Path,
    *,
    method: str = "tdoa",
    points: Sequence[str] = (),
    grid: str | None = None,
    step_m: float = 1.0,
    height_m: float = 1.5,
    n_prb: int = 272,
    scs_hz: float = 30e3,
    comb: int = 2,
    symbols: int = 2,
    repetitions: int = 1,
    snr_db: float | None = None,
    tx_dbm: float | None = None,
    fc_hz: float | None = None,
    scenario: str = "inh",
    condition: str = "los",
    sync_s: float = 0.0,
    nlos_m: float = 0.0,
    heading_deg: float = 0.0,
    nlos_deg: float = 0.0,
    elements: int = 8,
    dimensions: int = 2,
    each: bool = True,
) -> Record:
    """Lower bound of the position error at points or on a grid, its terms apart. Raises BadInput, NotComputable."""
    import math

    from setsail.radio import positioning_records as records
    from setsail.radio.positioning import C_M_PER_S, Errors, Prs

    places = records.places(points, grid, step_m, height_m)
    terms = Errors(sync_s * C_M_PER_S, math.radians(heading_deg), nlos_m, math.radians(nlos_deg))
    signal = records.Signal(snr_db, tx_dbm, fc_hz, scenario, condition)
    return records.positioning_record(
        method, records.read_anchors(anchors), places, Prs(n_prb, scs_hz, comb, symbols, repetitions), signal,
        errors=terms, dimensions=dimensions, elements=elements, each=each,
    )  # fmt: skip


def radio_exposure(
    eirp_dbm: float,
    fc_hz: float,
    *,
    distance_m: float | None = None,
    standard: str = "gb8702",
    share: str = "whole",
    tdd: str | None = None,
    special: str = "10D:2G:2U",
    scs_hz: float = 30e3,
    direction: str = "dl",
    duty: float = 1.0,
    load: float = 1.0,
    beam: float = 1.0,
    beams: int | None = None,
    sessions: int = 36,
    percentile: float = 95.0,
    reflection: float = 1.0,
    antenna_m: float | None = None,
    others: Sequence[str] = (),
) -> Record:
    """Compliance distance of a transmitter, and density, field and share of the limit at a distance.

    tdd : sets the duty to the share of that direction;  beams : sets the beam share by `beam_share`.  Raises BadInput.
    """
    from setsail.radio import exposure
    from setsail.radio.safety_records import exposure_record, on_air_share

    one = exposure.Emitter(
        eirp_dbm, fc_hz, on_air_share(duty, tdd, special, scs_hz, direction), load,
        beam if beams is None else exposure.beam_share(beams, sessions, percentile), reflection, antenna_m,
    )  # fmt: skip
    return exposure_record(one, standard=standard, share=share, distance_m=distance_m, others=others)


def radio_emc(
    power_w: float,
    *,
    fc_hz: float | None = None,
    band: str | None = None,
    direction: str = "ul",
    environment: str = "professional",
    declared_v_per_m: float | None = None,
) -> Record:
    """Distances to medical devices at a frequency [Hz] or over a band, parts that no test covers shown."""
    from setsail.base.errors import BadInput
    from setsail.radio import safety_records as records
    from setsail.radio.rates.asked import direction_of

    if (fc_hz is None) == (band is None):
        raise BadInput("are both or neither given", where="frequency and band", allowed="one of them")
    if fc_hz is not None:
        return records.emc_record(power_w, fc_hz, environment=environment, declared_v_per_m=declared_v_per_m)
    return records.emc_band_record(
        power_w, band or "", direction_of(direction), environment=environment, declared_v_per_m=declared_v_per_m
    )


def radio_antenna(
    antenna: str,
    *,
    towards: Sequence[tuple[float, float]],
    bearing_deg: float = 0.0,
    downtilt_deg: float = 0.0,
    rows: int = 1,
    columns: int = 1,
    vertical: str = "down",
) -> list[Record]:
    """Gains [dBi] of a pattern file, element or panel, one record a direction. Raises BadInput and its kin."""
    from setsail.radio.antenna.records import antenna_of, antenna_record

    found = antenna_of(antenna, rows=rows, columns=columns, vertical=vertical)
    return antenna_record(found, antenna, bearing_deg=bearing_deg, downtilt_deg=downtilt_deg, towards=towards)


def radio_link_budget(
    path_loss_db: float,
    *,
    fc_hz: float,
    tx_power_dbm: float,
    bandwidth_hz: float = 100e6,
    scs_hz: float = 30e3,
    tx_gain_dbi: float = 0.0,
    tx_loss_db: float = 0.0,
    rx_gain_dbi: float = 0.0,
    body_loss_db: float = 0.0,
    penetration_loss_db: float = 0.0,
    noise_figure_db: float = 9.0,
    bs_noise_figure_db: float = 5.0,
    margin_db: float = 0.0,
    dl_sinr_db: float = 0.0,
    ul_sinr_db: float = 0.0,
    n_rb_ul: int | None = None,
    ue_power_dbm: float = 23.0,
    p0_dbm: float = -80.0,
    alpha: float = 0.8,
) -> Record:
    """Every line of a link budget over one path loss. Raises OutOfRange, BadInput."""
    from setsail.radio.link import Carrier, LinkBudget, PowerControl
    from setsail.radio.link.records import budget_record

    budget = LinkBudget(
        Carrier.of(fc_hz, bandwidth_hz, scs_hz), tx_power_dbm, tx_gain_dbi=tx_gain_dbi, tx_loss_db=tx_loss_db,
        rx_gain_dbi=rx_gain_dbi, body_loss_db=body_loss_db, penetration_loss_db=penetration_loss_db,
        noise_figure_db=noise_figure_db, bs_noise_figure_db=bs_noise_figure_db, margin_db=margin_db,
        uplink=PowerControl(p0_dbm, alpha, ue_power_dbm), n_rb_ul=n_rb_ul,
    )  # fmt: skip
    return budget_record(budget, path_loss_db, dl_sinr_db=dl_sinr_db, ul_sinr_db=ul_sinr_db)


def radio_indoor_hotspot(
    *,
    runs: int = 200,
    office: str = "open",
    trxp: int = 12,
    seed: int = 0,
    ues_per_trxp: int | None = None,
    load: float = 1.0,
    gain: str = "multipath",
    bearing_deg: float = 0.0,
) -> list[Record]:
    """Geometry and coupling gain of the IMT-2020 indoor hotspot by percentile. Raises OutOfRange, UnknownName."""
    from setsail.radio.hotspot.options import generator, options
    from setsail.radio.hotspot.results import records
    from setsail.radio.hotspot.study import study

    chosen = options(
        runs=runs, office=office, trxp=trxp, ues_per_trxp=ues_per_trxp, load=load, gain=gain, bearing_deg=bearing_deg
    )
    return records(chosen, study(chosen, generator(seed)))
