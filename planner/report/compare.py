"""Two or three evaluations side by side: what differs first, with the change in money, then the answers behind it.

Of answers that differ the few that a reader takes in are shown, section by section; JSON holds all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from planner import quantities
from planner.engine.specs import STRATEGIES, Choice, Evaluation, Strategy
from planner.plan.diff import Difference
from planner.plan.write import IDENTITY
from planner.records import dataclass
from planner.report.document import Bullets, Cell, Document, Paragraph, Section, Segment, Table, plain_table
from planner.report.tables import strategies
from planner.report.tables.strategies import NONE, MeanMonth
from planner.report.values import money_text
from planner.toml.layout import dotted
from planner.words.answer import in_a_sentence, verdict_line
from planner.words.labels import MONTH_NOTE, NOT_ALLOWED, UNPROVEN_NOTE, marked
from planner.words.ledger_notes import gap_mark

LETTERS = "ABC"
IN_SECTION = 8
"""Keys of one section that are shown."""
AT_MOST = 40
"""Keys that are shown of one pair of plans."""
LONGEST = 60
"""Letters of one text."""
_NOT_COMPARED = ("name", "created", "description")
"""Who a plan is says nothing about how it differs."""


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
        return f"A has no possible strategy of its recommended kind: {verdict_line(plans[0].evaluation)}"
    parts = [f"A costs {_marked_cost(plans[0], base, currency)} a month"]
    for letter, plan in _lettered(plans)[1:]:
        cost = monthly(plan.evaluation, like=plans[0].evaluation)
        parts.append(
            f"{letter} has no cost"
            if cost is None
            else f"{letter} {_marked_cost(plan, cost, currency)} ({_in_words(plans[0], plan, cost - base, currency)})"
        )
    return ", ".join(parts)


def _untested(plan: Compared) -> bool:
    ledger = plan.evaluation.recommended
    return ledger is not None and ledger.untested


def _marked_cost(plan: Compared, cost: Decimal, currency: str) -> str:
    return marked(quantities.money(cost, currency), untested=_untested(plan))


def _in_words(first: Compared, other: Compared, amount: Decimal, currency: str) -> str:
    """A mark, a sign and a currency before one number are more than anybody reads: `~€80 less`."""
    shown = quantities.money(abs(amount), currency)
    if shown == quantities.money(0, currency):
        return "the same"
    return f"{marked(shown, untested=_untested(first) or _untested(other))} {'more' if amount > 0 else 'less'}"


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
    first = plans[0].evaluation
    lines = (
        f"{letter}: {verdict_line(plan.evaluation)}{_converted(plan.evaluation, first)}"
        for letter, plan in _lettered(plans)
    )
    return Section("Verdicts", (Bullets(tuple(lines)),))


def _converted(evaluation: Evaluation, first: Evaluation) -> str:
    """What a verdict in another currency comes to in the one that everything is compared in."""
    answer, currency = evaluation.answer, first.inputs.currency
    if evaluation.inputs.currency == currency:
        return ""
    rate = _rate(evaluation, first)
    today = quantities.money(Decimal(answer.today) * rate, currency)
    if answer.proposed is None or answer.kind == "stay":
        return f" (in {currency}: {today})"
    proposed = quantities.money(Decimal(answer.proposed) * rate, currency)
    return f" (in {currency}: {today} → {marked(proposed, untested=not answer.is_proven)})"


def _money(plans: Sequence[Compared]) -> Section:
    """Every strategy's mean month and its change from plan A."""
    first = plans[0].evaluation
    months = [(letter, _by_strategy(plan.evaluation, first)) for letter, plan in _lettered(plans)]
    table = strategies.plans(months, first.inputs.currency)
    found = [cost for _, costs in months for cost in costs.values() if cost is not None]
    notes = (
        (f"{NOT_ALLOWED} not allowed in that plan: it is there to compare with.", any(not c.allowed for c in found)),
        (UNPROVEN_NOTE, any(cost.untested for cost in found)),
    )
    return Section("Money a month, by strategy", (table, *(Paragraph(note) for note, needed in notes if needed)))


def _by_strategy(evaluation: Evaluation, like: Evaluation) -> dict[Strategy, MeanMonth | None]:
    """Mean month of each strategy that has one, in the currency of `like`."""
    rate = _rate(evaluation, like)
    ledgers = ((strategy, evaluation.ledgers[strategy]) for strategy in STRATEGIES)
    return {
        strategy: MeanMonth(ledger.total / 12 * rate, ledger.untested, ledger.allowed) if ledger.months else None
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


def _of_fleet(read: Callable[[Choice], str]) -> Quantity:
    """Something of the replicas that work goes to; of those that nobody proposes it says so."""

    def shown(evaluation: Evaluation) -> str:
        chosen = evaluation.running
        if chosen is None:
            return "none"
        rented = evaluation.is_self_hosting or evaluation.at_host
        return read(chosen) if rented else f"none; if you had your own: {read(chosen)}"

    return shown


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
    ("Model on GPUs", _of_fleet(lambda c: f"{c.deployment.model.name} {c.weights}")),
    ("Machine", _of_fleet(lambda c: f"{c.gpus_per_replica}x {c.deployment.gpu.name}, {c.provider}")),
    ("Replicas", _of_fleet(lambda c: str(c.replicas))),
    ("Utilisation", _of_fleet(lambda c: quantities.percent(c.utilisation))),
    ("Months served of 12", _served),
    ("Payback month", lambda e: "none" if e.payback_month is None else str(e.payback_month)),
)


