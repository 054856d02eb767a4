"""A volume told as money: read, turned into tokens at the plan's prices, and refused with what would be right."""

from __future__ import annotations

import pytest

from planner.catalog.load import shipped_catalog
from planner.plan.edit import new_plan, set_values
from planner.plan.inputs import evaluate_plan
from planner.plan.schema import Plan
from planner.tui.form.fields import MonthlyBill, read_bill, tokens_per_day_of
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import field, screen_text, settle, type_into, until
from tests.tui.opening import sample_plan, show_place


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$8k a month", 8_000, "USD"),
        ("$8k", 8_000, "USD"),
        ("€7,000/mo", 7_000, "EUR"),
        ("7000 EUR per month", 7_000, "EUR"),
        ("£ 1.2M a year", 100_000, "GBP"),
        ("usd 24 a day", 730, "USD"),
    ],
)
def test_money_is_read_in_the_ways_people_write_it(text: str, amount: float, currency: str) -> None:
    bill = read_bill(text)
    assert bill is not None
    assert bill.amount == pytest.approx(amount)
    assert bill.currency == currency


@pytest.mark.parametrize("text", ["6M", "12k requests", "8k a month"])
def test_what_names_no_currency_is_no_money(text: str) -> None:
    assert read_bill(text) is None


@pytest.mark.parametrize("text", ["$", "$-5", "$0 a month", "$many"])
def test_a_bad_sum_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"above zero|not a number"):
        read_bill(text)


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_the_tokens_of_a_bill_cost_the_bill(currency: str) -> None:
    catalog = shipped_catalog()
    path = ("workload", 0)
    start = new_plan("Bill", AS_OF, currency=currency)
    mixed: Plan = set_values(
        start, {(*path, "cached_input_fraction"): 0.5, (*path, "batch_fraction"): 0.2, (*path, "output_tokens"): 700.0}
    )
    tokens = tokens_per_day_of(MonthlyBill(8_000, currency), mixed, 0, catalog, AS_OF)
    evaluation = evaluate_plan(set_values(mixed, {(*path, "tokens_per_day"): tokens}), catalog, AS_OF)
    assert float(evaluation.ledgers["api_today"].months[0].total) == pytest.approx(8_000, rel=0.001)


def test_without_prices_or_a_rate_it_says_so() -> None:
    plan = sample_plan()
    with pytest.raises(ValueError, match="still being read"):
        tokens_per_day_of(MonthlyBill(8_000, "USD"), plan, 0, None, AS_OF)
    no_rates = shipped_catalog()
    with pytest.raises(ValueError, match="exchange rate"):
        tokens_per_day_of(MonthlyBill(8_000, "XXX"), plan, 0, no_rates, AS_OF)


async def test_a_bill_typed_into_a_workload_becomes_its_volume(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog())
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#workload-0-volume")), "the workload's form")
        await type_into(pilot, "workload-0-volume", "$8k a month")
        await settle(pilot)
        assert app.plan is not None
        tokens = app.plan.workload[0].tokens_per_day
        assert tokens == tokens_per_day_of(MonthlyBill(8_000, "USD"), sample_plan(), 0, shipped_catalog(), AS_OF)
        assert field(pilot, "workload-0-volume").value == "$8k a month"
        assert " M on Claude Sonnet 4.6" in screen_text(app)
        field(pilot, "workload-0-name").focus()
        await pilot.pause()
        assert field(pilot, "workload-0-volume").value.endswith("M")
        assert " M on Claude" not in screen_text(app)


async def test_the_list_of_workloads_says_how_to_tell_a_volume(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        await until(pilot, lambda: "$8k a month" in " ".join(screen_text(app).split()), "the words below the form")
