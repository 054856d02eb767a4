"""The answer of `planner size` for terminals: yes or no, why, and the sums so that a reader can redo them.

`size --format json`: one replica; `vram_gib` is per GPU, all rates are of the replica.

`planner size --all`: one line a deployment, as text and JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from planner import quantities
from planner.engine.replica.column_readers import is_vllm
from planner.engine.replica.fit import longest_context
from planner.engine.replica.formats import weight_format
from planner.engine.replica.rank import Ranked
from planner.engine.replica.weights import basis_of, checkpoint_of
from planner.engine.specs import (
    Deployment,
    Evidence,
    Model,
    OwnLevel,
    Performance,
    Sizing,
    StepInputs,
    StepTerms,
    VramGib,
)
from planner.report.document import Block, Bullets, Document, Paragraph, Section, plain_table
from planner.report.sections.grounds import measured
from planner.report.tables.candidates import ranking
from planner.report.text import UNWRAPPED, render, table_lines
from planner.report.values import Json, engine_settings, interval, named, number, throughput, vram
from planner.words.checkpoints import weights_mark, weights_words
from planner.words.labels import basis_words, level_words, own_words, settings_words
from planner.words.refusals import because, caveat_words
from planner.words.remedies import remedy_words


def sizing_text(sizing: Sizing) -> str:
    """80 columns, the answer first."""
    return render(sizing_document(sizing))


def sizing_document(sizing: Sizing) -> Document:
    """The same for any rendering."""
    caveats = tuple(map(caveat_words, sizing.caveats))
    sections = (
        _remedies(sizing),
        _memory(sizing),
        _speed(sizing),
        _step(sizing),
        measured(sizing.evidence),
        Section("Warnings", (Bullets(caveats),) if caveats else ()),
    )
    return Document(
        title=title(sizing.deployment),
        strip=answer(sizing),
        sections=tuple(section for section in sections if section.blocks),
        footer=f"1 GiB = 2^30 bytes. Intervals are nominal 80 %. {basis_words(sizing.measured)}",
    )


def title(deployment: Deployment) -> str:
    """What is sized, in one line."""
    d = deployment
    cut = f", TP {d.tensor_parallel}" if d.tensor_parallel > 1 else ""
    cut += f", PP {d.pipeline_parallel}" if d.pipeline_parallel > 1 else ""
    cut += f", DCP {d.decode_context_parallel}" if d.decode_context_parallel > 1 else ""
    weights = weight_format(d.weights).label
    where = f"{d.gpus_per_replica}x {d.gpu.name}{cut}"
    return f"{d.model.name}, {weights} weights, {d.kv} KV cache, {d.engine.name} on {where}"


def answer(sizing: Sizing) -> str:
    """Fits or not, by how much, and what it then does."""
    memory, speed = sizing.memory, sizing.performance
    if memory.refusal is not None and not memory.starts:
        return f"✗ DOES NOT START: {because(memory.refusal)}"
    if not memory.fits:
        short = f" by {quantities.gib(memory.short_by_gib)} per GPU" if memory.short_by_gib > 0 else ""
        return f"✗ DOES NOT FIT{short}"
    if speed is None:
        return "✓ FITS"
    read = quantities.interval(speed.total_tok_s, "input tok/s")
    output = quantities.interval(speed.output_tok_s, "output tok/s") if sizing.deployment.writes else read
    own = "" if sizing.measured is None else f", {own_words(sizing.measured)}"
    late = [caveat.figures[0] for caveat in sizing.caveats if caveat.kind == "objective"]
    missed = f", {' and '.join(map(str, late))} over the objective" if late else ""
    return f"✓ FITS  {output} at concurrency {quantities.significant(speed.concurrency)}{missed}{own}"


def _remedies(sizing: Sizing) -> Section:
    memory = sizing.memory
    if memory.refusal is None:
        return Section("", ())
    blocks: list[Block] = [Paragraph(because(memory.refusal))]
    if not memory.starts:
        short = f"be short by {quantities.gib(memory.short_by_gib)} per GPU" if memory.short_by_gib > 0 else "hold it"
        blocks = [Paragraph(f"The engine refuses it; the memory alone would {short}.")]
    if ways := _remedy_words(sizing):
        blocks += [Paragraph(f"What would {'fit' if memory.starts else 'start and fit'}:"), Bullets(ways)]
    return Section("Why not", tuple(blocks))


def _remedy_words(sizing: Sizing) -> tuple[str, ...]:
    return tuple(remedy_words(sizing.deployment, sizing.shape, remedy) for remedy in sizing.memory.remedies)


def _memory(sizing: Sizing) -> Section:
    vram, memory = sizing.memory.vram_gib, sizing.memory
    pool = max(vram.usable - vram.weights - vram.overhead, 0.0)
    assumed = " (assumed, not read)" if sizing.deployment.gpu.memory_is_assumed else ""
    rows = [
        (f"Memory the runtime shows{assumed}", quantities.gib(vram.total)),
        (
            f"Usable ({quantities.percent(vram.usable / vram.total if vram.total else None)} of it)",
            quantities.gib(vram.usable),
        ),
        (f"- weights ({weights_mark(*_build(sizing))})", quantities.gib(vram.weights)),
        ("- overhead (context, graphs, activations)", quantities.gib(vram.overhead)),
        ("= room for the KV cache", quantities.gib(pool) if memory.fits else quantities.gib(-_missing(vram) or pool)),
    ]
    if memory.fits:
        if vram.free > 0.005:
            rows.append(("of which this load uses", quantities.gib(vram.kv)))
        rows += [
            ("KV cache of the replica", f"{quantities.count(memory.kv_tokens)} tokens"),
            ("Sequences of this length it holds", quantities.significant(memory.max_concurrency)),
        ]
    told = Paragraph(weights_words(*_build(sizing)))
    return Section("VRAM, each GPU", (plain_table(("", ""), tuple(rows), "lr"), told, *_engine_words(sizing)))


def _engine_words(sizing: Sizing) -> tuple[Block, ...]:
    """The settings that the sum rests on, and what the engine's log will say of the cache."""
    memory, engine = sizing.memory, sizing.deployment.engine
    if not memory.max_num_seqs:
        return ()
    words = f"{engine.name} {engine.version} with {settings_words(memory)}."
    if memory.fits and is_vllm(sizing.deployment) and memory.kv_tokens:
        words += (
            f" Its log will print {quantities.count(memory.kv_tokens)} tokens and a concurrency of"
            f" {quantities.fixed(memory.longest_concurrency, 2)} at"
            f" {quantities.count(longest_context(sizing.shape))} tokens a request."
        )
    return (Paragraph(words),)


