"""How the time of an evaluation grows with workloads and candidates, and what an edit costs by its kind."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from planner.engine.specs import Catalog, Inputs, Range, Workload
from planner.evaluate import evaluate
from tests.engine.plans import changed

WORKLOADS = (1, 2, 5, 10, 20)
CANDIDATE_SHARES = (0.125, 0.25, 0.5, 1.0)
KINDS = ("classification", "extraction", "rag", "summarisation", "coding", "other")


def cpu_ms(calls: Iterator[Callable[[], object]]) -> float:
    """Median CPU time of the calls, in ms."""
    times = []
    for call in calls:
        started = time.process_time()
        call()
        times.append((time.process_time() - started) * 1e3)
    return statistics.median(times)


def workloads(count: int, run: int) -> tuple[Workload, ...]:
    """Different kinds of work; no two runs have the same volume or lengths, so that nothing is remembered."""
    return tuple(
        Workload(
            name=f"work {n}",
            kind=KINDS[n % len(KINDS)],  # type: ignore[arg-type]
            tokens_per_day=(n + 1) * 1.5e6 * (1 + run / 50),
            input_tokens=500.0 * (n % 10 + 1) + run,
            output_tokens=80.0 + 40 * (n % 10),
            latency="background" if n % 3 == 0 else "interactive",
        )
        for n in range(count)
    )


def by_workloads(inputs: Inputs, catalog: Catalog, as_of: date, runs: int = 9) -> list[tuple[int, float]]:
    """(workloads, ms) without risk."""
    plain = changed(inputs, benchmark=(), quality={"evaluation": ()}, volume={"p95_tokens_per_day": None})

    def calls(count: int) -> Iterator[Callable[[], object]]:
        for run in range(runs):
            plan = changed(plain, workload=workloads(count, run))
            yield lambda plan=plan: evaluate(plan, catalog, as_of, draws=0)  # type: ignore[misc]

    return [(count, cpu_ms(calls(count))) for count in WORKLOADS]


def by_candidates(inputs: Inputs, catalog: Catalog, as_of: date, runs: int = 9) -> list[tuple[int, float]]:
    """(candidates, ms) without risk, from a part of the cards to all of them, requests of other lengths every time."""
    gpus = sorted({offer.gpu_id for offer in catalog.offers.values() if offer.gpu_id in catalog.gpus})
    found = []
    for share in CANDIDATE_SHARES:
        some = tuple(gpus[:: round(1 / share)]) if share < 1 else ()
        plan = changed(inputs, choice={"prefer_gpus": some})
        count = evaluate(plan, catalog, as_of, draws=0).options_considered
        found.append((count, cpu_ms(_longer(plan, catalog, as_of, runs))))
    return found


def _longer(inputs: Inputs, catalog: Catalog, as_of: date, runs: int) -> Iterator[Callable[[], object]]:
    for run in range(1, runs + 1):
        longer = tuple(replace(w, input_tokens=w.input_tokens + run, input_tokens_p95=None) for w in inputs.workload)
        plan = changed(inputs, workload=longer)
        yield lambda plan=plan: evaluate(plan, catalog, as_of, draws=0)  # type: ignore[misc]


def by_edit(inputs: Inputs, catalog: Catalog, as_of: date, runs: int = 9) -> list[tuple[str, float]]:
    """(what was edited, ms) without risk: what an edit leaves alone is remembered from the evaluation before."""
    evaluate(inputs, catalog, as_of, draws=0)

    def grown() -> Iterator[Callable[[], object]]:
        for run in range(runs):
            plan = changed(inputs, volume={"growth_per_month": Range(0.0, 0.01 + run / 1000, 0.1)})
            yield lambda plan=plan: evaluate(plan, catalog, as_of, draws=0)  # type: ignore[misc]

    def busier() -> Iterator[Callable[[], object]]:
        first, *others = inputs.workload
        for run in range(1, runs + 1):
            more = replace(first, tokens_per_day=first.tokens_per_day * (1 + run / 20))
            plan = changed(inputs, workload=(more, *others))
            yield lambda plan=plan: evaluate(plan, catalog, as_of, draws=0)  # type: ignore[misc]

    return [
        ("growth", cpu_ms(grown())),
        ("one volume", cpu_ms(busier())),
        ("lengths", cpu_ms(_longer(inputs, catalog, as_of, runs))),
    ]
