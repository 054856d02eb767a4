"""The answer in words: the verdict line, what each workload does, what it takes, what turns it, what to do first.

A number that rests on a test nobody has made yet carries `~` wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from planner import quantities
from planner.engine.api_prices import month_today
from planner.engine.names import OWN_STRATEGIES
from planner.engine.specs import AnswerStep, Evaluation, Flip, Move
from planner.engine.specs.answer import RunnerUp
from planner.engine.specs.verdict import TESTS_OF_MODELS
from planner.engine.units import MONTHS
from planner.quantities import count, percent, significant
from planner.words.labels import (
    BECOMES,
    LEVER_LABELS,
    STRATEGY_MARKERS,
    STRATEGY_NAMES,
    UNPROVEN,
    gpu_name,
    marked,
    model_name,
    provider_name,
)
from planner.words.ledger_notes import gap_mark, served_months
from planner.words.next_steps import step_words
from planner.words.sentences import as_sentence, sentence, table
from planner.words.verdict import deciding_fact, two_numbers

Audience = Literal["", "cfo", "engineer"]
NOTICED = 0.1
"""A mean month that is further from today's bill is told beside it."""
MOST_NAMES, MOST_FLIPS, MOST_STEPS, MOST_ENDPOINTS = 2, 3, 3, 3
"""Models that a line names, of more it says how many; lines of what turns the answer, steps, and endpoints."""


class Part(NamedTuple):
    """A piece of the verdict line, in full and in fewer and fewer cells."""

    key: Literal["headline", "best", "proof", "other"]
    texts: tuple[str, ...]


class Fact(NamedTuple):
    """A line of the answer page under its label; `door` is where what stands behind it is: `costs/risk`."""

    label: str
    text: str
    door: str = ""
    step: bool = False
    """Something to do."""


def verdict_parts(evaluation: Evaluation) -> tuple[Part, ...]:
    """What is proposed, today and then, how proven that is, and the next best."""
    answer = evaluation.answer
    headline = _headline(evaluation)
    short = headline.partition(",")[0]
    parts = [Part("headline", (headline, short, short.partition(" FOR ")[0])), Part("best", _money_of(evaluation))]
    parts.append(Part("proof", _proof(evaluation)))
    if answer.runner_up is not None and answer.kind != "stay":
        parts.append(Part("other", _next_best(evaluation, answer.runner_up)))
    return tuple(parts)


def in_a_sentence(evaluation: Evaluation) -> str:
    """What is proposed, inside a sentence: `switch models`."""
    return _spoken(_headline(evaluation))


def _spoken(headline: str) -> str:
    return headline.partition(",")[0].lower().replace("gpu", "GPU").replace("api", "API")


def verdict_line(evaluation: Evaluation) -> str:
    """The verdict on one line, its parts two blanks apart."""
    return "  ".join(part.texts[0] for part in verdict_parts(evaluation))


def _headline(evaluation: Evaluation) -> str:
    answer = evaluation.answer
    if answer.kind == "switch" and answer.same_models:
        return sentence("kinds", "batch")
    if answer.kind == "dedicated" and evaluation.ledgers["dedicated"].reason.kind == "adapters":
        return sentence("kinds", "adapters")
    return sentence("kinds", answer.kind)


def money(evaluation: Evaluation, amount: float | Decimal, *, proven: bool = True) -> str:
    """An amount in the plan's currency, with `~` where a test is still to come."""
    return marked(quantities.money(amount, evaluation.inputs.currency), untested=not proven)


def _money_of(evaluation: Evaluation) -> tuple[str, ...]:
    answer = evaluation.answer
    today = money(evaluation, answer.today)
    if answer.proposed is None:
        return (f"{today} a year today",)
    if answer.kind == "stay":
        return (f"{today} a year", today)
    proposed, best = money(evaluation, answer.proposed, proven=answer.is_proven), evaluation.recommended
    if best is not None and best.gap is not None:
        served = f"{proposed} for {served_months(best.gap)} of the 12 months"
        return (f"{today} → {served}", f"{today} → {proposed}{gap_mark(best, brief=True)}")
    return (f"{today} → {proposed} a year", f"{today} → {proposed}")


