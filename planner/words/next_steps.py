"""What to do next, in words: the cheapest test, what to try, and the numbers to watch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from planner.engine.names import API_STRATEGIES
from planner.engine.specs import Evaluation
from planner.engine.specs.verdict import TESTS_OF_MODELS, NextStep
from planner.quantities import count, money, significant, tight_share, tokens_a_day
from planner.words.labels import gpu_name, model_name, provider_name
from planner.words.sentences import sentence, table

PROMPTS = 200
BUSY = 0.3
"""Below this utilisation there is nothing to watch: the fleet is there for other reasons."""
BILL_MARGIN = 1.1
"""A bill this much over the plan is worth a look."""
MOST_NAMED = 3
"""Workloads in one sentence."""


def step_words(evaluation: Evaluation, step: NextStep, *, brief: bool = False) -> str:
    """One thing to do; `brief`: without how a test is judged."""
    if step.kind in _COMPOSED and not (step.bound and step.kind == "rent_one"):
        return _COMPOSED[step.kind](evaluation)
    bound = step.bound
    if step.kind == "stop_rule":  # nothing overflows where nothing outside may take it
        bound = not any(route.overflow_model for route in evaluation.routes)
    if step.kind == "cache_and_batch" and all(work.kind == "embedding" for work in evaluation.inputs.workload):
        return sentence("steps", "batch_tier")  # what is embedded once repeats no prompt
    where = "bound_steps" if bound and step.kind in table("bound_steps") else "steps"
    bench = _bench(evaluation, step) | {"work": _work(step), "before": f", before {step.before}" if step.before else ""}
    if brief and not step.reference:
        bench["graded"] = ""
    return sentence(where, step.kind, step=step, choice=evaluation.choice, **bench)


def _work(step: NextStep) -> str:
    """The workloads by name; of many how many more there are."""
    works = step.works
    if len(works) <= 1:
        return step.workload
    named = works if len(works) <= MOST_NAMED else (*works[: MOST_NAMED - 1], f"{len(works) - MOST_NAMED + 1} more")
    return f"{'each of ' if step.kind in TESTS_OF_MODELS else ''}{', '.join(named[:-1])} and {named[-1]}"


def _bench(evaluation: Evaluation, step: NextStep) -> dict[str, str]:
    """With what, where and beside what a test runs: the engine decided each."""
    search, choice = step.kind == "compare_search", evaluation.choice
    made_up = f"synthetic or de-identified {'queries' if search else 'prompts'}" if step.made_up else ""
    mine = "real queries" if search else "of your own prompts"
    offer = evaluation.catalog.offers.get(step.offer)
    gpu = "" if choice is None else gpu_name(evaluation, choice.gpu)
    works = {work.name: work for work in evaluation.inputs.workload}
    today = {evaluation.inputs.api_today(works[name]) for name in step.works if name in works}
    beside = model_name(evaluation, step.reference) if len(today) < 2 else "what each runs on today"
    host = "" if offer is None else f" at {offer.provider}{f' ({offer.region})' if offer.region else ''}"
    where = f" on {f'one {gpu}{host}' if offer else 'a machine of your own'}" if step.bound else ""
    agreed = "legal has agreed to that host" if offer else "it stands where the data may be"
    compared = f"and on {beside}; compare hits" if search else f"and {beside}, graded blind"
    people = "people say which hits are right" if search else "graded by people against references of their own"
    return {
        "source": f"{PROMPTS} {made_up or mine}",
        "model": model_name(evaluation, step.model),
        "gpu": gpu,
        "runs": "" if choice is None else model_name(evaluation, choice.model),
        "made_up": made_up or "your own prompts",
        "where": where,
        "graded": f" {compared}" if step.reference else f"; {people}" if search else f", {people}",
        "card": f"Rent one {gpu}{host}" if offer else f"Borrow one {gpu} or buy it first",
        "host": provider_name(offer.provider if offer else _host(evaluation, step.model)),
        "agreed": f"{'; real data only' if step.made_up else ','} once {agreed}",
    }


def _host(evaluation: Evaluation, model: str) -> str:
    """Who runs an endpoint."""
    found = evaluation.catalog.apis.get(model)
    return "" if found is None else found.provider


def next_steps(evaluation: Evaluation) -> tuple[str, ...]:
    """All of them, the cheapest test first."""
    return tuple(step_words(evaluation, step) for step in evaluation.verdict.next_steps)


def _rent_one(evaluation: Evaluation) -> str:
    choice = evaluation.choice
    assert choice is not None
    where = f"at {choice.provider}"
    if choice.purchase_total:
        where = f"before {money(choice.purchase_total, evaluation.inputs.currency)} is spent on your own"
    gpu, model = gpu_name(evaluation, choice.gpu), model_name(evaluation, choice.model)
    return f"Rent one {gpu} {where} and run {model} ({choice.weights}) on real traffic for 30 days."


def _watch_fleet(evaluation: Evaluation) -> str:
    inputs, choice = evaluation.inputs, evaluation.choice
    assert choice is not None
    inside = {r.workload for r in evaluation.routes if r.destination == "self_host"}
    writes = choice.deployment.writes
    kind = "output" if writes else "input"
    fleet = " of the whole fleet" if choice.replicas > 1 else ""
    watched = [f"{significant(choice.fleet_tok_s.low)} {kind} tokens a second or more{fleet} under load"]
    if any(w.name in inside and w.latency == "interactive" for w in inputs.workload):
        ttft, tpot = count(inputs.objectives.ttft_ms_p95), count(inputs.objectives.tpot_ms)
        each = f", TPOT under {tpot} ms" if writes else ""
        watched.insert(0, f"p95 TTFT under {ttft} ms{each}")
    if choice.utilisation >= BUSY:
        watched.append(f"utilisation over {tight_share(choice.utilisation)}")
    return f"Watch: {', '.join(watched)}."


def _watch_bill(evaluation: Evaluation) -> str:
    """Thresholds of the first 30 days without own GPUs."""
    demand, best = evaluation.demand, evaluation.against_best
    api = evaluation.recommended or evaluation.cheapest(API_STRATEGIES)
    watched = []
    if api is not None and api.allowed:
        month = float(api.months[0].total) * BILL_MARGIN
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
