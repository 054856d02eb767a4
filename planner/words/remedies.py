"""What would let in what is out: the answers, evidence or layout that would change a no, best first.

One function for each rule whose ways depend on the plan, on the option or on the memory that is missing; the table in
`words.refusals` names them beside the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from typing import Final

from planner.engine import specs
from planner.engine.fleet.ownership import OWNED
from planner.engine.permitted import machine_permitted
from planner.engine.quality import context_needed, evaluation_of, level_reaches, stays_on_api
from planner.engine.replica.fit import fit, longest_context, published_formats
from planner.engine.replica.formats import weight_format
from planner.engine.search.eligible import offer_allowed
from planner.quantities import count, measure, rounded_up, share
from planner.words.next_steps import PROMPTS

YARN_SETTING: Final = "rope_scaling of type yarn in its config.json, or vLLM's --hf-overrides"
PIN: Final = "pin this model, to see it costed untested"


def remedy_words(deployment: specs.Deployment, shape: specs.RequestShape, remedy: specs.Remedy) -> str:
    """One change that would let the deployment fit requests of that shape."""
    if remedy.replica is not None:
        changes = " with ".join(_changes(deployment, remedy.replica))
        return f"{changes}: weights {measure(remedy.weights_gib, 1)} GiB per GPU"
    if remedy.kind == "flags":
        return _flags(remedy)
    if remedy.kind == "gpu":
        return f"a GPU with at least {measure(remedy.gpu_gib)} GiB"
    if remedy.kind == "shorter":
        return f"a context of at most {count(remedy.context_tokens)} tokens instead of {count(longest_context(shape))}"
    kept = f"keep the context within {count(remedy.context_tokens)} tokens"
    if remedy.yarn_tokens is None:
        return kept
    return f"{kept}, or within {count(remedy.yarn_tokens)} with YaRN as the model's card sets it: {YARN_SETTING}"


def _flags(remedy: specs.Remedy) -> str:
    eager = "" if remedy.cuda_graphs else " --enforce-eager (no CUDA graphs, slower answers)"
    return f"start it with --max-num-seqs {remedy.max_num_seqs}{eager}"


def _changes(before: specs.Deployment, after: specs.Deployment) -> Iterator[str]:
    """What differs: weights, with where they come from, cache, GPUs."""
    if after.weights != before.weights:
        source = published_formats(after.model).get(after.weights, "quantised at load")
        yield f"{weight_format(after.weights).label} weights ({source})"
    if after.kv != before.kv:
        yield f"an {after.kv.upper()} KV cache"
    if after.gpus_per_replica != before.gpus_per_replica:
        stages = f", {after.pipeline_parallel} pipeline stages" if after.pipeline_parallel > 1 else ""
        yield f"{after.gpus_per_replica} of these GPUs (tensor parallel {after.tensor_parallel}{stages})"


def deployment_of(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> specs.Deployment:
    """One replica of an option that was sized."""
    catalog = evaluation.catalog
    return specs.Deployment(
        catalog.models[option.model],
        option.weights,
        option.kv,
        catalog.gpus[option.gpu],
        catalog.engines[option.engine],
        option.gpus_per_replica,
    )


def memory_of(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> specs.MemoryFit | None:
    """Memory of an option that was sized, as `planner size` has it; None where the model itself is out."""
    if option.shape is None:
        return None
    return fit(
        deployment_of(evaluation, option),
        specs.ServingSettings(lora_adapters=evaluation.inputs.fine_tuning.slots),
        option.shape,
    )


def work_of(inputs: specs.Inputs, option: specs.ExcludedOption) -> specs.Workload | None:
    """The work that the reason is about."""
    return next((work for work in inputs.workload if work.name == option.workload), None)


def memory(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """What would make it fit, and where more of its GPUs are on record; takes some ms."""
    found = memory_of(evaluation, option)
    if found is None or option.shape is None:
        return ()
    replica = deployment_of(evaluation, option)
    ways = tuple(remedy_words(replica, option.shape, remedy) for remedy in found.remedies)
    changed = (remedy.replica for remedy in found.remedies if remedy.replica is not None)
    wider = any(other.gpus_per_replica > option.gpus_per_replica for other in changed)
    return (*ways, *(_rentable(evaluation, option) if wider else ()))


def _rentable(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """More of these GPUs may be on record with offers that the plan's answers leave out; otherwise they are not."""
    inputs, catalog = evaluation.inputs, evaluation.catalog
    offers = [offer for offer in catalog.offers.values() if offer.gpu_id == option.gpu]
    allowed = max((o.gpu_count for o in offers if offer_allowed(inputs, catalog, o)), default=0)
    larger = [o for o in offers if o.gpu_count > allowed and o.is_current and machine_permitted(inputs, o)]
    if inputs.choice.tensor_parallel is not None and allowed > option.gpus_per_replica:
        return (f"take the pin off tensor parallel {inputs.choice.tensor_parallel}",)
    if not larger:
        return (f"an offer with more of these GPUs: the largest one known has {allowed}",)
    largest = max(larger, key=lambda offer: offer.gpu_count)
    rules = " and ".join(_hidden_by(inputs, largest))
    return (f"{rules}: {largest.provider} has {largest.gpu_count} of these GPUs, your answers leave at most {allowed}",)