def _answers(plans: Sequence[Compared], in_words: bool) -> tuple[Section, ...]:
    return tuple(
        Section(f"Answers and assumptions: A - {letter} +", _difference_blocks(plan, letter, in_words))
        for letter, plan in _lettered(plans)[1:]
    )


def _difference_blocks(plan: Compared, letter: str, in_words: bool) -> tuple[Table | Paragraph, ...]:
    sections = _by_section(plan.differences)
    if not sections:
        return (Paragraph("The same answers and assumptions."),)
    blocks: list[Table | Paragraph] = []
    left, kept_back = AT_MOST, 0
    for path, found in sections.items():
        shown = found[: min(IN_SECTION, left)]
        left, kept_back = left - len(shown), kept_back + len(found) - len(shown)
        if shown:
            title = _said(path, in_words) if in_words else f"[{dotted(path)}]"
            title = title if path else "Answer" if in_words else "Key"
            rows = (_difference_row(plan, path, each, in_words) for each in shown)
            blocks.append(plain_table((title, "A", letter), rows, "lll"))
    if kept_back:
        count = quantities.count(kept_back)
        blocks.append(Paragraph(f"{count} more differ; planner compare with --format json lists all of them."))
    return tuple(blocks)


Entry = tuple[Difference, ...]
"""What differs of one key, or all of an entry that only one of the plans has."""


def _by_section(differences: Sequence[Difference]) -> dict[tuple[str, ...], list[Entry]]:
    """Below the section or the workload that they are of, in the order of the file; frozen prices last."""
    found: dict[tuple[str, ...], list[Entry]] = {}
    for entry in _entries([each for each in differences if each.path[0] not in _NOT_COMPARED]):
        path = entry[0].path
        deep = 1 if len(entry) > 1 or path[0] == "prices" else _depth(path)
        found.setdefault(path[: min(deep, len(path) - 1)], []).append(entry)
    return dict(sorted(found.items(), key=lambda item: item[0][:1] == ("prices",)))


def _depth(path: tuple[str, ...]) -> int:
    """How much of a key says where it is: the section, and of a list of tables the entry as well."""
    return next((len(inside) + 1 for inside in IDENTITY if path[: len(inside)] == inside), 1)


def _entries(differences: Sequence[Difference]) -> Iterator[Entry]:
    """An entry that only one plan has differs once, not in each of its keys."""
    taken: dict[tuple[str, ...], list[Difference]] = {}
    for each in differences:
        taken.setdefault(each.path[: _depth(each.path)], []).append(each)
    for path, found in taken.items():
        inside = path[:-1]
        new = {(*path, key) for key in IDENTITY.get(inside, ())} & {each.path for each in found}
        alone = all(each.old is None for each in found) or all(each.new is None for each in found)
        yield from [tuple(found)] if new and alone else [(each,) for each in found]


def _difference_row(plan: Compared, path: tuple[str, ...], entry: Entry, in_words: bool) -> tuple[Cell, Cell, Cell]:
    first = entry[0]
    if len(entry) == 1:
        old, new, name = first.old, first.new, first.path[len(path) :]
    else:
        told = f"only here, {quantities.count(len(entry))} keys"
        old, new = (None if value is None else told for value in (first.old, first.new))
        name = first.path[len(path) : _depth(first.path)]

    def shown(value: Any, role: str) -> Cell:
        """What A has, and what another plan has in its place."""
        if value is None:
            return NONE
        plainly = len(entry) > 1 or (in_words and isinstance(value, str))
        return (Segment(_spoken(plan.evaluation, value) if plainly else _shown(value), role),)

    return _said(name, in_words), shown(old, "bad"), shown(new, "good")


def _said(path: tuple[str, ...], in_words: bool) -> str:
    return ", ".join(path).replace("_", " ") if in_words else dotted(path)


def _spoken(evaluation: Evaluation, value: str) -> str:
    """A model by its name, an answer without the file's underscores."""
    name = evaluation.catalog.name_of(value)
    return name if name != value else value.replace("_", " ")


def _shown(value: Any) -> str:
    from planner.plan.write import render_value

    if isinstance(value, str) and len(value) > LONGEST:
        value = f"{' '.join(value.split())[: LONGEST - 1]}…"
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
        "headline": verdict_line(evaluation),
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
    from planner.plan.write import render_value

    return value if value is None or isinstance(value, (bool, int, float, str)) else render_value(value)
