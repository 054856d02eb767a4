"""Every no in words: the sentence, the rule, the figures it was decided on with their source, and what would change it.

Every rule has a sentence, which takes the figures of a `Refusal`, `QualityGate` or `Caveat` in their order. Those that
keep a model or a layout out have a row of `_RULES` with everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from planner.engine.measured.row import Skip
from planner.engine.quality import context_needed, evaluation_of, proven_models
from planner.engine.replica.fit import longest_context
from planner.engine.specs import Caveat, Evaluation, ExcludedOption, Ground, Model, QualityGate, Refusal
from planner.engine.specs.names import Basis, CaveatKind
from planner.quantities import count, decimals, filled, fixed, share
from planner.records import dataclass
from planner.words import remedies
from planner.words.remedies import work_of
from planner.words.traces import MEMORY_DOUBT, MODEL_OF_COSTS, Trace, fitted_on, sizes_cited

Rows = tuple[tuple[str, str], ...]
REFUSAL = "out"
"""Key of the trace of a no: what it has for a formula is a rule."""
YOUR_PLAN = "your plan"
LEVEL_DOUBT = "public benchmarks stand in for your prompts; an evaluation on those decides before the level does"


@dataclass(frozen=True, slots=True)
class _Told:
    """Figures of a rule, with where they come from."""

    figures: Rows
    source: str = YOUR_PLAN
    as_of: str = ""
    doubt: str = ""


Sentence = str | Callable[..., str]
"""Takes figures in their order: a text for `filled`, or a function where they need more than that."""
Ways = tuple[str, ...]


def _filled(sentence: Sentence, figures: tuple[object, ...]) -> str:
    return filled(sentence, *figures) if isinstance(sentence, str) else sentence(*figures)


def because(why: Refusal | QualityGate) -> str:
    """Why something may not take some work, or why it may."""
    sentence = _filled(_SENTENCES[why.ground], why.figures)
    required = isinstance(why, Refusal) and why.must_run_here
    return f"{why.workload} must run on own GPUs; {sentence}" if required else sentence


def caveat_words(caveat: Caveat) -> str:
    """What a reader should know about one replica."""
    return _filled(_CAVEATS[caveat.kind], caveat.figures)


def skip_words(skip: Skip) -> str:
    """Why a measurement is not compared with a prediction."""
    return _SKIPPED[skip.kind].format(skip.cell)


def ways_in(evaluation: Evaluation, option: ExcludedOption) -> Ways:
    """What would change the no, best first; empty where nothing is known to. Takes some ms where memory is short."""
    ways = _RULES[option.ground].ways
    if isinstance(ways, tuple):
        return tuple(way.format(work=option.workload or "the work") for way in ways)
    return ways(evaluation, option)


def refusal_trace(evaluation: Evaluation, option: ExcludedOption) -> Trace:
    """Why this option is out, told like the numbers."""
    found = _RULES[option.ground]
    told = found.told(evaluation, option)
    about = (("work", option.workload),) if option.workload else ()
    shown = (("out because", because(option.refusal)), *about, *told.figures)
    return Trace(REFUSAL, "why it is out", found.rule, shown, told.source, told.as_of, told.doubt)


def _level_sentence(level: str | None, needed: str, insists: str = "") -> str:
    if not insists:
        return f"level {level or 'unknown'}, {needed} needed"
    return f"{'your pin; ' if insists == 'pin' else ''}level {level or 'unknown'} is below {needed}; run the eval"


def _shortage(longest: float, short: float, weights: float, overhead: float, cache: float, usable: float) -> str:
    return (
        f"short by {fixed(short, 1)} GiB per GPU: weights {fixed(weights, 1)} + overhead {fixed(overhead, 1)}"
        f" + KV of one {count(longest)}-token sequence {fixed(cache, 1)} = {fixed(weights + overhead + cache, 1)} GiB,"
        f" usable {fixed(usable, 1)}"
    )


def _uneven_heads(ranks: int, attention: int, kv: int | None, possible: tuple[int, ...]) -> str:
    heads = f"{attention} attention heads" + ("" if kv is None else f" and {kv} KV heads")
    return f"tensor parallel {ranks} does not divide {heads}; possible: {_listed(possible)}"


def _listed(items: Sequence[object]) -> str:
    return ", ".join(map(str, items))


def _memory(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    vram, shape, catalog = option.vram_gib, option.shape, evaluation.catalog
    if vram is None:
        return _Told(())
    longest = "the longest request" if shape is None else f"one request of {count(longest_context(shape))} tokens"
    needed = vram.weights + vram.overhead + vram.kv
    figures = (
        ("weights", f"{fixed(vram.weights, 1)} GiB"),
        ("overhead", f"{fixed(vram.overhead, 1)} GiB"),
        ("KV", f"{fixed(vram.kv, 1)} GiB for {longest}"),
        ("needed", f"{fixed(needed, 1)} GiB on each of {option.gpus_per_replica} GPU"),
        ("usable", f"{fixed(vram.usable, 1)} GiB of {fixed(vram.total, 1)}"),
        ("missing", f"{fixed(option.short_by_gib, 1)} GiB"),
    )
    return _Told(figures, *sizes_cited(catalog.models[option.model], catalog.gpus[option.gpu]), MEMORY_DOUBT)


def _latency(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    if option.alone_ms is None:
        return _Told(())
    inputs, (ttft, tpot) = evaluation.inputs, option.alone_ms
    figures = (
        ("TTFT of the p95 prompt", f"{count(ttft)} ms, objective {count(inputs.objectives.ttft_ms_p95)} ms"),
        ("TPOT", f"{decimals(tpot, 1)} ms, objective {count(inputs.objectives.tpot_ms)} ms"),
    )
    doubt = "a prediction: see `planner validate` for how far it is off"
    return _Told(figures, MODEL_OF_COSTS, fitted_on(evaluation.catalog), doubt)


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
    model = evaluation.catalog.models[option.model]
    return _of_model(evaluation, option, (*_kind_of_work(evaluation, option), ("the model takes", model.modality)))


def _context(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    needed = (("needed", f"{count(context_needed(work))} tokens"),) if work is not None else ()
    return _of_model(evaluation, option, (*needed, ("the model takes", f"{count(model.max_context)} tokens")))


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
    return _Told(_kind_of_work(evaluation, option))


def _kind_of_work(evaluation: Evaluation, option: ExcludedOption) -> Rows:
    work = work_of(evaluation.inputs, option)
    return () if work is None else (("kind of work", work.kind.replace("_", " ")),)


def _of_model(evaluation: Evaluation, option: ExcludedOption, figures: Rows = (), doubt: str = "") -> _Told:
    model: Model = evaluation.catalog.models[option.model]
    return _Told(figures, model.citation.source, model.citation.as_of, doubt)


def _named(label: str) -> Callable[[Evaluation, ExcludedOption], _Told]:
    """The first figure of the refusal under that label."""
    return lambda evaluation, option: _Told(((label, str(option.refusal.figures[0])),))


@dataclass(frozen=True, slots=True)
class _Rule:
    """What keeps an option out, told like the numbers, and what would change it."""

    rule: str
    told: Callable[[Evaluation, ExcludedOption], _Told]
    ways: Callable[[Evaluation, ExcludedOption], Ways] | Ways


_ON_API: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "you judge it too hard for an open model",
        "customer_text": "customer-facing text, where quality variance shows",
        "reasoning": "reasoning",
        "agent": "multi-step agents and tool use",
        "multilingual": "multilingual generation",
        "long_context": "long context",
        "vision": "vision",
    }
)
"""Why some kinds of work leave the API on an evaluation only; the first: the user says so of all work."""

_SENTENCES: Final[Mapping[Ground | Basis, Sentence]] = MappingProxyType(
    {
        "memory": "{:fixed 1} GiB short on each GPU",
        "latency": "one request alone: TPOT {:fixed} ms (objective {:fixed}), "
        "TTFT {:fixed} ms (p95 objective {:fixed})",
        "pin": "you pinned {}",
        "cache_size": "its KV cache size was not published",
        "own_weights": "your fine-tuned weights are of {}",
        "licence": "licence {} forbids commercial use",
        "licence_eu": "licence {} excludes companies in the EU",
        "embeds": "an embedding model cannot generate",
        "generates": "not an embedding model",
        "images": "cannot read images",
        "context": "context {:count} tokens, {:count} needed",
        "evaluated": lambda margin, api: f"evaluation shows it more than {share(margin)} below {api}",
        "untested": lambda *passed: (
            f"evidence first: {_listed(passed)} passed on your prompts, this model has not been tried"
        ),
        "on_api": lambda kind: f"{_ON_API[kind]}: stays on the API until an evaluation shows it within the margin",
        "level": _level_sentence,
        "together": "vectors of two models cannot be compared: all embedding work must move together",
        "route": "no workload may leave the API",
        "proven": lambda margin, api, prompts: f"evaluation within {share(margin)} of {api} ({prompts} prompts)",
        "reaches": "level {} reaches {}; run the eval",
        "tuned": "your own fine-tuned weights; run the eval",
        "inside": "data must stay inside",
        "region": "data must stay in the region; no EU endpoint on record",
        "not_served": "your own fine-tuned weights are needed; this endpoint does not serve them",
        "price_record": "{} price record",
        "retires": "retires on {}",
        "kv_size": "the KV-cache size of {} is not published, so it cannot be sized",
        "tensor_parallel": _uneven_heads,
        "pipeline_parallel": "pipeline parallel {} exceeds the model's {} layers",
        "context_parallel": lambda ranks, possible: (
            f"decode context parallel {ranks} does not divide the KV copies; possible: {_listed(possible)}"
        ),
        "max_context": "{} takes at most {:count} tokens, {:count} are needed",
        "shortage": _shortage,
        "format": lambda engine, weights, served: (
            f"{engine} does not serve {weights} weights; it serves {_listed(served)}"
        ),
        "vendor": lambda engine, vendor, run: f"{engine} does not run on {vendor}; it runs on {_listed(run)}",
        "vendor_kernels": "{} does not run on {} GPUs",
        "format_kernels": "no engine has {} kernels for {} GPUs",
        "capability": "{} weights need compute capability {:plain}, {} has {}",
        "vendor_fp8_cache": "{} has no FP8 arithmetic for an FP8 KV cache",
        "fp8_cache": "an FP8 KV cache needs compute capability {:plain}, {} has {}",
    }
)

_RULES: Final[Mapping[Ground, _Rule]] = MappingProxyType({
    "memory": _Rule(
        "weights + overhead + KV of the longest request <= usable = driver's memory x memory fraction",
        _memory, remedies.memory),
    "latency": _Rule(
        "one request alone must keep the TTFT and TPOT objectives of work that people wait for",
        _latency, remedies.latency),
    "pin": _Rule(
        "only the pinned model is considered", _named("pinned"), ("take the pin off, or pin this model instead",)),
    "cache_size": _Rule(
        "without the size of its KV cache a model is never sized", _of_model,
        ("its config.json: with it `planner catalog add-model` works out the size of its KV cache",)),
    "own_weights": _Rule(
        "weights of your own run on their base model only", _named("base of your weights"),
        ("do without weights of your own (question 3)", "name this model as the base of your weights (question 3)")),
    "licence": _Rule(
        "the licence must allow commercial use", _licence,
        ("a commercial licence from its maker; no answer in the plan changes this",)),
    "licence_eu": _Rule(
        "the licence must allow a company in the EU", _licence,
        ("a licence from its maker for the EU", "no to `Company in the EU?` where that is true (question 5)")),
    "embeds": _Rule(
        "work that generates needs a model that generates", _modality,
        ("work of the kind embedding: this model makes vectors and nothing else",)),
    "generates": _Rule(
        "embedding work needs an embedding model", _modality,
        ("{work} of another kind than embedding: this model makes text, not vectors",)),
    "images": _Rule("work with images needs a model that reads them", _modality, ("{work} without images",)),
    "context": _Rule("longest prompt + answer <= context of the model", _context, remedies.context),
    "evaluated": _Rule(
        "the lower end of the gap that an evaluation shows <= the acceptable gap", _evaluated, remedies.evaluated),
    "untested": _Rule(
        "evidence first: once a model has passed on your prompts, untested ones are out",
        _untested, remedies.untested),
    "on_api": _Rule(
        "work of this kind leaves the API on an evaluation within the margin, not on a level",
        _answers, remedies.on_api),
    "level": _Rule(
        "without an evaluation the model's level must reach what the work needs", _level, remedies.level),
    "together": _Rule(
        "work that shares one index of vectors moves together or not at all", _answers,
        ("let all embedding work move to it: {work} may not so far",)),
    "route": _Rule(
        "a route set by hand is obeyed", _answers,
        ("let some work go where it is best: in Routing all of it is sent elsewhere by hand",)),
})  # fmt: skip
"""For each rule that keeps an option out: the rule, what fills it with figures, and what would change its no."""

_CAVEATS: Final[Mapping[CaveatKind, Sentence]] = MappingProxyType(
    {
        "several_servers": "{} GPUs span several servers: the network between them is not modelled",
        "copies": lambda is_mla, times: (
            f"{'MLA latent' if is_mla else 'KV heads'} stored {times} times over the tensor-parallel ranks"
        ),
        "uneven": "feed-forward width {0:count} over tensor parallel {1} is not a multiple of {2}: checkpoints "
        "with scales for each {2} weights may refuse to load",
        "assumed_memory": "usable memory of {} is a rule ({:fixed 1} GiB), not a reading",
        "no_checkpoint": "no published {} checkpoint of {} is in the catalogue",
        "development": "{} is for development, not for production load ({})",
        "licence": lambda name, conditions: f"licence {name}: {conditions or 'no commercial use'}",
        "kernels": lambda why: f"{because(why)}: expect it not to start, or to emulate",
        "no_arithmetic": "{0} (compute capability {1:plain}) has no {2} arithmetic: memory is saved, compute is not "
        "(from {3:plain} on)",
        "waits": "{:count} sequences do not run at once: cache and engine hold {:decimals 1} of this length, "
        "the rest wait",
        "objective": "{} of {:count} ms misses the objective of {:count} ms at concurrency {:decimals 1}",
    }
)
_SKIPPED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "metric": "metric {!r} is not predicted",
        "value": "value is not positive",
        "doubt": "marked {!r} in its own notes",
        "gpu": "GPU {!r} is not known",
        "model": "model {!r} is not known and its size is not stated",
        "kv_size": "the KV-cache size of {} is not published",
        "beyond_hardware": "better than the card's bandwidth or arithmetic allows",
        "unreadable": "{}",
    }
)
