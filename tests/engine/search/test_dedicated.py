"""A host's endpoints: which of them a plan may use, what they cost, and when adapters go by the token instead."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.search.dedicated import is_allowed
from planner.engine.specs import Catalog, Evaluation, Inputs, Offer
from planner.evaluate import evaluate
from tests.engine import plans

BASE = "meta-llama/Llama-3.1-8B-Instruct"
TENANTS = plans.workload("tenant tasks", 60e6, kind="extraction", input_tokens=1_500, output_tokens=250)


def adapters(count: int | None = 200, **sections: Any) -> Inputs:
    """A plan with so many adapters of one base model, at 60M tokens a day in office hours."""
    plain = plans.plan(TENANTS, choice={"prefer_gpus": ()}, quality={"answer": "unknown"})
    tuned = plans.changed(
        plain,
        volume={"known": "yes", "profile": "office-hours", "baseline_api": "gpt-4o-mini"},
        fine_tuning={"answer": "yes", "base_model": BASE, "adapters": count},
    )
    return plans.changed(tuned, **sections)


def run(inputs: Inputs, catalog: Catalog | None = None) -> Evaluation:
    return evaluate(inputs, catalog or shipped_catalog(), plans.AS_OF, draws=0)


def spent(found: Evaluation, bucket: str) -> float:
    """Twelve months of one bucket at a host."""
    return sum(float(month.buckets.get(bucket, 0)) for month in found.ledgers["dedicated"].months)


def host(**changed: Any) -> Offer:
    """An H100 that a host runs, one by one, at 4 dollars an hour."""
    like = next(o for o in shipped_catalog().offers.values() if o.market == "dedicated" and o.gpu_id == "h100-sxm")
    plain = replace(like, id="host", provider="Host", price=4.0, currency="USD", gpu_count=1, most_gpus=8, in_eu=True)
    return replace(replace(plain, own_weights=True, native_weights_only=False, most_adapters=None), **changed)


def only(*hosts: Offer) -> Catalog:
    """The catalogue with these hosts alone, and none that serves adapters by the token."""
    shipped = shipped_catalog()
    rest = {key: o for key, o in shipped.offers.items() if o.market not in ("dedicated", "serverless")}
    offers = MappingProxyType({**rest, **{o.id: o for o in hosts}})
    return replace(shipped, offers=offers, adapters=MappingProxyType({}))


def test_many_adapters_go_to_a_host_by_the_token_for_a_few_thousand() -> None:
    found = run(adapters())
    assert found.verdict.recommendation == "dedicated"
    assert 1_000 < found.ledgers["dedicated"].total < 10_000
    assert found.ledgers["dedicated"].total < found.ledgers["self_host"].total / 5
    assert not spent(found, "dedicated_endpoints")
    assert not any(found.ledgers[s].allowed for s in ("api_today", "api_tuned", "hosted_open"))
    assert {(r.destination, r.offer) for r in found.routes} == {("dedicated", "")}


@pytest.mark.parametrize("base", [BASE, None])
def test_only_endpoints_that_take_adapters_serve_them_also_where_the_base_is_not_named(base: str | None) -> None:
    found = run(adapters(fine_tuning={"base_model": base}))
    assert found.verdict.recommendation == "dedicated"
    assert {r.model for r in found.routes} <= set(shipped_catalog().adapters)


def test_more_adapters_than_a_host_holds_do_not_go_there() -> None:
    shipped = shipped_catalog()
    few = {key: replace(found, most_adapters=100) for key, found in shipped.adapters.items()}
    catalog = replace(shipped, adapters=MappingProxyType(few))
    assert {r.model for r in run(adapters(100), catalog).routes} <= set(few)
    assert not {r.model for r in run(adapters(101), catalog).routes} & set(few)


def test_whole_weights_go_to_a_host_whose_hours_are_paid_only_while_it_is_up() -> None:
    nightly = replace(adapters(0), workload=(replace(TENANTS, latency="background", profile="nightly-batch"),))
    sleeps = run(nightly, only(host(scales_to_zero=True)))
    stays = run(nightly, only(host(scales_to_zero=False)))
    assert sleeps.verdict.recommendation == "dedicated"
    assert {r.offer for r in sleeps.routes} == {"host"}
    assert 0 < spent(sleeps, "dedicated_endpoints") < spent(stays, "dedicated_endpoints")
    for mine in set(sleeps.ledgers["self_host"].months[0].buckets) - {"setup_engineering", "ongoing_engineering"}:
        assert not spent(sleeps, mine) or mine.startswith("api_"), mine


@pytest.mark.parametrize(
    ("sections", "changed"),
    [
        ({"residency": {"answer": "yes", "scope": "inside"}}, {}),
        ({"residency": {"answer": "yes", "scope": "region"}}, {"in_eu": False}),
        ({"choice": {"exclude_providers": ("Host",)}}, {}),
        ({"choice": {"prefer_gpus": ("l40s",)}}, {}),
        ({}, {"market": "serverless"}),
        ({}, {"market": "secure"}),
    ],
    ids=["data stay inside", "outside the region", "excluded", "other cards wanted", "not to be planned on", "not run"],
)
def test_an_endpoint_that_a_gate_keeps_out_takes_nothing(sections: dict[str, Any], changed: dict[str, Any]) -> None:
    offer = host(**changed)
    assert not is_allowed(adapters(0, **sections), only(offer), offer)
    found = run(adapters(0, **sections), only(offer))
    assert not found.ledgers["dedicated"].possible
    assert found.dedicated is None


def test_weights_of_ones_own_go_only_where_they_may_be_uploaded_and_so_many_adapters_fit() -> None:
    tuned, stock = adapters(50), adapters(50, fine_tuning={"answer": "no"})
    for offer, fits in (
        (host(), True),
        (host(own_weights=False), False),
        (host(most_adapters=49), False),
        (host(most_adapters=50), True),
    ):
        assert is_allowed(tuned, only(offer), offer) == fits
        assert is_allowed(stock, only(offer), offer)


def test_where_only_the_makers_own_weights_run_no_quantised_ones_do() -> None:
    native = shipped_catalog().models[BASE].native_format
    found = run(adapters(0), only(host(gpu_id="a100-80-sxm", native_weights_only=True)))
    assert found.dedicated is not None
    assert found.dedicated.weights == native


def test_gpus_sold_one_by_one_are_paid_for_each_of_a_replica() -> None:
    large = adapters(0, fine_tuning={"base_model": "meta-llama/Llama-3.3-70B-Instruct"}, choice={"weights": "bf16"})
    cheap = host(price=1.0, native_weights_only=True, scales_to_zero=False)
    assert run(large, only(replace(cheap, most_gpus=None))).dedicated is None
    found = run(large, only(cheap))
    assert found.dedicated is not None
    cards = found.dedicated.gpus_per_replica * found.dedicated.replicas
    assert cards > found.dedicated.replicas
    assert spent(found, "dedicated_endpoints") == pytest.approx(cards * 730 * 12, rel=0.001)


def test_own_gpus_are_never_sized_on_a_hosts_endpoint() -> None:
    found = run(adapters(0), only(host()))
    assert "host" not in {o.offer for o in found.options}
    assert found.choice is not None
    assert found.choice.offer != "host"


def test_steady_volume_without_fine_tuned_weights_may_go_to_a_host_too() -> None:
    bulk = plans.plan(plans.workload("bulk", 3e9, latency="background", profile="flat"), choice={"prefer_gpus": ()})
    nobody = plans.changed(bulk, operations={"gpu_experience": "no", "hiring_budget": "no"})
    found = run(nobody, only(host(price=0.5)))
    assert found.ledgers["dedicated"].possible
    assert found.ledgers["dedicated"].total < found.ledgers["hosted_open"].total
    assert found.verdict.recommendation == "dedicated"


def test_an_endpoint_dearer_than_the_tokens_is_said_to_be_so() -> None:
    found = run(plans.plan(plans.workload("little", 1e6)), only(host()))
    assert not found.ledgers["dedicated"].possible
    assert found.ledgers["dedicated"].reason.kind == "dedicated_dearer"


def test_work_that_was_sent_to_own_gpus_stays_there() -> None:
    here = replace(TENANTS, route="self_host")
    for count in (0, 200):
        found = run(replace(adapters(count), workload=(here,)))
        assert {r.destination for r in found.routes} == {"self_host"}
        assert found.dedicated is None


def test_the_week_is_that_of_the_hosts_replicas_which_have_no_place_on_the_curve_of_own_gpus() -> None:
    found = run(adapters(0), only(host(price=1.0)))
    assert found.running is found.dedicated
    assert found.running is not None
    assert found.week is not None
    up = found.running.schedule or (found.running.replicas,)
    serving = max(up) - found.running.spare_replicas
    assert max(found.week.capacity_replicas) == pytest.approx(serving * found.week.utilisation_limit)
    assert found.planned_replicas not in {point.replicas for point in found.curve}
    by_token = run(adapters())
    assert by_token.week is None
    assert by_token.planned_replicas == 0
