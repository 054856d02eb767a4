"""Any file that a person has: what kind it is, what it says in words, and a plan with it inside.

Commands name the kind; the app is handed a file and finds out. What a file does not hold is asked for, field by field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from planner.catalog.lookup import LookupFailed
from planner.engine.specs import Catalog, Evaluation
from planner.evidence.benchmarks import given
from planner.evidence.benchmarks import told as runs_told
from planner.evidence.benchmarks.names import Find, named
from planner.evidence.benchmarks.read import read_runs, reader_of
from planner.evidence.benchmarks.run import Run
from planner.evidence.evaluations import compare
from planner.evidence.evaluations import told as scores_told
from planner.evidence.evaluations.names import (
    Who,
    candidate_or_none,
    candidates,
    disagree,
    ids_of,
    only_one,
    who_is_who,
)
from planner.evidence.evaluations.pairs import ScaleUnknownError
from planner.evidence.evaluations.read import read_evaluation
from planner.evidence.evaluations.scores import Scores
from planner.evidence.files import Document, read_document
from planner.evidence.usage import mapping
from planner.evidence.usage import told as usage_told
from planner.evidence.usage.detect import detect
from planner.evidence.usage.into_plan import taken_into
from planner.evidence.usage.matching import matched
from planner.evidence.usage.money import windows
from planner.evidence.usage.names import sure
from planner.evidence.usage.read import Asked, Usage, read_usage
from planner.evidence.usage.streams import PEEK_BYTES, Watch, decoded, opened, parts_of, start_of
from planner.evidence.usage.volumes import workloads_of
from planner.plan.prices import overlaid_catalog
from planner.plan.schema import Plan
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.words.sentences import as_sentence

Kind = Literal["usage", "benchmark", "evaluation"]
SMALLEST: Final[Mapping[Kind, str]] = {
    "usage": """\
timestamp,model,prompt_tokens,completion_tokens
2026-10-01T09:00:00Z,gpt-5.4,1800,210
2026-10-01T09:00:04Z,gpt-5.4,2350,180
""",
    "evaluation": """\
prompt,score_claude-sonnet-4-6,score_gpt-6-luna
refund-17,1,1
refund-18,1,0
""",
    "benchmark": """\
{"backend": "vllm", "model_id": "Qwen/Qwen3-8B", "max_concurrency": 16,
 "completed": 500, "duration": 100.0, "output_throughput": 1200.0,
 "total_input_tokens": 512000, "total_output_tokens": 120000}
""",
}
"""The smallest file of each kind that is taken in, to show."""
MARGIN: Final = 0.10
FIND: Final = Find()
NONE: Final = "\t"
"""For a column that there is not, and for work that the plan does not have."""
ALL: Final = "\n"
"""For an evaluation that stands for all work: no work can be called so."""


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """What a file says. `into` puts it into a plan, and says in lines what became of it."""

    kind: Kind
    text: str
    into: Callable[[Plan], tuple[Plan, tuple[str, ...]]]
    """Raises `InputError` where the plan cannot take it."""
    name: str = ""
    """For a plan that begins with it."""


class NeedsError(Exception):
    """A file that does not say enough: `fields` of a run that have to be given, or another file of an evaluation."""

    def __init__(
        self,
        kind: Kind,
        fields: Sequence[str] = (),
        choices: Mapping[str, Sequence[str]] | None = None,
        about: str = "",
    ) -> None:
        """`choices`: what may be picked for a field, by what is given; `about`: what is asked about."""
        self.kind, self.fields, self.choices, self.about = kind, tuple(fields), choices or {}, about
        super().__init__(", ".join(fields))


def _is_log(path: Path) -> bool:
    """Told by the keys that its first file begins with, or by columns that somebody has named before."""
    for part in parts_of(path)[:1]:
        with opened(part, Watch()) as stream:
            head = start_of(stream)
        found = detect(decoded(head), head, cut=len(head) >= PEEK_BYTES)
        return (
            found.format is not None
            or found.shape == "parquet"
            or bool(mapping.remembered(found.fingerprint) or sure(found.names))
        )
    return False


def _document(path: Path) -> Document | None:
    """The file as text; None where it is a folder, packed, or too large for the result of a tool."""
    try:
        return read_document(path) if path.is_file() else None
    except InputError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is known beside the file."""

    catalog: Catalog
    day: dt.date
    plan: Plan | None = None
    given: Mapping[str, Any] | None = None
    """Fields of a run; of an evaluation `other` (a second file), `today` and `candidate` (labels in it), `metric`,
    `scale`, `model` (the candidate's id) and `workload`; of a log `mapping` (what its columns are) and `work` (what it
    calls work, as the plan does)."""
    answer: Evaluation | None = None
    """What the plan comes to: the models that it proposes."""
    watch: Watch = Watch()


def understand(path: Path, asking: Asking) -> Understood:
    """What the file says. Raises `InputError`, `NeedsError` where more has to be given, and `CancelledError`."""
    if "mapping" in (asking.given or {}) or _is_log(path):
        return _usage(path, asking)
    document = _document(path)
    if document is not None and reader_of(document) is not None:
        return _benchmark(document, asking)
    try:
        scores = read_evaluation([path], first=document)
    except InputError:
        return _usage(path, asking)  # its error names the columns, and what they are can be said
    return _evaluation(path, document, scores, asking)


