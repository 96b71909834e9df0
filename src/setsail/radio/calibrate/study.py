"""Calibration: measured minus modelled RSRP against distance, by class, with intervals and held-out error."""

from __future__ import annotations

import numpy as np

from setsail.base.errors import NotComputable
from setsail.radio.calibrate import blocks
from setsail.radio.calibrate.design import clipped, design, require_apart, require_enough, spread, weights
from setsail.radio.calibrate.findings import findings
from setsail.radio.calibrate.held_out import held_out
from setsail.radio.calibrate.intervals import Grouping, Judged, scaled
from setsail.radio.calibrate.links import Links
from setsail.radio.calibrate.options import CELLS_FOR_RESAMPLING, CalibrateOptions
from setsail.radio.calibrate.results import Calibration, Fit, Refused
from setsail.radio.calibrate.solve import Solution, System, solve


def calibrate(links: Links, options: CalibrateOptions, rng: np.random.Generator) -> Calibration:
    """Offset, slope and spread of all samples and of each clutter class, and the error at cells held out.

    Raises NotComputable where the samples together cannot tell; a class that cannot is named in `refused`.
    """
    overall = fit(links, options, rng, "overall")
    made, refused = [], []
    for k, name in enumerate(links.clutter.names):
        if len(links.clutter) == 1:
            break
        some = links.take(links.clutter.index == k)
        try:
            made.append(fit(some, options, rng, name or "(no class)"))
        except NotComputable as err:
            refused.append(
                Refused(name or "(no class)", len(some), f"{err.where}: {err.what}", err.allowed or err.hint)
            )
    return Calibration(overall, tuple(made), tuple(refused), held_out(links, options), findings(links, options))


def fit(links: Links, options: CalibrateOptions, rng: np.random.Generator, name: str) -> Fit:
    """The terms of some samples. Raises NotComputable: too few, too alike, not to be told apart."""
    level, cut = clipped(links, options)
    require_enough(links, cut, options, name)
    w = weights(links.distance_m, options.bin_decades)
    made = design(links, w, options)
    require_apart(made, w, name)
    over_model, over_gain = (System(made.x, level - base, w, cut) for base in (links.predicted_dbm, links.gain_dbm))
    first = solve(over_model)
    grouping = _grouping(links, options, over_model, first)
    grouping.require(name)
    counts = blocks.draw(int(grouping.block.max()) + 1, options.replicates, rng)
    correction = Judged(over_model, first, made, grouping, counts, options.confidence, name)
    law = Judged(over_gain, solve(over_gain), made, grouping, counts, options.confidence, name)
    low, high = spread(links.distance_m)
    slope = law.slope()
    return Fit(
        name, len(links), int(cut.sum()), low, high, made.reference_m, correction.term(0), correction.slope(),
        correction.spread(), scaled(law.term(0), -1.0), None if slope is None else scaled(slope, -0.1), law.spread(),
        correction.levels("cell", links.cell), correction.levels("device", links.device), grouping.by, grouping.count,
        grouping.side_m, grouping.apart_m, correction.skipped,
    )  # fmt: skip


def _grouping(links: Links, options: CalibrateOptions, of: System, first: Solution) -> Grouping:
    """The blocks of the samples; with blocks of ground, their side follows the correlation of the residuals."""
    uncut = ~of.cut
    residual = (of.y - of.x @ first.beta)[uncut]
    apart = blocks.decorrelation_m(links.x_m[uncut], links.y_m[uncut], links.cell.index[uncut], residual)
    many = len(links.cell) >= CELLS_FOR_RESAMPLING and not options.per_cell
    if options.resample == "cell" or (options.resample == "auto" and many):
        if options.per_cell:
            raise NotComputable(
                "draws whole cells, which leaves their own terms without samples", where="resample",
                hint="resample by ground, or leave per-cell terms away",
            )  # fmt: skip
        block, side = blocks.of_cells(links.cell), None
        return Grouping("cell", block, side, apart, blocks.effective(block, of.w))
    side = options.block_m or blocks.side_m(apart)
    block = blocks.ground(links.x_m, links.y_m, side)
    return Grouping("ground", block, side, apart, blocks.effective(block, of.w))