def _proof(evaluation: Evaluation) -> tuple[str, ...]:
    """How proven it is; of staying, why nothing else is proposed."""
    answer = evaluation.answer
    if answer.kind in ("none", "stay"):
        other = answer.runner_up
        cheaper = other is not None and other.total < answer.today
        key = "none" if answer.kind == "none" else "cheapest" if not cheaper else "not_proven"
        if cheaper and other is not None and other.proven:
            key = "not_worth"
        return tuple(table("proof")[key])
    if answer.proof == "untested":
        key = "one" if len(answer.untested) == 1 else "some"
        return (sentence("untested", key, named(evaluation, answer.untested)), "untested")
    if answer.proof == "proven" and answer.prompts:
        return (f"proven on {count(answer.prompts)} prompts", "proven")
    return ("proven",) if answer.proof == "proven" else tuple(table("proof")["same"])


def named(evaluation: Evaluation, ids: tuple[str, ...]) -> str:
    """Models as people say them: both of two, of more how many there are."""
    names = tuple(dict.fromkeys(model_name(evaluation, id) for id in ids))
    return " and ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} models"


def _next_best(evaluation: Evaluation, other: RunnerUp) -> tuple[str, ...]:
    """With the reason why not, where it costs less than what is proposed."""
    cost = money(evaluation, other.total, proven=other.proven) + gap_mark(evaluation.ledgers[other.strategy])
    name, proposed = STRATEGY_NAMES[other.strategy], evaluation.answer.proposed
    full = f"next best: {name} {cost}"
    if proposed is not None and other.total < proposed:
        full += f", {sentence('cheaper', 'own' if other.strategy in OWN_STRATEGIES else 'other')}"
    return (full, f"next best: {name} {cost}", f"next {STRATEGY_MARKERS[other.strategy]} {cost}")


def goes_to(evaluation: Evaluation, move: Move) -> str:
    """Where a workload would run, by the name of its model."""
    if not move.moves_to:
        return "nowhere"
    if move.moves_to == move.runs_on:
        return "the same"
    name = model_name(evaluation, move.moves_to)
    if move.destination == "self_host":
        return f"{name}, own servers"
    if move.destination == "dedicated":
        return f"{name}, at a host"
    return f"{name}, in batches" if move.batch_tier else name


def proof_words(move: Move) -> str:
    """How well it is known that the model does the work."""
    if move.proof == "untested":
        return f"{UNPROVEN} untested"
    if move.proof == "nothing_moves":
        return "same model" if move.moves_to else ""
    return f"{count(move.prompts)} prompts" if move.prompts else "proven"


def facts(evaluation: Evaluation, audience: Audience = "", *, brief: int = 0) -> tuple[Fact, ...]:
    """Everything of the page below its table, in the order of the page.

    `brief`: 1, steps without how they are judged; 2 and 3, one and two fewer lines of what turns it; 3 also two steps
    instead of three, and without what other lines tell as well; 4, amounts without what they are made of.
    """
    found = [
        *_by_hand(evaluation),
        *_today(evaluation, audience),
        *_ends(evaluation, brief=brief > 2),
        *(
            ()
            if audience == "engineer"
            else (*_saves(evaluation, brief=brief > 3), *_range(evaluation, brief=brief > 3))
        ),
        *_until_live(evaluation, brief=brief > 3),
        Fact("Because", _because(evaluation, brief=brief > 2), "costs/verdict"),
    ]
    found.append(Fact("It takes", takes_words(evaluation, brief=brief > 2), "assumptions/setup_weeks"))
    found += _machine(evaluation) if audience == "engineer" else []
    found += list(_flips(evaluation))[: max(MOST_FLIPS - max(brief - 1, 0), 1)]
    side = trade_side(evaluation)
    beside = "vs own GPUs: " if side == "api" else ""
    found.append(Fact("You give up", beside + ", ".join(table("gives_up_brief")[side]), "costs/verdict"))
    found.append(Fact("You gain", ", ".join(table("gains_brief")[side]), "costs/verdict"))
    found += list(_steps(evaluation, brief=brief > 0))[: MOST_STEPS - (brief > 2)]
    found.append(Fact("Not proven", _not_proven(evaluation), "costs/risk"))
    if audience == "cfo":
        found = [fact._replace(text=explained_text(fact.text)) for fact in found]
    return tuple(found)


