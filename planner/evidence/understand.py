"""Any file that a person has: what kind it is, what it says in words, and a plan with it inside.

Commands name the kind; the app is handed a file and finds out. What a file does not hold is asked for, field by field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from planner.catalog.lookup import LookupFailed
from planner.engine.specs import Catalog
from planner.evidence.benchmarks import given
from planner.evidence.benchmarks import told as runs_told
from planner.evidence.benchmarks.names import Find, named
from planner.evidence.benchmarks.read import read_runs, reader_of
from planner.evidence.benchmarks.run import Run
from planner.evidence.evaluations import compare
from planner.evidence.evaluations import told as scores_told
from planner.evidence.evaluations.names import ids_of, is_api, is_open, refuse_disagreement
from planner.evidence.evaluations.pairs import sides
from planner.evidence.evaluations.read import read_evaluation
from planner.evidence.evaluations.scores import Scores
from planner.evidence.files import Document, read_document
from planner.evidence.usage import mapping
from planner.evidence.usage import told as usage_told
from planner.evidence.usage.detect import detect
from planner.evidence.usage.into_plan import taken_into
from planner.evidence.usage.read import Asked, read_usage
from planner.evidence.usage.streams import PEEK_BYTES, Watch, decoded, opened, parts_of, start_of
from planner.plan.schema import Plan
from planner.records import dataclass
from planner.toml.errors import InputError

Kind = Literal["usage", "benchmark", "evaluation"]
MARGIN: Final = 0.10
FIND: Final = Find()


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

    def __init__(self, kind: Kind, fields: Sequence[str] = ()) -> None:
        self.kind, self.fields = kind, tuple(fields)
        super().__init__(", ".join(fields))


def _is_log(path: Path) -> bool:
    """Told by the keys that its first file begins with, or by columns that somebody has named before."""
    for part in parts_of(path)[:1]:
        with opened(part, Watch()) as stream:
            head = start_of(stream)
        found = detect(decoded(head), head, cut=len(head) >= PEEK_BYTES)
        return found.format is not None or found.shape == "parquet" or bool(mapping.remembered(found.fingerprint))
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
    """Fields of a run, of an evaluation `other` (a second file), `metric`, `model`, `api_model`, `workload`, and of a
    log `mapping` (what its columns are)."""
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
    named = (asking.given or {}).get("mapping")
    usage = read_usage(path, Asked(mapping=named, remembered=mapping.remembered), asking.watch)
    if named is not None and usage.fingerprint:
        mapping.remember(usage.fingerprint, named)

    def into(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
        taken = taken_into(plan, usage, asking.catalog, asking.day)
        return taken.plan, tuple(usage_told.taken_lines(taken))

    return Understood("usage", usage_told.to_text(usage, asking.catalog), into, path.stem)


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
    told, catalog = asking.given or {}, asking.catalog
    paths = [path, *([Path(told["other"])] if "other" in told else [])]
    if len(paths) > 1:
        scores = read_evaluation(paths, first=document)
    if len({score.model for score in scores.scores}) < 2:
        raise NeedsError("evaluation", ["other"])
    api, open, guessed = sides(scores, None, None, partial(is_api, catalog), partial(is_open, catalog))
    margin = asking.plan.quality.margin_fraction if asking.plan is not None else MARGIN
    found = compare.compared(scores, api, open, margin, told.get("metric"))
    files = [one.name for one in paths]

    def into(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
        refuse_disagreement(found, told.get("metric"))
        names = {key: told.get(key) for key in ("workload", "model", "api_model")}
        ids = ids_of(plan, found, catalog, FIND.model, **names)
        return compare.into_plan(plan, found, ids, files, asking.day, None), ()

    return Understood("evaluation", scores_told.to_text(found, (*guessed, *found.remarks)), into, path.stem)
