"""The words and marks of every view, so that a report and a screen call the same thing by the same name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from planner.engine.names import BEST_MIX, Destination, QuestionId, Recommendation, Strategy, Verdict3
from planner.quantities import Number, count, money, percent, share, significant
from planner.words.sentences import sentence, table

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation, MemoryFit, Offer, OwnLevel, Region, StrategyLedger

UNPROVEN: Final = "~"
"""Before a number, behind a name: it rests on a test that nobody has made yet."""
UNPROVEN_NOTE: Final = f"{UNPROVEN} The amount holds only if a test on your own prompts confirms the models."
NOT_ALLOWED: Final = "×"
"""Beside an amount or behind a name: the plan forbids it, or may not do it."""
STRATEGY_LABELS: Mapping[Strategy, str] = {
    "api_today": "API as today",
    "api_tuned": "API tuned",
    "hosted_open": "Hosted open model",
    "dedicated": "Dedicated endpoint",
    "self_host": "Self-host",
    "hybrid": "Hybrid",
}
STRATEGY_NAMES: Mapping[Strategy, str] = {
    "api_today": "API today",
    "api_tuned": "API tuned",
    "hosted_open": "hosted open",
    "dedicated": "dedicated",
    "self_host": "self-host",
    "hybrid": "hybrid",
}
"""Short, for tables and strips; sentences write the labels out."""
STRATEGY_MARKERS: Mapping[Strategy, str] = {
    "api_today": "●",
    "api_tuned": "○",
    "hosted_open": "◆",
    "dedicated": "◐",
    "self_host": "■",
    "hybrid": "▲",
}
"""Colour is never the only carrier: each strategy has its own mark, wherever it, or a place that it sends work to, is
named."""
NOWHERE: Final = "✗"
"""In place of such a mark: nothing is permitted."""

BECOMES: Mapping[Recommendation, str] = {
    "api": "an API",
    "hosted_open": "a hosted open model",
    "dedicated": "a dedicated endpoint",
    "hybrid": "own GPUs for the base load",
    "self_host": "own GPUs for all of it",
    "none": "nothing permitted",
}
"""The recommendation as what a verdict turns into."""
SIGNS: Final[Mapping[str, str]] = {
    UNPROVEN: "untested on your prompts",
    NOT_ALLOWED: "not allowed",
    "*": "not all 12 months are served",
    NOWHERE: "nothing permitted",
}
"""Beside the marks of the strategies."""
DESTINATION_LABELS: Mapping[Destination, str] = {
    "self_host": "self-host",
    "api": "API",
    "hosted_open": "hosted open",
    "dedicated": "dedicated",
    "none": "nowhere",
}

REGIONS: Mapping[Region, str] = {"eu": "EU", "us": "US", "apac": "Asia-Pacific"}

QUESTIONS: Mapping[QuestionId, str] = {
    "volume": "Is the token volume of the next 12 months over the break-even?",
    "quality": "Is the work simple enough for an open model?",
    "fine_tuning": "Are fine-tuned weights needed?",
    "operations": "Can you run GPUs, or hire someone who can?",
    "residency": "Must the data stay inside?",
    "rebenchmark": "Will you re-benchmark every six months?",
}
QUESTION_NAMES: Mapping[QuestionId, str] = {
    "volume": "Volume",
    "quality": "Quality",
    "fine_tuning": "Fine-tune",
    "operations": "Ops",
    "residency": "Data",
    "rebenchmark": "Re-bench",
}
ANSWER_MARKS: Mapping[Verdict3, str] = {"yes": "✓", "no": "✗", "unproven": "?"}

BUCKET_LABELS: Mapping[str, str] = {
    "api_input": "API input",
    "api_cached_input": "API cached input",
    "api_cache_write": "API cache writes",
    "api_output": "API output",
    "api_batch": "API batch tier",
    "dedicated_endpoints": "Dedicated endpoints",
    "gpu_used": "GPU rent, used",
    "gpu_idle": "GPU rent, idle",
    "redundancy": "Redundancy",
    "hardware": "Hardware, amortised",
    "power": "Power",
    "colocation": "Colocation",
    "setup_engineering": "Set-up engineering",
    "ongoing_engineering": "Ongoing engineering",
    "hiring": "Hiring",
    "observability": "Observability",
    "model_updates": "Model updates",
    "security": "Security",
    "storage_egress": "Storage and egress",
    "setup_fees": "Set-up fees",
    "commitment_owed": "Commitments owed unused",
    "credits": "Credits used",
    "vat": "VAT not reclaimed",
}

INPUT_LABELS: Mapping[str, str] = {
    "volume": "token volume",
    "growth": "growth a month",
    "api_change_per_year": "API prices, a year",
    "gpu_change_per_year": "GPU rent, a year",
    "throughput": "throughput of a replica",
    "own_work": "tokens of the own model",
    "headroom": "clumps of requests",
    "throughput_gain": "throughput gained, a year",
    "people": "people and set-up",
    "start_months": "start of own GPUs",
    "cached_shift": "cached share of input",
    "exchange": "exchange rate",
    "rent_level": "rent since it was seen",
    "hardware": "cost of bought servers",
}
"""What is moved alone to see what it does."""
LEVER_LABELS: Mapping[str, str] = {
    **INPUT_LABELS,
    "api_prices": "API price change a year",
    "gpu_rent": "GPU rent change a year",
    "people": "people and set-up costs",
}
"""What is moved until the recommendation changes."""

MONTH_NOTE = "A month is 730 h (30.4 days): 1.39 % more than the 30 days some articles count."
"""730 / 720 = 1.01389."""


def marked(text: str, *, untested: bool) -> str:
    """An amount as it is shown: behind the mark where it waits for a test. The one place that decides."""
    return f"{UNPROVEN}{text}" if untested and text else text


def cost_of(ledger: StrategyLedger, amount: Number | None, currency: str) -> str:
    """An amount of a strategy: its total, a month, a band."""
    return marked(money(amount, currency), untested=ledger.untested)


def bucket_label(bucket: str) -> str:
    """Label of a ledger line; an unknown one is shown by its name rather than lost."""
    return BUCKET_LABELS.get(bucket, bucket.replace("_", " "))


def api_label(id: str) -> str:
    """An API model beside a break-even, for programs: by its id; the best for each job is not one model."""
    return "best API mix" if id == BEST_MIX else id


def rival_label(evaluation: Evaluation, id: str) -> str:
    """What a break-even is against, as people say it."""
    return "the best API for each job" if id == BEST_MIX else model_name(evaluation, id)


def model_name(evaluation: Evaluation, id: str) -> str:
    """An endpoint or a model as people say it; what is not in the catalogue by its id."""
    return evaluation.catalog.name_of(id).partition(" + ")[0]


def a_period(per: str) -> str:
    """Of a price: an hour, a month, a year."""
    return f"an {per}" if per == "hour" else f"a {per}"


def provider_name(provider: str) -> str:
    """A company as it calls itself; price lists have ids."""
    name: str = table("providers").get(provider, provider)
    return name


def licence_words(note: str) -> str:
    """What a licence asks for; the files that say so have numbers, which only the catalogue knows."""
    return re.sub(r" ?\(public file ref [\d, ]+\)", " (by copies of it in public files)", note)


def product_name(offer: Offer) -> str:
    """What is rented, and of whom."""
    return f"{offer.provider} {offer.product}"


def gpu_name(evaluation: Evaluation, id: str) -> str:
    """A card as people say it."""
    return evaluation.catalog.name_of(id)


def settings_words(memory: MemoryFit) -> str:
    """What the engine starts with; the memory sum rests on it."""
    return (
        f"{count(memory.max_num_seqs)} sequences at once, steps of {count(memory.max_num_batched_tokens)} tokens and"
        f" {percent(memory.memory_fraction)} of the memory"
    )


def own_words(level: OwnLevel) -> str:
    """In place of a prediction that rests on the fit alone: "measured 2026-11-20, ±8 %"."""
    half = share(level.factor.high / level.factor.mid - 1)
    return sentence("measured", "own" if level.rows else "others", level.as_of or sentence("measured", "undated"), half)


def basis_words(level: OwnLevel | None) -> str:
    """What the figures of a sizing are."""
    return sentence("measured", "estimates" if level is None else "level_only")


def level_words(level: OwnLevel) -> str:
    """What the measurements made of the prediction, and how many there are."""
    rests = "both" if level.rows and level.other_rows else "own_rows" if level.rows else "other_rows"
    rows = sentence("measured", rests, count(level.rows), count(level.other_rows))
    return sentence("measured", "level", significant(level.factor.mid), rows)


def yes_words(evaluation: Evaluation) -> str:
    """How many of the six answers speak for own GPUs."""
    if not evaluation.yes_count:
        return sentence("yes", "none")
    return sentence("yes", "some", evaluation.yes_count, "s" if evaluation.yes_count == 1 else "")
