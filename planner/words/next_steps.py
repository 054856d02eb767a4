"""What to do next, in words: the cheapest test, what to try, and the numbers to watch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from planner.engine.specs import Evaluation
from planner.engine.specs.names import API_STRATEGIES
from planner.engine.specs.verdict import NextStep
from planner.quantities import count, money, tight_share, tokens_a_day

PROMPTS = 200
BUSY = 0.3
"""Below this utilisation there is nothing to watch: the fleet is there for other reasons."""
BILL_MARGIN = 1.1
"""A bill this much over the plan is worth a look."""


def step_words(evaluation: Evaluation, step: NextStep) -> str:
    """One thing to do."""
    if step.kind in _COMPOSED:
        return _COMPOSED[step.kind](evaluation)
    work = next((w for w in evaluation.inputs.workload if w.name == step.workload), None)
    today = "" if work is None else evaluation.inputs.api_today(work)
    return _STEPS[step.kind].format(step=step, today=today, choice=evaluation.choice, prompts=PROMPTS)


def next_steps(evaluation: Evaluation) -> tuple[str, ...]:
    """All of them, the cheapest test first."""
    return tuple(step_words(evaluation, step) for step in evaluation.verdict.next_steps)


_STEPS: Final[Mapping[str, str]] = {
    "import_logs": "Import 30 days of usage logs: volume, split and cache share decide most.",
    "evaluate": (
        "Run {prompts} of your own prompts of {step.workload} through {step.model} and {today}, graded blind."
    ),
    "compare_search": (
        "Search a sample of {step.workload} with {prompts} real queries on {step.model} and on {today}; compare hits."
    ),
    "import_newer_logs": (
        "Import 30 days of newer usage logs: within its range the volume or its mix turns the answer."
    ),
    "measure_throughput": "Rent one {choice.gpu} for two hours and measure throughput with your own prompts.",
    "agree_on_people": (
        "Agree on who runs the GPUs and for how many hours a week: within its range that turns the answer."
    ),
    "fix_prices": (
        "Ask for a price fixed for 12 months: within their range prices turn the answer, and nothing measures them."
    ),
    "check_later": "Check the volume again in three months; nothing cheaper would change the answer.",
    "stop_rule": (
        "Stop if quality on your prompts falls more than the margin, or if overflow exceeds the plan by half."
    ),
    "send_a_share": "Send 5 % of {step.workload} to {step.model} for two weeks and compare accepted answers.",
    "ask_terms": "Ask the host for its zero-retention terms, region and rate limits in writing.",
    "cache_and_batch": "Turn on prompt caching and the batch tier where the work allows.",
    "reprice": "Re-price this plan when prices are 30 days old, or when volume doubles.",
}


def _rent_one(evaluation: Evaluation) -> str:
    choice = evaluation.choice
    assert choice is not None
    where = f"at {choice.provider}"
    if choice.purchase_total:
        where = f"before {money(choice.purchase_total, evaluation.inputs.currency)} is spent on your own"
    return f"Rent one {choice.gpu} {where} and run {choice.model} ({choice.weights}) on real traffic for 30 days."


def _watch_fleet(evaluation: Evaluation) -> str:
    inputs, choice = evaluation.inputs, evaluation.choice
    assert choice is not None
    inside = {r.workload for r in evaluation.routes if r.destination == "self_host"}
    watched = [f"{count(choice.fleet_output_tok_s.low)} output tokens/s or more under load"]
    if any(w.name in inside and w.latency == "interactive" for w in inputs.workload):
        ttft, tpot = count(inputs.objectives.ttft_ms_p95), count(inputs.objectives.tpot_ms)
        watched.insert(0, f"p95 TTFT under {ttft} ms, TPOT under {tpot} ms")
    if choice.utilisation >= BUSY:
        watched.append(f"utilisation over {tight_share(choice.utilisation)}")
    return f"Watch: {', '.join(watched)}."


def _watch_bill(evaluation: Evaluation) -> str:
    """Thresholds of the first 30 days without own GPUs."""
    demand, best = evaluation.demand, evaluation.against_best
    api = evaluation.cheapest(API_STRATEGIES)
    watched = []
    if api is not None and api.allowed:
        month = float(api.total) / 12 * BILL_MARGIN
        watched.append(f"a bill under {money(month, evaluation.inputs.currency, cents=False)}")
    if demand.cached_fraction > 0:
        watched.append(f"{tight_share(demand.cached_fraction)} or more of the input read from the cache")
    if best is not None and best.with_people is not None:
        pays = tokens_a_day(best.with_people)
        below = demand.mean_tokens_per_day < best.with_people
        watched.append(
            f"volume under {pays}, where own GPUs begin to pay"
            if below
            else f"volume: from {pays} own GPUs pay in the long run"
        )
    return f"Watch for 30 days: {', '.join(watched) or 'the bill'}."


_COMPOSED: Final[Mapping[str, Callable[[Evaluation], str]]] = {
    "rent_one": _rent_one,
    "watch_fleet": _watch_fleet,
    "watch_bill": _watch_bill,
}
