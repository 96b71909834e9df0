"""Weights found from the data: principal component, benefit of the doubt."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import NotComputable
from setsail.monitor.index.tables import Note

CANCELLED, NEARLY_CANCELLED = 1e-6, 0.1
"""Sum of the weights as a share of the sum of their sizes."""


def principal(x: F64, parts: tuple[str, ...], parent: str, *, squared: bool) -> tuple[F64, list[Note]]:
    """Loadings of the parts on their first principal component (m,), and a note where one is negative.

    x : (n, m) scores; rows with a gap do not count. The sign is the one that makes the sum of the loadings positive.
    squared : the squares, which sum to 1 and are never negative. Raises NotComputable where the weights cancel out.
    Source: OECD/JRC Handbook on Constructing Composite Indicators (2008), step 6, principal components.
    """
    whole = x[~np.isnan(x).any(axis=1)]
    if len(parts) == 1:
        return np.ones(1), []
    if len(whole) <= 2:
        raise NotComputable(
            f"has {len(whole)} units without a gap", where=f"PCA weights of {parent}", allowed="3 or more",
            hint="impute, or take weights given or equal",
        )  # fmt: skip
    spread = whole.std(axis=0, ddof=1)
    if (spread == 0).any():
        constant = parts[int(np.flatnonzero(spread == 0)[0])]
        raise NotComputable(f"{constant!r} has the same value everywhere", where=f"PCA weights of {parent}")
    _, _, axes = np.linalg.svd((whole - whole.mean(axis=0)) / spread, full_matrices=False)
    loadings = axes[0] * (-1.0 if axes[0].sum() < 0 else 1.0)
    if squared:
        return loadings**2, []
    notes = [
        Note(
            "negative-weight",
            parent,
            f"PCA gives {part} the weight {loading:.3f}: more of it lowers the score; try weights pca_squared, "
            "given or equal",
        )
        for part, loading in zip(parts, loadings, strict=True)
        if loading < 0
    ]
    rest = loadings.sum() / np.abs(loadings).sum()
    if rest < CANCELLED:
        raise NotComputable(
            f"has weights that cancel out ({', '.join(f'{p} {w:.3f}' for p, w in zip(parts, loadings, strict=True))})",
            where=f"PCA weights of {parent}", hint="take weights pca_squared, given or equal",
        )  # fmt: skip
    if rest < NEARLY_CANCELLED:
        notes.append(Note("weights-nearly-cancel", parent, f"negative weights eat {1 - rest:.0%} of the whole"))
    return loadings, notes


def benefit_of_doubt(x: F64, share_low: float, share_high: float, where: str) -> tuple[F64, F64]:
    """Best score in 0..1 that each unit can reach with weights of its own (n,), and those weights (n, m).

    No unit may pass 1 with the weights of another; `share_low`, `share_high` bound the part of each indicator in
    the score of the unit. x : (n, m), 0 or more; a unit with a gap gets NaN and is no peer of the others.
    Source: Cherchye, Moesen, Rogge, Van Puyenbroeck (2007), An introduction to 'benefit of the doubt' composite
    indicators, Social Indicators Research 82, eq. 4-7.
    """
    from scipy.optimize import linprog  # noqa: PLC0415 - 0.6 s, and this weighting is rare

    n, m = x.shape
    whole = np.flatnonzero(~np.isnan(x).any(axis=1))
    if (x[whole] < 0).any():
        raise NotComputable("has a negative value", where=where, hint="normalise by minmax")
    if share_low * m > 1 or share_high * m < 1:
        raise NotComputable(f"bounds {share_low:g}..{share_high:g} of {m} shares cannot sum to 1", where=where)
    scores, weights = np.full(n, np.nan), np.full((n, m), np.nan)
    peers = x[whole]
    for i in whole:
        shares = np.vstack([np.diag(x[i]) - share_high * x[i], share_low * x[i] - np.diag(x[i])])
        found = linprog(
            -x[i], A_ub=np.vstack([peers, shares]), b_ub=np.r_[np.ones(len(peers)), np.zeros(2 * m)], method="highs"
        )
        if not found.success:
            raise NotComputable(f"has no weights ({found.message})", where=where, hint="widen share_low, share_high")
        weights[i], scores[i] = found.x, x[i] @ found.x
    return scores, weights
