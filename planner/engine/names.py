"""The closed sets of words that stages and views exchange, apart from the values: a view starts without those."""

from __future__ import annotations

from typing import Final, Literal

Strategy = Literal["api_today", "api_tuned", "hosted_open", "dedicated", "self_host", "hybrid"]
STRATEGIES: tuple[Strategy, ...] = ("api_today", "api_tuned", "hosted_open", "dedicated", "self_host", "hybrid")
CLOSED_API_STRATEGIES: tuple[Strategy, ...] = ("api_today", "api_tuned")
SHARED_STRATEGIES: tuple[Strategy, ...] = (*CLOSED_API_STRATEGIES, "hosted_open")
"""By the token, on models that anybody may call."""
API_STRATEGIES: tuple[Strategy, ...] = (*SHARED_STRATEGIES, "dedicated")
"""Without own GPUs: `dedicated` is a host's endpoint for one customer, by the hour of a GPU, or with the customer's own
adapters by the token."""
OUTSIDE: tuple[Strategy, ...] = ("api_tuned", "hosted_open", "dedicated", "api_today")
"""The same where the cheapest is looked for: of two that cost the same, the one that was chosen for it."""
OWN_STRATEGIES: tuple[Strategy, ...] = ("hybrid", "self_host")
"""With own GPUs; a hybrid whose every route leads outside has none."""
OWN_MODEL: Final = "own-model"
"""What replicas of one's own call their model, at a gateway and in its log."""
BEST_MIX: Final = "best_mix"
"""Stands for every workload on its own cheapest allowed endpoint, where else the id of an API model stands."""
OUTSIDE_ONLY: Final = "outside"
Side = Strategy | Literal["outside"]
"""A strategy, or every workload on its cheapest allowed endpoint: a hybrid without own GPUs."""
Recommendation = Literal["api", "hosted_open", "dedicated", "hybrid", "self_host", "none"]
""""none": nothing that the plan permits can take the work."""
Destination = Literal["self_host", "api", "hosted_open", "dedicated", "none"]
QuestionId = Literal["volume", "quality", "fine_tuning", "operations", "residency", "rebenchmark"]
Verdict3 = Literal["yes", "no", "unproven"]
Level = Literal["basic", "routine", "solid", "expert", "frontier"]
LEVELS: tuple[Level, ...] = ("basic", "routine", "solid", "expert", "frontier")
"""From the lowest; where each begins is in the catalogue."""

OptionGround = Literal[
    "memory", "latency", "pin", "cache_size", "own_weights", "licence", "licence_eu", "generates", "embeds", "images",
    "context", "evaluated", "untested", "on_api", "level", "together", "route", "fill_in", "below_today", "no_figure",
]  # fmt: skip
"""The rule that keeps an open model or one of its layouts out: `words.refusals` tells each and what would change it."""
EndpointGround = Literal[
    "inside", "region", "not_served", "adapters", "price_record", "retires", "shared", "requests", "slow",
]  # fmt: skip
"""What keeps work from an endpoint, beside its context, its level and an evaluation."""
ReplicaGround = Literal[
    "kv_size", "tensor_parallel", "pipeline_parallel", "context_parallel", "max_context", "shortage", "state_blocks",
    "kv_dtype", "format", "vendor", "engine_capability", "architecture", "format_kernels", "capability",
    "vendor_fp8_cache", "fp8_cache",
]  # fmt: skip
"""What keeps one replica from running: its cut, its memory, the engine, or a kernel that is missing."""
START_GROUNDS: Final = (
    "state_blocks", "kv_dtype", "format", "vendor", "engine_capability", "architecture", "format_kernels",
    "capability", "vendor_fp8_cache", "fp8_cache",
)  # fmt: skip
"""Those of them that a larger card would not mend as such: the engine does not start with that."""
Ground = OptionGround | EndpointGround | ReplicaGround
Basis = Literal["proven", "reaches", "tuned"]
"""What lets work go to an open model: an evaluation, its level, or that its weights are the user's own."""
CaveatKind = Literal[
    "several_servers", "copies", "uneven", "assumed_memory", "unexplained", "no_checkpoint", "development", "licence",
    "no_arithmetic", "plugin", "waits", "objective", "shared_memory", "unused_rows",
]  # fmt: skip