def trade_side(evaluation: Evaluation) -> str:
    """Whose six and six: those of own GPUs, of a host, or of an API."""
    kind = evaluation.answer.kind
    if kind in OWN_STRATEGIES:
        return "own"
    if kind == "dedicated" and evaluation.ledgers["dedicated"].reason.kind == "adapters":
        return "adapters"
    return kind if kind in ("hosted_open", "dedicated") else "api"


def _because(evaluation: Evaluation, *, brief: bool) -> str:
    """What decided; two numbers where it is the volume."""
    answer, by_volume = evaluation.answer, evaluation.verdict.fact.kind in ("below_break_even", "never_pays")
    said = two_numbers(evaluation) if by_volume else as_sentence(deciding_fact(evaluation))
    switches = answer.kind == "switch" and not answer.same_models
    return f"{sentence('today', 'cheaper')} {said}" if switches and not brief else said


def _today(evaluation: Evaluation, audience: Audience) -> Iterator[Fact]:
    model, said = only_model(evaluation), []
    if model is not None:
        said.append(sentence("today", "only", model=model_name(evaluation, model)))
    inputs, mean = evaluation.inputs, float(evaluation.answer.today) / MONTHS
    now = sum(month_today(work, inputs, evaluation.catalog, evaluation.as_of) for work in inputs.workload)
    if audience != "engineer":
        key = "grows" if abs(now - mean) > NOTICED * mean else "pays"
        said.append(sentence("today", key, now=money(evaluation, now), mean=money(evaluation, mean)))
    if said:
        yield Fact("Today", " ".join(said), "questions/volume")


def _ends(evaluation: Evaluation, *, brief: bool) -> Iterator[Fact]:
    """A model in use that is switched off within the year: what it costs then is why its mean month is another."""
    used = {move.runs_on for move in evaluation.answer.moves}
    for notice in evaluation.notices:
        if notice.kind == "retires" and notice.api in used:
            after = sentence("today", "after" if notice.names else "nothing_after", names=", ".join(notice.names))
            day = evaluation.catalog.apis[notice.api].retires_on
            text = sentence(
                "today",
                "ends_brief" if brief else "ends",
                model=model_name(evaluation, notice.api),
                day=day,
                after=after,
            )
            yield Fact("Ends", text, f"assumptions/api.{notice.api}")


def _saves(evaluation: Evaluation, *, brief: bool) -> Iterator[Fact]:
    """What the change is worth, or costs where today's may not go on."""
    answer, best = evaluation.answer, evaluation.recommended
    if best is None or abs(answer.saving) < 1:
        return
    key = ("less" if answer.saving > 0 else "more") + ("_served" if best.gap is not None else "")
    key += "_brief" if brief and best.gap is not None else ""
    amount = money(evaluation, abs(answer.saving), proven=answer.is_proven)
    share = percent(float(answer.saving / answer.today)) if answer.today else ""
    text = sentence("saves", key, amount=amount, share=share)
    yield Fact("It saves" if answer.saving > 0 else "It costs", text, "costs/verdict")


