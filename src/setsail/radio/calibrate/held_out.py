"""Error at cells that the fit has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.base.errors import NotComputable
from setsail.radio.calibrate.design import clipped, design, require_apart, require_enough, weights
from setsail.radio.calibrate.links import Links
from setsail.radio.calibrate.options import CalibrateOptions
from setsail.radio.calibrate.results import HeldOut
from setsail.radio.calibrate.solve import System, solve

ONE_CELL = "one cell only: nothing can be held out; measure 2 or more"


@dataclass(frozen=True, slots=True)
class _Case:
    """One set of terms on weighted samples."""

    name: str
    links: Links
    options: CalibrateOptions
    w: F64
    fitted: bool = True
    by_class: bool = False

    def errors(self, train: Bool, test: Bool) -> F64:
        """Measured minus predicted [dB] of the samples `test` after a fit to `train`."""
        predicted = self.links.predicted_dbm[test].copy()
        if self.fitted:
            predicted += self._correction(train, test)
        level = self.links.rsrp_dbm[test]
        if self.options.floor_dbm is None:
            return level - predicted
        floor = self.options.floor_dbm
        return np.asarray(np.maximum(level, floor) - np.maximum(predicted, floor), dtype=np.float64)

    def _correction(self, train: Bool, test: Bool) -> F64:
        """Correction [dB] of the samples `test`, class by class where asked."""
        groups = self.links.clutter.index if self.by_class else np.zeros(len(self.links), dtype=np.int64)
        out = np.empty(int(test.sum()))
        for g in np.unique(groups[test]):
            learn, ask = train & (groups == g), test & (groups == g)
            where = f"class {self.links.clutter.names[int(g)]}" if self.by_class else self.name
            out[groups[test] == g] = _transfer(self.links.take(learn), self.links.take(ask), self, self.w[learn], where)
        return out


def _transfer(learn: Links, ask: Links, of: _Case, w: F64, where: str) -> F64:
    """Correction [dB] at `ask` of a fit to `learn` with weights w. Raises NotComputable."""
    level, cut = clipped(learn, of.options)
    require_enough(learn, cut, of.options, where)
    made = design(learn, w, of.options)
    require_apart(made, w, where)
    found = solve(System(made.x, level - learn.predicted_dbm, w, cut))
    at = design(ask, np.ones(len(ask)), of.options, made.reference_m)
    return np.asarray(at.x @ found.beta, dtype=np.float64)


def held_out(links: Links, options: CalibrateOptions) -> tuple[HeldOut, ...]:
    """In-sample and leave-one-cell-out error of the model as it is, with an offset, with a slope, and by class.

    A cell held out is predicted without terms of its own. Samples at the floor err only where the prediction is above
    it. All errors carry the weights of the distance bins, so that both columns weigh the samples alike.
    """
    w = weights(links.distance_m, options.bin_decades)
    plain = replace(options, per_cell=False, per_device=False)
    flat = replace(plain, slope=False)
    cases = [_Case("model", links, flat, w, fitted=False), _Case("offset", links, flat, w)]
    if options.slope:
        cases.append(_Case("offset-slope", links, plain, w))
    if len(links.clutter) > 1:
        cases.append(_Case("classes", links, plain, w, by_class=True))
    return tuple(_judged(case) for case in cases)


def _judged(case: _Case) -> HeldOut:
    links, w = case.links, case.w
    every = np.ones(len(links), dtype=np.bool_)
    try:
        inside = _root(case.errors(every, every), w)
    except NotComputable as err:
        return HeldOut(case.name, None, None, None, (), f"{err.where}: {err.what}")
    if len(links.cell) < 2:
        return HeldOut(case.name, inside, None, None, (), ONE_CELL)
    errors = np.empty(len(links))
    for k, name in enumerate(links.cell.names):
        out = links.cell.index == k
        try:
            errors[out] = case.errors(~out, out)
        except NotComputable as err:
            return HeldOut(case.name, inside, None, None, (), f"without cell {name}: {err.where}: {err.what}")
    return HeldOut(
        case.name, inside, _root(errors, w), float(np.average(errors, weights=w)), tuple(_by_cell(links, errors, w))
    )


def _by_cell(links: Links, errors: F64, w: F64) -> Iterator[tuple[str, int, float, float]]:
    for k, name in enumerate(links.cell.names):
        out = links.cell.index == k
        yield name, int(out.sum()), _root(errors[out], w[out]), float(np.average(errors[out], weights=w[out]))


def _root(errors: F64, w: F64) -> float:
    return float(np.sqrt(np.average(errors**2, weights=w)))
