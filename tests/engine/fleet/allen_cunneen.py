"""Safe utilisation by the correction that published tables use, for comparison; the planner does not use it."""

from __future__ import annotations

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.fleet import queueing


def allen_cunneen_utilisation(slots: Floats, service_s: Floats | float, variability: float) -> Floats:
    """Erlang C with the rate of the wait divided by v."""
    rate = queueing._SLOTS[:, None] * (1.0 - queueing._RHO)[None, :] / variability
    delayed = np.stack([queueing.delay_probability(int(c), queueing._RHO, 1.0) for c in queueing._SLOTS])
    table = queueing._highest(delayed, rate, queueing.WAIT_TARGET_S, queueing.WAIT_PROBABILITY)
    return queueing._interpolated(table, slots, service_s)
