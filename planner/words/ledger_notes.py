"""What a reader of the ledgers must know beside them: months that nobody serves, servers bought, in cash as well."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from planner.engine.fleet.ownership import OWNED
from planner.engine.specs import CashOut, Evaluation, Payback, ServiceGap, StrategyLedger
from planner.engine.units import MONTHS
from planner.quantities import UNKNOWN, count, money, percent, significant, volume
from planner.words.labels import NOT_ALLOWED, STRATEGY_LABELS, UNPROVEN, bucket_label, cost_of, marked
from planner.words.sentences import sentence

NOT_WITHIN: Final = "not within 12 months"


def ledger_notes(evaluation: Evaluation) -> tuple[str, ...]:
    """All of them, each as short as it stands above a ledger; none for a plan whose ledgers hold everything."""
    said = (*_gap(evaluation, brief=True), *_not_counted(evaluation, brief=True), *_vat(evaluation))
    return (*said, *(cash_words(evaluation, found, brief=True) for found in evaluation.cash))


def total_notes(evaluation: Evaluation) -> tuple[str, ...]:
    """What the totals of 12 months leave out and what they hold, in full."""
    return (*_gap(evaluation), *_meanwhile(evaluation), *_not_counted(evaluation), *_vat(evaluation))


def total_words(evaluation: Evaluation, ledger: StrategyLedger) -> str:
    """The total of 12 months; where some of them are not served it says so, with a year of full service beside it."""
    total = cost_of(ledger, ledger.total, evaluation.inputs.currency)
    if ledger.gap is None:
        return sentence("service", "total", total=total)
    return sentence(
        "service",
        "total_with_gap" if ledger.gap.all_work else "total_with_part",
        total=total,
        served=served_months(ledger.gap),
        full_year=_full_year(evaluation, ledger),
    )


def _gap(evaluation: Evaluation, *, brief: bool = False) -> Iterator[str]:
    """Who is not served until own GPUs are live, of each plan that has such work once."""
    told: dict[tuple[str, ...], list[StrategyLedger]] = {}
    for ledger in evaluation.ledgers.values():
        if ledger.gap is not None and ledger.distinct:
            told.setdefault(ledger.gap.work, []).append(ledger)
    for work, ledgers in told.items():
        years = (f"{STRATEGY_LABELS[ledger.strategy]} {_full_year(evaluation, ledger)}" for ledger in ledgers)
        first = ledgers[0].gap
        assert first is not None
        yield sentence(
            "service",
            "gap_brief" if brief else "gap",
            work=", ".join(work),
            months=significant(first.months, 2),
            tokens=volume(first.tokens),
            full_years="; ".join(years),
        )


def fixed_rent(evaluation: Evaluation) -> tuple[str, ...]:
    """Why a price of GPUs that rises or falls leaves the cost of own GPUs as it is, where it does."""
    if evaluation.choice is None:
        return ()
    terms = evaluation.offer_of(evaluation.choice).commitment
    if terms == OWNED:
        return (sentence("service", "bought"),)
    return (sentence("service", "rent_fixed", terms=terms),) if terms.startswith("reserved") else ()


def own_instead(evaluation: Evaluation) -> str:
    """What the hybrid of the price scenarios is where the plan rents nothing: it has a place on Routing's curve."""
    if evaluation.is_hybrid or evaluation.choice is None:
        return ""
    return sentence("service", "own_instead", replicas=count(evaluation.choice.replicas))


def _meanwhile(evaluation: Evaluation) -> Iterator[str]:
    """Who is served, and paid, as today until own GPUs are live."""
    for work in dict.fromkeys(ledger.meanwhile for ledger in evaluation.ledgers.values() if ledger.meanwhile):
        yield sentence("service", "meanwhile", work=", ".join(work))


def _not_counted(evaluation: Evaluation, *, brief: bool = False) -> Iterator[str]:
    """What own GPUs take that is paid in any case."""
    known = {name: amount for name, amount in evaluation.not_counted.items() if amount}
    if known:
        currency = evaluation.inputs.currency
        parts = (f"{bucket_label(name)} {money(amount, currency)}" for name, amount in known.items())
        key = "not_counted_brief" if brief else "not_counted"
        yield sentence("service", key, total=money(sum(known.values()), currency), parts="; ".join(parts))


def _vat(evaluation: Evaluation) -> Iterator[str]:
    """That amounts hold a tax that nobody gives back, where they do."""
    if evaluation.inputs.vat_not_reclaimed_fraction:
        yield sentence("service", "vat", rate=percent(evaluation.inputs.vat_not_reclaimed_fraction))


def name_marks(ledger: StrategyLedger, *, brief: bool = False) -> str:
    """Stands behind a strategy's name beside its amounts: `×` where it is forbidden, months served, `~` if untested."""
    forbidden = "" if ledger.allowed else f" {NOT_ALLOWED}"
    return f"{forbidden}{gap_mark(ledger, brief=brief)}{f' {UNPROVEN}' if ledger.untested else ''}"


def gap_mark(ledger: StrategyLedger, *, brief: bool = False) -> str:
    """Stands behind a strategy's total: how many of the 12 months it serves."""
    if ledger.gap is None:
        return ""
    return sentence("service", "brief" if brief else "mark", months=served_months(ledger.gap))


def served_months(gap: ServiceGap) -> str:
    """Of the 12, those in which everything is served."""
    return significant(MONTHS - gap.months, 2)


def _full_year(evaluation: Evaluation, ledger: StrategyLedger) -> str:
    full = None if ledger.gap is None else ledger.gap.full_year
    return UNKNOWN if full is None else cost_of(ledger, full, evaluation.inputs.currency)


def cash_words(evaluation: Evaluation, found: CashOut, *, brief: bool = False) -> str:
    """What servers cost in cash, beside what the ledger writes off, and when either way has paid them back.

    `brief`: against the last rival only, the hardest to beat.
    """

    def amount(value: Decimal) -> str:
        return marked(money(value, evaluation.inputs.currency), untested=untested)

    untested = evaluation.ledgers[found.strategy or "hybrid"].untested
    last = found.paybacks[-1]
    return sentence(
        "cash",
        f"{'instead' if found.strategy is None else 'planned'}{'_brief' if brief else ''}",
        strategy="" if found.strategy is None else STRATEGY_LABELS[found.strategy],
        ledger=amount(found.ledger),
        once=amount(found.paid_once),
        first_year=amount(found.first_year),
        paybacks="; ".join(map(_payback_words, found.paybacks)),
        cash=cash_month(last),
        rival=rival_name(last),
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
    """When the cash is back; later than the 12 months that were reckoned it is only known to be later."""
    return "never" if payback.cash is None else _in_the_year(payback.cash)


def written_off_month(payback: Payback) -> str:
    """When the ledger is no dearer."""
    return NOT_WITHIN if payback.written_off is None else _in_the_year(payback.written_off)


def _in_the_year(month: int) -> str:
    return f"month {count(month)}" if month <= MONTHS else NOT_WITHIN
