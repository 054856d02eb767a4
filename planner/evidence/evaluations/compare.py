"""Two models by their scores: the answer by one metric, what others and other readings say, and the plan's entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

from planner.engine.specs import Range
from planner.evidence.entries import EVIDENCE, Entry, Evidence, day_or, with_entries
from planner.evidence.evaluations.frameworks import MEAN
from planner.evidence.evaluations.non_inferiority import Tested, Verdict, non_inferiority
from planner.evidence.evaluations.pairs import Paired, paired
from planner.evidence.evaluations.scores import Scores, VerdictRemark
from planner.plan.edit import set_values
from planner.plan.schema import Plan
from planner.quantities import to_digits
from planner.records import dataclass
from planner.toml.errors import InputError, did_you_mean
from planner.toml.layout import KeyPath

LEAST_EFFECTIVE: Final = 50
DIGITS: Final = 6
"""Of means in a plan; a gap is kept whole, for it decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the files show of the two models."""

    tool: str
    version: str | None
    date: str | None
    api: str
    open: str
    paired: Paired
    tested: Tested
    """Weighted where the file has weights: what users meet."""
    unweighted: Tested | None
    """All prompts alike; None where there are no weights."""
    without_errors: Tested | None
    """Without the prompts that the open model failed on; None where it failed on none."""
    others: tuple[tuple[str, Verdict], ...]
    """Other metrics of the file, and the answer by each."""
    remarks: tuple[VerdictRemark, ...]


def compared(
    scores: Scores, api: str, open: str, margin: float, metric: str | None = None, scale: str | None = None
) -> Comparison:
    """The answer. Raises `InputError` where the scores allow none."""
    chosen = _metric(scores, metric)
    found = paired(scores.scores, chosen, api, open, scale)
    answer = non_inferiority(found, margin)
    even = non_inferiority(found, margin, weighted=False) if len({pair.weight for pair in found.pairs}) > 1 else None
    dropped = None
    if found.open_errors:
        dropped = _or_none(scores, chosen, (api, open), margin, scale, drop=True)
    rest = ((one, _or_none(scores, one, (api, open), margin, scale)) for one in scores.metrics if one != chosen)
    return Comparison(
        tool=scores.tool,
        version=scores.version,
        date=scores.date,
        api=api,
        open=open,
        paired=found,
        tested=answer,
        unweighted=even,
        without_errors=dropped,
        others=tuple((one, other.verdict) for one, other in rest if other is not None),
        remarks=(
            *(remark for remark in scores.remarks if remark.kind != "mean_of_metrics" or chosen == MEAN),
            *_remarks(found, answer, even, dropped),
        ),
    )


def _metric(scores: Scores, asked: str | None) -> str:
    known = {name.casefold(): name for name in scores.metrics}
    if asked is None:
        return scores.metrics[0]
    if asked.casefold() not in known:
        hint = did_you_mean(asked, scores.metrics, len(scores.metrics))
        raise InputError(f"the files hold no score of that name{hint}", field="--metric")
    return known[asked.casefold()]


def _or_none(
    scores: Scores, metric: str, sides: tuple[str, str], margin: float, scale: str | None, *, drop: bool = False
) -> Tested | None:
    try:
        return non_inferiority(paired(scores.scores, metric, *sides, scale, drop), margin)
    except InputError:
        return None


def _remarks(found: Paired, answer: Tested, even: Tested | None, dropped: Tested | None) -> list[VerdictRemark]:
    """What a reader must know before the verdict is believed."""
    said = [VerdictRemark("scale", (found.scale,))] if found.scale not in ("pass/fail", "0-1") else []
    if found.runs > 1:
        said.append(VerdictRemark("repeats", (found.runs,)))
    if found.only_api or found.only_open:
        said.append(VerdictRemark("one_side", (found.only_api, found.only_open)))
    if found.open_errors:
        said.append(VerdictRemark("errors_of_open", (found.open_errors,)))
    if found.api_errors:
        said.append(VerdictRemark("errors_of_api", (found.api_errors,)))
    if dropped is not None and dropped.verdict != answer.verdict:
        said.append(VerdictRemark("errors_decide", (dropped.verdict,)))
    if even is not None and even.verdict != answer.verdict:
        said.append(VerdictRemark("weights_decide", (even.verdict,)))
    if answer.effective < min(LEAST_EFFECTIVE, answer.prompts - 0.5):
        said.append(VerdictRemark("few_effective", (answer.prompts, answer.effective)))
    if answer.verdict == "undecided" and (answer.z.low > 0 or answer.z.high < 0):
        said.append(VerdictRemark("alike", (answer.effective,)))
    return said


def into_plan(
    plan: Plan, found: Comparison, names: Sequence[str], files: Sequence[str], day: dt.date, margin: float | None
) -> Plan:
    """The plan with the evaluation, under the ids of the open and the API model and the workload's name ("": all).

    A margin that was asked for becomes the plan's. Raises `InputError` where metrics of the file disagree and none was
    named: which of them stands for the work is not for a program to say.
    """
    model, api_model, workload = names
    answer, version = found.tested, f" {found.version}" if found.version else ""
    gap = _gap(answer.ratio)
    entry: dict[str, Any] = ({"workload": workload} if workload else {}) | {
        "model": model,
        "api_model": api_model,
        "prompts": answer.prompts,
        "gap_low_fraction": gap.low,
        "gap_mid_fraction": gap.mid,
        "gap_high_fraction": gap.high,
        "source": ", ".join((found.tool + version, *files, found.paired.metric)),
        "as_of": day_or(found.date, day),
    }
    if answer.effective < answer.prompts - 0.5:
        entry["effective_prompts"] = to_digits(answer.effective, DIGITS)
    skipped = found.paired.only_api + found.paired.only_open + found.paired.api_errors
    kept: dict[str, float | str] = {
        "tool": found.tool,
        "metric": found.paired.metric[:200],
        "verdict": answer.verdict,
        "api_mean": to_digits(answer.api_mean, DIGITS),
        "open_mean": to_digits(answer.open_mean, DIGITS),
        "open_errors": float(found.paired.open_errors),
    }
    evidence = [Evidence("evals", file, day, answer.prompts + skipped, skipped, kept).entry() for file in files]
    new: dict[KeyPath, list[Entry]] = {("quality", "evaluation"): [entry], EVIDENCE: evidence}
    plan = with_entries(plan, new)
    return plan if margin is None else set_values(plan, {("quality", "margin_fraction"): margin})


def _gap(ratio: Range) -> Range:
    """(api - open) / api; where the ratio has no bound, all of it and as much again."""
    mid = 1.0 - ratio.mid
    return Range(
        1.0 - ratio.high if isfinite(ratio.high) else min(-1.0, mid),
        mid,
        1.0 - ratio.low if isfinite(ratio.low) else max(1.0, mid),
    )
