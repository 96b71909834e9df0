"""A calibration as a record: what a door shows."""

from __future__ import annotations

from dataclasses import asdict

from setsail.base.record import Record
from setsail.radio.calibrate.options import CalibrateOptions
from setsail.radio.calibrate.results import Calibration, Fit, HeldOut, Interval

MEANING = {
    "ground": "for these cells elsewhere on such ground: squares of ground were drawn, with all cells in them",
    "cell": "for cells like these: whole cells were drawn",
}


def calibration_record(found: Calibration, options: CalibrateOptions) -> Record:
    """Fitted terms with intervals, held-out error, what was refused and found, and the options."""
    return {
        "overall": fit_record(found.overall),
        "classes": [fit_record(f) for f in found.classes],
        "refused": [asdict(r) for r in found.refused],
        "held_out": [held_record(h) for h in found.held_out],
        "findings": [f.record() for f in found.findings],
        "intervals": {
            "confidence": options.confidence,
            "method": "block bootstrap, Student's t on the effective number of blocks",
            "meaning": MEANING[found.overall.blocks_by],
            "replicates": options.replicates,
        },
        "options": asdict(options),
        "formula": "RSRP = model + offset_db + slope_db_per_decade x log10(d / reference_m), d from antenna to UE (3D)",
    }


def fit_record(fit: Fit) -> Record:
    """One row of terms."""
    return {
        "class": fit.name,
        "samples": fit.samples,
        "censored": fit.censored,
        "reference_m": fit.reference_m,
        "distance_low_m": fit.distance_low_m,
        "distance_high_m": fit.distance_high_m,
        **_ends("offset_db", fit.offset_db),
        **_ends("slope_db_per_decade", fit.slope_db),
        **_ends("sigma_db", fit.sigma_db),
        "law": {
            **_ends("loss_at_reference_db", fit.loss_db),
            **_ends("exponent", fit.exponent),
            **_ends("sigma_db", fit.law_sigma_db),
        },
        "cells": [{"cell_id": name, **_ends("offset_db", of)} for name, of in fit.cells],
        "devices": [{"device": name, **_ends("offset_db", of)} for name, of in fit.devices],
        "blocks_by": fit.blocks_by,
        "blocks": fit.blocks,
        "block_m": fit.block_m,
        "decorrelation_m": fit.decorrelation_m,
        "replicates_skipped": fit.skipped,
    }


def held_record(held: HeldOut) -> Record:
    """Error of one set of terms, in sample and at cells held out."""
    return {
        "terms": held.terms,
        "in_sample_rmse_db": held.in_sample_rmse_db,
        "held_out_rmse_db": held.held_out_rmse_db,
        "held_out_bias_db": held.held_out_bias_db,
        "cells": [{"cell_id": c, "samples": n, "rmse_db": r, "bias_db": b} for c, n, r, b in held.cells],
        "reason": held.reason or None,
    }


def _ends(name: str, of: Interval | None) -> Record:
    if of is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: of.value, f"{name}_low": of.low, f"{name}_high": of.high}
