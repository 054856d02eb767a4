"""Spend that was promised is owed where the work leaves; a credit is used up and expires."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Commitment, Evaluation, Strategy, Volume
from planner.evaluate import evaluate
from planner.words.warnings import notice_lines
from tests.engine import plans

CATALOG = shipped_catalog()
WORK = plans.workload(kind="rag", level="solid", input_tokens=6_000, output_tokens=500, tokens_per_day=100e6)


def run(*commitments: Commitment) -> Evaluation:
    inputs = plans.plan(WORK, volume=Volume(baseline_api="claude-sonnet-4-6"), choice={"exclude_providers": ()})
    return evaluate(replace(inputs, commitment=commitments), CATALOG, plans.AS_OF)


PLAIN = run()


def bill(strategy: Strategy) -> Decimal:
    return PLAIN.ledgers[strategy].total


def spend(amount: float, **changed: object) -> Commitment:
    return replace(Commitment("deal", "Anthropic", "spend", amount), **changed)  # type: ignore[arg-type]


def test_a_plan_without_any_is_as_it_was() -> None:
    assert PLAIN.commitments == ()
    assert not any("commitment_owed" in month.buckets for month in PLAIN.ledgers["api_today"].months)


def test_leaving_owes_what_was_promised_and_staying_owes_the_shortfall() -> None:
    today = float(bill("api_today")) / 12
    found = run(spend(today + 100))
    uses = {use.strategy: use for use in found.commitments}
    assert float(found.ledgers["api_today"].total) == pytest.approx(12 * (today + 100), abs=1)
    assert uses["api_today"].used == pytest.approx(12 * today, abs=1)
    assert [uses["api_today"].owed, uses["api_today"].unused] == pytest.approx([1_200, 1_200], abs=1)
    for strategy in ("api_tuned", "hosted_open", "hybrid"):
        assert uses[strategy].used + uses[strategy].owed == pytest.approx(12 * (today + 100), abs=1)
    leaves = uses["hosted_open"]
    assert leaves.used == 0
    assert float(found.ledgers["hosted_open"].total) == pytest.approx(float(bill("hosted_open")) + leaves.owed, abs=1)


def test_what_is_promised_anyway_pays_for_a_dearer_model_of_that_vendor() -> None:
    """Haiku 5.5 costs more than GPT-6 Luna, and nothing at all within a spend that is owed whatever is used."""
    assert PLAIN.ledgers["api_tuned"].reason.names == ("GPT-6 Luna",)
    found = run(spend(10_000))
    assert found.ledgers["api_tuned"].reason.names == ("Claude Haiku 5.5",)
    assert float(found.ledgers["api_tuned"].total) == pytest.approx(120_000)
    credit = spend(1e5, kind="credit")
    assert run(credit).ledgers["api_tuned"].total == 0
    gone = run(replace(credit, until="2026-12-01"))
    assert gone.ledgers["api_tuned"].reason.names == ("GPT-6 Luna",)


def test_a_promised_spend_pays_for_one_workload_after_the_other() -> None:
    """Room for one of two alike: the second goes where it is cheapest."""
    haiku = run(spend(1e6))
    one = next(use.used for use in haiku.commitments if use.strategy == "api_tuned") / 12
    inputs = plans.plan(
        WORK,
        replace(WORK, name="again"),
        volume=Volume(baseline_api="claude-sonnet-4-6"),
        choice={"exclude_providers": ()},
    )
    both = evaluate(replace(inputs, commitment=(spend(one),)), CATALOG, plans.AS_OF, draws=0)
    closed = [next(id for id, _ in r.alternatives if not CATALOG.apis[id].is_hosted_open) for r in both.routes]
    assert closed == ["claude-haiku-5-5", "gpt-6-luna"]


def test_a_commitment_takes_what_leaving_saves_and_the_risk_knows() -> None:
    """At what the work costs today, nothing is saved by leaving: what is not spent there is owed there."""
    assert PLAIN.verdict.strategy not in (None, "api_today")
    today = bill("api_today")
    found = run(spend(float(today) / 12))
    for ledger in found.ledgers.values():
        if ledger.months:
            assert ledger.total >= today - 1
            assert ledger.p10 >= float(today) - 1  # the less a draw uses, the more it owes
            if ledger.strategy == "api_today":
                assert ledger.p90 >= PLAIN.ledgers["api_today"].p90


def test_a_shortfall_is_owed_by_the_month_or_once_at_the_end() -> None:
    monthly, at_end = run(spend(9_000)), run(spend(9_000, settled="end", until="2027-05-23"))
    owed = [float(month.buckets["commitment_owed"]) for month in at_end.ledgers["hosted_open"].months]
    assert sum(1 for value in owed if value) == 1
    assert owed[5] == max(owed)
    assert all(float(m.buckets["commitment_owed"]) > 0 for m in monthly.ledgers["hosted_open"].months)


def test_a_credit_pays_until_it_is_used_up_or_ends_and_nothing_is_owed() -> None:
    credit = Commitment("gift", "anthropic", "credit", 20_000.0, until="2027-02-23")
    found = run(credit)
    use = next(u for u in found.commitments if u.strategy == "api_today")
    months = [-float(month.buckets["credits"]) for month in found.ledgers["api_today"].months]
    assert sum(months) == pytest.approx(use.used, abs=1)
    assert use.used + use.unused == pytest.approx(20_000)
    assert use.owed == 0
    assert not any(months[4:])
    assert float(found.ledgers["api_today"].total) == pytest.approx(float(bill("api_today")) - use.used, abs=1)


def test_months_still_sum_to_the_cent_and_what_is_left_is_said() -> None:
    found = run(spend(50_000))
    for ledger in found.ledgers.values():
        assert sum((month.total for month in ledger.months), Decimal(0)) == ledger.total
        assert all(sum(month.buckets.values(), Decimal(0)) == month.total for month in ledger.months)
    assert any("owed unused" in line for line in notice_lines(found))


def test_what_is_used_of_contracts_with_everybody_is_the_bill_of_that_strategy() -> None:
    """Of an example whose open models are bought for some of the work only: the endpoints are those that are priced."""
    inputs, catalog = plans.example("claude-8k-a-month")
    vendors = sorted({api.provider for api in catalog.apis.values()})
    promised = tuple(Commitment(vendor, vendor, "spend", 1e6) for vendor in vendors)
    plain = evaluate(inputs, catalog, plans.AS_OF, draws=0)
    found = evaluate(replace(inputs, commitment=promised), catalog, plans.AS_OF, draws=0)
    strategies: tuple[Strategy, ...] = ("api_today", "api_tuned", "hosted_open")
    for strategy in strategies:
        used = sum(use.used for use in found.commitments if use.strategy == strategy)
        assert used == pytest.approx(float(plain.ledgers[strategy].total), abs=1), strategy


def test_a_credit_pays_no_more_than_each_draw_spends() -> None:
    """Everything is paid: no draw gives money back, whatever the tax and however little is left to round."""
    inputs = plans.plan(WORK, volume=Volume(baseline_api="claude-sonnet-4-6"), choice={"exclude_providers": ()})
    all_of_it = Commitment("gift", "Anthropic", "credit", 1e7)
    for tax in (0.0, 0.19):
        taxed = replace(inputs, commitment=(all_of_it,), vat_not_reclaimed_fraction=tax)
        ledger = evaluate(taxed, CATALOG, plans.AS_OF).ledgers["api_today"]
        assert ledger.total == 0
        assert [ledger.p10, ledger.p90] == pytest.approx([0, 0], abs=1e-6)
        assert not any(month.buckets.get("vat") for month in ledger.months)


def test_a_bill_is_paid_by_one_credit_after_the_other_and_fills_one_promise_after_the_other() -> None:
    today = float(bill("api_today"))
    both = run(spend(today, kind="credit"), spend(today / 2, name="again", kind="credit"))
    assert both.ledgers["api_today"].total == 0
    assert [round(u.used) for u in both.commitments if u.strategy == "api_today"] == [round(today), 0]
    promised = run(spend(today / 12), spend(1_000.0, name="again"))
    assert float(promised.ledgers["api_today"].total) == pytest.approx(today + 12_000, abs=1)


def test_what_commitments_leave_of_the_bands_holds_the_total() -> None:
    today = float(bill("api_today"))
    for commitments in ((spend(today / 12),), (spend(today / 2, kind="credit"),), (spend(today / 24, settled="end"),)):
        for ledger in run(*commitments).ledgers.values():
            if ledger.months and ledger.chance_to_pass > 0.5:
                assert ledger.p10 * 0.999 - 1 <= float(ledger.total) <= ledger.p90 * 1.001 + 1


def test_what_is_owed_or_paid_sums_to_what_was_agreed() -> None:
    """Though no month of it is a round number of cents."""
    for kind, bucket, agreed in (("spend", "commitment_owed", 12 * 1_234.567), ("credit", "credits", -10_000.01)):
        amount = 1_234.567 if kind == "spend" else 10_000.01
        found = run(Commitment("deal", "xAI" if kind == "spend" else "Anthropic", kind, amount))  # type: ignore[arg-type]
        months = found.ledgers["api_today"].months
        assert sum(month.buckets[bucket] for month in months) == Decimal(str(round(agreed, 2)))
