"""The samples of a test with what the model says of each: the arrays that a calibration works on."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import BadInput


@dataclass(frozen=True, slots=True)
class Levels:
    """A column of names as numbers: index (n,) into `names`, which are sorted."""

    index: I64
    names: tuple[str, ...]

    def take(self, which: I64 | Bool) -> Levels:
        """Some of the rows, with the names that are left."""
        return levels(np.array(self.names, dtype=np.str_)[self.index[which]])

    def __len__(self) -> int:
        return len(self.names)


def levels(names: ArrayLike) -> Levels:
    """The distinct names of a column (n,)."""
    known, index = np.unique(np.asarray(names, dtype=np.str_), return_inverse=True)
    return Levels(np.asarray(index.ravel(), dtype=np.int64), tuple(str(k) for k in known))


@dataclass(frozen=True, slots=True)
class Links:
    """Samples (n,) in the order of the track, each with the model's prediction for its own cell.

    x_m, y_m : place in a metric system;  distance_m : from antenna to UE (3D);  gain_dbm : EIRP of a resource element
    towards the UE, so that the predicted RSRP is gain_dbm - path_loss_db;  rsrp_dbm : measured.
    """

    cell: Levels
    clutter: Levels
    device: Levels
    x_m: F64
    y_m: F64
    distance_m: F64
    gain_dbm: F64
    path_loss_db: F64
    rsrp_dbm: F64

    def __len__(self) -> int:
        return len(self.rsrp_dbm)

    @property
    def predicted_dbm(self) -> F64:
        """(n,) RSRP that the model says."""
        return self.gain_dbm - self.path_loss_db

    def take(self, which: I64 | Bool) -> Links:
        """Some of the samples."""
        numbers = [getattr(self, f.name)[which] for f in fields(self)[3:]]
        return Links(self.cell.take(which), self.clutter.take(which), self.device.take(which), *numbers)


def links(
    *,
    cell: ArrayLike,
    x_m: ArrayLike,
    y_m: ArrayLike,
    distance_m: ArrayLike,
    predicted_dbm: ArrayLike,
    path_loss_db: ArrayLike,
    rsrp_dbm: ArrayLike,
    clutter: ArrayLike | None = None,
    device: ArrayLike | None = None,
) -> Links:
    """Samples with any model's prediction (n,); path_loss_db is the part that the log-distance law replaces.

    Raises BadInput (lengths, not finite, distance not above 0).
    """
    numbers = {
        "x_m": x_m, "y_m": y_m, "distance_m": distance_m, "predicted_dbm": predicted_dbm, "path_loss_db": path_loss_db,
        "rsrp_dbm": rsrp_dbm,
    }  # fmt: skip
    arrays = {name: np.asarray(v, dtype=np.float64) for name, v in numbers.items()}
    names = [np.asarray(cell, dtype=np.str_)]
    names += [np.full(names[0].shape, "") if v is None else np.asarray(v, dtype=np.str_) for v in (clutter, device)]
    for name, array in arrays.items():
        if array.shape != names[0].shape or array.ndim != 1:
            raise BadInput(f"has shape {array.shape}", where=name, allowed=f"{names[0].shape}, as the column of cells")
        if not np.isfinite(array).all():
            raise BadInput("is not finite", where=f"{name}[{int(np.argmin(np.isfinite(array)))}]", allowed="numbers")
    if any(n.shape != names[0].shape for n in names):
        raise BadInput("has another length", where="clutter or device", allowed=f"{names[0].shape}")
    if not (arrays["distance_m"] > 0.0).all():
        raise BadInput("is not above 0", where="distance_m", allowed="distances between antennas (3D)")
    named = [levels(n) for n in names]
    return Links(
        named[0],
        named[1],
        named[2],
        arrays["x_m"],
        arrays["y_m"],
        arrays["distance_m"],
        arrays["predicted_dbm"] + arrays["path_loss_db"],
        arrays["path_loss_db"],
        arrays["rsrp_dbm"],
    )
