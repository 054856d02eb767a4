"""Where a warning leads and whether it is loud: what it is about in the app, and what of that could turn the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from planner.engine.specs import Evaluation
from planner.engine.specs.verdict import Notice, PriceKind
from planner.words.warnings import notice_words, without_stalest

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