def engine_prints(sizing: Sizing) -> Json | None:
    """What vLLM's start-up log says of the cache; None for other engines and where it does not start."""
    memory, deployment = sizing.memory, sizing.deployment
    if not memory.fits or not is_vllm(deployment):
        return None
    return {
        "release": deployment.engine.version,
        "kv_cache_gib": number(memory.kv_pool_gib),
        "kv_cache_tokens": memory.kv_tokens,
        "max_model_len": round(longest_context(sizing.shape)),
        "max_concurrency": number(memory.longest_concurrency),
    }


def _build(sizing: Sizing) -> tuple[Model, str]:
    return sizing.deployment.model, sizing.deployment.weights


def _missing(vram: VramGib) -> float:
    return max(vram.weights + vram.overhead - vram.usable, 0.0)


def _speed(sizing: Sizing) -> Section:
    speed, shape = sizing.performance, sizing.shape
    if speed is None:
        return Section("", ())
    level = sizing.measured
    own = () if level is None else (("Level", own_words(level)), ("", level_words(level)))
    running = ("Concurrency", f"{quantities.significant(speed.concurrency)} (limited by {speed.bound_by})")
    requests = ("Requests", quantities.interval(speed.requests_s, "a second"))
    rows: tuple[tuple[str, str], ...] = (
        ("Request", f"{quantities.count(shape.input_tokens)} in, {quantities.count(shape.output_tokens)} out"),
        running,
        ("Output", quantities.interval(speed.output_tok_s, "tok/s")),
        ("Input + output", quantities.interval(speed.total_tok_s, "tok/s")),
        requests,
        ("TTFT, without queueing", quantities.interval(speed.ttft_ms, "ms")),
        ("TPOT", quantities.interval(speed.tpot_ms, "ms")),
        ("One stream alone", quantities.interval(speed.single_stream_tok_s, "tok/s")),
        *own,
    )
    if not sizing.deployment.writes:
        rows = (
            ("Request", f"{quantities.count(shape.input_tokens)} in"),
            running,
            ("Input", quantities.interval(speed.total_tok_s, "tok/s")),
            requests,
            ("Answer, without queueing", quantities.interval(speed.ttft_ms, "ms")),
            *own,
        )
    return Section("Speed of the replica", (plain_table(("", ""), rows, "ll"),))


