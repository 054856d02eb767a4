"""The arithmetic behind a line of the answer page: its own numbers, and nothing of what is not in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner import quantities
from planner.engine.specs import ApiModel, Evaluation, Flip, Move
from planner.engine.units import DAYS_PER_MONTH, MONTHS
from planner.quantities import price as listed
from planner.words.answer import goes_to, money, proof_words, step_line
from planner.words.labels import LEVER_LABELS, model_name
from planner.words.traces import MODEL_OF_COSTS, Trace, price_of

MTOK = 1e6
LEAST = 0.5
"""Of a currency's unit: what is less than that is not worth a line."""


def move_traces(evaluation: Evaluation, move: Move) -> tuple[Trace, ...]:
    """One workload's row: its mean month as it runs today, and then."""
    return (before_trace(evaluation, move), *_after(evaluation, move))


def before_trace(evaluation: Evaluation, move: Move) -> Trace:
    """A mean month on today's model."""
    work, tokens = next(w for w in evaluation.inputs.workload if w.name == move.workload), _tokens(evaluation, move)
    growth = _growth(evaluation)
    api = evaluation.catalog.apis[move.runs_on]
    ends = ("ends", f"{api.retires_on}; the months after it are priced on its successor")
    shown = (
        ("tokens a day, today", quantities.volume(work.tokens_per_day)),
        ("growth", f"{quantities.decimals(growth, 2)} times that in the mean of the next 12 months"),
        ("tokens a month", quantities.volume(tokens)),
        ("a request", f"{quantities.count(work.input_tokens)} in, {quantities.count(work.output_tokens)} out"),
        ("list price", _list_price(api)),
        ("comes to", f"{_per_mtok(evaluation, move.before, tokens)} per 1M tokens"),
        ("a mean month", money(evaluation, move.before)),
        *((ends,) if api.retires_on else ()),
    )
    label = f"{move.workload} as is, on {model_name(evaluation, move.runs_on)}"
    formula = "tokens a day x growth x days of a month x price of its mix, the 12 months' mean"
    return Trace(
        f"before.{move.workload}", label, formula, shown, api.citation.source, api.citation.as_of, "list price"
    )


def _after(evaluation: Evaluation, move: Move) -> Iterator[Trace]:
    if not move.moves_to:
        return
    tokens, api, running = _tokens(evaluation, move), evaluation.catalog.apis.get(move.moves_to), evaluation.running
    shown = [("tokens a month", f"{quantities.volume(tokens)}, as today's model counts them")]
    if rents(move) and running is not None:
        formula, cited = "its share of the rent, by the work it gives", evaluation.offer_of(running).citation
        shown.append(("rent", price_of(evaluation.offer_of(running))))
    elif api is not None:
        formula, cited = "tokens a month x price of its mix there", api.citation
        shown.append(("list price", _list_price(api)))
    else:
        return
    shown += [
        ("comes to", f"{_per_mtok(evaluation, move.after, tokens)} per 1M of them"),
        ("a mean month", _then(evaluation, move)),
        ("proven?", proof_words(move)),
    ]
    label = f"{move.workload} then, on {goes_to(evaluation, move)}"
    yield Trace(f"after.{move.workload}", label, formula, tuple(shown), cited.source, cited.as_of, "")


def rents(move: Move) -> bool:
    """It runs on machines that are paid by time."""
    return move.destination in ("self_host", "dedicated")


def _list_price(api: ApiModel) -> str:
    return f"{listed(api.input_usd_per_mtok)} in / {listed(api.output_usd_per_mtok)} out per 1M"


def _then(evaluation: Evaluation, move: Move) -> str:
    return money(evaluation, move.after, proven=move.proof != "untested")


def _tokens(evaluation: Evaluation, move: Move) -> float:
    """A month, in the mean of the 12."""
    work = next(w for w in evaluation.inputs.workload if w.name == move.workload)
    return work.tokens_per_day * _growth(evaluation) * DAYS_PER_MONTH


def _growth(evaluation: Evaluation) -> float:
    """The mean of the next 12 months over today."""
    return evaluation.demand.mean_tokens_per_day / evaluation.demand.mean_today_tokens_per_day


def _per_mtok(evaluation: Evaluation, month: float, tokens: float) -> str:
    each = quantities.significant(month / tokens * MTOK) if tokens > 0 else quantities.UNKNOWN
    return f"{quantities.currency_prefix(evaluation.inputs.currency)}{each}"