def _range(evaluation: Evaluation, *, brief: bool) -> Iterator[Fact]:
    """What the proposal may come to once all that is unsure is drawn; its total holds list prices and passed tests."""
    best = evaluation.recommended
    if best is None or evaluation.risk is None or best.p90 <= best.p10:
        return
    low, high, mid = (money(evaluation, amount, proven=evaluation.answer.is_proven) for amount in best.band)
    key = "brief" if brief else "all" if evaluation.answer.is_proven else "tests"
    yield Fact("May come to", sentence("range", key, low=low, high=high, mid=mid), "costs/risk")


def _until_live(evaluation: Evaluation, *, brief: bool) -> Iterator[Fact]:
    """Work that nobody does until own GPUs are live."""
    best = evaluation.recommended
    if best is not None and best.gap is not None:
        months, work = significant(best.gap.months, 2), ", ".join(best.gap.work)
        yield Fact(
            "Until then",
            sentence("service", "gap_page_brief" if brief else "gap_page", work=work, months=months),
            "costs/verdict",
        )


def only_model(evaluation: Evaluation) -> str | None:
    """The id of the one model that all work runs on today; None where there are several."""
    found = {move.runs_on for move in evaluation.answer.moves}
    return next(iter(found)) if len(found) == 1 else None


def _by_hand(evaluation: Evaluation) -> Iterator[Fact]:
    hand = evaluation.answer.by_hand
    if hand is None:
        return
    key = "dearer" if hand.price > 0 else "cheaper" if hand.price < 0 else "same"
    text = sentence(
        "by_hand",
        key,
        names=", ".join((*hand.works, *map(evaluation.catalog.name_of, hand.pins))),
        total=money(evaluation, hand.total, proven=hand.proven),
        price=money(evaluation, abs(hand.price), proven=hand.proven and hand.free_proven),
        free=_spoken(sentence("kinds", hand.free_kind)),
        free_total=money(evaluation, hand.free_total, proven=hand.free_proven),
    )
    yield Fact("Set by hand", text, "routing" if hand.works else "sizing")


def takes_words(evaluation: Evaluation, *, brief: bool = False) -> str:
    """People, GPUs, the first month and tests; `brief`: of own GPUs without tests."""
    answer, takes = evaluation.answer, evaluation.answer.takes
    if answer.kind == "none":
        return sentence("takes", "none")
    cost = money(evaluation, takes.swap_cost)
    swapped = sentence("takes", "swap_paid" if takes.swap_cost else "swap", weeks=_weeks(takes.swap_weeks), cost=cost)
    swap = " ".join((*((swapped,) if takes.swap_weeks else ()), *_vendors(evaluation)))
    if takes.gpus:
        gpu = gpu_name(evaluation, takes.gpu)
        start = "not" if takes.start_month is None else f"from month {takes.start_month}"
        key = "own" if takes.setup_weeks and answer.kind in OWN_STRATEGIES else "host"
        machine = sentence(
            "takes",
            key,
            gpus=f"{takes.gpus} {gpu} GPU{'' if takes.gpus == 1 else 's'}",
            weeks=_weeks(takes.setup_weeks),
            people=percent(takes.engineer_fraction),
            start=start,
        )
        return " ".join(part for part in (_hiring(evaluation), machine, "" if brief else swap) if part)
    return swap or sentence("takes", "stay" if answer.kind == "stay" else "batch")


def _hiring(evaluation: Evaluation) -> str:
    takes = evaluation.answer.takes
    if not takes.hiring_months:
        return ""
    months = "1 month" if takes.hiring_months == 1 else f"{significant(takes.hiring_months, 2)} months"
    return sentence("takes", "hiring", months=months, cost=money(evaluation, takes.hiring_cost))


def _vendors(evaluation: Evaluation) -> Iterator[str]:
    """Providers that work goes to and that get none of it today."""
    apis, moves = evaluation.catalog.apis, evaluation.answer.moves
    today = {apis[move.runs_on].provider for move in moves}
    new = {apis[move.moves_to].provider: None for move in moves if move.moves_to in apis}
    if names := [name for name in new if name not in today]:
        yield sentence("takes", "vendors", names=" and ".join(map(provider_name, names)))


