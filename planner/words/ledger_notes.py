"""What a reader of the ledgers must know beside them: servers that are bought, in cash as well as written off."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from planner.engine.specs import CashOut, Evaluation, Payback
from planner.quantities import count, money
from planner.words.labels import STRATEGY_LABELS
from planner.words.sentences import sentence


def ledger_notes(evaluation: Evaluation) -> tuple[str, ...]:
    """All of them, each a sentence or two; none for a plan whose ledgers hold everything."""
    return tuple(_cash_words(evaluation))


def _cash_words(evaluation: Evaluation) -> Iterator[str]:
    for found in evaluation.cash:
        yield cash_words(evaluation, found, brief=True)


def cash_words(evaluation: Evaluation, found: CashOut, *, brief: bool = False) -> str:
    """What servers cost in cash, beside what the ledger writes off, and when either way has paid them back.

    `brief`: for a line above the ledger, with the last rival, the hardest to beat.
    """

    def amount(value: Decimal) -> str:
        return money(value, evaluation.inputs.currency)

    return sentence(
        "cash",
        f"{'instead' if found.strategy is None else 'planned'}{'_brief' if brief else ''}",
        strategy="" if found.strategy is None else STRATEGY_LABELS[found.strategy],
        ledger=amount(found.ledger),
        once=amount(found.paid_once),
        first_year=amount(found.first_year),
        paybacks="; ".join(_payback_words(payback) for payback in found.paybacks[-1 if brief else 0 :]),
    )


def _payback_words(payback: Payback) -> str:
    return sentence(
        "cash",
        "payback",
        rival=rival_name(payback),
        cash=cash_month(payback),
        written_off=written_off_month(payback),
    )


def rival_name(payback: Payback) -> str:
    """What the servers are set against; a hybrid only where its GPUs are rented instead."""
    return "renting them" if payback.against == "hybrid" else STRATEGY_LABELS[payback.against]


def cash_month(payback: Payback) -> str:
    """When the cash is back, beyond the 12 months where the last of them goes on."""
    return "never" if payback.cash is None else f"month {count(payback.cash)}"


def written_off_month(payback: Payback) -> str:
    """When the ledger is no dearer."""
    return "not in 12 months" if payback.written_off is None else f"month {count(payback.written_off)}"
