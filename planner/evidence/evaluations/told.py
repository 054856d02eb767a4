"""Two models tested, in lines for people and as the contract of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any, Final

from planner.engine.specs import Catalog, Range
from planner.evidence.evaluations.compare import Comparison
from planner.evidence.evaluations.non_inferiority import Tested
from planner.evidence.evaluations.scores import VerdictRemark
from planner.plan.prices import overlaid_catalog
from planner.plan.schema import Plan
from planner.quantities import count, fixed, percent, share, significant
from planner.words.sentences import sentence

Json = dict[str, Any]


def to_json(found: Comparison, remarks: tuple[VerdictRemark, ...]) -> Json:
    """The answer with all that it rests on; what the data do not bound is null."""
    return {
        "tool": found.tool,
        "tool_version": found.version,
        "date": found.date,
        "api": found.api,
        "open": found.open,
        "metric": found.paired.metric,
        "scale": found.paired.scale,
        **_tested(found.tested),
        "unweighted": found.unweighted and _tested(found.unweighted),
        "errors": {"api": found.paired.api_errors, "open": found.paired.open_errors},
        "without_errors": found.without_errors and _tested(found.without_errors),
        "only_api": found.paired.only_api,
        "only_open": found.paired.only_open,
        "clusters": found.paired.clusters,
        "runs": found.paired.runs,
        "other_metrics": dict(found.others),
        "remarks": [{"kind": remark.kind, "text": _words(remark)} for remark in remarks],
    }


def _tested(answer: Tested) -> Json:
    values: Json = asdict(answer)
    for name in ("z", "ratio", "difference"):
        values[name] = {end: value if isfinite(value) else None for end, value in values[name].items()}
    return values | {"z_se": answer.z_se if isfinite(answer.z_se) else None}


def _words(remark: VerdictRemark) -> str:
    figures = (sentence("within", str(each)) if each in _ANSWERS else each for each in remark.figures)
    return sentence("evaluations", remark.kind, *figures)


_ANSWERS: Final = ("within", "not_within", "undecided")


def to_text(found: Comparison, remarks: tuple[VerdictRemark, ...]) -> str:
    """The answer first, then what it rests on."""
    answer = found.tested
    head = sentence("verdicts", answer.verdict, percent(answer.margin), found.open, found.api)
    if answer.verdict == "undecided":
        needed = sentence("settle", "prompts" if answer.more_prompts else "never", answer.more_prompts or 0)
        head = f"{head}; {needed}"
    lines = [head, "", *(f"  {label:<22} {value}" for label, value in _rows(found))]
    lines += [f"  note: {_words(remark)}" for remark in remarks]
    return "\n".join(lines) + "\n"


def recorded(plan: Plan, found: Comparison, names: Sequence[str], catalog: Catalog) -> str:
    """Of what the plan will keep it, or keeps it: the two models as the catalogue calls them, and the work."""
    candidate, today, work = names
    known = overlaid_catalog(catalog, plan)
    key = "of_all" if not work and len(plan.workload) > 1 else "of_work"
    figures = known.name_of(candidate), known.name_of(today), work or plan.workload[0].name
    return sentence("evaluation_into", key, *figures, prompts=found.tested.prompts)


def _rows(found: Comparison) -> list[tuple[str, str]]:
    a = found.tested
    rows = [
        ("by", f"{found.paired.metric} ({found.paired.scale})"),
        ("prompts", f"{count(a.prompts)}, worth {significant(a.effective)} independent ones"),
        ("means", f"{significant(a.open_mean)} candidate, {significant(a.api_mean)} today's"),
        ("ratio", f"{_ends(a.ratio)}: within where its lower end is above {fixed(1 - a.margin, 2)}"),
        ("difference", f"{_ends(a.difference)}: 95 %; as points, {sentence('within', a.absolute)}"),
        ("won / tied / lost", f"{count(a.wins)} / {count(a.ties)} / {count(a.losses)}"),
    ]
    if a.mcnemar_p is not None:
        failing = [1 - a.open_mean, 1 - a.api_mean]
        rows.append(("failures", f"{share(failing[0], 1)} candidate, {share(failing[1], 1)} today's"))
        rows.append(("any difference", f"McNemar's exact p {significant(a.mcnemar_p, 2)}"))
    for label, other in (("unweighted", found.unweighted), ("without its failures", found.without_errors)):
        if other is not None:
            rows.append((label, f"{sentence('within', other.verdict)}, ratio {_ends(other.ratio)}"))
    return [*rows, *((f"by {name}", sentence("within", verdict)) for name, verdict in found.others)]


def _ends(value: Range) -> str:
    return f"{significant(value.mid)} [{_end(value.low)} .. {_end(value.high)}]"


def _end(value: float) -> Any:
    return significant(value) if isfinite(value) else "no bound"
