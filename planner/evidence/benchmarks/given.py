"""What the user adds to a file, and the run as rows of measurements and as an entry of the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from planner.engine.specs import Measurement
from planner.evidence.benchmarks.run import Run
from planner.evidence.entries import EVIDENCE, Entry, Evidence, day_or, with_entries
from planner.plan.schema import Plan
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.layout import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Options beside a file: they fill what it does not hold and correct what it calls otherwise."""

    model: str | None = None
    gpu: str | None = None
    tensor_parallel: int | None = None
    engine: str | None = None
    weights: str | None = None
    concurrency: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None


OPTIONS: Final = {
    "model": "--model",
    "gpu": "--gpu",
    "tensor_parallel": "--tp",
    "engine": "--engine",
    "weights": "--weights",
    "concurrency": "--concurrency",
    "input_tokens": "--input-tokens",
    "output_tokens": "--output-tokens",
}
"""By field of a run: the option that gives it."""
_SET_UP: Final = ("model", "gpu", "tensor_parallel")
_METRICS: Final = (
    ("output_tok_s", "output_tok_s_total"),
    ("ttft_ms", "ttft_ms"),
    ("tpot_ms", "tpot_ms"),
    ("decode_tok_s", "decode_tok_s_single_stream"),
    ("prefill_tok_s", "prefill_tok_s_total"),
)
"""Figures of a run that are compared with a prediction, and the metric each is."""
_ON_ONE_CARD: Final = ("llama-bench", "llmfit")


def with_given(run: Run, given: Given) -> Run:
    """The run with what was given."""
    told = {field.name: value for field in fields(given) if (value := getattr(given, field.name)) is not None}
    return replace(run, **told)


def only_open(given: Given, run: Run) -> Given:
    """The part of it that the run leaves open."""
    return Given(**{f.name: getattr(given, f.name) for f in fields(given) if getattr(run, f.name) is None})


def unsaid(run: Run, names: Iterable[str] = OPTIONS) -> list[str]:
    """Which of these fields are not known."""
    return [name for name in names if getattr(run, name) is None and not (name in _SET_UP[2:] and _cards(run))]


def _cards(run: Run) -> int | None:
    return run.tensor_parallel or run.gpus or (1 if run.tool in _ON_ONE_CARD else None)


def measurements(run: Run, id: str) -> list[Measurement]:
    """A row a figure. A set-up that is not wholly known has none."""
    cards = _cards(run)
    if run.model is None or run.gpu is None or cards is None:
        return []
    alone = run.decode_tok_s is not None or run.prefill_tok_s is not None
    shared = Measurement(
        id=id,
        source_kind="inferencex" if run.tool == "InferenceX" else "user",
        source=f"{run.tool}, {run.file}",
        date=run.date or "",
        model=run.model,
        total_params_b=run.params_b,
        active_params_b=run.params_b,
        gpu=run.gpu,
        gpus_total=cards,
        tp=run.tensor_parallel,
        engine=run.engine or "",
        engine_version=run.engine_version or "",
        weights=run.weights or "",
        isl=(run.input_tokens or run.cached_tokens or 1.0) if alone else run.input_tokens,
        osl=(run.output_tokens or 1.0) if alone else run.output_tokens,
        concurrency=run.concurrency,
        metric="",
        value=0.0,
        notes=_notes(run),
    )
    return [
        replace(shared, id=f"{id} {metric}", metric=metric, value=value)
        for name, metric in _METRICS
        if (value := getattr(run, name)) is not None
    ]


def _notes(run: Run) -> str:
    """How the load came, in the words that `scenario_of` reads."""
    sent = f"{run.requests} requests" if run.requests else ""
    if run.concurrency is None and run.all_at_once:
        return f"infinite request rate, {sent}"
    return ", ".join(part for part in (f"request rate {run.request_rate}" if run.request_rate else "", sent) if part)


def into_plan(plan: Plan, runs: Sequence[Run], day: dt.date) -> tuple[Plan, list[Run]]:
    """The plan with an entry for each run that says enough, and the runs that do not.

    What the plan has of the same model, GPU and engine is replaced. Raises `InputError` where no run says enough, with
    what is missing and the options that give it.
    """
    kept = [run for run in runs if not lacks(run)]
    if not kept:
        options = ", ".join(OPTIONS.get(name, name) for name in lacks(runs[0]))
        raise InputError(f"a plan needs what this file does not hold: {options}", path=runs[0].file)
    evidence = [_evidence(file, runs, day).entry() for file in dict.fromkeys(run.file for run in runs)]
    new: dict[KeyPath, list[Entry]] = {("benchmark",): [_entry(run, day) for run in kept], EVIDENCE: evidence}
    return with_entries(plan, new), [run for run in runs if run not in kept]


_NEEDED: Final = ("model", "gpu", "engine", "output_tok_s", "concurrency", "input_tokens", "output_tokens")


def lacks(run: Run) -> list[str]:
    """What keeps a run from being an entry of a plan."""
    entry = _as_entry(run)
    return [name for name in _NEEDED if not entry.get(name)]


def _as_entry(run: Run) -> dict[str, Any]:
    values = {name: getattr(run, name) for name in (*_NEEDED, "tensor_parallel", "weights")}
    if run.decode_tok_s and not run.output_tok_s:
        alone = {"output_tok_s": run.decode_tok_s, "concurrency": 1.0, "input_tokens": run.cached_tokens or 1.0}
        values |= alone
    return {name: value for name, value in values.items() if value is not None}


def _entry(run: Run, day: dt.date) -> dict[str, Any]:
    version = f" {run.tool_version}" if run.tool_version else ""
    return _as_entry(run) | {"source": f"{run.tool}{version}, {run.file}", "as_of": day_or(run.date, day)}


_SHOWN: Final = ("ttft_ms", "tpot_ms", "output_tok_s", "decode_tok_s", "concurrency", "requests", "failed")


def _evidence(file: str, runs: Sequence[Run], day: dt.date) -> Evidence:
    """The figures of its first run; those of the others stand in their entries."""
    own = [run for run in runs if run.file == file]
    figures = {name: float(value) for name in _SHOWN if (value := getattr(own[0], name)) is not None}
    skipped = sum(bool(lacks(run)) for run in own)
    return Evidence("benchmark", file, day, len(own), skipped, {"tool": own[0].tool, **figures})
