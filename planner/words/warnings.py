"""What a reader must be told beside the numbers: the engine's notices, and why a strategy is missing.

A warning leads to what it is about in the app, and is loud where that could turn the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from planner.engine.api_prices import average_over_week
from planner.engine.specs import STRATEGIES, Evaluation, PriceUsed, StrategyLedger
from planner.engine.specs.verdict import Impossible, Notice, PriceKind
from planner.engine.units import MONTHS
from planner.quantities import count, dated_age, is_day, money, plain, significant, tight_share, volume
from planner.words.labels import STRATEGY_LABELS, gpu_name, marked, model_name, product_name, rival_label
from planner.words.reasons import ledger_reason
from planner.words.refusals import because
from planner.words.sentences import sentence
from planner.words.traces import price_label


def notice_words(evaluation: Evaluation, notice: Notice) -> str:
    """One notice."""
    if notice.price is not None and notice.kind == "stale":
        return _stale(evaluation, notice.price)
    if notice.impossible is not None:
        return _impossible(evaluation, notice.impossible)
    said = sentence("notices", notice.kind, **_figures(evaluation, notice))
    if notice.kind != "retires":
        return said
    return (
        f"{said}. From then on its work is priced as {', '.join(notice.names)}."
        if notice.names
        else f"{said}. Nothing that the plan permits may follow it."
    )


def _figures(evaluation: Evaluation, notice: Notice) -> dict[str, object]:
    """What any of the sentences may name."""
    currency, choice = evaluation.inputs.currency, evaluation.choice
    known = tuple(model_name(evaluation, name) if notice.kind == "few_prompts" else name for name in notice.names)
    found: dict[str, object] = {"names": ", ".join(known), "amount": notice.amount, "day": notice.day}
    found |= {"beside": notice.beside, "today": evaluation.as_of}
    if notice.price is not None:
        found["label"] = price_label(evaluation, notice.price)
    found["why"] = "" if notice.why is None else because(notice.why)
    found |= {"extra": money(notice.amount, currency), "used": money(notice.beside, currency)}
    found["when"] = f"month {count(notice.amount)}" if notice.amount else "after month 12"
    if notice.api:
        api = evaluation.catalog.apis[notice.api]
        found |= {"api": api, "above": tight_share(average_over_week(api) - 1)}
        found |= {"factor": plain(api.peak_factor), "hours": plain(api.peak_hours_per_week)}
    if choice is not None:
        offer = evaluation.offer_of(choice)
        found |= {"offer": product_name(offer), "market": offer.market}
        found |= {"model": evaluation.catalog.models[choice.model], "ttft": significant(choice.ttft_ms_p95)}
        found["gpu"] = gpu_name(evaluation, offer.gpu_id)
        found["rent"] = money(choice.gpu_monthly_cost * MONTHS, currency)
        found["objective"] = count(evaluation.inputs.objectives.ttft_ms_p95)
    for point in evaluation.break_even[:1]:
        found |= {"against": rival_label(evaluation, point.api_model), "carries": volume(point.capacity_tokens_per_day)}
    return found


def _stale(evaluation: Evaluation, price: PriceUsed) -> str:
    told = dated_age(price.as_of, price.age_days)
    return f"{price_label(evaluation, price)}: its price is of {price.as_of}, {told}."


def _impossible(evaluation: Evaluation, found: Impossible) -> str:
    run, catalog = found.benchmark, evaluation.catalog
    gpus = "one such card" if found.gpus == 1 else f"{count(found.gpus)} such cards"
    figures = {"model": catalog.models[run.model].name, "gpu": gpu_name(evaluation, run.gpu), "gpus": gpus}
    figures |= {
        "amount": significant(run.output_tok_s),
        "running": plain(run.concurrency),
        "against": significant(found.most_tok_s),
    }
    return sentence("notices", "impossible", **figures)


def without_stalest(evaluation: Evaluation) -> str:
    """What the fleet would be without the oldest rent it rests on; empty where all are fresh."""
    found = evaluation.without_stalest
    if found is None:
        return ""
    offers, catalog = evaluation.catalog.offers, evaluation.catalog
    as_of = offers[found.offer].citation.as_of
    seen = f"was seen {count(found.age_days)} days ago" if is_day(as_of) else f"is of {as_of}, the day not on record"
    named = {"offer": product_name(offers[found.offer]), "seen": seen}
    if found.total_instead is None:
        return sentence("sure", "stalest_alone", **named)
    return sentence(
        "sure",
        "stalest",
        **named,
        model=catalog.models[found.model].name,
        gpu=gpu_name(evaluation, found.gpu),
        instead=product_name(offers[found.instead]),
        other=marked(money(found.total_instead, evaluation.inputs.currency), untested=found.untested_instead),
        total=marked(money(found.total, evaluation.inputs.currency), untested=found.untested),
    )


def notice_lines(evaluation: Evaluation) -> tuple[str, ...]:
    """The engine's notices, each sentence once, and how much the fleet hangs on an old rent."""
    lines = [notice_words(evaluation, notice) for notice in evaluation.notices]
    return tuple(line for line in dict.fromkeys((*lines, without_stalest(evaluation))) if line)


