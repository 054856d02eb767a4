"""What would let in what is out: for each rule, the answers, evidence or layout that would change its no."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import ceil
from types import MappingProxyType
from typing import Final

from planner.engine.fleet.ownership import OWNED
from planner.engine.quality import context_needed, evaluation_of, level_reaches, stays_on_api
from planner.engine.replica.fit import fit
from planner.engine.search.offers import offer_allowed
from planner.engine.specs import (
    Deployment,
    Evaluation,
    ExcludedOption,
    Ground,
    Inputs,
    MemoryFit,
    Offer,
    ServingSettings,
    Workload,
)
from planner.quantities import share
from planner.words.next_steps import PROMPTS

PIN: Final = "pin this model, to see it costed untested"


def ways_in(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    """What would change the no, best first; empty where nothing is known to. Takes some ms where memory is short."""
    return _WAYS[option.ground](evaluation, option)


def memory_of(evaluation: Evaluation, option: ExcludedOption) -> MemoryFit | None:
    """Memory of an option that was sized, as `planner size` has it; None where the model itself is out."""
    catalog = evaluation.catalog
    if option.shape is None:
        return None
    deployment = Deployment(
        catalog.models[option.model],
        option.weights,
        option.kv,
        catalog.gpus[option.gpu],
        catalog.engines[option.engine],
        option.gpus_per_replica,
    )
    return fit(deployment, ServingSettings(), option.shape)


def work_of(inputs: Inputs, option: ExcludedOption) -> Workload | None:
    """The work that the reason is about."""
    return next((work for work in inputs.workload if work.name == option.workload), None)


def _memory(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    memory = memory_of(evaluation, option)
    if memory is None:
        return ()
    wider = any("of these GPUs" in way for way in memory.remedies)
    return (*memory.remedies, *(_rentable(evaluation, option) if wider else ()))


def _rentable(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    """More of these GPUs may be on record with offers that the plan's answers leave out; otherwise they are not."""
    inputs, catalog = evaluation.inputs, evaluation.catalog
    offers = [offer for offer in catalog.offers.values() if offer.gpu_id == option.gpu]
    allowed = max((o.gpu_count for o in offers if offer_allowed(inputs, catalog, o)), default=0)
    larger = [offer for offer in offers if offer.gpu_count > allowed and offer.is_current]
    if inputs.choice.tensor_parallel is not None and allowed > option.gpus_per_replica:
        return (f"take the pin off tensor parallel {inputs.choice.tensor_parallel}",)
    if not larger:
        return (f"an offer with more of these GPUs: the largest one known has {allowed}",)
    largest = max(larger, key=lambda offer: offer.gpu_count)
    rules = " and ".join(_hidden_by(inputs, largest))
    return (f"{rules}: {largest.provider} has {largest.gpu_count} of these GPUs, your answers leave at most {allowed}",)


def _hidden_by(inputs: Inputs, offer: Offer) -> Iterator[str]:
    """The answers to change so that this offer may be used: those that `offer_allowed` looks at."""
    owned = offer.commitment == OWNED
    if owned and inputs.operations.hardware == "rent":
        yield "consider bought GPUs (question 4)"
    if not owned and inputs.operations.hardware == "own":
        yield "consider rented GPUs (question 4)"
    if not offer.is_production and not inputs.choice.allow_non_production:
        yield "allow spot, marketplace and second-hand offers (question 4)"
    if inputs.residency.answer == "yes" and inputs.residency.required != "none" and not offer.in_eu:
        yield "let data leave the region (question 5)"
    if inputs.choice.offer is not None or offer.provider in inputs.choice.exclude_providers:
        yield f"no pin on an offer, no ban on {offer.provider}"


