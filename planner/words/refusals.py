"""Every no in words: the sentence, the rule, the figures it was decided on with their source, and what would change it.

Every ground has a sentence, which takes the figures of a `Refusal`, `QualityGate` or `Caveat` in their order. Those
that keep a model or a layout out have a row of `_RULES` with what else is told of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from planner.engine.measured.row import Skip
from planner.engine.names import Basis, CaveatKind
from planner.engine.quality import context_needed, evaluation_of, proven_models
from planner.engine.replica.fit import longest_context
from planner.engine.specs import Caveat, Evaluation, ExcludedOption, Ground, Model, QualityGate, Refusal
from planner.quantities import count, measure, milliseconds, share, significant
from planner.records import dataclass
from planner.words import remedies
from planner.words.remedies import work_of
from planner.words.sentences import sentence, table
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


Ways = tuple[str, ...]


def because(why: Refusal | QualityGate) -> str:
    """Why something may not take some work, or why it may."""
    said = _said("grounds", _COMPOSED, why.ground, why.figures)
    required = isinstance(why, Refusal) and why.must_run_here
    return f"{why.workload} must run on own GPUs; {said}" if required else said


def caveat_words(caveat: Caveat) -> str:
    """What a reader should know about one replica."""
    return _said("caveats", _COMPOSED_CAVEATS, caveat.kind, caveat.figures)


def _said(name: str, composed: Mapping[Any, Callable[..., str]], kind: str, figures: tuple[object, ...]) -> str:
    """The sentence of that kind with its figures in their order, composed where they do more than fill it."""
    return composed[kind](*figures) if kind in composed else sentence(name, kind, *figures)


def skip_words(skip: Skip) -> str:
    """Why a measurement is not compared with a prediction."""
    return sentence("skipped", skip.kind, skip.cell)


def ways_in(evaluation: Evaluation, option: ExcludedOption) -> Ways:
    """What would change the no, best first; empty where nothing is known to. Takes some ms where memory is short."""
    ways = _RULES[option.ground].ways
    if ways is None:
        return tuple(way.format(work=option.workload or "the work") for way in table("ways")[option.ground])
    return ways(evaluation, option)


def refusal_trace(evaluation: Evaluation, option: ExcludedOption) -> Trace:
    """Why this option is out, told like the numbers."""
    told, rule = _RULES[option.ground].told(evaluation, option), sentence("rules", option.ground)
    about = (("work", option.workload),) if option.workload else ()
    shown = (("out because", because(option.refusal)), *about, *told.figures)
    return Trace(REFUSAL, "why it is out", rule, shown, told.source, told.as_of, told.doubt)


def _level_sentence(level: str | None, needed: str, insists: str = "") -> str:
    if not insists:
        return f"its level is {level}, {needed} is needed" if level else f"it has no level yet, {needed} is needed"
    return _insisted(f"its level ({level or 'not rated'}) is below {needed}", insists)


def _below_today_sentence(today: str, now: float, then: float, stated: bool, insists: str = "") -> str:
    known = "it has no public score; by its level at least" if stated else "its public score is"
    said = f"{known} {significant(then)}, and {today}, which does the work now, has {significant(now)}"
    return _insisted(said, insists) if insists else said


def _insisted(said: str, insists: str) -> str:
    """What is let in all the same, by a pin or otherwise: an evaluation settles it."""
    by = "you pinned it" if insists == "pin" else "you send it there"
    return f"{by}, although {said}; not yet tested on your prompts"


def _shortage(longest: float, short: float, weights: float, overhead: float, cache: float, usable: float) -> str:
    needed = weights + overhead + cache
    return (
        f"short by {measure(short, 1)} GiB per GPU: weights {measure(weights, 1)} + overhead {measure(overhead, 1)}"
        f" + KV of one {count(longest)}-token sequence {measure(cache, 1)} = {measure(needed, 1)} GiB,"
        f" usable {measure(usable, 1)}"
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
        ("weights", f"{measure(vram.weights, 1)} GiB"),
        ("overhead", f"{measure(vram.overhead, 1)} GiB"),
        ("KV", f"{measure(vram.kv, 1)} GiB for {longest}"),
        ("needed", f"{measure(needed, 1)} GiB on each of {option.gpus_per_replica} GPU"),
        ("usable", f"{measure(vram.usable, 1)} GiB of {measure(vram.total, 1)}"),
        ("missing", f"{measure(option.short_by_gib, 1)} GiB"),
    )
    return _Told(figures, *sizes_cited(catalog.models[option.model], catalog.gpus[option.gpu]), MEMORY_DOUBT)


def _latency(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    if option.alone_ms is None:
        return _Told(())
    inputs, (ttft, tpot) = evaluation.inputs, option.alone_ms
    figures = (
        ("TTFT of the p95 prompt", f"{milliseconds(ttft)}, objective {count(inputs.objectives.ttft_ms_p95)} ms"),
        ("TPOT", f"{milliseconds(tpot)}, objective {count(inputs.objectives.tpot_ms)} ms"),
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
        ("against", f"{evaluation.catalog.name_of(found.api_model)}, on {count(found.prompts)} prompts"),
        ("acceptable gap", share(inputs.quality.margin_fraction)),
    )
    return _Told(figures, found.source, found.as_of, "95 % interval of the gap")


def _untested(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    work = work_of(evaluation.inputs, option)
    passed = () if work is None else proven_models(evaluation.inputs, evaluation.catalog, work)
    return _Told(
        (("passed so far", _listed(tuple(map(evaluation.catalog.name_of, passed)))),), "the evaluations in your plan"
    )


def _level(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    needed = (("needed", work.level),) if work is not None else ()
    figures = (*needed, ("the model's level", model.level or "not rated"))
    return _Told((*figures, *_composites(evaluation, option)), *_basis(evaluation, model), LEVEL_DOUBT)


def _basis(evaluation: Evaluation, model: Model) -> tuple[str, str]:
    """Source and date of what its level rests on."""
    score = evaluation.catalog.scores.get(model.id)
    return (model.level_basis, "") if score is None else (score.citation.source, score.citation.as_of)


def _composites(evaluation: Evaluation, option: ExcludedOption) -> Rows:
    work, catalog = work_of(evaluation.inputs, option), evaluation.catalog
    score = catalog.scores.get(option.model)
    reported = () if score is None else (("reported by", score.reported_by),)
    today = () if work is None else (("in use now", catalog.apis[evaluation.inputs.api_today(work)]),)
    rated = (("composite", catalog.models[option.model]), *today)
    known = ((label, found.composite) for label, found in rated)
    return (*((label, "no figure" if at is None else measure(at, 1)) for label, at in known), *reported)


def _figures(evaluation: Evaluation, option: ExcludedOption) -> _Told:
    basis = _basis(evaluation, evaluation.catalog.models[option.model])
    return _Told(_composites(evaluation, option), *basis, LEVEL_DOUBT)


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
    """The figures of a no, and what would change it."""

    told: Callable[[Evaluation, ExcludedOption], _Told]
    ways: Callable[[Evaluation, ExcludedOption], Ways] | None = None
    """None: the same for every option, as a table of sentences has them."""


_COMPOSED: Final[Mapping[Ground | Basis, Callable[..., str]]] = {
    "evaluated": lambda margin, api: f"your test shows it more than {share(margin)} below {api}",
    "untested": lambda *passed: (
        f"not tested on your prompts ({_listed(passed)} {'was' if len(passed) == 1 else 'were'}, and passed)"
    ),
    "on_api": lambda kind: (
        f"{table('on_api')[kind]} until a test on your prompts shows that an open model is good enough"
    ),
    "level": _level_sentence,
    "below_today": _below_today_sentence,
    "proven": lambda margin, api, prompts: (
        f"your test of {count(prompts)} prompts shows the model within {share(margin)} of {api}"
    ),
    "tensor_parallel": _uneven_heads,
    "context_parallel": lambda ranks, possible: (
        f"decode context parallel {ranks} does not divide the KV copies; possible: {_listed(possible)}"
    ),
    "shortage": _shortage,
    "state_blocks": lambda asked, held: (
        f"{count(asked)} sequences at once (--max-num-seqs) need a cache block each for their state, and there are"
        f" {count(held)}"
    ),
    "format": lambda engine, weights, served: f"{engine} does not serve {weights} weights; it serves {_listed(served)}",
    "kv_dtype": lambda engine, kv, kept: f"{engine} keeps no {kv} cache; it keeps {_listed(kept)}",
    "vendor": lambda engine, vendor, run: f"{engine} does not run on {vendor}; it runs on {_listed(run)}",
}
"""Grounds whose figures do more than fill the places of a sentence."""
_RULES: Final[Mapping[Ground, _Rule]] = {
    "memory": _Rule(_memory, remedies.memory),
    "latency": _Rule(_latency, remedies.latency),
    "pin": _Rule(_named("pinned")),
    "cache_size": _Rule(_of_model),
    "own_weights": _Rule(_named("base of your weights")),
    "licence": _Rule(_licence),
    "licence_eu": _Rule(_licence),
    "embeds": _Rule(_modality),
    "generates": _Rule(_modality),
    "images": _Rule(_modality),
    "context": _Rule(_context, remedies.context),
    "evaluated": _Rule(_evaluated, remedies.evaluated),
    "untested": _Rule(_untested, remedies.untested),
    "on_api": _Rule(_answers, remedies.on_api),
    "level": _Rule(_level, remedies.level),
    "fill_in": _Rule(_modality),
    "below_today": _Rule(_figures, remedies.figure),
    "no_figure": _Rule(_figures, remedies.figure),
    "together": _Rule(_answers),
    "route": _Rule(_answers),
}
"""What keeps an option out, with what its rule is told by."""
_COMPOSED_CAVEATS: Final[Mapping[CaveatKind, Callable[..., str]]] = {
    "copies": lambda is_mla, times: (
        f"{'MLA latent' if is_mla else 'KV heads'} stored {times} times over the tensor-parallel ranks"
    ),
    "unused_rows": lambda rows, why: f"your measurements that do not count here: {count(rows)}, {skip_words(why)}",
    "licence": lambda name, conditions: f"licence {name}: {conditions or 'no commercial use'}",
}