def notices(evaluation: Evaluation, *, ids: bool = False) -> tuple[str, ...]:
    """The same, then one line for each strategy that is not possible or not allowed; `ids`: programs know them by."""
    ledgers = (evaluation.ledgers[strategy] for strategy in STRATEGIES)
    absent = (_absence(ledger, ids) for ledger in ledgers if not ledger.possible or not ledger.allowed)
    return tuple(dict.fromkeys((*notice_lines(evaluation), *absent)))


def _absence(ledger: StrategyLedger, ids: bool) -> str:
    state, label = "not allowed" if ledger.months else "not possible", STRATEGY_LABELS[ledger.strategy]
    name = f"{ledger.strategy} ({label})" if ids else label
    return f"{name} is {state}: {ledger_reason(ledger.reason)}."


ALWAYS, UNTESTED, OWN_GPUS = "always", "untested", "own GPUs"
"""What makes a warning loud beside an input: it is of the answer itself; a test is to come; work goes to own GPUs."""
VOLUME: Final = ("volume", "growth")
API: Final = ("api_change_per_year",)
PRICES: Final[Mapping[PriceKind, tuple[str, ...]]] = {
    "api": API,
    "offer": ("gpu_change_per_year", "rent_level", "hardware"),
    "fx": ("exchange",),
}


class Warned(NamedTuple):
    """A warning with its way: `questions/volume`, `assumptions/offer.…`."""

    text: str
    door: str
    loud: bool
    """Within its range what it is about turns the answer."""


_ABOUT: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    **dict.fromkeys(
        ("volume_estimated", "half_and_half", "p95_above", "p95_below", "months_jump", "months_growth", "p95_short",
         "p95_long", "context_short"),
        ("questions/volume", VOLUME),
    ),
    "tokenizer": ("questions/volume", ("own_work",)),
    **dict.fromkeys(("no_api_may", "served_from"), ("questions/residency", ())),
    **dict.fromkeys(("today_misses", "not_rated", "against_judgement"), ("questions/quality", (ALWAYS,))),
    **dict.fromkeys(("few_prompts", "provisional"), ("questions/quality", (UNTESTED,))),
    "adapters_only": ("questions/fine_tuning", ()),
    "speed_unknown": ("questions/operations", ()),
    **dict.fromkeys(("embed_anew", "beyond_shared"), ("routing", ())),
    **dict.fromkeys(("dear_override", "override_in_vain"), ("routing", (ALWAYS,))),
    **dict.fromkeys(("thinks_more", "tell_not_to_think"), ("routing", ("own_work",))),
    "cache_moved": ("routing", ("cached_shift",)),
    "discount_left": ("routing", API),
    **dict.fromkeys(("commitment_owed", "commitment_unused"), ("costs/ledger", ())),
    "impossible": ("sizing", ("throughput",)),
    **dict.fromkeys(
        ("offer_gone", "desktop", "geforce", "interrupted", "offer_market", "commitment", "licence"),
        ("sizing", (OWN_GPUS,)),
    ),
    "slow_first_token": ("assumptions/ttft_ms_p95", (OWN_GPUS,)),
    "beyond_fleet": ("costs/break-even", ("volume",)),
}  # fmt: skip
"""By the kind of notice; those of a price or an endpoint lead to its line."""


def warned(evaluation: Evaluation) -> tuple[Warned, ...]:
    """The warnings that are not about a strategy that is out, those that could turn the answer first."""
    found = dict.fromkeys((*_noticed(evaluation), *_stalest(evaluation)))
    return tuple(sorted(found, key=lambda warning: not warning.loud))


def _noticed(evaluation: Evaluation) -> Iterator[Warned]:
    turning = _turning(evaluation)
    for notice in evaluation.notices:
        door, causes = _about(notice)
        yield Warned(notice_words(evaluation, notice), door, not turning.isdisjoint(causes))


def _about(notice: Notice) -> tuple[str, tuple[str, ...]]:
    if notice.price is not None:
        return f"assumptions/{notice.price.kind}.{notice.price.id}", PRICES[notice.price.kind]
    return _ABOUT.get(notice.kind) or (f"assumptions/api.{notice.api}", API)


def _stalest(evaluation: Evaluation) -> Iterator[Warned]:
    found, turning = evaluation.without_stalest, _turning(evaluation)
    if found is not None:
        door = f"assumptions/offer.{found.offer}"
        yield Warned(without_stalest(evaluation), door, not turning.isdisjoint(PRICES["offer"]))


def _turning(evaluation: Evaluation) -> frozenset[str]:
    """Inputs whose range holds both a saving and a loss, and what of the answer itself is open."""
    answer = evaluation.answer
    moved = [row.input for row in evaluation.sensitivity if row.changes_sign]
    waits = [UNTESTED] if not answer.is_proven and answer.kind != "stay" else []
    return frozenset((ALWAYS, *moved, *waits, *([OWN_GPUS] if evaluation.is_self_hosting else [])))
