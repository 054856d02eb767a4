from __future__ import annotations

import numpy as np
import pytest

from planner.engine.fleet.queueing import (
    decay,
    delay_probability,
    safe_curve,
    wait_quantile_s,
)
from tests.engine.fleet.allen_cunneen import allen_cunneen_utilisation

PUBLISHED = {  # COST_THEORY section 3: highest utilisation with P(wait > 1 s) <= 1 %
    4: (24, 21, 21, 20), 8: (42, 37, 37, 36), 16: (59, 52, 53, 51), 32: (73, 65, 66, 64),
    64: (83, 75, 76, 73), 128: (89, 83, 83, 81), 256: (94, 88, 89, 86), 512: (97, 92, 93, 91),
}  # fmt: skip
COLUMNS = ((5.0, 1.0), (5.0, 5.0), (20.0, 1.0), (20.0, 5.0))


@pytest.mark.parametrize("slots", PUBLISHED)
def test_published_table_by_the_formula_it_was_made_with(slots: int) -> None:
    for (service_s, variability), percent in zip(COLUMNS, PUBLISHED[slots], strict=True):
        safe = allen_cunneen_utilisation(np.array([float(slots)]), service_s, variability)
        assert 100 * float(safe[0]) == pytest.approx(percent, abs=1.0)


@pytest.mark.parametrize("slots", PUBLISHED)
def test_poisson_columns_of_the_published_table_are_the_planners_own(slots: int) -> None:
    for (service_s, variability), percent in zip(COLUMNS, PUBLISHED[slots], strict=True):
        safe = 100 * float(safe_curve(np.array([float(slots)]), service_s, variability)[0])
        if variability == 1.0:
            assert safe == pytest.approx(percent, abs=1.0)
        else:  # Allen-Cunneen promises more than a simulation keeps
            assert safe < percent


@pytest.mark.parametrize("variability", [1.0, 2.0, 5.0])
def test_one_slot_with_bursts_is_the_known_queue(variability: float) -> None:
    """GI/M/1: the chance of waiting is the root of sigma = transform of the gaps at (1 - sigma) / S."""
    share = 0.5 * (1 + np.sqrt(1 - 1 / variability))
    for rho in (0.2, 0.5, 0.8):
        sigma = float(delay_probability(1, np.array([rho]), variability)[0])
        fast, slow = 2 * share * rho, 2 * (1 - share) * rho
        transform = share * fast / (fast + 1 - sigma) + (1 - share) * slow / (slow + 1 - sigma)
        assert sigma == pytest.approx(transform)
        assert float(decay(np.array([rho]), variability)[0]) == pytest.approx(1 - sigma)


def test_close_to_saturation_bursts_lengthen_the_wait_as_allen_and_cunneen_say() -> None:
    assert float(decay(np.array([0.999]), 4.0)[0]) == pytest.approx(0.001 / 4.0, rel=0.01)


def test_arrivals_calmer_than_poisson_wait_as_often_but_less() -> None:
    rho = np.array([0.7])
    assert delay_probability(8, rho, 0.5) == pytest.approx(delay_probability(8, rho, 1.0))
    assert wait_quantile_s(8, 0.9, 4.0, 0.5) == pytest.approx(wait_quantile_s(8, 0.9, 4.0, 1.0) / 2)


def test_erlang_c_of_one_server_is_its_utilisation() -> None:
    rho = np.array([0.1, 0.5, 0.9])
    assert delay_probability(1, rho, 1.0) == pytest.approx(rho)


def test_erlang_c_known_value() -> None:
    """C(10, 8) = 0.409 (any Erlang table)."""
    assert float(delay_probability(10, np.array([0.8]), 1.0)[0]) == pytest.approx(0.409, abs=0.001)


def test_pooling_allows_more_and_bursts_less() -> None:
    slots = np.array([4.0, 16.0, 64.0, 256.0, 4096.0])
    calm = safe_curve(slots, 10.0, 1.0)
    bursty = safe_curve(slots, 10.0, 5.0)
    assert np.all(np.diff(calm) >= 0)
    assert np.all(bursty <= calm)


def test_wait_grows_with_load_and_never_is_negative() -> None:
    waits = [wait_quantile_s(8, rho, 4.0, 2.0) for rho in (0.0, 0.3, 0.6, 0.9, 0.99)]
    assert waits == sorted(waits)
    assert waits[0] == 0.0
    assert wait_quantile_s(8, 1.0, 4.0, 2.0) == float("inf")


@pytest.mark.parametrize("variability", [1.0, 2.0, 5.0])
@pytest.mark.parametrize("patience_s", [0.0, 0.05, 0.3, 0.9])
@pytest.mark.parametrize("service_s", [0.3, 4.0, 40.0])
def test_a_pool_kept_patient_keeps_its_p95_wait(variability: float, patience_s: float, service_s: float) -> None:
    """Between grid points the limit is a straight line: a tenth of a second or of a service is left for that."""
    for slots in (3.0, 10.0, 50.0, 200.0):
        rho = float(safe_curve(np.array([slots]), service_s, variability, patience_s, 0.05)[0])
        allowed = patience_s + 0.1 * min(1.0, service_s)
        assert wait_quantile_s(slots, rho, service_s, variability) <= allowed
        assert rho > 0.01 or slots < 10
