"""What must hold for any plan, whatever the prices."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.catalog.load import shipped_catalog
from planner.engine.permitted import is_resident
from planner.engine.specs import Catalog, Commitment, Evaluation, Inputs, Strategy
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from tests.engine import plans

FEW = settings(max_examples=12)


def run(inputs: Inputs, catalog: Catalog | None = None, draws: int = 0) -> Evaluation:
    return evaluate(inputs, catalog or shipped_catalog(), plans.AS_OF, draws=draws)


def cost(found: Evaluation, strategy: Strategy) -> float | None:
    ledger = found.ledgers[strategy]
    return float(ledger.total) if ledger.possible and ledger.allowed else None


def assert_hybrid_is_no_dearer(found: Evaluation) -> None:
    hybrid = cost(found, "hybrid")
    for other in ("api_today", "api_tuned", "hosted_open", "self_host"):
        alternative = cost(found, other)
        if alternative is not None and hybrid is not None:
            assert hybrid <= alternative * 1.0001 + 0.2, other


def assert_residency_holds(found: Evaluation) -> None:
    inputs = found.inputs
    for route in found.routes:
        workload = next(w for w in inputs.workload if w.name == route.workload)
        if not is_resident(inputs, workload) or not found.ledgers["hybrid"].possible:
            continue
        if inputs.residency.required == "inside":
            assert route.destination == "self_host"
            assert route.overflow_fraction == 0
        elif route.destination != "self_host":
            assert found.catalog.apis[route.model].in_eu
    if found.choice is not None and inputs.residency.answer == "yes":
        assert found.offer_of(found.choice).in_eu


@FEW
@given(plans.inputs())
def test_any_plan(inputs: Inputs) -> None:
    found = run(plans.changed(inputs, workload=tuple(replace(w, route="auto") for w in inputs.workload)))
    assert_hybrid_is_no_dearer(found)
    assert_residency_holds(found)
    assert sum(r.token_fraction for r in found.routes) == pytest.approx(1.0)
    assert not found.curve or found.curve[0].replicas == 0
    if found.choice is not None and all(w.latency == "interactive" for w in inputs.workload):
        assert found.choice.ttft_ms_p95 <= inputs.objectives.ttft_ms_p95 * 1.05
    for option in found.options:
        assert option.memory.fits
        assert 0 <= option.utilisation <= 1 + 1e-9


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples(name: str) -> None:
    found = plans.evaluated(name)
    assert_hybrid_is_no_dearer(found)
    assert_residency_holds(found)


@FEW
@given(plans.inputs(), st.floats(1.05, 5.0))
def test_more_volume_never_lowers_an_api_bill(inputs: Inputs, factor: float) -> None:
    more = tuple(replace(w, tokens_per_day=w.tokens_per_day * factor) for w in inputs.workload)
    small, large = run(inputs), run(plans.changed(inputs, workload=more))
    for strategy in ("api_today", "api_tuned", "hosted_open"):
        if small.ledgers[strategy].possible:
            assert large.ledgers[strategy].total >= small.ledgers[strategy].total


def dearer(catalog: Catalog, factor: float) -> Catalog:
    """Every API price times `factor`."""

    def raised(price: float | None) -> float | None:
        return None if price is None else price * factor

    apis = {
        id: replace(
            a,
            input_usd_per_mtok=a.input_usd_per_mtok * factor,
            output_usd_per_mtok=a.output_usd_per_mtok * factor,
            cache_read_usd_per_mtok=raised(a.cache_read_usd_per_mtok),
            cache_write_usd_per_mtok=raised(a.cache_write_usd_per_mtok),
            tiers=(),
            changes=(),
        )
        for id, a in catalog.apis.items()
    }
    return replace(catalog, apis=MappingProxyType(apis))


@FEW
@given(plans.inputs())
def test_a_dearer_api_never_moves_work_off_own_gpus(inputs: Inputs) -> None:
    served = []
    for factor in (1.0, 3.0, 10.0):
        found = run(inputs, dearer(shipped_catalog(), factor))
        inside = [r for r in found.routes if r.destination == "self_host"]
        served.append(sum(r.token_fraction * (1 - r.overflow_fraction) for r in inside))
    assert served[0] <= served[1] + 0.02
    assert served[1] <= served[2] + 0.02


@FEW
@given(plans.inputs())
def test_a_spare_replica_never_lowers_the_cost(inputs: Inputs) -> None:
    without, with_spare = (run(plans.changed(inputs, operations={"redundancy": r})) for r in ("none", "n_plus_1"))
    for strategy in ("self_host", "hybrid"):
        a, b = cost(without, strategy), cost(with_spare, strategy)
        if a is not None and b is not None:
            assert b >= a * 0.999 - 1


@st.composite
def contracts(draw: st.DrawFn) -> Commitment:
    """Any contract with the vendor of the plans' baseline, or with another."""
    begins = draw(st.sampled_from([None, "2024-01-01", "2026-12-01", "2027-05-23"]))
    return Commitment(
        name=f"deal {draw(st.integers(0, 10**6))}",
        provider=draw(st.sampled_from(["Anthropic", "anthropic", "OpenAI"])),
        kind=draw(st.sampled_from(["spend", "credit"])),
        amount=10 ** draw(st.floats(0, 7)),
        settled=draw(st.sampled_from(["month", "end"])),
        from_date=begins,
        until=draw(st.sampled_from([None, "2027-06-15", "2031-01-01"])),
    )


@FEW
@given(plans.inputs(), st.lists(contracts(), min_size=1, max_size=3), st.sampled_from([0.0, 0.19, 1.0]))
def test_contracts_pay_no_more_than_there_is_and_bands_hold_the_totals(
    inputs: Inputs, deals: list[Commitment], tax: float
) -> None:
    found = run(plans.changed(inputs, commitment=tuple(deals), vat_not_reclaimed_fraction=tax), draws=500)
    for ledger in found.ledgers.values():
        for month in ledger.months:
            assert sum(month.buckets.values()) == month.total >= 0
            assert all(amount >= 0 for name, amount in month.buckets.items() if name != "credits")
        if ledger.months:
            assert ledger.p10 >= -0.01
        if ledger.months and ledger.chance_to_pass == 1:
            assert ledger.p10 * 0.99 - 1 <= float(ledger.total) <= ledger.p90 * 1.01 + 1
    for use in found.commitments:
        assert min(use.used, use.unused, use.owed) >= 0
