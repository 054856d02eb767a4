"""The closed sets of words that stages and views exchange, apart from the values: a view starts without those."""

from __future__ import annotations

from typing import Final, Literal

Strategy = Literal["api_today", "api_tuned", "hosted_open", "self_host", "hybrid"]
STRATEGIES: tuple[Strategy, ...] = ("api_today", "api_tuned", "hosted_open", "self_host", "hybrid")
CLOSED_API_STRATEGIES: tuple[Strategy, ...] = ("api_today", "api_tuned")
API_STRATEGIES: tuple[Strategy, ...] = (*CLOSED_API_STRATEGIES, "hosted_open")
"""Without own GPUs."""
OUTSIDE: tuple[Strategy, ...] = ("api_tuned", "hosted_open", "api_today")
"""The same where the cheapest is looked for: of two that cost the same, the one that was chosen for it."""
OWN_STRATEGIES: tuple[Strategy, ...] = ("hybrid", "self_host")
"""With own GPUs; a hybrid whose every route leads outside has none."""
BEST_MIX: Final = "best_mix"
"""Stands for every workload on its own cheapest allowed endpoint, where else the id of an API model stands."""
Recommendation = Literal["api", "hosted_open", "hybrid", "self_host"]
Destination = Literal["self_host", "api", "hosted_open"]
QuestionId = Literal["volume", "quality", "fine_tuning", "operations", "residency", "rebenchmark"]
Verdict3 = Literal["yes", "no", "unproven"]
Level = Literal["routine", "solid", "frontier"]
LEVELS: tuple[Level, ...] = ("routine", "solid", "frontier")
