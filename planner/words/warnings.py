"""What a reader must be told beside the numbers: the engine's notices, and why a strategy is missing.

A warning leads to what it is about in the app, and is loud where that could turn the answer. What is neither used nor
proposed nor next best is not warned about: its price may be old, its licence may have conditions, nobody buys it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, get_args

from planner.engine.api_prices import average_over_week
from planner.engine.names import OWN_STRATEGIES
from planner.engine.specs import STRATEGIES, Evaluation, PriceUsed, StrategyLedger
from planner.engine.specs.verdict import Impossible, Notice, OfChoice, PriceKind
from planner.engine.units import MONTHS
from planner.quantities import count, dated_age, is_day, money, plain, significant, tight_share, volume
from planner.words.labels import STRATEGY_LABELS, gpu_name, licence_words, marked, model_name, product_name, rival_label
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
        found["conditions"] = licence_words(evaluation.catalog.models[choice.model].commercial_conditions)
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
    """The engine's notices of what is used or nearly is, each sentence once, and how much hangs on an old rent."""
    return tuple(dict.fromkeys(warning.text for warning in (*_noticed(evaluation), *_stalest(evaluation))))


def notices(evaluation: Evaluation) -> tuple[str, ...]:
    """The same, how many more there are, then one line for each strategy that is not possible or not allowed."""
    more = sum(not _concerns(evaluation, notice) for notice in evaluation.notices)
    folded = (sentence("folded", "one" if more == 1 else "some", count(more)),) if more else ()
    return tuple(dict.fromkeys((*notice_lines(evaluation), *folded, *_absences(evaluation))))


def every_notice(evaluation: Evaluation) -> tuple[str, ...]:
    """All that there is, for programs: also of what nobody proposes, and strategies under their ids."""
    lines = [notice_words(evaluation, notice) for notice in evaluation.notices]
    found = (*lines, without_stalest(evaluation), *_absences(evaluation, ids=True))
    return tuple(line for line in dict.fromkeys(found) if line)


def _absences(evaluation: Evaluation, *, ids: bool = False) -> Iterator[str]:
    for strategy in STRATEGIES:
        ledger = evaluation.ledgers[strategy]
        if not ledger.possible or not ledger.allowed:
            yield _absence(ledger, ids)


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


def _near(evaluation: Evaluation) -> tuple[StrategyLedger, ...]:
    """What is paid today, what is proposed and what is next best."""
    other, best = evaluation.answer.runner_up, evaluation.recommended
    names = ("api_today", *([] if best is None else [best.strategy]), *([] if other is None else [other.strategy]))
    return tuple(evaluation.ledgers[name] for name in dict.fromkeys(names))


def _own_counts(evaluation: Evaluation) -> bool:
    """Whether own GPUs are proposed, are next best, or would be the answer within the range of some input."""
    owned = any(ledger.strategy in OWN_STRATEGIES and ledger.same_as is None for ledger in _near(evaluation))
    turns = any(row.changes_sign for row in evaluation.sensitivity)
    return owned or turns or evaluation.is_self_hosting or evaluation.recommended is None


def _concerns(evaluation: Evaluation, notice: Notice) -> bool:
    """Whether it is about something that is used or nearly is."""
    price = notice.price
    if price is not None and price.kind == "fx":
        return price.id == evaluation.inputs.currency or _own_counts(evaluation)
    if price is not None and price.kind == "offer":
        return _offer_counts(evaluation, price.id)
    id = price.id if price is not None else notice.api
    if id and notice.kind != "not_rated":
        return _api_counts(evaluation, id)
    return notice.kind not in _OF_FLEET or _own_counts(evaluation)


_OF_FLEET: Final = frozenset((*get_args(OfChoice), "beyond_fleet"))


def _offer_counts(evaluation: Evaluation, id: str) -> bool:
    dedicated, near = evaluation.dedicated, {ledger.strategy for ledger in _near(evaluation)}
    if dedicated is not None and id == dedicated.offer:
        return evaluation.at_host or "dedicated" in near
    choice = evaluation.choice
    if choice is None or not _own_counts(evaluation):
        return False
    of_choice = {choice.offer, *(part.offer for part in choice.regions)}
    return id in of_choice or bool(choice.schedule) or "self_host" in near


def _api_counts(evaluation: Evaluation, id: str) -> bool:
    """Ledgers name what they pay by its name."""
    used = {id for move in evaluation.answer.moves for id in (move.runs_on, move.moves_to)}
    used |= {route.overflow_model or "" for route in evaluation.routes}
    names = {name for ledger in _near(evaluation) if ledger.months for name in ledger.reason.names}
    return id in used or evaluation.catalog.apis[id].name in names


def warned(evaluation: Evaluation) -> tuple[Warned, ...]:
    """The warnings that are not about a strategy that is out, those that could turn the answer first."""
    found = dict.fromkeys((*_noticed(evaluation), *_stalest(evaluation)))
    return tuple(sorted(found, key=lambda warning: not warning.loud))


def _noticed(evaluation: Evaluation) -> Iterator[Warned]:
    turning, told = _turning(evaluation), set[tuple[str, ...]]()
    for notice in evaluation.notices:
        if not _concerns(evaluation, notice) or (notice.kind == "not_rated" and notice.names in told):
            continue
        door, causes = _about(notice)
        text = notice_words(evaluation, notice)
        if notice.kind == "not_rated":
            told.add(notice.names)
            text = _not_rated(evaluation, notice) or text
        yield Warned(text, door, not turning.isdisjoint(causes))


def _not_rated(evaluation: Evaluation, notice: Notice) -> str:
    """All models that nobody has rated for the same work in one line; empty for one alone."""
    alike = [each.api for each in evaluation.notices if each.kind == "not_rated" and each.names == notice.names]
    models = " and ".join(model_name(evaluation, id) for id in alike)
    return sentence("folded", "not_rated", names=", ".join(notice.names), models=models) if alike[1:] else ""


def _about(notice: Notice) -> tuple[str, tuple[str, ...]]:
    if notice.price is not None:
        return f"assumptions/{notice.price.kind}.{notice.price.id}", PRICES[notice.price.kind]
    return _ABOUT.get(notice.kind) or (f"assumptions/api.{notice.api}", API)


def _stalest(evaluation: Evaluation) -> Iterator[Warned]:
    found, turning = evaluation.without_stalest, _turning(evaluation)
    if found is not None and _own_counts(evaluation):
        door = f"assumptions/offer.{found.offer}"
        yield Warned(without_stalest(evaluation), door, not turning.isdisjoint(PRICES["offer"]))


def _turning(evaluation: Evaluation) -> frozenset[str]:
    """Inputs whose range holds both a saving and a loss, and what of the answer itself is open."""
    answer = evaluation.answer
    moved = [row.input for row in evaluation.sensitivity if row.changes_sign]
    waits = [UNTESTED] if not answer.is_proven and answer.kind != "stay" else []
    return frozenset((ALWAYS, *moved, *waits, *([OWN_GPUS] if evaluation.is_self_hosting else [])))
