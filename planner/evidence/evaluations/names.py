"""Who is who in the files of an evaluation: by the names of the catalogue, and by what a plan runs on and is to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import permutations
from typing import TypeVar

from planner.catalog.lookup import LookupFailed, find_api
from planner.catalog.lookup import find_model as model_called
from planner.engine.chance import names_of
from planner.engine.specs import ApiModel, Catalog, Evaluation, Model
from planner.evidence.evaluations.compare import Comparison
from planner.evidence.evaluations.pairs import sides
from planner.evidence.evaluations.scores import Scores, VerdictRemark
from planner.evidence.usage.money import finder
from planner.plan.prices import overlaid_catalog
from planner.plan.schema import Plan, WorkloadEntry
from planner.records import dataclass
from planner.toml.errors import InputError

Found = TypeVar("Found")
Find = Callable[[Catalog, str, str], Model]


def is_api(catalog: Catalog, name: str) -> bool:
    """Whether a name is that of a closed model that the catalogue sells."""
    found = _or_none(lambda: endpoint_called(catalog, name))
    return found is not None and not catalog.apis[found].is_hosted_open


def is_open(catalog: Catalog, name: str) -> bool:
    """Whether a name is that of an open model of the catalogue."""
    return _or_none(lambda: model_called(catalog.models, name)) is not None


def _or_none(asked: Callable[[], Found]) -> Found | None:
    try:
        return asked()
    except LookupFailed:
        return None


def endpoint_called(catalog: Catalog, name: str, field: str = "") -> str:
    """Id of the endpoint that a name means: its id, an alias, with a vendor before it or a date behind it; else as
    people say it. Raises `LookupFailed`."""
    found = _sold(catalog.apis.values(), name)
    return found.id if found is not None else find_api(catalog.apis, name, field).id


def _sold(apis: Iterable[ApiModel], name: str) -> ApiModel | None:
    """The one of that whole name; promptfoo puts its vendor and the way of asking before it, `openai:chat:gpt-4.1`."""
    find = finder(apis)
    return find(name) or find(name.rpartition(":")[2])


def _called(catalog: Catalog, name: str, field: str, find: Find) -> str:
    """Id of what work can move to: an API model, an open model wherever it is served, or an endpoint of which only the
    host knows the weights.

    A closed model by its whole name first: of open ones builds are found by a part of it too. Raises `LookupFailed`,
    that of the open models where there is no such endpoint either.
    """
    closed = _sold((api for api in catalog.apis.values() if not api.is_hosted_open), name)
    if closed is not None:
        return closed.id
    try:
        return name if name in catalog.apis else find(catalog, name, field).id
    except LookupFailed:
        if (known := _or_none(lambda: endpoint_called(catalog, name))) is None:
            raise
        return known


def candidate_called(catalog: Catalog, name: str, field: str, find: Find) -> str:
    """That, with the weights that an endpoint hosts in place of the endpoint where the catalogue has them."""
    found = _called(catalog, name, field, find)
    weights = catalog.apis[found].hf_id if found in catalog.apis else None
    return weights if weights in catalog.models and weights is not None else found


def candidate_or_none(catalog: Catalog, name: str) -> str | None:
    """The same, unasked; None where the catalogue has no such model."""
    return _or_none(lambda: candidate_called(catalog, name, "", lambda c, text, _: model_called(c.models, text).model))


def candidates(catalog: Catalog) -> tuple[str, ...]:
    """Ids of all that work may move to: what is sold by its maker, then open models."""
    sold = (api for api in catalog.apis.values() if not api.is_hosted_open and api.serves is None)
    ranked = sorted(sold, key=lambda api: (api.status != "active", api.provider, api.name))
    return (*(api.id for api in ranked), *catalog.models)


@dataclass(frozen=True, slots=True)
class Who:
    """Labels of the model in use today and of the candidate; the work of a plan that they are of, none where several
    or no plan tells; and what was guessed."""

    today: str
    candidate: str
    workloads: tuple[str, ...]
    remarks: tuple[VerdictRemark, ...]


Answer = Callable[[], Evaluation | None]
_Fit = tuple[bool, str, str, str]


def who_is_who(
    scores: Scores, catalog: Catalog, named: tuple[str | None, str | None], plan: Plan | None, answer: Answer
) -> Who:
    """Who is who: as `named` (today's, candidate), else by what labels, plan and catalogue say. Raises `InputError`."""
    catalog = catalog if plan is None else overlaid_catalog(catalog, plan)

    def roles(labels: Sequence[str]) -> tuple[str, str] | None:
        found = {(fit[1], fit[2]) for fit in _fits(labels, plan, catalog, answer)}
        return found.pop() if len(found) == 1 else None

    today, candidate, remarks = sides(scores, *named, partial(is_api, catalog), partial(is_open, catalog), roles)
    fits = _fits((today, candidate), plan, catalog, answer)
    return Who(today, candidate, tuple(fit[3] for fit in fits if fit[1] == today), remarks)


def _fits(labels: Sequence[str], plan: Plan | None, catalog: Catalog, answer: Answer) -> list[_Fit]:
    """(proposed, today's, candidate, work): work that runs on one label's model and may move to another's.

    Where that is several, only what the answer proposes, if it proposes any of them.
    """
    if plan is None:
        return []
    ids = {label: found for label in labels if (found := candidate_or_none(catalog, label)) is not None}
    fits = [
        (today, candidate, work.name)
        for work in plan.workload
        for today, candidate in permutations(ids, 2)
        if _runs_on(catalog, plan, work, ids[today]) and not _runs_on(catalog, plan, work, ids[candidate])
    ]
    if len(fits) < 2 or (evaluation := answer()) is None:
        return [(False, *fit) for fit in fits]
    moves = {move.workload: move.moves_to for move in evaluation.answer.moves}
    all_fits = [(_same(catalog, ids[fit[1]], moves.get(fit[2], "")), *fit) for fit in fits]
    return [fit for fit in all_fits if fit[0]] or all_fits


def _runs_on(catalog: Catalog, plan: Plan, work: WorkloadEntry, id: str) -> bool:
    return _same(catalog, id, work.api_model or plan.volume.baseline_api)


def _same(catalog: Catalog, one: str, other: str) -> bool:
    """Whether two ids are of one model, wherever it is served."""
    names = [names_of(found) if (found := catalog.apis.get(id)) is not None else {id} for id in (one, other)]
    return bool(names[0] & names[1])


def only_one(who: Who, plan: Plan) -> str | None:
    """The one workload that the files are of; None where that is not told, or where it is all there is."""
    return who.workloads[0] if len(who.workloads) == 1 < len(plan.workload) else None


def disagree(found: Comparison) -> tuple[str, ...]:
    """The scores of the files, where the answers by them differ; which stands for the work is not for a program to
    say."""
    answers = {found.tested.verdict, *(verdict for _, verdict in found.others)}
    return (found.paired.metric, *(name for name, _ in found.others)) if len(answers) > 1 else ()


def refuse_disagreement(found: Comparison, asked: str | None) -> None:
    """Raises `InputError` where scores disagree and none was named."""
    if asked is None and (names := disagree(found)):
        raise InputError(f"the scores disagree: say which stands for the work: {', '.join(names)}", field="--metric")


def ids_of(
    plan: Plan,
    found: Comparison,
    catalog: Catalog,
    find: Find,
    *,
    workload: str | None = None,
    model: str | None = None,
    api_model: str | None = None,
) -> tuple[str, str, str]:
    """Ids of both models in the catalogue, and the workload ("": all), each as it was given or as the files have it."""
    catalog = overlaid_catalog(catalog, plan)
    names = {entry.name.casefold(): entry for entry in plan.workload}
    work = names.get((workload or "").casefold())
    if workload and work is None:
        raise InputError(f"the plan has no such workload; it has: {', '.join(names)}", field="--workload")
    candidate = candidate_called(catalog, model or found.open, "--model", find)
    today = (work.api_model if work else None) or plan.volume.baseline_api
    if api_model is not None:
        today = endpoint_called(catalog, api_model, "--api-model")
    elif (known := _or_none(lambda: endpoint_called(catalog, found.api))) is not None and not _same(
        catalog, known, today
    ):
        today = known
    return candidate, today, work.name if work else ""
