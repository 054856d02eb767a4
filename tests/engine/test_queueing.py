from __future__ import annotations

import numpy as np
import pytest

from planner.engine.queueing import erlang_c, safe_utilisation, wait_quantile_s

PUBLISHED = {  # COST_THEORY section 3: highest utilisation with P(wait > 1 s) <= 1 %
    4: (24, 21, 21, 20), 8: (42, 37, 37, 36), 16: (59, 52, 53, 51), 32: (73, 65, 66, 64),
    64: (83, 75, 76, 73), 128: (89, 83, 83, 81), 256: (94, 88, 89, 86), 512: (97, 92, 93, 91),
}  # fmt: skip
COLUMNS = ((5.0, 1.0), (5.0, 5.0), (20.0, 1.0), (20.0, 5.0))


@pytest.mark.parametrize("slots", PUBLISHED)
def test_safe_utilisation_table(slots: int) -> None:
    for (service_s, variability), percent in zip(COLUMNS, PUBLISHED[slots], strict=True):
        safe = safe_utilisation(np.array([float(slots)]), np.array([service_s]), variability)
        assert 100 * float(safe[0]) == pytest.approx(percent, abs=1.0)


def test_erlang_c_of_one_server_is_its_utilisation() -> None:
    rho = np.array([0.1, 0.5, 0.9])
    assert erlang_c(1, rho) == pytest.approx(rho)


def test_erlang_c_known_value() -> None:
    """C(10, 8) = 0.409 (any Erlang table)."""
    assert float(erlang_c(10, np.array([0.8]))[0]) == pytest.approx(0.409, abs=0.001)


def test_pooling_allows_more_and_bursts_less() -> None:
    slots = np.array([4.0, 16.0, 64.0, 256.0, 4096.0])
    calm = safe_utilisation(slots, np.full(5, 10.0), 1.0)
    bursty = safe_utilisation(slots, np.full(5, 10.0), 5.0)
    assert np.all(np.diff(calm) >= 0)
    assert np.all(bursty <= calm)


def test_wait_grows_with_load_and_never_is_negative() -> None:
    waits = [wait_quantile_s(8, rho, 4.0, 2.0) for rho in (0.0, 0.3, 0.6, 0.9, 0.99)]
    assert waits == sorted(waits)
    assert waits[0] == 0.0
    assert wait_quantile_s(8, 1.0, 4.0, 2.0) == float("inf")