def _step(sizing: Sizing) -> Section:
    speed, given = sizing.performance, sizing.step_inputs
    if speed is None or given is None or not sizing.deployment.writes:
        return Section("", ())
    terms = speed.terms
    rounded = f"larger({_ms(terms.weights_read_ms + terms.kv_read_ms)}, {_ms(terms.compute_ms)})"
    weights = _over_bandwidth(given.weights_gb, given, given.weight_bandwidth_efficiency)
    power = quantities.significant(given.sharpness)
    rows = (
        ("weights read", _ms(terms.weights_read_ms), weights),
        ("KV cache read", _ms(terms.kv_read_ms), _over_bandwidth(given.kv_gb, given, given.kv_bandwidth_efficiency)),
        ("compute", _ms(terms.compute_ms), _compute_sum(given)),
        ("communication", _ms(terms.communication_ms), "two all-reduces a layer between the GPUs"),
        ("overhead", _ms(terms.overhead_ms), "fitted: per step, per layer and per sequence"),
        ("= decode step", _ms(terms.step_ms), f"{rounded}, corner rounded, + communication + overhead"),
        ("+ prefill of others", _ms(terms.prefill_share_ms), f"one prompt alone takes {_ms(terms.prefill_ms)}"),
        ("= TPOT", _ms(speed.tpot_ms.mid), _rate_sum(speed)),
        ("TTFT", _ms(speed.ttft_ms.mid), _first_token_sum(speed)),
    )
    corner = Paragraph(f"Corner rounded: (reads^p + compute^p)^(1/p) with p = {power}. Percentages are fitted.")
    return Section("One decode step, to redo the sum", (plain_table(("Term", "Time", "How"), rows, "lrl"), corner))


def _ms(value: float) -> str:
    return quantities.milliseconds(value)


def _over_bandwidth(gb: float, given: StepInputs, efficiency: float) -> str:
    peak = f"{quantities.significant(given.bandwidth_gb_s)} GB/s"
    return f"{quantities.significant(gb)} GB a GPU / ({peak} x {quantities.percent(efficiency)})"


def _compute_sum(given: StepInputs) -> str:
    peak = f"{quantities.significant(given.peak_tflops)} TFLOPS x {quantities.percent(given.compute_efficiency)}"
    return f"{quantities.significant(given.tflop)} TFLOP a GPU / ({peak})"


def _rate_sum(speed: Performance) -> str:
    rate = speed.concurrency / speed.tpot_ms.mid * 1e3 if speed.tpot_ms.mid else 0.0
    batch = quantities.significant(speed.concurrency)
    text = f"concurrency {batch} / {_ms(speed.tpot_ms.mid)} = {quantities.significant(rate)} output tok/s"
    kept = speed.output_tok_s.mid
    return (
        text if kept > 0.99 * rate else f"{text}; {quantities.significant(kept)} with its own prompts read in between"
    )


def _first_token_sum(speed: Performance) -> str:
    before = _ms(speed.ttft_ms.mid - speed.terms.prefill_ms)
    return f"one prompt {_ms(speed.terms.prefill_ms)} + {before} from client to GPU and half a running step"


def sizing_json(sizing: Sizing) -> Json:
    """Answer of `size`: whether one replica fits, how fast it is, and the nearest public measurements."""
    memory, performance = sizing.memory, sizing.performance
    writing = performance if sizing.deployment.writes else None
    return {
        "fits": bool(memory.fits),
        "starts": memory.starts,
        "excluded_because": None if memory.refusal is None else because(memory.refusal),
        "short_by_gib": number(memory.short_by_gib),
        "remedies": list(_remedy_words(sizing)),
        "deployment": _deployment(sizing.deployment),
        "vram_gib": vram(memory.vram_gib),
        "kv_pool_gib": number(memory.kv_pool_gib),
        "weights_basis": _weights_basis(*_build(sizing)),
        "kv_tokens": memory.kv_tokens,
        "engine_prints": engine_prints(sizing),
        "settings": engine_settings(memory),
        "max_concurrency": number(memory.max_concurrency),
        "concurrency": None if performance is None else number(performance.concurrency),
        "throughput": None
        if performance is None
        else throughput(None if writing is None else writing.output_tok_s, performance.total_tok_s),
        "ttft_ms": None if performance is None else interval(performance.ttft_ms),
        "tpot_ms": None if writing is None else interval(writing.tpot_ms),
        "single_stream_tok_s": None if writing is None else interval(writing.single_stream_tok_s),
        "bound_by": None if performance is None else performance.bound_by,
        "step_ms": None if writing is None else _terms(writing.terms),
        "measured": None if sizing.measured is None else _own_level(sizing.measured),
        "step_inputs": None if sizing.step_inputs is None or writing is None else asdict(sizing.step_inputs),
        "evidence": [_evidence_json(item) for item in sizing.evidence],
        "warnings": list(map(caveat_words, sizing.caveats)),
    }


