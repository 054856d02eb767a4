"""What numpy's arrays are called here, and two of its functions without what they bring along.

`np.quantile` and `np.unique` import numpy.ma when they are first used: 11 ms of a command, and 1.3 MiB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
TINY = 1e-12
"""Stands for 0 where it is divided by."""
Number = TypeVar("Number", np.float64, np.int64)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """The values, each once, ascending."""
    ordered: NDArray[Number] = np.sort(values, axis=None)
    return np.compress(np.append(True, ordered[1:] != ordered[:-1]), ordered)


def quantiles(values: Floats, shares: Sequence[float]) -> Floats:
    """(..., S) of the last axis, linear between ranks and to the bit as `np.quantile` has them."""
    ranked = np.sort(values, axis=-1)
    place = np.array(shares) * (ranked.shape[-1] - 1)
    low = np.floor(place).astype(np.intp)
    first, second = ranked[..., low], ranked[..., np.minimum(low + 1, ranked.shape[-1] - 1)]
    part = place - low
    between: Floats = np.where(part < 0.5, first + (second - first) * part, second - (second - first) * (1 - part))
    return between