def _usage(path: Path, asking: Asking) -> Understood:
    told = asking.given or {}
    named = told.get("mapping")
    usage = read_usage(path, _asked(asking, named), asking.watch)
    if usage.sums is not None and usage.spare and "requests" not in told:
        raise NeedsError("usage", ["requests"], {"requests": (*usage.spare, NONE)})
    if told.get("requests", NONE) != NONE and (before := named or usage.named or mapping.remembered(usage.fingerprint)):
        named = {**before, "requests": told["requests"]}
        usage = read_usage(path, _asked(asking, named), asking.watch)
    if named is not None and usage.fingerprint:
        mapping.remember(usage.fingerprint, named)

    said = told.get("work", {})

    def into(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
        taken = taken_into(plan, usage, asking.catalog, asking.day, said)
        return taken.plan, tuple(usage_told.taken_lines(taken))

    text = usage_told.to_text(usage, asking.catalog)
    if asking.plan is not None and workloads_of(usage):
        _ask_for_work(asking.plan, usage, said)
        text = "\n".join([text, *map(as_sentence, into(asking.plan)[1])])
    return Understood("usage", text, into, path.stem)


def _asked(asking: Asking, named: Mapping[str, str] | None) -> Asked:
    return Asked(mapping=named, remembered=mapping.remembered, window=windows(asking.catalog))


def _ask_for_work(plan: Plan, usage: Usage, said: Mapping[str, str]) -> None:
    """Raises `NeedsError` for what may be work that the plan has: counted beside it, it would count twice. Of several
    names that may be the same work none is likelier."""
    found = matched(plan, usage, said)
    alone = {name: works for name, works in found.perhaps.items() if list(found.perhaps.values()).count(works) == 1}
    for called, works in {**found.several, **alone}.items():
        if called not in said:
            raise NeedsError("usage", ["work"], {"work": (*works, NONE)}, called)


def _benchmark(document: Document, asking: Asking) -> Understood:
    told = given.Given(**{key: value for key, value in (asking.given or {}).items() if key in given.OPTIONS})
    runs = [given.with_given(run, told) for run in read_runs(document)]
    missing = [field for field in given.lacks(runs[0]) if field in given.OPTIONS]
    if missing:
        raise NeedsError("benchmark", missing)
    whole = [_named(run, asking.catalog) for run in runs if not given.lacks(run)]

    def into(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
        return given.into_plan(plan, whole, asking.day)[0], ()

    return Understood("benchmark", runs_told.runs_text(runs), into, document.path.stem)


def _named(run: Run, catalog: Catalog) -> Run:
    """Raises `NeedsError` for a name that nobody knows: the file's own is of no use."""
    try:
        return named(run, catalog, FIND)
    except LookupFailed as error:
        field = str(error.field).removeprefix("--")
        raise NeedsError("benchmark", [field if field in given.OPTIONS else "model"]) from None


def _evaluation(path: Path, document: Document | None, scores: Scores, asking: Asking) -> Understood:
    told, catalog, plan = asking.given or {}, asking.catalog, asking.plan
    paths = [path, *([Path(told["other"])] if "other" in told else [])]
    if len(paths) > 1:
        scores = read_evaluation(paths, first=document)
    if len(scores.models) < 2:
        raise NeedsError("evaluation", ["other"])
    who = _who(scores, asking, told)
    margin = plan.quality.margin_fraction if plan is not None else MARGIN
    try:
        found = compare.compared(scores, who.today, who.candidate, margin, told.get("metric"), told.get("scale"))
    except ScaleUnknownError:
        raise NeedsError("evaluation", ["scale"]) from None
    if "metric" not in told and (metrics := disagree(found)):
        raise NeedsError("evaluation", ["metric"], {"metric": metrics})
    names = _of_plan(plan, catalog, who, told)
    files = [one.name for one in paths]

    def into(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
        ids = ids_of(plan, found, catalog, FIND.model, **names)
        return compare.into_plan(plan, found, ids, files, asking.day, None), ()

    text = scores_told.to_text(found, (*who.remarks, *found.remarks))
    if plan is not None:
        said = scores_told.recorded(plan, found, ids_of(plan, found, catalog, FIND.model, **names), catalog)
        text = f"{text}\n{as_sentence(said)}"
    return Understood("evaluation", text, into, path.stem)


def _who(scores: Scores, asking: Asking, told: Mapping[str, Any]) -> Who:
    """Who is who in it. Raises `NeedsError` where neither the file nor the plan says."""
    labels, named = scores.models, (told.get("today"), told.get("candidate"))
    try:
        who = who_is_who(scores, asking.catalog, named, asking.plan, lambda: asking.answer)
    except InputError:
        if len(labels) == 2:
            raise
        field = "candidate" if "today" in told else "today"
        raise NeedsError("evaluation", [field], {field: [one for one in labels if one != named[0]]}) from None
    if any(remark.kind == "order_of_files" for remark in who.remarks):
        raise NeedsError("evaluation", ["today"], {"today": labels})
    return who


def _of_plan(plan: Plan | None, catalog: Catalog, who: Who, told: Mapping[str, Any]) -> dict[str, str | None]:
    """Names for the plan's entry. Raises `NeedsError` for a candidate that nobody knows, and for the work where the
    plan has several and does not tell."""
    known = catalog if plan is None else overlaid_catalog(catalog, plan)
    if "model" not in told and candidate_or_none(known, who.candidate) is None:
        raise NeedsError("evaluation", ["model"], {"model": candidates(known)}, who.candidate)
    work = told.get("workload")
    if work is None and plan is not None and (work := only_one(who, plan)) is None and len(plan.workload) > 1:
        works = who.workloads or tuple(entry.name for entry in plan.workload)
        raise NeedsError("evaluation", ["workload"], {"workload": (*works, ALL)}, who.candidate)
    return {"workload": None if work == ALL else work, "model": told.get("model")}