def _weeks(weeks: float) -> str:
    return "1 week" if weeks == 1 else f"{significant(weeks, 2)} weeks"


def _machine(evaluation: Evaluation) -> Iterator[Fact]:
    """What an engineer asks first: endpoints and their prices; the model, the GPU, the settings, TTFT and TPOT."""
    apis, choice = evaluation.catalog.apis, evaluation.running
    used = dict.fromkeys(move.moves_to for move in evaluation.answer.moves if move.moves_to in apis)
    for number, api in enumerate(apis[id] for id in list(used)[:MOST_ENDPOINTS]):
        text = sentence(
            "machine",
            "endpoint",
            model=api.name,
            provider=provider_name(api.provider),
            read=quantities.price(api.input_usd_per_mtok),
            written=quantities.price(api.output_usd_per_mtok),
        )
        yield Fact("" if number else "Endpoints", text, "routing")
    if choice is None or not (evaluation.is_self_hosting or evaluation.at_host):
        return
    rate, flags = choice.performance, choice.memory
    text = sentence(
        "machine",
        "runs",
        c=choice,
        model=model_name(evaluation, choice.model),
        gpu=gpu_name(evaluation, choice.gpu),
        engine=choice.deployment.engine.name,
    )
    yield Fact("Machine", text, "sizing")
    yield Fact("Flags", sentence("machine", "flags", f=flags, c=choice), "sizing")
    speed = sentence(
        "machine",
        "speed" if choice.deployment.writes else "reads",
        ttft=quantities.milliseconds(choice.ttft_ms_p95),
        tpot=quantities.interval(rate.tpot_ms, "ms"),
        rate=quantities.interval(choice.fleet_tok_s, "tok/s"),
    )
    yield Fact("Speed", speed, "sizing")


def _flips(evaluation: Evaluation) -> Iterator[Fact]:
    told = [Fact("", text, "questions/quality") for text in _failing(evaluation)]
    told += [Fact("", flip_words(flip, evaluation), "costs/sensitivity") for flip in evaluation.answer.flips]
    told = told[:MOST_FLIPS] or [Fact("", table("turns")["nothing"], "costs/sensitivity")]
    yield told[0]._replace(label="It flips if")
    yield from told[1:]


def _failing(evaluation: Evaluation) -> Iterator[str]:
    """What a failed test does, which no range of a number holds."""
    answer = evaluation.answer
    if answer.untested:
        ending = {notice.api for notice in evaluation.notices if notice.kind == "retires"}
        ends = any(move.proof == "untested" and move.runs_on in ending for move in answer.moves)
        barred = not answer.today_allowed or evaluation.is_self_hosting or ends
        key = f"failed{'' if len(answer.untested) == 1 else '_some'}{'_barred' if barred else ''}"
        yield sentence("turns", key, names=named(evaluation, answer.untested))


def flip_words(flip: Flip, evaluation: Evaluation | None = None) -> str:
    """What would have to change, and what the answer then is.

    Own GPUs begin to pay at the break-even, and are recommended where they save enough: that volume is a higher one.
    """
    then = "" if flip.becomes is None else BECOMES[flip.becomes]
    change = f"{quantities.low_end(flip.from_value, flip.unit)} → {quantities.with_unit(flip.to_value, flip.unit)}"
    to = flip.to_value or 0.0
    key = "no_people" if flip.input == "people" and not to else flip.input
    point = None if evaluation is None else evaluation.against_best
    if key == "volume" and flip.becomes in OWN_STRATEGIES and point is not None and point.with_people is not None:
        key = "volume_surely"
    return sentence(
        "turns",
        key if key in table("turns") else "other",
        label=LEVER_LABELS.get(flip.input, flip.input),
        change=change,
        now=quantities.with_unit(flip.from_value, flip.unit),
        to=quantities.with_unit(flip.to_value, flip.unit),
        moves="fall" if to < 0 else "rise",
        size=quantities.with_unit(abs(to), flip.unit),
        times=significant(flip.to_value, 2),
        share=percent(flip.to_value),
        then=then,
    )


