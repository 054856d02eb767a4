"""Two or three evaluations side by side: what differs first, with the change in money, then the answers behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from planner import quantities
from planner.engine.specs import STRATEGIES, Evaluation, Strategy
from planner.plan.diff import Difference
from planner.records import dataclass
from planner.report.document import Bullets, Cell, Document, Paragraph, Section, Segment, Table, plain_table
from planner.report.tables import strategies
from planner.report.tables.strategies import NONE, MeanMonth
from planner.report.values import money_text
from planner.words.answer import in_a_sentence, verdict_line
from planner.words.labels import MONTH_NOTE, marked
from planner.words.ledger_notes import gap_mark
from planner.words.verdict import headline

LETTERS = "ABC"


@dataclass(frozen=True, slots=True)
class Compared:
    """One plan: its file, its evaluation, and how its answers differ from those of the first plan."""

    path: str
    evaluation: Evaluation
    differences: tuple[Difference, ...]


Quantity = Callable[[Evaluation], str]


def document(plans: Sequence[Compared], *, in_words: bool = False) -> Document:
    """The comparison; money is in the first plan's currency. `in_words`: without the keys and values of the file."""
    currency = plans[0].evaluation.inputs.currency
    sections = (_verdicts(plans), _money(plans), _facts(plans), *_answers(plans, in_words), _same(plans))
    first = plans[0].evaluation
    return Document(
        title="Compare " + " · ".join(f"{letter} {plan.evaluation.inputs.name}" for letter, plan in _lettered(plans)),
        strip=_headline(plans),
        sections=tuple(section for section in sections if section.blocks),
        footer=f"As of {first.as_of.isoformat()}. Money in {currency}{_rates(plans)}. {MONTH_NOTE}",
    )


def _lettered(plans: Sequence[Compared]) -> list[tuple[str, Compared]]:
    return list(zip(LETTERS, plans, strict=False))


def _headline(plans: Sequence[Compared]) -> str:
    base, currency = monthly(plans[0].evaluation), plans[0].evaluation.inputs.currency
    if base is None:
        return f"A has no possible strategy of its recommended kind: {headline(plans[0].evaluation)}"
    parts = [f"A costs {_marked_cost(plans[0], base, currency)} a month"]
    for letter, plan in _lettered(plans)[1:]:
        cost = monthly(plan.evaluation, like=plans[0].evaluation)
        parts.append(
            f"{letter} has no cost"
            if cost is None
            else f"{letter} {_marked_cost(plan, cost, currency)} ({_difference(plans[0], plan, cost - base, currency)})"
        )
    return ", ".join(parts)


def _untested(plan: Compared) -> bool:
    ledger = plan.evaluation.recommended
    return ledger is not None and ledger.untested


def _marked_cost(plan: Compared, cost: Decimal, currency: str) -> str:
    return marked(quantities.money(cost, currency), untested=_untested(plan))


def _difference(first: Compared, other: Compared, amount: Decimal, currency: str) -> str:
    return marked(quantities.signed_money(amount, currency), untested=_untested(first) or _untested(other))


def monthly(evaluation: Evaluation, like: Evaluation | None = None) -> Decimal | None:
    """Mean month of the recommended strategy, in the currency of `like`."""
    ledger = evaluation.recommended
    return None if ledger is None else ledger.total / 12 * _rate(evaluation, like)


def _rate(evaluation: Evaluation, like: Evaluation | None) -> Decimal:
    if like is None or like.inputs.currency == evaluation.inputs.currency:
        return Decimal(1)
    return Decimal(repr(evaluation.usd_per_unit)) / Decimal(repr(like.usd_per_unit))


def _rates(plans: Sequence[Compared]) -> str:
    first = plans[0].evaluation
    others = {plan.evaluation.inputs.currency: plan.evaluation for plan in plans[1:]}
    others.pop(first.inputs.currency, None)
    texts = [
        f"{currency} 1 = {first.inputs.currency} {quantities.fixed(_rate(other, first), 4)}"
        for currency, other in others.items()
    ]
    return f" ({', '.join(texts)})" if texts else ""


def _verdicts(plans: Sequence[Compared]) -> Section:
    lines = tuple(f"{letter}: {verdict_line(plan.evaluation)}" for letter, plan in _lettered(plans))
    return Section("Verdicts", (Bullets(lines),))


def _money(plans: Sequence[Compared]) -> Section:
    """Every strategy's mean month and its change from plan A."""
    first = plans[0].evaluation
    months = [(letter, _by_strategy(plan.evaluation, first)) for letter, plan in _lettered(plans)]
    return Section("Money a month, by strategy", (strategies.plans(months, first.inputs.currency),))


def _by_strategy(evaluation: Evaluation, like: Evaluation) -> dict[Strategy, MeanMonth | None]:
    """Mean month of each strategy that has one, in the currency of `like`."""
    rate = _rate(evaluation, like)
    ledgers = ((strategy, evaluation.ledgers[strategy]) for strategy in STRATEGIES)
    return {
        strategy: MeanMonth(ledger.total / 12 * rate, ledger.untested) if ledger.months else None
        for strategy, ledger in ledgers
    }


