"""Tax that nobody gives back: on all that is bought, never on salaries, and a line of its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from planner.engine.decision import costed_plan
from planner.engine.ledger.economy import months_of
from planner.engine.ledger.risk import mid_scenario
from planner.engine.ledger.spreads import uncertainty_of
from planner.engine.ledger.strategies import economy_of, ledgers_of
from planner.engine.specs import Commitment, Evaluation, StrategyLedger
from planner.evaluate import evaluate
from planner.plan.read import read_plan
from planner.report.json import to_json
from planner.report.markdown import to_markdown
from planner.toml.errors import InputError
from tests.engine import plans

SALARIES = ("setup_engineering", "ongoing_engineering", "hiring", "model_updates", "security")


def evaluated(name: str, vat: float, **sections: object) -> Evaluation:
    inputs, catalog = plans.example(name)
    inputs = replace(plans.changed(inputs, **sections), vat_not_reclaimed_fraction=vat)
    return evaluate(inputs, catalog, plans.AS_OF, draws=0)


def year(ledger: StrategyLedger) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for month in ledger.months:
        assert month.total == sum(month.buckets.values())
        for name, amount in month.buckets.items():
            found[name] = found.get(name, Decimal(0)) + amount
    return found


@pytest.mark.parametrize("name", ["hospital", "bulk-classifier"])
def test_it_is_on_everything_but_salaries(name: str) -> None:
    found = evaluated(name, 0.19)
    for ledger in found.ledgers.values():
        if ledger.possible:
            buckets = year(ledger)
            bought = sum(v for k, v in buckets.items() if k not in SALARIES and k != "vat")
            assert float(buckets["vat"]) == pytest.approx(0.19 * float(bought), abs=0.1)
            assert ledger.total == sum(buckets.values())


def test_list_prices_stay_without_it() -> None:
    plain, taxed = evaluated("bulk-classifier", 0.0), evaluated("bulk-classifier", 0.19)
    for name in ("api_today", "api_tuned", "hosted_open"):
        without, tax = year(plain.ledgers[name]), year(taxed.ledgers[name])
        assert {k: v for k, v in tax.items() if k != "vat"} == without
    assert "vat" not in year(plain.ledgers["api_today"])


def test_routes_options_and_purchases_are_what_has_to_be_paid() -> None:
    found = evaluated("hospital", 0.19, operations={"hardware": "own"})
    ledger = found.ledgers[found.planned or "hybrid"]
    bought = sum(v for k, v in year(ledger).items() if k not in SALARIES)
    people = sum(year(ledger)[k] for k in ("observability", "storage_egress")) * Decimal("1.19")
    assert float(bought - people) == pytest.approx(12 * sum(r.monthly_cost for r in found.routes), abs=1)
    (row,) = found.cash
    without = evaluated("hospital", 0.0, operations={"hardware": "own"}).cash[0]
    assert found.choice is not None
    assert float(row.paid_once) == pytest.approx(found.choice.purchase_total, abs=0.01)
    assert float(row.paid_once) == pytest.approx(float(without.paid_once) * 1.19, abs=0.01)


@pytest.mark.parametrize("name", ["hospital", "bulk-classifier", "fine-tuned-8b"])
def test_the_draws_pay_it_too(name: str) -> None:
    inputs, catalog = plans.example(name)
    contest = costed_plan(replace(inputs, vat_not_reclaimed_fraction=0.19), catalog, plans.AS_OF).contest
    constant = {"api_change_per_year": 0.0, "gpu_change_per_year": 0.0, "throughput": 1.0}
    months, _ = months_of(economy_of(contest), mid_scenario(uncertainty_of(contest, None), **constant))
    for strategy, ledger in ledgers_of(contest).items():
        fleetless = strategy == "dedicated" or (strategy == "hybrid" and not contest.hybrid_uses_gpus)
        if ledger.possible and strategy in months and not fleetless:
            assert float(np.sum(months[strategy])) == pytest.approx(float(ledger.total), rel=0.01)


def test_commitments_are_promised_without_it_and_owed_with_it() -> None:
    deal = Commitment("deal", "Anthropic", "spend", 1_000_000.0)
    plain, taxed = (evaluated("bulk-classifier", vat, commitment=(deal,)) for vat in (0.0, 0.19))
    for one, other in zip(plain.commitments, taxed.commitments, strict=True):
        assert (other.used, other.owed) == pytest.approx((one.used, one.owed), rel=1e-3)
    buckets = year(taxed.ledgers["api_tuned"])
    bought = sum(v for k, v in buckets.items() if k != "vat")
    assert float(buckets["vat"]) == pytest.approx(0.19 * float(bought), abs=0.3)
    assert buckets["commitment_owed"] > 0


def test_it_is_said_where_amounts_are() -> None:
    found = evaluated("hospital", 0.19)
    assert "19 % VAT" in to_markdown(found)
    assert "VAT not reclaimed" in to_markdown(found)
    assert to_json(found, "", None)["vat_not_reclaimed_fraction"] == 0.19
    assert "VAT not reclaimed" not in to_markdown(evaluated("hospital", 0.0))


@pytest.mark.parametrize("value", ["1.5", "-0.1", '"19 %"', "true"])
def test_bad_rates_name_their_place(value: str) -> None:
    text = f'schema = 1\nname = "p"\ncreated = 2026-11-01\nvat_not_reclaimed_fraction = {value}\n'
    text += '[[workload]]\nname = "w"\n'
    text += "tokens_per_day = 1\ninput_tokens = 1\noutput_tokens = 1\n"
    with pytest.raises(InputError, match="vat_not_reclaimed_fraction") as error:
        read_plan(text)
    assert error.value.line == 4
