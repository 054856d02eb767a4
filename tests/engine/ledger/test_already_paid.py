"""What is paid in any case is not counted, and is shown: people who are there, machines that are there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Evaluation
from planner.evaluate import evaluate
from planner.plan.inputs import evaluate_plan
from planner.plan.read import read_plan
from planner.plan.reprice import reprice
from planner.report.json import to_json
from planner.report.markdown import to_markdown
from planner.toml.errors import InputError
from planner.words.ledger_notes import ledger_notes
from tests.engine import plans

IDLE = """
schema = 1
name = "idle cluster"
created = 2026-11-28
currency = "USD"
[volume]
known = "yes"
baseline_api = "claude-sonnet-4-6"
[[workload]]
name = "assist"
kind = "rag"
tokens_per_day = {tokens}
input_tokens = 5000
output_tokens = 500
[fine_tuning]
answer = "no"
[operations]
gpu_experience = "{experience}"
people_already_paid = {people}
[choice]
offer = "idle-h100"
[[prices.offer]]
id = "idle-h100"
provider = "own idle cluster"
product = "2x H100"
gpu = "{gpu}"
gpu_count = 2
price = {price}
currency = "USD"
per = "month"
already_paid = {machines}
{available}
source = "the asset list"
as_of = 2026-11-28
"""


def text(**changed: object) -> str:
    values = {
        "tokens": 400_000_000, "experience": "yes", "people": "true", "gpu": "h100-sxm", "price": 0, "machines": "true",
        "available": "",
    }  # fmt: skip
    return IDLE.format(**values | changed)


def evaluated(**changed: object) -> Evaluation:
    return evaluate_plan(read_plan(text(**changed))[0], shipped_catalog(), plans.AS_OF)


def year(found: Evaluation, bucket: str) -> Decimal:
    return sum((month.buckets.get(bucket, Decimal(0)) for month in found.ledgers["self_host"].months), Decimal(0))


def test_machines_that_are_paid_cost_power_hosting_and_spares() -> None:
    found = evaluated()
    assert all(year(found, name) > 0 for name in ("power", "colocation", "hardware"))
    assert all(year(found, name) == 0 for name in ("gpu_used", "gpu_idle", "redundancy", "setup_fees"))
    assert found.cash == (), "nothing is bought"
    assert found.not_counted["hardware"] > year(found, "hardware") > 0, "spares are a part of owning"


def test_what_is_still_due_is_a_cost() -> None:
    free, due = evaluated(), evaluated(price=100)
    fleet = due.ledgers["self_host"].reason.fleet
    assert fleet is not None
    products = fleet.replicas * fleet.gpus_per_replica / 2
    assert float(year(due, "hardware") - year(free, "hardware")) == pytest.approx(12 * 100 * products, abs=0.2)


def test_people_who_are_paid_are_shown_and_not_counted() -> None:
    paid, counted = evaluated(), evaluated(people="false")
    left = {name: year(counted, name) for name in ("setup_engineering", "ongoing_engineering", "model_updates")}
    assert {name: paid.not_counted[name] for name in left} == left
    assert all(year(paid, name) == 0 for name in left)
    assert year(paid, "observability") == year(counted, "observability") > 0
    assert "not_counted" in to_json(paid, "", None)
    assert to_json(paid, "", None)["not_counted"]["ongoing_engineering"] == str(left["ongoing_engineering"])
    assert "Not counted, because it is paid anyway" in to_markdown(paid)
    assert len(ledger_notes(paid)) == 1
    assert "Not counted" not in to_markdown(evaluated(people="false", machines="false"))
    assert paid.ledgers["self_host"].total < counted.ledgers["self_host"].total


def test_no_more_machines_than_there_are() -> None:
    few = {n: evaluated(tokens=1_500_000_000, available=f"available = {n}").ledgers["self_host"] for n in (1, 50)}
    assert few[50].reason.fleet is not None
    assert few[50].reason.fleet.replicas * few[50].reason.fleet.gpus_per_replica > 2
    assert not few[1].possible


def test_a_sunk_cluster_with_sunk_people_is_used() -> None:
    """Power, hosting and tools are left of it; a rent of one dollar left out power and hosting."""
    sunk, rented = (
        evaluated(tokens=100_000_000),
        evaluated(tokens=100_000_000, people="false", machines="false", price=1),
    )
    assert sunk.ledgers["self_host"].total < rented.ledgers["self_host"].total
    left = sum(sunk.not_counted[name] for name in ("setup_engineering", "ongoing_engineering", "model_updates"))
    paid = sum(year(sunk, name) for name in ("hardware", "power", "colocation"))
    rent = sum(year(rented, name) for name in ("gpu_used", "gpu_idle", "redundancy"))
    assert sunk.ledgers["self_host"].total == rented.ledgers["self_host"].total - left - rent + paid


@pytest.mark.parametrize(
    ("changed", "line", "words"),
    [
        ({"experience": "no"}, 17, "operations"),
        ({"people": '"perhaps"'}, 19, "people_already_paid"),
        ({"machines": "1"}, 31, "already_paid"),
        ({"available": "available = 0"}, 32, "available"),
        ({"available": "available = 1.5"}, 32, "available"),
    ],
)
def test_bad_values_name_their_place(changed: dict[str, object], line: int, words: str) -> None:
    with pytest.raises(InputError) as error:
        read_plan(text(**changed))
    assert words in str(error.value)
    assert error.value.line == line


def test_a_card_without_a_power_rating_cannot_be_costed() -> None:
    plan, layout = read_plan(text(gpu="gh200-96"))
    with pytest.raises(InputError, match=r"prices\.offer.*already_paid.*no power rating"):
        evaluate_plan(plan, shipped_catalog(), plans.AS_OF, layout)


def test_repricing_keeps_machines_that_are_there() -> None:
    plan = read_plan(text())[0]
    assert reprice(plan, shipped_catalog(), plans.AS_OF).plan.prices.offer == plan.prices.offer


def test_people_without_a_fleet_of_theirs_have_nothing_that_is_not_counted() -> None:
    """No open model may take the work, so nobody sets anything up, whoever is there."""
    inputs = plans.plan(
        plans.workload(kind="rag", level="frontier"),
        operations={"people_already_paid": True, "gpu_experience": "yes"},
        quality={"answer": "no"},
    )
    found = evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0)
    assert found.choice is None
    assert not found.ledgers["self_host"].possible
    assert dict(found.not_counted) == {}