def _latency(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    if option.alone_ms is None:
        return ()
    inputs, (ttft, tpot) = evaluation.inputs, option.alone_ms
    ways = []
    if tpot > inputs.objectives.tpot_ms:
        ways.append(f"a TPOT objective of at least {tpot:,.0f} ms instead of {inputs.objectives.tpot_ms:,.0f}")
    if ttft > inputs.objectives.ttft_ms_p95:
        ways.append(
            f"a TTFT objective (p95) of at least {ttft:,.0f} ms instead of {inputs.objectives.ttft_ms_p95:,.0f}"
        )
    return (*ways, "work that nobody waits for: background instead of interactive")


def _pin(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return ("take the pin off, or pin this model instead",)


def _cache_size(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return ("its config.json: with it `planner catalog add-model` works out the size of its KV cache",)


def _own_weights(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return ("do without weights of your own (question 3)", "name this model as the base of your weights (question 3)")


def _licence(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return ("a commercial licence from its maker; no answer in the plan changes this",)


def _licence_eu(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return ("a licence from its maker for the EU", "no to `Company in the EU?` where that is true (question 5)")


def _embeds(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return ("work of the kind embedding: this model makes vectors and nothing else",)


def _generates(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return (f"{_work(option)} of another kind than embedding: this model makes text, not vectors",)


def _images(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return (f"{_work(option)} without images",)


def _context(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    if work is None:
        return ()
    limit, needed = model.max_context, context_needed(work)
    return (f"requests of {work.name} within {limit:,} tokens, prompt and answer together, instead of {needed:,}",)


def _evaluated(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    inputs, work = evaluation.inputs, work_of(evaluation.inputs, option)
    found = None if work is None else evaluation_of(inputs, work, option.model)
    if found is None:
        return ()
    now = share(inputs.quality.margin_fraction)
    return (
        "a better score: evaluate it again, fine-tuned or with other prompts "
        f"({share(found.gap_mid_fraction)} below now)",
        f"an acceptable gap of at least {ceil(found.gap_high_fraction * 100)} % instead of {now} (question 2)",
    )


def _untested(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    work = work_of(evaluation.inputs, option)
    free = work is not None and stays_on_api(evaluation.inputs, work) is None
    return (_evaluate(evaluation, option), *((PIN,) if free else ()))


def _on_api(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    inputs, work = evaluation.inputs, work_of(evaluation.inputs, option)
    undecided = replace(inputs, quality=replace(inputs.quality, answer="unknown"))
    judged = inputs.quality.answer == "no" and work is not None and stays_on_api(undecided, work) is None
    by_hand = f"send {_work(option)} to own GPUs by hand in Routing"
    return (_evaluate(evaluation, option), *(("another answer than no to question 2",) if judged else ()), by_hand)


def _level(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    """An evaluation comes before the level; else the work asks for less, or the user insists."""
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    easier: tuple[str, ...] = ()
    if work is not None and model.level is not None and not level_reaches(model.level, work.level):
        easier = (f"{work.name} judged {model.level} instead of {work.level}",)
    return (_evaluate(evaluation, option), *easier, PIN)


def _together(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return (f"let all embedding work move to it: {_work(option)} may not so far",)


def _route(evaluation: Evaluation, option: ExcludedOption) -> tuple[str, ...]:
    return ("let some work go where it is best: in Routing all of it is sent elsewhere by hand",)


def _work(option: ExcludedOption) -> str:
    return option.workload or "the work"


def _evaluate(evaluation: Evaluation, option: ExcludedOption) -> str:
    margin = share(evaluation.inputs.quality.margin_fraction)
    return f"evaluate it on {PROMPTS} of your own prompts of {_work(option)}: within {margin} lets it in"


_WAYS: Final[Mapping[Ground, Callable[[Evaluation, ExcludedOption], tuple[str, ...]]]] = MappingProxyType(
    {
        "memory": _memory,
        "latency": _latency,
        "pin": _pin,
        "cache_size": _cache_size,
        "own_weights": _own_weights,
        "licence": _licence,
        "licence_eu": _licence_eu,
        "embeds": _embeds,
        "generates": _generates,
        "images": _images,
        "context": _context,
        "evaluated": _evaluated,
        "untested": _untested,
        "on_api": _on_api,
        "level": _level,
        "together": _together,
        "route": _route,
    }
)
