"""Plan texts for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from planner.plan.read import plan_from_data, plan_from_text
from planner.plan.schema import Plan
from planner.toml.text import printable

SMALL = """\
schema = 1
name = "Support assistant"
created = 2026-11-23
currency = "EUR"

[volume]                        # 1  what is my p95 token volume in the next 12 months?
growth_per_month = 0.06
profile = "office-hours"
baseline_api = "claude-sonnet-4-6"

[[workload]]
name = "ticket classification"
kind = "classification"
tokens_per_day = 6_000_000
input_tokens = 900
output_tokens = 60
cached_input_fraction = 0.5
batch_fraction = 0.0
latency = "interactive"
level = "routine"
route = "auto"
"""

COMMENTED = """\
# Plan of the support team.

# Ask Ada before changing anything.
schema = 1  # the only one there is
name = "Support assistant"
created = 2026-11-23
currency = "EUR"

# our own words
[volume]
growth_per_month = { low = 0.02, mid = 0.06, high = 0.1 }  # from the board deck
# imported in May
profile = "office-hours"

[[workload]]  # the big one
name = "tickets"
# measured, not guessed
tokens_per_day = 6_000_000
input_tokens = 900
output_tokens = 60

# second thoughts
[[workload]]
name = "chat"
requests_per_day = 2_000
input_tokens = 1_500
output_tokens = 300

[prices]  # what we negotiated

[[prices.api]]  # through the reseller
id = "claude-sonnet-4-6"
input_per_mtok = 2.7
output_per_mtok = 13.5
currency = "USD"
negotiated = true
source = "contract"
as_of = 2026-09-01
# the end
"""


def small_plan() -> Plan:
    return plan_from_text(SMALL)


texts = st.text(st.characters(codec="utf-8"), max_size=120)
long_texts = st.lists(
    st.sampled_from(["word", "a", "\t", " ", "  ", "\n", "\\", '"', "#", "ü", "x" * 30]), max_size=80
).map(" ".join)


def _shown(key: str) -> Callable[[dict[str, Any]], str]:
    """How an entry's name looks, capitals aside."""
    return lambda entry: printable(entry[key]).casefold()


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=60).filter(
    lambda text: bool(printable(text).strip())
)
amounts = st.floats(min_value=1e-6, max_value=1e15, allow_nan=False)
fractions = st.floats(min_value=0, max_value=1)
answers = st.sampled_from(["yes", "no", "unknown"])
days = st.dates()
partial_days = st.one_of(days, st.sampled_from(["2026", "2026-11", "2025-01"]))
ranges = st.lists(amounts, min_size=3, max_size=3).map(lambda v: dict(zip(("low", "mid", "high"), sorted(v))))  # noqa: B905


def _some(required: dict[str, st.SearchStrategy[object]], **optional: st.SearchStrategy[object]) -> st.SearchStrategy:
    return st.fixed_dictionaries(required, optional=optional)


workloads = _some(
    {"name": names, "tokens_per_day": amounts, "input_tokens": amounts, "output_tokens": st.just(7)},
    kind=st.sampled_from(["classification", "agent", "other"]),
    batch_fraction=fractions,
    resident=st.booleans(),
    max_context=st.integers(1, 10**6),
    note=texts,
)
api_prices = _some(
    {"id": names, "input_per_mtok": amounts, "output_per_mtok": amounts, "source": texts, "as_of": partial_days},
    cache_read_per_mtok=amounts,
    negotiated=st.booleans(),
    tiers=st.lists(_some({"above_input_tokens": st.integers(1, 10**6)}, input_per_mtok=amounts), max_size=2),
)
plan_tables = _some(
    {
        "schema": st.just(1),
        "name": names,
        "created": days,
        "workload": st.lists(
            workloads, min_size=1, max_size=4, unique_by=lambda entry: printable(entry["name"]).casefold()
        ),
    },
    description=st.one_of(texts, long_texts),
    currency=st.sampled_from(["EUR", "USD", "GBP"]),
    volume=_some(
        {},
        growth_per_month=st.one_of(fractions, st.just({"low": 0.0, "mid": 0.05, "high": 0.5})),
        profile_weights=st.lists(fractions, min_size=168, max_size=168),
        tokens_per_day_by_month=st.lists(amounts, min_size=12, max_size=12),
        note=texts,
    ),
    quality=_some({}, answer=answers, note=texts),
    operations=_some({}, gpu_experience=answers),
    choice=_some({}, prefer_gpus=st.lists(names, max_size=3), replicas=st.integers(0, 1000)),
    assumptions=st.dictionaries(names, st.one_of(amounts, ranges), max_size=4),
    prices=_some({}, api=st.lists(api_prices, max_size=3, unique_by=_shown("id"))),
    evidence=st.lists(
        _some(
            {"kind": st.just("usage"), "file": names, "imported": days, "rows_read": st.integers(0, 10**9)},
            summary=st.dictionaries(names, st.one_of(amounts, texts), max_size=3),
        ),
        max_size=2,
    ),
)
plans = plan_tables.map(plan_from_data)
"""Any plan at all, with the characters and numbers that break careless writers."""