def _hidden_by(inputs: specs.Inputs, offer: specs.Offer) -> Iterator[str]:
    """The answers to change so that this offer may be used: those that `offer_allowed` looks at."""
    owned = offer.commitment == OWNED
    if owned and inputs.operations.hardware == "rent":
        yield "consider bought GPUs (question 4)"
    if not owned and inputs.operations.hardware == "own":
        yield "consider rented GPUs (question 4)"
    if not offer.is_production and not inputs.choice.allow_non_production:
        yield "allow spot, marketplace and second-hand offers (question 4)"
    if inputs.choice.offer is not None or offer.provider in inputs.choice.exclude_providers:
        yield f"no pin on an offer, no ban on {offer.provider}"


def latency(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """Objectives as loose as one request alone needs, or work without any."""
    if option.alone_ms is None:
        return ()
    inputs, (ttft, tpot) = evaluation.inputs, option.alone_ms
    ways = []
    if tpot > inputs.objectives.tpot_ms:
        ways.append(f"a TPOT objective of at least {rounded_up(tpot)} ms instead of {count(inputs.objectives.tpot_ms)}")
    if ttft > inputs.objectives.ttft_ms_p95:
        now = count(inputs.objectives.ttft_ms_p95)
        ways.append(f"a TTFT objective (p95) of at least {rounded_up(ttft)} ms instead of {now}")
    return (*ways, "work that nobody waits for: background instead of interactive")


def context(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """Shorter requests."""
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    if work is None:
        return ()
    limit, needed = count(model.max_context), count(context_needed(work))
    shorter = f"requests of {work.name} within {limit} tokens, prompt and answer together, instead of {needed}"
    if model.yarn_context is None or model.yarn_context < context_needed(work):
        return (shorter,)
    return (shorter, f"YaRN as the model's card sets it, for {count(model.yarn_context)} tokens: {YARN_SETTING}")


def evaluated(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """A better score, or a wider margin."""
    inputs, work = evaluation.inputs, work_of(evaluation.inputs, option)
    found = None if work is None else evaluation_of(inputs, work, option.model)
    if found is None:
        return ()
    now = share(inputs.quality.margin_fraction)
    return (
        "a better score: evaluate it again, fine-tuned or with other prompts "
        f"({share(found.gap_mid_fraction)} below now)",
        f"an acceptable gap of at least {ceil(found.most_gap * 100)} % instead of {now} (question 2)",
    )


def untested(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """An evaluation; a pin only where the level may decide."""
    work = work_of(evaluation.inputs, option)
    free = work is not None and stays_on_api(evaluation.inputs, work) is None
    return (_evaluate(evaluation, option), *((PIN,) if free else ()))


def on_api(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """An evaluation, another answer where that is what keeps it, or the user insists."""
    inputs, work = evaluation.inputs, work_of(evaluation.inputs, option)
    undecided = replace(inputs, quality=replace(inputs.quality, answer="unknown"))
    judged = inputs.quality.answer == "no" and work is not None and stays_on_api(undecided, work) is None
    by_hand = f"send {_work(option)} to own GPUs by hand in Routing"
    return (_evaluate(evaluation, option), *(("another answer than no to question 2",) if judged else ()), by_hand)


def level(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """An evaluation comes before the level; else the work asks for less, or the user insists."""
    work, model = work_of(evaluation.inputs, option), evaluation.catalog.models[option.model]
    easier: tuple[str, ...] = ()
    if work is not None and model.level is not None and not level_reaches(model.level, work.level):
        easier = (f"{work.name} judged {model.level} instead of {work.level}",)
    return (_evaluate(evaluation, option), *easier, PIN)


def figure(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> tuple[str, ...]:
    """An evaluation comes before any published figure; else the user insists."""
    return (_evaluate(evaluation, option), PIN)


def _work(option: specs.ExcludedOption) -> str:
    return option.workload or "the work"


def _evaluate(evaluation: specs.Evaluation, option: specs.ExcludedOption) -> str:
    margin = share(evaluation.inputs.quality.margin_fraction)
    return f"evaluate it on {PROMPTS} of your own prompts of {_work(option)}: within {margin} lets it in"