def _reckoned(key: str, label: str, formula: str, shown: Iterable[tuple[str, str]], note: str = "") -> Trace:
    return Trace(f"answer.{key}", label, formula, tuple(shown), MODEL_OF_COSTS, "", note)


def months_trace(evaluation: Evaluation) -> Trace:
    """The sum of the table: a twelfth of either side's 12 months."""
    answer = evaluation.answer
    shown = [(m.workload, f"{money(evaluation, m.before)} → {_then(evaluation, m)}") for m in answer.moves]
    if max(abs(answer.beside_before), abs(answer.beside_after)) >= LEAST:
        beside = f"{money(evaluation, answer.beside_before)} → {money(evaluation, answer.beside_after)}"
        shown.append(("beside the work", beside))
    if answer.proposed is not None:
        then = money(evaluation, answer.proposed / MONTHS, proven=answer.is_proven)
        shown.append(("a mean month", f"{money(evaluation, answer.today / MONTHS)} → {then}"))
    return _reckoned("sum", "mean month", "the lines above it added: a twelfth of 12 months", shown)


def saving_trace(evaluation: Evaluation) -> Trace:
    """What the change is worth."""
    answer, best = evaluation.answer, evaluation.recommended
    shown = [("12 months as today", money(evaluation, answer.today))]
    if answer.proposed is not None:
        shown.append(("12 months of the proposal", money(evaluation, answer.proposed, proven=answer.is_proven)))
    shown.append(("difference", money(evaluation, answer.saving, proven=answer.is_proven)))
    note = "" if best is None or best.gap is None else "the difference is of a year of full service on both sides"
    return _reckoned("saving", "what it saves", "12 months as today - 12 months of the proposal", shown, note)


def takes_trace(evaluation: Evaluation) -> Trace:
    """People and machines, once and month after month."""
    takes = evaluation.answer.takes
    shown = (
        ("test and swap models", takes.swap_weeks, f"{quantities.significant(takes.swap_weeks, 2)} weeks, once"),
        ("set up GPUs", takes.setup_weeks, f"{quantities.significant(takes.setup_weeks, 2)} weeks, once"),
        ("run them", takes.engineer_fraction, f"{quantities.percent(takes.engineer_fraction)} of one engineer"),
        ("GPUs, busiest month", takes.gpus, quantities.count(takes.gpus)),
    )
    told = ((name, words) for name, amount, words in shown if amount)
    return _reckoned("takes", "what it takes", "weeks and shares of one engineer are assumptions", told)


def flip_trace(flip: Flip) -> Trace:
    """Where one input turns the answer."""
    at = "nowhere in the range tried" if flip.to_value is None else quantities.with_unit(flip.to_value, flip.unit)
    shown = (("now", quantities.with_unit(flip.from_value, flip.unit)), ("turns at", at))
    formula = "the nearest value at which another strategy is proposed, all else at its likely value"
    return _reckoned(f"flip.{flip.input}", LEVER_LABELS.get(flip.input, flip.input), formula, shown)


def step_trace(evaluation: Evaluation, number: int) -> Trace:
    """What rests on a step."""
    found = evaluation.answer.steps[number]
    works = found.step.works or (found.step.workload,)
    moves = [move for move in evaluation.answer.moves if move.workload in works] if found.saving >= 1 else []
    shown = [(m.workload, f"({money(evaluation, m.before)} - {_then(evaluation, m)}) x 12") for m in moves]
    if moves:
        shown.append(("rests on it", money(evaluation, found.saving, proven=all(m.proof != "untested" for m in moves))))
    shown.append(("work", f"about {quantities.significant(found.hours, 2)} hours"))
    formula = "(mean month as is - mean month then) x 12" if moves else "it earns nothing by itself"
    return _reckoned("step", step_line(evaluation, found), formula, shown)


def proof_trace(evaluation: Evaluation) -> Trace:
    """Who waits for a test, and how likely it passes."""
    moves = evaluation.answer.moves
    shown = tuple((move.workload, f"{goes_to(evaluation, move)}: {_chance(move)}") for move in moves)
    formula = "all models must pass for the proposal to hold; a model moves once for all its work"
    passes = f"all pass with a chance of {quantities.percent(evaluation.answer.chance_to_pass)}"
    return _reckoned("proof", "what is proven", formula, shown, passes)


def _chance(move: Move) -> str:
    return f"chance to pass {quantities.percent(move.chance)}" if move.proof == "untested" else proof_words(move) or "–"


def before_traces(evaluation: Evaluation, moves: Iterable[Move]) -> tuple[Trace, ...]:
    """Today's bill of several works."""
    return tuple(before_trace(evaluation, move) for move in moves)
