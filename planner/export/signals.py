"""What is watched: each number of the plan as a query on the real names of the engines' and the gateway's metrics.

Names are those of vLLM 0.33, SGLang 0.5.23, llama.cpp's server and LiteLLM 1.108; `tests.export.check` looks them up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

from planner.export.gateway import row_id
from planner.export.groups import Group, Setting
from planner.quantities import exact, to_digits
from planner.records import dataclass
from planner.words.exported import said

DIGITS: Final = 6
ENGINES: Final[Mapping[str, Mapping[str, str]]] = {
    "vllm": {
        "first": "vllm:time_to_first_token_seconds",
        "between": "vllm:inter_token_latency_seconds",
        "waiting": "vllm:num_requests_waiting",
        "running": "vllm:num_requests_running",
        "cache": "vllm:kv_cache_usage_perc",
        "read": "vllm:prompt_tokens_total",
        "written": "vllm:generation_tokens_total",
        "hits": "vllm:prefix_cache_hits_total",
        "asked": "vllm:prefix_cache_queries_total",
        "pushed_out": "vllm:num_preemptions_total",
    },
    "sglang": {
        "first": "sglang:time_to_first_token_seconds",
        "between": "sglang:inter_token_latency_seconds",
        "waiting": "sglang:num_queue_reqs",
        "running": "sglang:num_running_reqs",
        "cache": "sglang:token_usage",
        "read": "sglang:prompt_tokens_total",
        "written": "sglang:generation_tokens_total",
        "hits": "sglang:cached_tokens_total",
        "asked": "sglang:prompt_tokens_total",
        "pushed_out": "sglang:num_retracted_requests_total",
    },
    "llama-cpp": {
        "waiting": "llamacpp:requests_deferred",
        "running": "llamacpp:requests_processing",
        "read": "llamacpp:prompt_tokens_total",
        "written": "llamacpp:tokens_predicted_total",
    },
}
"""Counters as they are scraped, histograms without their ending. llama.cpp keeps no latencies."""
GATEWAY: Final[Mapping[str, str]] = {
    "spend": "litellm_spend_metric_total",
    "tokens": "litellm_total_tokens_metric_total",
    "requests": "litellm_proxy_total_requests_metric_total",
    "failed": "litellm_proxy_failed_requests_metric_total",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """One number to watch. `limit` is the plan's; an alert fires while `query` is `beyond` it for `minutes`."""

    id: str
    query: str
    unit: str
    limit: float | None
    beyond: str
    minutes: int
    title: str
    meaning: str

    @property
    def alert(self) -> str:
        """The condition; only of a signal with a limit."""
        return "" if self.limit is None else f"({self.query}) {self.beyond} {exact(to_digits(self.limit, DIGITS))}"


def signals_of(setting: Setting) -> tuple[Signal, ...]:
    """Of the replicas where the plan runs its own, then of the gateway."""
    return (*(_replicas(setting) if setting.runs_engine else ()), *_gateway(setting))


def tracked(setting: Setting) -> str | None:
    """The series that `planner track` reads; None where the engine keeps none of them."""
    m = ENGINES.get(setting.engine, {})
    if "first" not in m:
        return None
    return f'{{__name__=~"({m["first"]}|{m["between"]})_(bucket|sum|count)|{m["written"]}"}}'


def _signal(
    id: str, query: str, unit: str, limit: float | None = None, beyond: str = ">", minutes: int = 15, *names: str
) -> Signal:
    key = id.partition("__")[0]
    return Signal(id, query, unit, limit, beyond, minutes, said("signals", key, *names), said("meaning", key, *names))


def _replicas(setting: Setting) -> Iterator[Signal]:
    (choice, replica), evaluation = setting.fleet, setting.evaluation
    m, objectives = ENGINES[setting.engine], evaluation.inputs.objectives
    waits = any(group.workload.latency == "interactive" for group in setting.groups if group.on_replicas)
    serving = sum(pool.fewest_replicas - pool.spare_replicas for pool in setting.rollout.pools)
    yield _signal("replicas_up", 'sum(up{job="replicas"} or vector(0))', "short", max(serving, 1), "<", 5)
    if "first" in m:
        first = f"histogram_quantile(0.95, sum by (le) (rate({m['first']}_bucket[10m])))"
        yield _signal("first_token", first, "s", objectives.ttft_ms_p95 / 1000 if waits else None)
        between = f"sum(rate({m['between']}_sum[10m])) / sum(rate({m['between']}_count[10m]))"
        yield _signal("between_tokens", between, "s", objectives.tpot_ms / 1000 if waits else None)
    waiting = f"sum({m['waiting']}) / count({m['waiting']})"
    yield _signal("waiting", waiting, "short", replica.waiting_requests if waits else None)
    yield _signal("running", f"sum({m['running']})", "short")
    under_load = f"sum(rate({m['written']}[10m])) and sum({m['waiting']}) > 0"
    yield _signal("written", under_load, "short", choice.fleet_output_tok_s.low, "<", 30)
    if "cache" in m:
        yield _signal("cache_full", f"max({m['cache']})", "percentunit")
        yield _signal("pushed_out", f"sum(rate({m['pushed_out']}[10m]))", "short", 0.0, ">", 30)
        hits = f"sum(increase({m['hits']}[1d])) / sum(increase({m['asked']}[1d]))"
        planned = replica.cached_fraction or None
        yield _signal("cache_hits", hits, "percentunit", planned, "<", 60)


def _gateway(setting: Setting) -> Iterator[Signal]:
    g, rollout = GATEWAY, setting.rollout
    yield _signal("tokens_a_day", f"sum(increase({g['tokens']}[1d]))", "short", rollout.p95_day_tokens, ">", 60)
    outside = [row_id(group, group.outside) for group in setting.groups if group.outside is not None]
    if outside:
        spend = f"sum(increase({g['spend']}{{{_any(outside)}}}[1d]))"
        yield _signal("spend_a_day", spend, "currencyUSD", rollout.p95_day_outside_usd, ">", 60)
    for group in setting.groups:
        if group.overflow is not None:
            yield _overflow(group)
    failed = f"sum(rate({g['failed']}[10m])) / sum(rate({g['requests']}[10m]))"
    yield _signal("failed", failed, "percentunit")
    yield _signal("spend_by_name", f"sum by (requested_model) (increase({g['spend']}[1d]))", "currencyUSD")


def _overflow(group: Group) -> Signal:
    assert group.overflow is not None
    spend = f"sum(increase({GATEWAY['spend']}{{{_any([row_id(group, group.overflow)])}}}[1d]))"
    cents = max(math.ceil(group.setup.overflow_day_usd * 100), 1)
    return _signal(f"overflow__{group.name}", spend, "currencyUSD", cents / 100, ">", 60, group.name)


def _any(ids: list[str]) -> str:
    """Row ids are small letters, digits and hyphens: no escaping is needed."""
    return f'model_id=~"{"|".join(ids)}"' if len(ids) > 1 else f'model_id="{ids[0]}"'