def _own_level(level: OwnLevel) -> Json:
    """Of the user's own measurements; `factor` is of the output per second that the fit alone predicts."""
    return {"date": level.as_of, **named(level, "rows", "other_rows"), "factor": interval(level.factor)}


def _terms(terms: StepTerms) -> Json:
    names = ("weights_read", "kv_read", "compute", "communication", "overhead", "prefill_share", "step", "prefill")
    return {name: number(getattr(terms, f"{name}_ms")) for name in names}


def _weights_basis(model: Model, weights: str) -> Json:
    """Which build was sized, and whether its bytes are published, described or by rule."""
    checkpoint = checkpoint_of(model, weights)
    state: Json = {"state": basis_of(checkpoint)}
    if checkpoint is None:
        return state
    return state | named(checkpoint, "repo", "file_gb", "draft_gb", "stated_by", "stated_on", "described_by", "kv")


def _deployment(deployment: Deployment) -> Json:
    return {
        "model": deployment.model.id,
        **named(deployment, "weights", "kv"),
        "gpu": deployment.gpu.id,
        "gpu_name": deployment.gpu.name,
        "gpu_memory_assumed": deployment.gpu.memory_is_assumed,
        "engine": deployment.engine.id,
        **named(deployment, "tensor_parallel", "pipeline_parallel", "gpus_per_replica"),
    }


def _evidence_json(item: Evidence) -> Json:
    row = item.measurement
    return {
        **named(row, "gpu", "model", "weights", "engine", "isl", "osl", "concurrency", "metric", "value"),
        "predicted": number(item.predicted),
        "source": row.citation.source,
        "date": row.citation.as_of,
    }


_SHOWN = {
    "gpus": ("gpus", "n", "weights", "engine", "tok", "concurrency", "hour", "mtok", "offer"),
    "models": ("models", "level", "n", "weights", "engine", "tok", "concurrency", "mtok"),
}


def ranking_text(rows: Sequence[Ranked], kind: str) -> str:
    """Fitting ones as a table, then how near the others come."""
    fitting = [row for row in rows if row.sizing.memory.fits]
    refused = [row for row in rows if not row.sizing.memory.fits]
    measured = ("measured",) if any(row.sizing.measured is not None for row in fitting) else ()
    lines = [*table_lines(ranking(fitting).only(*_SHOWN[kind], *measured), UNWRAPPED), ""]
    lines += [
        f"{len(fitting)} of {len(rows)} {kind} fit. $/1M tokens: rent alone, input + output, whole offer at full load.",
        "$/h of n: rent of the replica's n GPUs; of an offer with more of them, their share.",
    ]
    if refused:
        table = ranking(refused).only(kind, "n", "weights", "because")
        lines += ["", "Does not fit:", "", *table_lines(table, UNWRAPPED)]
    return "\n".join(lines) + "\n"


def ranking_json(rows: Sequence[Ranked]) -> list[dict[str, Any]]:
    """The sizing of each row, with the offer and its prices."""
    return [
        sizing_json(row.sizing)
        | {
            "offer": None if row.offer is None else row.offer.id,
            "usd_per_hour": None if row.usd_per_hour is None else round(row.usd_per_hour, 4),
            "usd_per_mtok": None if row.usd_per_mtok is None else round(row.usd_per_mtok, 4),
            "offer_gpus": None if row.offer is None else row.offer.gpu_count,
            "usd_per_replica_hour": number(row.usd_per_replica_hour),
        }
        for row in rows
    ]
