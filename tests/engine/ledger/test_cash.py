"""Bought servers in cash: all of the price on the first day, and the month in which it is back."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from planner.engine.ledger.months import cash_payback_month
from planner.evaluate import evaluate
from planner.words.ledger_notes import cash_words, ledger_notes
from tests.engine import plans


@pytest.mark.parametrize(
    ("first", "month", "rival", "found"),
    [
        (0, 100, 110, 1),
        (50, 100, 110, 5),  # 150 against 110 and so on: behind by 40, then even after month 5
        (120, 100, 110, 12),
        (121, 100, 110, 13),
        (1_000, 100, 110, 100),
        (1, 100, 100, None),
        (0, 100, 100, 1),
        (10, 100, 90, None),
    ],
)
def test_month_in_which_a_purchase_is_back(first: float, month: float, rival: float, found: int | None) -> None:
    """The purchase comes on top of the first month."""
    own = np.full(12, float(month))
    own[0] += first
    assert cash_payback_month(own, np.full(12, float(rival))) == found


def test_rented_fleets_show_what_buying_would_take_out_of_the_house() -> None:
    found = plans.evaluated("hospital")
    (instead,) = found.cash
    assert instead.strategy is None
    assert [row.against for row in instead.paybacks] == ["hybrid"], "no endpoint is allowed: none is a rival"
    assert instead.first_year > instead.ledger > Decimal(0)
    assert instead.first_year > instead.paid_once
    assert cash_words(found, instead)
    assert ledger_notes(found)


def test_a_plan_without_servers_says_nothing_of_them() -> None:
    inputs, catalog = plans.example("hospital")
    assert plans.evaluated("article-1m").cash == ()
    bought = evaluate(plans.changed(inputs, operations={"hardware": "own"}), catalog, plans.AS_OF, draws=0)
    assert [row.strategy for row in bought.cash] == ["self_host"], "both own strategies are one plan"
    assert bought.cash[0].ledger == bought.ledgers["self_host"].total
