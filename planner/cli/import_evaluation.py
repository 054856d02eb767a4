"""`planner import evaluation FILE [FILE]`: two models on the same prompts, tested, and put into a plan."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from planner.catalog.lookup import LookupFailed, find_api
from planner.catalog.lookup import find_model as model_called
from planner.cli.imports import loaded_for, save_into
from planner.cli.loading import find_model, load_catalog
from planner.cli.options import as_of, deliver, format_of
from planner.engine.specs import Catalog, Range
from planner.evidence.evaluations.compare import Comparison, compared, into_plan
from planner.evidence.evaluations.non_inferiority import Tested
from planner.evidence.evaluations.pairs import sides
from planner.evidence.evaluations.read import read_evaluation
from planner.evidence.evaluations.scores import Remark
from planner.quantities import count, fixed, percent, share, significant
from planner.report.values import Json, as_json
from planner.toml.errors import InputError
from planner.words.sentences import sentence

if TYPE_CHECKING:
    from planner.plan.schema import Plan

MARGIN: Final = 0.10


def run(args: argparse.Namespace) -> int:
    """Test, and show what came out; with --into, save it in the plan."""
    catalog, loaded = load_catalog(args), loaded_for(args)
    margin = args.margin or (loaded.plan.quality.margin_fraction if loaded else MARGIN)
    if margin >= 1:
        raise InputError("found a margin of everything, expected one below 100 %", field="--margin")
    scores = read_evaluation(args.files, args.filter)
    api, open, guessed = sides(scores, args.api, args.open, partial(_is_api, catalog), partial(_is_open, catalog))
    found = compared(scores, api, open, margin, args.metric, args.scale)
    said = (*guessed, *found.remarks)
    written = as_json(to_json(found, said)) if format_of(args) == "json" else to_text(found, said)
    if loaded is None:
        deliver(written, args.output, args, *args.files)
        return 0
    _refuse_disagreement(found, args.metric)
    ids = _ids(args, loaded.plan, found, catalog)
    plan = into_plan(loaded.plan, found, ids, [path.name or str(path) for path in args.files], as_of(args), args.margin)
    deliver(written, args.output, args, *args.files, loaded.path)
    save_into(loaded, plan, args, catalog)
    return 0


def _is_api(catalog: Catalog, name: str) -> bool:
    return _answered(lambda: not find_api(catalog.apis, name).is_hosted_open)


def _is_open(catalog: Catalog, name: str) -> bool:
    return _answered(lambda: bool(model_called(catalog.models, name)))


def _answered(asked: Callable[[], bool]) -> bool:
    try:
        return asked()
    except LookupFailed:
        return False


def _refuse_disagreement(found: Comparison, asked: str | None) -> None:
    """Which of several scores stands for the work is not for a program to say, where it decides the answer."""
    answers = {found.tested.verdict, *(verdict for _, verdict in found.others)}
    if asked is None and len(answers) > 1:
        names = ", ".join((found.paired.metric, *(name for name, _ in found.others)))
        raise InputError(f"the scores disagree: say which stands for the work: {names}", field="--metric")


def _ids(args: argparse.Namespace, plan: Plan, found: Comparison, catalog: Catalog) -> tuple[str, str, str]:
    """Ids of both models in the catalogue, and the workload."""
    names = {entry.name.casefold(): entry for entry in plan.workload}
    work = names.get((args.workload or "").casefold())
    if args.workload is not None and work is None:
        raise InputError(f"the plan has no such workload; it has: {', '.join(names)}", field="--workload")
    model = find_model(catalog, args.model or found.open, "--model")[0].id
    today = (work.api_model if work else None) or plan.volume.baseline_api
    if args.api_model is not None:
        today = find_api(catalog.apis, args.api_model, "--api-model").id
    elif _is_api(catalog, found.api):
        today = find_api(catalog.apis, found.api).id
    return model, today, work.name if work else ""


def to_json(found: Comparison, remarks: tuple[Remark, ...]) -> Json:
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


def _words(remark: Remark) -> str:
    figures = (sentence("within", str(each)) if each in _ANSWERS else each for each in remark.figures)
    return sentence("evaluations", remark.kind, *figures)


_ANSWERS: Final = ("within", "not_within", "undecided")


def to_text(found: Comparison, remarks: tuple[Remark, ...]) -> str:
    """The answer first, then what it rests on."""
    answer = found.tested
    head = sentence("verdicts", answer.verdict, percent(answer.margin), found.open, found.api)
    if answer.verdict == "undecided":
        needed = sentence("settle", "prompts" if answer.more_prompts else "never", answer.more_prompts or 0)
        head = f"{head}; {needed}"
    lines = [head, "", *(f"  {label:<22} {value}" for label, value in _rows(found))]
    lines += [f"  note: {_words(remark)}" for remark in remarks]
    return "\n".join(lines) + "\n"


def _rows(found: Comparison) -> list[tuple[str, str]]:
    a = found.tested
    rows = [
        ("by", f"{found.paired.metric} ({found.paired.scale})"),
        ("prompts", f"{count(a.prompts)}, worth {significant(a.effective)} independent ones"),
        ("means", f"{significant(a.open_mean)} open, {significant(a.api_mean)} API"),
        ("ratio", f"{_ends(a.ratio)}: within where its lower end is above {fixed(1 - a.margin, 2)}"),
        ("difference", f"{_ends(a.difference)}: 95 %; as points, {sentence('within', a.absolute)}"),
        ("won / tied / lost", f"{count(a.wins)} / {count(a.ties)} / {count(a.losses)}"),
    ]
    if a.mcnemar_p is not None:
        failing = [1 - a.open_mean, 1 - a.api_mean]
        rows.append(("failures", f"{share(failing[0], 1)} open, {share(failing[1], 1)} API"))
        rows.append(("any difference", f"McNemar's exact p {significant(a.mcnemar_p, 2)}"))
    for label, other in (("unweighted", found.unweighted), ("without its failures", found.without_errors)):
        if other is not None:
            rows.append((label, f"{sentence('within', other.verdict)}, ratio {_ends(other.ratio)}"))
    return [*rows, *((f"by {name}", sentence("within", verdict)) for name, verdict in found.others)]


def _ends(value: Range) -> str:
    return f"{significant(value.mid)} [{_end(value.low)} .. {_end(value.high)}]"


def _end(value: float) -> Any:
    return significant(value) if isfinite(value) else "no bound"
