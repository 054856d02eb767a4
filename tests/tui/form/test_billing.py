"""A volume told as money: read, kept as it was told, turned into tokens at the plan's prices."""

from __future__ import annotations

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.names import OWN_STRATEGIES
from planner.engine.units import DAYS_PER_MONTH
from planner.plan.edit import add_workload, duplicate_workload, new_plan, set_values
from planner.plan.inputs import evaluate_plan
from planner.plan.read import plan_from_text
from planner.plan.schema import Plan
from planner.plan.volumes import ToldVolume, read_volume, show_volume
from planner.plan.write import render
from planner.toml.errors import InputError
from planner.tui.form.answers import read_answer, with_answer
from planner.tui.form.questions import STEPS, workload_fields
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import field, screen_text, settle, type_into, until
from tests.tui.opening import show_place


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$8k a month", ToldVolume("bill", 8_000, "USD", "month")),
        ("$8k", ToldVolume("bill", 8_000, "USD", "month")),
        ("€7,000/mo", ToldVolume("bill", 7_000, "EUR", "month")),
        ("7.000 EUR per month", ToldVolume("bill", 7_000, "EUR", "month")),
        ("£ 1.2M a year", ToldVolume("bill", 1_200_000, "GBP", "year")),
        ("usd 24.50 a day", ToldVolume("bill", 24.5, "USD", "day")),
        ("12k requests", ToldVolume("requests_per_day", 12_000)),
        ("6M", ToldVolume("tokens_per_day", 6_000_000)),
        ("6M tokens/day", ToldVolume("tokens_per_day", 6_000_000)),
    ],
)
def test_a_volume_is_read_in_the_ways_people_tell_it(text: str, told: ToldVolume) -> None:
    assert read_volume(text) == told
    assert read_volume(show_volume(told)) == told


def test_a_month_of_requests_is_told_by_the_day() -> None:
    assert read_volume("365k requests a year").amount == pytest.approx(1_000, rel=0.001)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("$", "not a number"),
        ("$-5", "above zero"),
        ("$0 a month", "above zero"),
        ("$many", "not a number"),
        ("0", "above zero"),
        ("$5 tokens", "not understood"),
        ("$5 a week", "by the day, the month or the year"),
        ("5 requests an hour", "by the day, the month or the year"),
    ],
)
def test_a_bad_volume_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_volume(text)


def _billed(currency: str, per: str, **changed: float) -> Plan:
    told = {"amount": 8_000, "currency": currency, "per": per}
    start = new_plan("Bill", AS_OF, currency="EUR")
    return set_values(start, {("workload", 0, key): value for key, value in {"bill": told, **changed}.items()})


@pytest.mark.parametrize("currency", ["USD", "EUR", "GBP"])
@pytest.mark.parametrize(("per", "times"), [("day", DAYS_PER_MONTH), ("month", 1.0), ("year", 1 / 12)])
def test_the_first_month_of_todays_api_is_the_bill(currency: str, per: str, times: float) -> None:
    catalog = shipped_catalog()
    rate = catalog.usd_per[currency] / catalog.usd_per["EUR"]
    for changed in ({}, {"cached_input_fraction": 0.5, "batch_fraction": 0.2, "output_tokens": 700.0}):
        evaluation = evaluate_plan(_billed(currency, per, **changed), catalog, AS_OF)
        month = float(evaluation.ledgers["api_today"].months[0].total)
        assert month == pytest.approx(8_000 * times * rate, abs=0.02), "whatever the mix of tokens"
    assert all(evaluation.ledgers[s].possible for s in OWN_STRATEGIES)


