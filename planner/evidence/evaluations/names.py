"""Who is who in the files of an evaluation, by the names of the catalogue."""

from __future__ import annotations

from collections.abc import Callable

from planner.catalog.lookup import LookupFailed, find_api
from planner.catalog.lookup import find_model as model_called
from planner.engine.specs import Catalog, Model
from planner.evidence.evaluations.compare import Comparison
from planner.plan.schema import Plan
from planner.toml.errors import InputError


def is_api(catalog: Catalog, name: str) -> bool:
    """Whether a name is that of a closed model that the catalogue sells."""
    return _answered(lambda: not find_api(catalog.apis, name).is_hosted_open)


def is_open(catalog: Catalog, name: str) -> bool:
    """Whether a name is that of an open model of the catalogue."""
    return _answered(lambda: bool(model_called(catalog.models, name)))


def _answered(asked: Callable[[], bool]) -> bool:
    try:
        return asked()
    except LookupFailed:
        return False


def refuse_disagreement(found: Comparison, asked: str | None) -> None:
    """Which of several scores stands for the work is not for a program to say, where it decides the answer."""
    answers = {found.tested.verdict, *(verdict for _, verdict in found.others)}
    if asked is None and len(answers) > 1:
        names = ", ".join((found.paired.metric, *(name for name, _ in found.others)))
        raise InputError(f"the scores disagree: say which stands for the work: {names}", field="--metric")


def ids_of(
    plan: Plan,
    found: Comparison,
    catalog: Catalog,
    find: Callable[[Catalog, str, str], Model],
    *,
    workload: str | None = None,
    model: str | None = None,
    api_model: str | None = None,
) -> tuple[str, str, str]:
    """Ids of both models in the catalogue, and the workload, each as it was given or as the files have it."""
    names = {entry.name.casefold(): entry for entry in plan.workload}
    work = names.get((workload or "").casefold())
    if workload is not None and work is None:
        raise InputError(f"the plan has no such workload; it has: {', '.join(names)}", field="--workload")
    open_id = find(catalog, model or found.open, "--model").id
    today = (work.api_model if work else None) or plan.volume.baseline_api
    if api_model is not None:
        today = find_api(catalog.apis, api_model, "--api-model").id
    elif is_api(catalog, found.api):
        today = find_api(catalog.apis, found.api).id
    return open_id, today, work.name if work else ""
