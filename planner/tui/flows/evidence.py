"""A file that a person has, taken into the plan: picked, read beside the app, shown as it was understood, one step.

Where the file does not say enough the flow asks for it, and reads again with the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.plan.edit import new_plan
from planner.plan.settings import new_plans_currency
from planner.toml.errors import InputError
from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.file import FileDialog
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.dialogs.working import Failed, PreviewDialog, Progress, WorkingDialog
from planner.typed import parse_number
from planner.words.sentences import sentence, table

if TYPE_CHECKING:
    from planner.engine.specs import Catalog
    from planner.evidence.understand import NeedsError, Understood
    from planner.evidence.usage.streams import Watch
    from planner.plan.schema import Plan
    from planner.tui.host import Host

READ: Final = "read"
"""Beside the kinds of columns: read with what was said."""
_LISTS: Final = ("model", "gpu", "engine")
"""What is picked from the catalogue; the rest is a number."""


async def import_file(host: Host) -> None:
    """Ask for a file, show what it says, and take it into the plan as one step; without a plan it begins one."""
    if host.catalog is None:
        host.notify(sentence("importing", "no_catalog"), timeout=3)
        return
    dialog = FileDialog("Import", sentence("importing", "which"), Path.cwd(), smallest_files())
    path = await host.push_screen_wait(dialog)
    if path is None:
        return
    found = await _understood(host, path)
    if found is None:
        return
    title = sentence("importing", f"{found.kind}_title")
    if await host.push_screen_wait(PreviewDialog(title, found.text, sentence("importing", "take"))):
        await _take(host, found, path)


def smallest_files() -> str:
    """The smallest file of each kind that is taken in, as text."""
    from planner.evidence.understand import SMALLEST

    said = table("smallest")
    return "\n\n".join((said["head"], *(f"{said['titles'][kind]}\n{text.strip()}" for kind, text in SMALLEST.items())))


async def track_log(host: Host) -> None:
    """Ask for a log and show the plan that is open held against it; nothing is taken."""
    if host.catalog is None or host.plan is None:
        key = "no_plan" if host.plan is None else "no_catalog"
        host.notify(sentence("importing", key), timeout=3)
        return
    path = await host.push_screen_wait(FileDialog("Track", sentence("importing", "track_which"), Path.cwd()))
    if path is None:
        return
    found = await host.push_screen_wait(WorkingDialog("Reading", path.name, partial(_tracked, host, path)))
    if isinstance(found, Failed):
        if not isinstance(found.error, InputError):
            raise found.error
        host.notify(str(found.error), title="Not tracked", severity="error", timeout=12, markup=False)
    elif found is not None:
        await host.push_screen_wait(PreviewDialog(sentence("importing", "track_title"), found))


def _tracked(host: Host, path: Path, progress: Progress) -> str:
    """In a thread."""
    from planner.evidence.track.held import held
    from planner.evidence.track.told import to_text
    from planner.evidence.usage import mapping
    from planner.evidence.usage.money import windows
    from planner.evidence.usage.read import Asked, read_usage

    assert host.catalog is not None
    assert host.plan is not None
    usage = read_usage(path, Asked(remembered=mapping.remembered, window=windows(host.catalog)), _watch(progress))
    return to_text(held(host.plan, usage, host.catalog, host.as_of), usage)


def _watch(progress: Progress) -> Watch:
    from planner.evidence.usage.streams import Watch

    def tell(done: int, total: int) -> None:
        progress.tell(done / total if total else None, 0)

    return Watch(cancelled=lambda: progress.cancelled, progress=tell)


async def _understood(host: Host, path: Path) -> Understood | None:
    """What the file says; None where it says nothing that can be used, or its reader leaves."""
    from planner.evidence.understand import NeedsError
    from planner.evidence.usage.names import guessed
    from planner.evidence.usage.read import UnknownLogError

    given: dict[str, Any] = {}
    columns: Sequence[str] = ()
    while True:
        found = await host.push_screen_wait(WorkingDialog("Reading", path.name, partial(_read, host, path, given)))
        if found is None:
            return None
        if not isinstance(found, Failed):
            understood: Understood = found
            return understood
        if isinstance(found.error, NeedsError):
            if not await _asked(host, path, found.error, given):
                return None
        elif isinstance(found.error, UnknownLogError) and found.error.columns:
            columns = found.error.columns
            given["mapping"] = await _named(host, path, columns, guessed(columns))
        elif isinstance(found.error, InputError):
            host.notify(str(found.error), title="Not imported", severity="error", timeout=12, markup=False)
            if not columns:
                return None
            given["mapping"] = await _named(host, path, columns, given["mapping"])
        else:
            raise found.error
        if columns and given["mapping"] is None:
            return None


async def _named(host: Host, path: Path, columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str] | None:
    """What the columns are, one after the other as somebody likes; None where they leave."""
    from planner.evidence.usage.mapping import is_enough

    said, chosen, kind = table("columns"), dict(mapping), ""
    while True:
        lines = [Item(key, label, chosen.get(key, "")) for key, label in said["kinds"].items()]
        body = sentence("columns", "body", file=path.name)
        ask = PickDialog(said["title"], body, [Item(READ, said["read"]), *lines], at=kind)
        picked = await host.push_screen_wait(ask)
        if picked is None or (picked == READ and is_enough(chosen)):
            return None if picked is None else chosen
        if picked == READ:
            host.notify(said["too_little"], timeout=6)
            continue
        kind = picked
        answer = await _column(host, kind, columns, chosen)
        if answer:
            chosen = {key: column for key, column in chosen.items() if {key, kind} != {"input", "input_uncached"}}
            chosen[kind] = answer
        elif answer is not None:
            chosen.pop(kind, None)


async def _column(host: Host, kind: str, columns: Sequence[str], chosen: Mapping[str, str]) -> str | None:
    """The column, or the zone; empty where it is none, None where somebody leaves."""
    said = table("columns")
    label, now = said["kinds"][kind], chosen.get(kind, "")
    if kind == "zone":
        return await host.push_screen_wait(AskDialog(label, said["zone_label"], now, _zone_problem, accept="Go on"))
    items = [Item("", said["none"]), *(Item(column, column) for column in dict.fromkeys(filter(None, columns)))]
    return await host.push_screen_wait(PickDialog(label, said["which"], items, now))


def _zone_problem(text: str) -> str:
    from planner.evidence.usage.times import zone_named

    try:
        zone_named(text or None)
    except InputError as problem:
        return problem.problem
    return ""


def _read(host: Host, path: Path, given: Mapping[str, Any], progress: Progress) -> Understood:
    """In a thread."""
    from planner.evidence.understand import Asking, understand

    assert host.catalog is not None
    watch = _watch(progress)
    return understand(
        path,
        Asking(
            catalog=host.catalog,
            day=host.as_of,
            plan=host.plan,
            given=dict(given),
            answer=host.evaluation,
            watch=watch,
        ),
    )


async def _asked(host: Host, path: Path, lacks: NeedsError, given: dict[str, Any]) -> bool:
    """Ask for what is missing; False where somebody leaves."""
    assert host.catalog is not None
    for field in lacks.fields:
        label = sentence("missing", f"{lacks.kind}_{field}" if field in lacks.choices else field, lacks.about)
        if field == "other":
            answer: Any = await host.push_screen_wait(FileDialog("Import", label, path.parent))
        elif field in lacks.choices:
            items = [Item(id, _called(host.catalog, field, id)) for id in lacks.choices[field]]
            answer = await host.push_screen_wait(PickDialog(label, "", items))
        elif field in _LISTS:
            answer = await host.push_screen_wait(PickDialog(label, "", _items(host.catalog, field)))
        elif field == "scale":
            answer = await host.push_screen_wait(AskDialog("Import", label, "", _scale_problem, accept="Go on"))
        else:
            text = await host.push_screen_wait(AskDialog("Import", label, "", _number_problem, accept="Go on"))
            answer = None if text is None else parse_number(text)
        if answer is None:
            return False
        if field == "work":  # what the log calls it, as the plan does
            given[field] = {**given.get(field, {}), lacks.about: answer.strip()}
        else:
            given[field] = answer
    return True


def _called(catalog: Catalog, field: str, id: str) -> str:
    """One of the choices as people say it."""
    if not id.strip():
        return sentence("missing", f"no_{field}")
    return catalog.name_of(id) if field == "model" else id


def _scale_problem(text: str) -> str:
    from planner.evidence.evaluations.pairs import scale_of

    try:
        scale_of(text)
    except InputError as problem:
        return problem.problem
    return ""


def _items(catalog: Catalog, field: str) -> list[Item]:
    if field == "gpu":
        return [Item(id, gpu.name) for id, gpu in catalog.gpus.items()]
    if field == "model":
        return [Item(id, model.name) for id, model in catalog.models.items()]
    return [Item(id, engine.name) for id, engine in catalog.engines.items()]


def _number_problem(text: str) -> str:
    try:
        return "" if parse_number(text) > 0 else "expected a number above zero"
    except ValueError as problem:
        return str(problem)


async def _take(host: Host, found: Understood, path: Path) -> None:
    """Into the open plan as one step that undo takes back; else into a new one."""
    plan: Plan | None = host.plan
    fresh = plan is None
    if plan is None:
        plan = new_plan(found.name.replace("_", " ").replace("-", " ") or "New plan", host.as_of, new_plans_currency())
    try:
        changed, lines = found.into(plan)
    except InputError as problem:
        host.notify(str(problem), title="Not imported", severity="error", timeout=12, markup=False)
        return
    if fresh:
        await host.filing.open_new(changed)
    else:
        host.update_plan(changed, sentence("importing", "step", file=path.name))
    said = "\n".join(lines) or sentence("importing", "done", file=path.name)
    host.notify(said, title="Imported", timeout=8, markup=False)