IMPORT: Final = "import"
"""The door to a file of one's own: in the app a picker, elsewhere a command."""
DOORS: Final[Mapping[str, str]] = {
    "import_logs": IMPORT,
    "import_newer_logs": IMPORT,
    "evaluate": "questions/quality",
    "compare_search": "questions/quality",
    "measure_throughput": "sizing",
    "cache_and_batch": "questions/volume",
    "send_a_share": "routing",
    "load_adapter": "routing",
    "deploy_at_host": "routing",
    "ask_terms": "questions/residency",
    "agree_on_people": "questions/operations",
    "fix_prices": "assumptions/api_price_change_per_year",
    "rent_one": "sizing",
    "watch_bill": "costs/ledger",
    "watch_fleet": "sizing",
    "check_later": "questions/volume",
    "reprice": "assumptions",
    "stop_rule": "routing",
    "loosen": "sizing",
    "leave_model": "questions/volume",
}
"""Where the outcome of a step is put into the plan, or where what it is about can be seen."""


def _steps(evaluation: Evaluation, *, brief: bool) -> Iterator[Fact]:
    for number, step in enumerate(evaluation.answer.steps, start=1):
        text = f"{number}. {step_line(evaluation, step, brief=brief)}"
        yield Fact("" if number > 1 else "Do first", text, DOORS[step.step.kind], step=True)


def step_line(evaluation: Evaluation, step: AnswerStep, *, brief: bool = False) -> str:
    """What to do, and what rests on it."""
    told = step_words(evaluation, step.step, brief=brief)
    if step.saving < 1:
        return told
    tested = step.step.kind in TESTS_OF_MODELS
    worth = money(evaluation, step.saving, proven=not tested and evaluation.answer.is_proven)
    return f"{told} {worth} a year rests on it."


def _not_proven(evaluation: Evaluation) -> str:
    answer = evaluation.answer
    if answer.proof != "untested":
        key = "own" if answer.kind in OWN_STRATEGIES and evaluation.likelihood_counts else "nothing"
        return sentence("not_proven", key, share=percent(evaluation.verdict.probability_cheaper))
    tests = [n for n, step in enumerate(answer.steps, start=1) if step.step.kind in TESTS_OF_MODELS]
    key = "models" if any(move.chance < 1 for move in answer.moves) else "weights"
    told = sentence("not_proven", key, _chances(evaluation) if key == "models" else named(evaluation, answer.untested))
    if not tests:
        return told
    several = len(tests) > 1 and len(answer.untested) > 1
    steps = " and ".join(map(str, tests)) if several else tests[0]
    return f"{told} {sentence('not_proven', 'tests' if several else 'test', steps)}"


def _chances(evaluation: Evaluation) -> str:
    """Of each model; of many the least and the most."""
    found: dict[str, float] = {}
    for move in evaluation.answer.moves:
        if move.proof == "untested":
            found[move.moves_to] = min(found.get(move.moves_to, 1.0), move.chance)
    low, high = min(found.values()), max(found.values())
    if len(found) > MOST_NAMES:
        return f"{len(found)} models, {percent(low)}{'' if low == high else f' to {percent(high)}'}"
    return ", ".join(f"{model_name(evaluation, id)} {percent(chance)}" for id, chance in found.items())


def explained_text(text: str) -> str:
    """The first use of each term of the trade is followed by what it is."""
    for term, meaning in table("terms").items():
        text = re.sub(rf"\b({term})(?![\w-])", rf"\1 ({meaning})", text, count=1, flags=re.IGNORECASE)
    return text
