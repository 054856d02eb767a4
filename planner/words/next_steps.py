"""What to do next: the cheapest test first, then what to try and the numbers to watch."""

from __future__ import annotations

from planner.engine.recommendation import VerdictInputs
from planner.engine.specs import Choice, Recommendation, RouteShare, Workload
from planner.quantities import money, tokens_a_day

PROMPTS = 200
VOLUME_INPUTS = frozenset({"volume", "growth", "cached_shift"})
PRICE_INPUTS = frozenset({"api_change_per_year", "gpu_change_per_year"})
BUSY = 0.3
"""Below this utilisation there is nothing to watch: the fleet is there for other reasons."""
BILL_MARGIN = 1.1
"""A bill this much over the plan is worth a look."""


def next_steps(case: VerdictInputs, recommendation: Recommendation) -> tuple[str, ...]:
    """What to do, the cheapest test first, with the numbers to watch."""
    steps = [cheapest_test(case, recommendation)]
    choice = case.facts.choice
    if recommendation in ("hybrid", "self_host") and choice is not None:
        steps += _try_own(case, choice)
    elif recommendation == "hosted_open":
        steps += [*_try_hosted(case), _watch_bill(case)]
    else:
        steps += ["Turn on prompt caching and the batch tier where the work allows.", _watch_bill(case)]
    steps.append("Re-price this plan when prices are 30 days old, or when volume doubles.")
    return tuple(dict.fromkeys(steps))


def _try_own(case: VerdictInputs, choice: Choice) -> list[str]:
    inputs = case.facts.inputs
    inside = {r.workload for r in case.facts.routes if r.destination == "self_host"}
    watched = [f"{choice.fleet_output_tok_s.low:,.0f} output tokens/s or more under load"]
    if any(w.name in inside and w.latency == "interactive" for w in inputs.workload):
        watched.insert(
            0, f"p95 TTFT under {inputs.objectives.ttft_ms_p95:,.0f} ms, TPOT under {inputs.objectives.tpot_ms:,.0f} ms"
        )
    if choice.utilisation >= BUSY:
        watched.append(f"utilisation over {choice.utilisation:.0%}")
    where = f"at {choice.provider}"
    if choice.purchase_total:
        where = f"before {money(choice.purchase_total, case.currency)} is spent on your own"
    return [
        f"Rent one {choice.gpu} {where} and run {choice.model} ({choice.weights}) on real traffic for 30 days.",
        f"Watch: {', '.join(watched)}.",
        "Stop if quality on your prompts falls more than the margin, or if overflow exceeds the plan by half.",
    ]


def _try_hosted(case: VerdictInputs) -> list[str]:
    moved = next((r for r in case.facts.routes if r.destination == "hosted_open"), None)
    steps = ["Ask the host for its zero-retention terms, region and rate limits in writing."]
    if moved is not None:
        trial = f"Send 5 % of {moved.workload} to {moved.model} for two weeks and compare accepted answers."
        steps.insert(0, trial)
    return steps


def _watch_bill(case: VerdictInputs) -> str:
    """Thresholds of the first 30 days without own GPUs."""
    demand, best = case.facts.demand, case.facts.against_best
    watched = []
    if case.best_api is not None:
        watched.append(f"a bill under {money(case.best_api[1] / 12 * BILL_MARGIN, case.currency, cents=False)}")
    if demand.cached_fraction > 0:
        watched.append(f"{demand.cached_fraction:.0%} or more of the input read from the cache")
    if best is not None and best.with_people is not None:
        below = demand.mean_tokens_per_day < best.with_people
        side = (
            "volume under {}, where own GPUs begin to pay" if below else "volume: from {} own GPUs pay in the long run"
        )
        watched.append(side.format(tokens_a_day(best.with_people)))
    return f"Watch for 30 days: {', '.join(watched) or 'the bill'}."


def cheapest_test(case: VerdictInputs, recommendation: Recommendation) -> str:
    """The cheapest measurement that would settle it: logs, then prompts, then two hours of a card."""
    deciding = [s.input for s in case.deciders]
    if case.facts.inputs.volume.known != "yes":
        return "Import 30 days of usage logs: volume, split and cache share decide most."
    untested = _largest_untested(case, recommendation)
    if untested is not None:
        return _evaluate(case, *untested)
    if deciding and deciding[0] in VOLUME_INPUTS:
        return "Import 30 days of newer usage logs: within its range the volume or its mix turns the answer."
    if "throughput" in deciding and case.facts.choice is not None:
        return f"Rent one {case.facts.choice.gpu} for two hours and measure throughput with your own prompts."
    if "people" in deciding:
        return "Agree on who runs the GPUs and for how many hours a week: within its range that turns the answer."
    if PRICE_INPUTS.intersection(deciding):
        return (
            "Ask for a price fixed for 12 months: within their range prices turn the answer, and nothing measures them."
        )
    return "Check the volume again in three months; nothing cheaper would change the answer."


def _largest_untested(case: VerdictInputs, recommendation: Recommendation) -> tuple[Workload, str] | None:
    """The largest workload that the advice moves to a model which no evaluation carries yet, and that model."""
    inputs = case.facts.inputs
    for route in sorted(case.facts.routes, key=lambda r: -r.token_fraction):
        workload = next(w for w in inputs.workload if w.name == route.workload)
        model = _advised(case, route, recommendation)
        if route.provisional and model != (workload.api_model or inputs.volume.baseline_api):
            return workload, model
    return None


def _advised(case: VerdictInputs, route: RouteShare, recommendation: Recommendation) -> str:
    """The model of a route, or the cheapest closed one where the advice is to stay with those."""
    if recommendation != "api" or route.destination != "hosted_open":
        return route.model
    apis = case.facts.catalog.apis
    return next((id for id, _ in route.alternatives if id in apis and not apis[id].is_hosted_open), route.model)


def _evaluate(case: VerdictInputs, workload: Workload, model: str) -> str:
    today = workload.api_model or case.facts.inputs.volume.baseline_api
    if workload.kind == "embedding":
        return (
            f"Search a sample of {workload.name} with {PROMPTS} real queries on {model} and on {today}; compare hits."
        )
    return f"Run {PROMPTS} of your own prompts of {workload.name} through {model} and {today}, graded blind."
