"""Where a no comes from: the rule, the figures it was decided on, what is needed against what there is, the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from planner.engine.quality import context_needed, evaluation_of, proven_models
from planner.engine.replica.fit import longest_context
from planner.engine.specs import Evaluation, ExcludedOption, Ground, Model, Trace
from planner.quantities import share
from planner.words.remedies import work_of
from planner.words.traces import MEMORY_DOUBT, MODEL_OF_COSTS, fitted_on, sizes_cited

Figures = tuple[tuple[str, str], ...]
REFUSAL = "out"
"""Key of the trace of a no: what it has for a formula is a rule."""
YOUR_PLAN = "your plan"
LEVEL_DOUBT = "public benchmarks stand in for your prompts; an evaluation on those decides before the level does"


@dataclass(frozen=True, slots=True)
class _Told:
    """Figures of a rule, with where they come from."""

    figures: Figures
    source: str = YOUR_PLAN
    as_of: str = ""
    doubt: str = ""


def refusal_trace(evaluation: Evaluation, option: ExcludedOption) -> Trace:
    """Why this option is out, told like the numbers."""
    rule, figures = _RULES[option.ground]
    told = figures(evaluation, option)
    about = (("work", option.workload),) if option.workload else ()
    shown = (("out because", option.excluded_because), *about, *told.figures)
    return Trace(REFUSAL, "why it is out", rule, shown, told.source, told.as_of, told.doubt)


def _memory(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    vram, shape, catalog = option.vram_gib, option.shape, evaluation.catalog
    if vram is None:
        return _Told(())
    longest = "the longest request" if shape is None else f"one request of {longest_context(shape):,.0f} tokens"
    needed = vram.weights + vram.overhead + vram.kv
    figures = (
        ("weights", f"{vram.weights:.1f} GiB"),
        ("overhead", f"{vram.overhead:.1f} GiB"),
        ("KV", f"{vram.kv:.1f} GiB for {longest}"),
        ("needed", f"{needed:.1f} GiB on each of {option.gpus_per_replica} GPU"),
        ("usable", f"{vram.usable:.1f} GiB of {vram.total:.1f}"),
        ("missing", f"{option.short_by_gib:.1f} GiB"),
    )
    return _Told(figures, *sizes_cited(catalog.models[option.model], catalog.gpus[option.gpu]), MEMORY_DOUBT)


def _latency(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    if option.alone_ms is None:
        return _Told(())
    inputs, (ttft, tpot) = evaluation.inputs, option.alone_ms
    figures = (
        ("TTFT of the p95 prompt", f"{ttft:,.0f} ms, objective {inputs.objectives.ttft_ms_p95:,.0f} ms"),
        ("TPOT", f"{tpot:,.1f} ms, objective {inputs.objectives.tpot_ms:,.0f} ms"),
    )
    doubt = "a prediction: see `planner validate` for how far it is off"
    return _Told(figures, MODEL_OF_COSTS, fitted_on(evaluation.catalog), doubt)


def _pin(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    return _Told((("pinned", evaluation.inputs.choice.model or ""),))


def _own_weights(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    return _Told((("base of your weights", evaluation.inputs.fine_tuning.base_model or ""),))


def _cache_size(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    return _of_model(evaluation, option, ())


def _licence(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    model = evaluation.catalog.models[option.model]
    words = {"yes": "allowed", "conditions": "under conditions", "no": "forbidden"}
    figures = (
        ("licence", model.licence),
        ("commercial use", ": ".join(filter(None, (words[model.commercial_use], model.commercial_conditions)))),
        ("companies in the EU", "allowed" if model.eu_allowed else "excluded"),
    )
    return _of_model(evaluation, option, figures, "a reading of the licence, not legal advice")


def _modality(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    kind = (("kind of work", work.kind.replace("_", " ")),) if work is not None else ()
    return _of_model(evaluation, option, (*kind, ("the model takes", model.modality)))


def _context(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    needed = (("needed", f"{context_needed(work):,} tokens"),) if work is not None else ()
    return _of_model(evaluation, option, (*needed, ("the model takes", f"{model.max_context:,} tokens")))


def _evaluated(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    inputs, work = evaluation.inputs, work_of(evaluation.inputs, option)
    found = None if work is None else evaluation_of(inputs, work, option.model)
    if found is None:
        return _Told(())
    figures = (
        (
            "gap",
            f"{share(found.gap_mid_fraction, 1)} "
            f"[{share(found.gap_low_fraction, 1)} to {share(found.gap_high_fraction, 1)}]",
        ),
        ("against", f"{found.api_model}, on {found.prompts} prompts"),
        ("acceptable gap", share(inputs.quality.margin_fraction)),
    )
    return _Told(figures, found.source, found.as_of, "95 % interval of the gap")


def _untested(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    work = work_of(evaluation.inputs, option)
    passed = () if work is None else proven_models(evaluation.inputs, work)
    return _Told((("passed so far", ", ".join(passed)),), "the evaluations in your plan")


def _level(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    needed = (("needed", work.level),) if work is not None else ()
    return _Told((*needed, ("the model's level", model.level or "unknown")), model.level_basis, "", LEVEL_DOUBT)


def _answers(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    work = work_of(evaluation.inputs, option)
    return _Told((("kind of work", work.kind.replace("_", " ")),) if work is not None else ())


def _of_model(evaluation: Evaluation, option: ExcludedOption, figures: Figures, doubt: str = "") -> _Told:
    model: Model = evaluation.catalog.models[option.model]
    return _Told(figures, model.citation.source, model.citation.as_of, doubt)


_RULES: Final[Mapping[Ground, tuple[str, Callable[[Evaluation, ExcludedOption], _Told]]]] = MappingProxyType(
    {
        "memory": (
            "weights + overhead + KV of the longest request <= usable = driver's memory x memory fraction",
            _memory,
        ),
        "latency": ("one request alone must keep the TTFT and TPOT objectives of work that people wait for", _latency),
        "pin": ("only the pinned model is considered", _pin),
        "cache_size": ("without the size of its KV cache a model is never sized", _cache_size),
        "own_weights": ("weights of your own run on their base model only", _own_weights),
        "licence": ("the licence must allow commercial use", _licence),
        "licence_eu": ("the licence must allow a company in the EU", _licence),
        "embeds": ("work that generates needs a model that generates", _modality),
        "generates": ("embedding work needs an embedding model", _modality),
        "images": ("work with images needs a model that reads them", _modality),
        "context": ("longest prompt + answer <= context of the model", _context),
        "evaluated": ("the lower end of the gap that an evaluation shows <= the acceptable gap", _evaluated),
        "untested": ("evidence first: once a model has passed on your prompts, untested ones are out", _untested),
        "on_api": ("work of this kind leaves the API on an evaluation within the margin, not on a level", _answers),
        "level": ("without an evaluation the model's level must reach what the work needs", _level),
        "together": ("work that shares one index of vectors moves together or not at all", _answers),
        "route": ("a route set by hand is obeyed", _answers),
    }
)
"""For each ground: the rule in words, and what fills it with figures."""