def _facts(plans: Sequence[Compared]) -> Section:
    rows = tuple((label, *values) for label, values in _quantities(plans) if len(set(values)) > 1)
    headers = ("What differs", *(letter for letter, _ in _lettered(plans)))
    return Section("Results that differ", (plain_table(headers, rows, "l" * len(headers)),) if rows else ())


def _same(plans: Sequence[Compared]) -> Section:
    rows = tuple(f"{label}: {values[0]}" for label, values in _quantities(plans) if len(set(values)) == 1)
    return Section("The same in all", (Bullets(rows),) if rows else ())


def _quantities(plans: Sequence[Compared]) -> list[tuple[str, tuple[str, ...]]]:
    return [(label, tuple(read(plan.evaluation) for plan in plans)) for label, read in _QUANTITIES]


def _machine(evaluation: Evaluation) -> str:
    chosen = evaluation.choice
    if chosen is None:
        return "none"
    return f"{chosen.gpus_per_replica}x {chosen.deployment.gpu.name}, {chosen.provider}"


def _model(evaluation: Evaluation) -> str:
    chosen = evaluation.choice
    return "none" if chosen is None else f"{chosen.deployment.model.name} {chosen.weights}"


def _yes(evaluation: Evaluation) -> str:
    yes = ", ".join(question.id.replace("_", "-") for question in evaluation.questions if question.answer == "yes")
    return f"{evaluation.yes_count}: {yes}" if yes else "0"


def _served(evaluation: Evaluation) -> str:
    best = evaluation.recommended
    return "12" if best is None or best.gap is None else gap_mark(best, brief=True).strip()


_QUANTITIES: tuple[tuple[str, Quantity], ...] = (
    ("Recommendation", in_a_sentence),
    ("Chance that hybrid is cheaper", lambda e: quantities.percent(e.verdict.probability_cheaper)),
    ("Yes answers", _yes),
    ("Mean volume, 12 months", lambda e: quantities.tokens_per_day(e.demand.mean_tokens_per_day)),
    ("p95 volume", lambda e: quantities.scaled_interval(e.demand.p95_range, "tok/day")),
    ("Input share", lambda e: quantities.percent(e.demand.input_fraction)),
    ("Cached share of input", lambda e: quantities.percent(e.demand.cached_fraction)),
    ("Model", _model),
    ("Machine", _machine),
    ("Replicas", lambda e: "none" if e.choice is None else str(e.choice.replicas)),
    ("Utilisation", lambda e: "none" if e.choice is None else quantities.percent(e.choice.utilisation)),
    ("Months served of 12", _served),
    ("Payback month", lambda e: "none" if e.payback_month is None else str(e.payback_month)),
)


def _answers(plans: Sequence[Compared], in_words: bool) -> tuple[Section, ...]:
    return tuple(
        Section(f"Answers and assumptions: A - {letter} +", _difference_blocks(plan, letter, in_words))
        for letter, plan in _lettered(plans)[1:]
    )


def _difference_blocks(plan: Compared, letter: str, in_words: bool) -> tuple[Table | Paragraph, ...]:
    def shown(value: Any, role: str) -> Cell:
        """What A has, and what another plan has in its place."""
        text = _spoken(plan.evaluation, value) if in_words and isinstance(value, str) else _shown(value)
        return NONE if value is None else (Segment(text, role),)

    rows = tuple(
        (
            ", ".join(difference.path).replace("_", " ") if in_words else difference.key,
            shown(difference.old, "bad"),
            shown(difference.new, "good"),
        )
        for difference in plan.differences
        if difference.path[:1] not in (("name",), ("created",))
    )
    if not rows:
        return (Paragraph("The same answers and assumptions."),)
    return (plain_table(("Answer" if in_words else "Key", "A", letter), rows, "lll"),)


def _spoken(evaluation: Evaluation, value: str) -> str:
    """A model by its name, an answer without the file's underscores."""
    name = evaluation.catalog.name_of(value)
    return name if name != value else value.replace("_", " ")


def _shown(value: Any) -> str:
    from planner.plan.write import render_value

    return NONE if value is None else render_value(value)


def compared_json(plans: Sequence[Compared]) -> dict[str, Any]:
    """The comparison as data: money a month by strategy in the first plan's currency, and every answer that differs."""
    first = plans[0].evaluation
    base = monthly(first)
    return {
        "schema": 1,
        "as_of": first.as_of.isoformat(),
        "currency": first.inputs.currency,
        "plans": [_plan_json(plan, first, base) for plan in plans],
    }


def _plan_json(plan: Compared, first: Evaluation, base: Decimal | None) -> dict[str, Any]:
    evaluation = plan.evaluation
    cost = monthly(evaluation, like=first)
    months = _by_strategy(evaluation, first)
    return {
        "name": evaluation.inputs.name,
        "path": plan.path,
        "recommendation": evaluation.verdict.recommendation,
        "headline": headline(evaluation),
        "yes_count": evaluation.yes_count,
        "monthly_cost": None if cost is None else money_text(cost),
        "monthly_delta": None if cost is None or base is None else money_text(cost - base),
        "monthly_by_strategy": {
            name: None if found is None else money_text(found.amount) for name, found in months.items()
        },
        "differences": [
            {"key": item.key, "from": _plain(item.old), "to": _plain(item.new)} for item in plan.differences
        ],
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else _shown(value)
