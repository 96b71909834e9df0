"""What a calibration says, with intervals and the values they rest on."""

from __future__ import annotations

from dataclasses import dataclass

from setsail.radio.coverage.cells import Finding


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between its ends at the confidence asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Terms of one clutter class, or of all samples (`overall`).

    Correction: RSRP = model + offset_db + slope_db x log10(d / reference_m) + terms, spread sigma_db around it.
    Law: path loss = loss_db + 10 exponent log10(d / reference_m), with the model's gains, spread law_sigma_db.
    cells, devices : terms by name, adding up to 0;  blocks : independent ones, counted by weight;  blocks_by : ground
    or cell;  block_m : side of ground blocks;  decorrelation_m : of the residuals of one cell.
    """

    name: str
    samples: int
    censored: int
    distance_low_m: float
    distance_high_m: float
    reference_m: float
    offset_db: Interval
    slope_db: Interval | None
    sigma_db: Interval
    loss_db: Interval
    exponent: Interval | None
    law_sigma_db: Interval
    cells: tuple[tuple[str, Interval], ...]
    devices: tuple[tuple[str, Interval], ...]
    blocks_by: str
    blocks: float
    block_m: float | None
    decorrelation_m: float
    skipped: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A clutter class that its samples cannot tell, and what would be needed."""

    name: str
    samples: int
    reason: str
    needed: str


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Error of one set of terms [dB]: on the samples it was fitted to, and on cells left out of the fit.

    terms : model (uncorrected), offset, offset-slope, classes;  bias : mean of measured - predicted.
    """

    terms: str
    in_sample_rmse_db: float | None
    held_out_rmse_db: float | None
    held_out_bias_db: float | None
    cells: tuple[tuple[str, int, float, float], ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fit of all samples, those of the classes, and the error at cells held out."""

    overall: Fit
    classes: tuple[Fit, ...]
    refused: tuple[Refused, ...]
    held_out: tuple[HeldOut, ...]
    findings: tuple[Finding, ...]
