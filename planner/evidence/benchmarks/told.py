"""A run of a load tool in lines for people, and as the contract of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from planner.evidence.benchmarks.given import OPTIONS, unsaid
from planner.evidence.benchmarks.run import Run
from planner.quantities import count, significant
from planner.words.sentences import sentence


def remarks_of(run: Run) -> list[str]:
    """What to know of its figures."""
    return [sentence("load_tools", remark.kind, *remark.figures) for remark in run.remarks]


def runs_json(runs: Sequence[Run]) -> list[dict[str, object]]:
    """All fields of each run, null where its file does not say; what options could add, and the remarks in words."""
    return [_json(run) for run in runs]


def _json(run: Run) -> dict[str, object]:
    return asdict(run) | {
        "missing": [OPTIONS[name] for name in unsaid(run)],
        "remarks": [
            {"kind": remark.kind, "text": text} for remark, text in zip(run.remarks, remarks_of(run), strict=True)
        ],
    }


_ROWS = (
    ("first token", "ttft_ms", "ms"),
    ("  median", "ttft_median_ms", "ms"),
    ("  p95", "ttft_p95_ms", "ms"),
    ("  p99", "ttft_p99_ms", "ms"),
    ("a token after it", "tpot_ms", "ms"),
    ("  with the first", "tpot_with_first_ms", "ms"),
    ("  a chunk", "chunk_ms", "ms"),
    ("server writes", "output_tok_s", "tokens/s"),
    ("  per GPU", "output_tok_s_per_gpu", "tokens/s"),
    ("reads prompts at", "prefill_tok_s", "tokens/s"),
    ("one stream writes", "decode_tok_s", "tokens/s"),
    ("input", "input_tokens", "tokens a request"),
    ("output", "output_tokens", "tokens a request"),
    ("at a time", "concurrency", "requests"),
    ("  as measured", "concurrency_measured", "requests"),
    ("answered", "requests", "requests"),
    ("failed", "failed", "requests"),
)
_SET_UP = ("model", "gpu", "tensor_parallel", "engine", "weights", "date")


def runs_text(runs: Sequence[Run]) -> str:
    """A block for each run: what it ran on, its figures, what is missing and what to know."""
    return "\n".join("\n".join(_block(run)) for run in runs)


def _block(run: Run) -> list[str]:
    known = [("GPUs " if name == "tensor_parallel" else "") + str(v) for name in _SET_UP if (v := getattr(run, name))]
    lines = [f"{run.file}: {run.tool}{f' {run.tool_version}' if run.tool_version else ''}", f"  {', '.join(known)}"]
    for label, name, unit in _ROWS:
        value = getattr(run, name)
        if value is not None:
            shown = count(value) if isinstance(value, int) else significant(value)
            lines.append(f"  {label:<18} {shown:>9} {unit}")
    if missing := unsaid(run):
        lines.append(f"  not in the file: {', '.join(OPTIONS[name] for name in missing)}")
    return [*lines, *(f"  note: {text}" for text in remarks_of(run)), ""]