def test_a_bill_stands_in_the_file_and_replaces_other_ways_to_tell_a_volume() -> None:
    plan = _billed("EUR", "month")
    assert plan.workload[0].tokens_per_day is None
    text = render(plan)
    assert 'bill = { amount = 8_000, currency = "EUR", per = "month" }' in text
    assert plan_from_text(text) == plan
    back = set_values(plan, {("workload", 0, "requests_per_day"): 100.0})
    assert back.workload[0].bill is None
    more = add_workload(plan, {"bill": {"amount": 5, "currency": "USD"}})
    assert more.workload[1].tokens_per_day is None


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        ('bill = { amount = 5, currency = "EUR" }\ntokens_per_day = 5', "workload[1]", "not bill and tokens_per_day"),
        ("", "workload[1]", "no volume yet"),
        ("bill = { amount = 5 }", "workload[1].bill.currency", "currency"),
        ('bill = { amount = -5, currency = "EUR" }', "workload[1].bill.amount", "-5"),
        ('bill = { amount = 5, currency = "EUR", per = "week" }', "workload[1].bill.per", '"week"'),
        ('bill = { amount = 5, currency = "XXX" }', "workload[1].bill.currency", '"XXX"'),
        ('bill = { amount = 5, currency = "EUR" }\napi_model = "free"', "workload[1].bill", "next to nothing"),
    ],
)
def test_a_bill_that_means_nothing_is_refused_with_its_field(line: str, field: str, problem: str) -> None:
    text = f"""
schema = 1
name = "Bill"
created = 2026-11-23

[[workload]]
name = "chat"
input_tokens = 1000
output_tokens = 100
{line}

[[prices.api]]
id = "free"
name = "Free"
provider = "Us"
input_per_mtok = 0
output_per_mtok = 0
source = "ours"
as_of = 2026-11-01
"""
    with pytest.raises(InputError, match=problem) as refused:
        evaluate_plan(plan_from_text(text), shipped_catalog(), AS_OF)
    assert refused.value.field == field


async def test_a_bill_typed_into_a_workload_is_kept_and_echoed(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#workload-0-volume")), "the workload's form")
        await type_into(pilot, "workload-0-volume", "$8k a month")
        await settle(pilot)
        assert app.plan is not None
        bill = app.plan.workload[0].bill
        assert bill is not None
        assert (bill.amount, bill.currency, bill.per) == (8_000, "USD", "month")
        await until(pilot, lambda: "= $8,000 a month on Claude Sonnet 4.6, " in screen_text(app), "the echo")
        field(pilot, "workload-0-name").focus()
        await pilot.pause()
        assert field(pilot, "workload-0-volume").value == "$8,000 a month"
        await type_into(pilot, "workload-0-volume", "$8k a mon")
        await until(pilot, lambda: "“mon” in “$8k a mon” is no" in screen_text(app), "what is wrong")
        assert "= $8,000" not in screen_text(app), "no echo of something else"


async def test_the_list_of_workloads_says_how_to_tell_a_volume(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        await until(pilot, lambda: "$8k a month" in " ".join(screen_text(app).split()), "the words below the form")


def test_a_bill_may_stand_for_as_many_tokens_as_may_be_typed() -> None:
    """Five million a day is far beyond what any one firm pays, and 2 trillion tokens; a plan holds 10**15."""
    plan = plan_from_text(
        """
schema = 1
name = "Bill"
created = 2026-11-23
currency = "USD"

[volume]
baseline_api = "o3"

[[workload]]
name = "all"
bill = { amount = 5e6, currency = "USD", per = "day" }
input_tokens = 1000
output_tokens = 10
"""
    )
    found = evaluate_plan(plan, shipped_catalog(), AS_OF)
    assert 1e12 < found.inputs.workload[0].tokens_per_day < 1e13


def test_a_bill_counts_as_measured_and_a_later_answer_stays() -> None:
    plan = new_plan("n", AS_OF)
    fields = {field.path[-1]: field for field in workload_fields(0)}
    volume, known = fields["volume"], next(f for step in STEPS for f in step.fields if f.path == ("volume", "known"))
    guessed = with_answer(plan, volume, read_answer(volume, "6M"))
    assert guessed.volume.known == "unknown"
    billed = with_answer(guessed, volume, read_answer(volume, "€5k a month"))
    assert billed.volume.known == "yes"
    doubted = with_answer(billed, known, "unknown")
    assert with_answer(doubted, volume, read_answer(volume, "€6k a month")).volume.known == "unknown"


def test_a_bill_beside_a_guess_leaves_the_volumes_a_guess() -> None:
    plan = new_plan("n", AS_OF)
    first, second = (next(f for f in workload_fields(i) if f.path[-1] == "volume") for i in (0, 1))
    plan = with_answer(duplicate_workload(plan, 0), first, read_answer(first, "6M"))
    assert with_answer(plan, second, read_answer(second, "€5k a month")).volume.known == "unknown"
