"""The answer of `planner size` for terminals: yes or no, why, and the sums so that a reader can redo them."""

from __future__ import annotations

from planner.engine.formats import weight_format
from planner.engine.specs import Deployment, Performance, Sizing, StepInputs, VramGib
from planner.report import numbers
from planner.report.document import Block, Bullets, Document, Paragraph, Section, Table
from planner.report.sections.grounds import evidence_line
from planner.report.text import render


def to_text(sizing: Sizing) -> str:
    """80 columns, the answer first."""
    return render(document(sizing))


def document(sizing: Sizing) -> Document:
    """The same for any rendering."""
    sections = (_remedies(sizing), _memory(sizing), _speed(sizing), _step(sizing), _evidence(sizing), _warnings(sizing))
    return Document(
        title=title(sizing.deployment),
        strip=answer(sizing),
        lead=(),
        sections=tuple(section for section in sections if section.blocks),
        footer="1 GiB = 2^30 bytes. Intervals are nominal 80 %. Estimates, not measurements: try it before you buy.",
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
    if not memory.fits:
        short = f" by {numbers.gib(memory.short_by_gib)} per GPU" if memory.short_by_gib > 0 else ""
        return f"✗ DOES NOT FIT{short}"
    if speed is None:
        return "✓ FITS"
    output = numbers.interval(speed.output_tok_s, "output tok/s")
    return f"✓ FITS  {output} at concurrency {numbers.significant(speed.concurrency)}"


def _remedies(sizing: Sizing) -> Section:
    memory = sizing.memory
    if memory.fits:
        return Section("", ())
    blocks: list[Block] = [Paragraph(memory.excluded_because or "not enough memory")]
    if memory.remedies:
        blocks += [Paragraph("What would fit:"), Bullets(memory.remedies)]
    return Section("Why not", tuple(blocks))


def _memory(sizing: Sizing) -> Section:
    vram, memory = sizing.memory.vram_gib, sizing.memory
    pool = max(vram.usable - vram.weights - vram.overhead, 0.0)
    rows = [
        ("Memory the driver shows", numbers.gib(vram.total)),
        (f"Usable ({_share(vram)} of it)", numbers.gib(vram.usable)),
        ("- weights", numbers.gib(vram.weights)),
        ("- overhead (context, graphs, activations)", numbers.gib(vram.overhead)),
        ("= room for the KV cache", numbers.gib(pool) if memory.fits else numbers.gib(-_missing(vram) or pool)),
    ]
    if memory.fits:
        if vram.free > 0.005:
            rows.append(("of which this load uses", numbers.gib(vram.kv)))
        rows += [
            ("KV cache of the replica", f"{numbers.count(memory.kv_tokens)} tokens"),
            ("Sequences of this length it holds", numbers.significant(memory.max_concurrency)),
        ]
    return Section("VRAM, each GPU", (Table(("", ""), tuple(rows), "lr"),))


def _missing(vram: VramGib) -> float:
    return max(vram.weights + vram.overhead - vram.usable, 0.0)


def _share(vram: VramGib) -> str:
    return numbers.percent(vram.usable / vram.total if vram.total else None)


def _speed(sizing: Sizing) -> Section:
    speed, shape = sizing.performance, sizing.shape
    if speed is None:
        return Section("", ())
    rows = (
        ("Request", f"{numbers.count(shape.input_tokens)} in, {numbers.count(shape.output_tokens)} out"),
        ("Concurrency", f"{numbers.significant(speed.concurrency)} (limited by {speed.bound_by})"),
        ("Output", numbers.interval(speed.output_tok_s, "tok/s")),
        ("Input + output", numbers.interval(speed.total_tok_s, "tok/s")),
        ("Requests", numbers.interval(speed.requests_s, "a second")),
        ("TTFT, without queueing", numbers.interval(speed.ttft_ms, "ms")),
        ("TPOT", numbers.interval(speed.tpot_ms, "ms")),
        ("One stream alone", numbers.interval(speed.single_stream_tok_s, "tok/s")),
    )
    return Section("Speed of the replica", (Table(("", ""), rows, "ll"),))


def _step(sizing: Sizing) -> Section:
    speed, given = sizing.performance, sizing.step_inputs
    if speed is None:
        return Section("", ())
    terms = speed.terms
    reads = terms.weights_read_ms + terms.kv_read_ms
    rounded = "larger(reads, compute)" if given is None else f"larger({_ms(reads)}, {_ms(terms.compute_ms)})"
    rows = (
        ("weights read", _ms(terms.weights_read_ms), _weights_sum(given)),
        ("KV cache read", _ms(terms.kv_read_ms), _kv_sum(given)),
        ("compute", _ms(terms.compute_ms), _compute_sum(given)),
        ("communication", _ms(terms.communication_ms), "two all-reduces a layer between the GPUs"),
        ("overhead", _ms(terms.overhead_ms), "fitted: per step, per layer and per sequence"),
        ("= decode step", _ms(terms.step_ms), f"{rounded}, corner rounded, + communication + overhead"),
        ("+ prefill of others", _ms(terms.prefill_share_ms), f"one prompt alone takes {_ms(terms.prefill_ms)}"),
        ("= TPOT", _ms(speed.tpot_ms.mid), _rate_sum(speed)),
        ("TTFT", _ms(speed.ttft_ms.mid), _first_token_sum(speed)),
    )
    return Section("One decode step, to redo the sum", (Table(("Term", "Time", "How"), rows, "lrl"), *_corner(given)))


def _corner(given: StepInputs | None) -> tuple[Paragraph, ...]:
    if given is None:
        return ()
    power = numbers.significant(given.sharpness)
    return (Paragraph(f"Corner rounded: (reads^p + compute^p)^(1/p) with p = {power}. Percentages are fitted."),)


def _ms(value: float) -> str:
    return numbers.milliseconds(value)


def _weights_sum(given: StepInputs | None) -> str:
    if given is None:
        return ""
    return _over_bandwidth(given.weights_gb, given, given.weight_bandwidth_efficiency)


def _kv_sum(given: StepInputs | None) -> str:
    return "" if given is None else _over_bandwidth(given.kv_gb, given, given.kv_bandwidth_efficiency)


def _over_bandwidth(gb: float, given: StepInputs, efficiency: float) -> str:
    peak = f"{numbers.significant(given.bandwidth_gb_s)} GB/s"
    return f"{numbers.significant(gb)} GB a GPU / ({peak} x {numbers.percent(efficiency)})"


def _compute_sum(given: StepInputs | None) -> str:
    if given is None:
        return ""
    peak = f"{numbers.significant(given.peak_tflops)} TFLOPS x {numbers.percent(given.compute_efficiency)}"
    return f"{numbers.significant(given.tflop)} TFLOP a GPU / ({peak})"


def _rate_sum(speed: Performance) -> str:
    rate = speed.concurrency / speed.tpot_ms.mid * 1e3 if speed.tpot_ms.mid else 0.0
    batch = numbers.significant(speed.concurrency)
    text = f"concurrency {batch} / {_ms(speed.tpot_ms.mid)} = {numbers.significant(rate)} output tok/s"
    kept = speed.output_tok_s.mid
    return text if kept > 0.99 * rate else f"{text}; {numbers.significant(kept)} with its own prompts read in between"


def _first_token_sum(speed: Performance) -> str:
    before = _ms(speed.ttft_ms.mid - speed.terms.prefill_ms)
    return f"one prompt {_ms(speed.terms.prefill_ms)} + {before} from client to GPU and half a running step"


def _evidence(sizing: Sizing) -> Section:
    lines = tuple(evidence_line(item) for item in sizing.evidence)
    note = Paragraph("Published by others, none of them measured here:")
    return Section("Nearest public measurements", (note, Bullets(lines)) if lines else ())


def _warnings(sizing: Sizing) -> Section:
    return Section("Warnings", (Bullets(sizing.warnings),) if sizing.warnings else ())
