"""A test of a model on one's own prompts, recorded from its figures: asked one by one, shown, taken as one step."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from planner.engine.specs.verdict import TESTS_OF_MODELS
from planner.toml.errors import InputError
from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.dialogs.working import PreviewDialog
from planner.typed import parse_fraction, parse_number
from planner.words.sentences import as_sentence, sentence, table

if TYPE_CHECKING:
    from planner.engine.specs import Catalog
    from planner.plan.schema import Plan
    from planner.tui.host import Host

PASSED: Final = "passed"
GAP: Final = "gap"
_RANGE: Final = re.compile(r"\s+(?:to|bis|\.\.)\s+|\s*(?:;|\.\.)\s*")


async def record_test(host: Host) -> None:
    """Ask for the work, the model and the figures; the plan then has the test in place of an earlier one of both."""
    from planner.plan.prices import overlaid_catalog

    plan = host.plan
    if host.catalog is None or plan is None:
        host.notify(sentence("importing", "no_catalog"), timeout=3)
        return
    catalog = overlaid_catalog(host.catalog, plan)
    names = await _what(host, plan, catalog)
    if names is None:
        return
    items = [Item(key, sentence("test_by_hand", key)) for key in (PASSED, GAP)]
    kind = await host.push_screen_wait(PickDialog(sentence("test_by_hand", "kind"), "", items))
    if kind is None:
        return
    take = _passed if kind == PASSED else _behind
    changed = await take(host, plan, catalog, names)
    if changed is not None and host.plan is plan:
        host.update_plan(changed, sentence("test_by_hand", "step", catalog.name_of(names[0])))


async def _what(host: Host, plan: Plan, catalog: Catalog) -> tuple[str, str, str] | None:
    """Ids of the candidate and of today's model, and the work: first what the answer would have tested first."""
    from planner.evidence.evaluations.names import candidates

    answer = host.evaluation.answer if host.evaluation is not None else None
    first = next((s.step.workload for s in answer.steps if s.step.kind in TESTS_OF_MODELS), "") if answer else ""
    work = plan.workload[0].name
    if len(plan.workload) > 1:
        items = [Item(entry.name, entry.name) for entry in plan.workload]
        asked = PickDialog(sentence("test_by_hand", "work"), "", items, first)
        if (work := await host.push_screen_wait(asked)) is None:
            return None
    entry = next(entry for entry in plan.workload if entry.name == work)
    today = entry.api_model or plan.volume.baseline_api
    then = next((move.moves_to for move in answer.moves if move.workload == work), "") if answer else ""
    ids = dict.fromkeys((*([then] if then else []), *candidates(catalog)))
    items = [Item(id, catalog.name_of(id), sentence("test_by_hand", "proposed") if id == then else "") for id in ids]
    body = sentence("test_by_hand", "beside", catalog.name_of(today))
    model = await host.push_screen_wait(PickDialog(sentence("test_by_hand", "model"), body, items, then))
    return None if model is None else (model, today, work)


async def _number(
    host: Host, label: str, check: Callable[[int], bool], wrong: str, *, optional: bool = False
) -> str | None:
    """A whole number as text; empty where it may be left out."""

    def problem(text: str) -> str:
        if not text and optional:
            return ""
        try:
            value = parse_number(text)
        except ValueError as error:
            return str(error)
        return "" if value == int(value) and check(int(value)) else wrong

    return await host.push_screen_wait(AskDialog(sentence("test_by_hand", "title"), label, "", problem, accept="Go on"))


async def _prompts(host: Host) -> int | None:
    words = table("test_by_hand")
    text = await _number(host, words["prompts"], lambda n: 2 <= n <= 100_000, words["prompts_wrong"])
    return None if text is None else int(parse_number(text))


async def _passed(host: Host, plan: Plan, catalog: Catalog, names: tuple[str, str, str]) -> Plan | None:
    """From how many prompts each model passed, by the test that a tool's file is put to."""
    from planner.evidence.evaluations import by_hand, compare, told

    if (prompts := await _prompts(host)) is None:
        return None
    found = []
    for id in (names[1], names[0]):
        label, wrong = (
            sentence("test_by_hand", "passes", catalog.name_of(id)),
            sentence("test_by_hand", "passes_wrong", prompts),
        )
        text = await _number(host, label, lambda n: 0 <= n <= prompts, wrong)
        if text is None:
            return None
        found.append(int(parse_number(text)))
    counts = by_hand.Passed(prompts, found[0], found[1], None)
    wrong = sentence("test_by_hand", "both_wrong", counts.least, counts.most)
    label = sentence("test_by_hand", "both")
    text = await _number(host, label, lambda n: counts.least <= n <= counts.most, wrong, optional=True)
    if text is None:
        return None
    counts = by_hand.Passed(prompts, found[0], found[1], int(parse_number(text)) if text else None)
    called = [catalog.name_of(id) for id in (names[1], names[0])]
    try:
        tested = by_hand.tested(counts, called[0], called[1], plan.quality.margin_fraction)
    except InputError as problem:
        host.notify(str(problem), title="Not recorded", severity="error", timeout=12, markup=False)
        return None
    shown = f"{told.to_text(tested, tested.remarks)}\n{as_sentence(told.recorded(plan, tested, names, catalog))}"
    dialog = PreviewDialog(sentence("importing", "evaluation_title"), shown, sentence("importing", "take"))
    if not await host.push_screen_wait(dialog):
        return None
    return compare.into_plan(plan, tested, names, [], host.as_of, None)


async def _behind(host: Host, plan: Plan, catalog: Catalog, names: tuple[str, str, str]) -> Plan | None:
    """From how far the candidate is behind."""
    from planner.evidence.evaluations import by_hand

    if (prompts := await _prompts(host)) is None:
        return None
    title, called = sentence("test_by_hand", "title"), [catalog.name_of(id) for id in names[:2]]
    asked = AskDialog(title, sentence("test_by_hand", "behind", *called), "", _gap_problem, accept="Go on")
    if (text := await host.push_screen_wait(asked)) is None:
        return None
    mid = parse_fraction(text)
    asked = AskDialog(
        title, sentence("test_by_hand", "interval"), "", lambda text: _interval_problem(text, mid), accept="Record"
    )
    if (text := await host.push_screen_wait(asked)) is None:
        return None
    low, high = _ends(text)
    return by_hand.with_gap(plan, by_hand.Behind(prompts, low, mid, high), names, host.as_of)


def _gap_problem(text: str) -> str:
    try:
        parse_fraction(text)
    except ValueError as problem:
        return str(problem)
    return ""


def _ends(text: str) -> tuple[float, float]:
    low, high = (parse_fraction(part) for part in _RANGE.split(text.strip()))
    return low, high


def _interval_problem(text: str, mid: float) -> str:
    try:
        low, high = _ends(text)
    except ValueError:
        return sentence("test_by_hand", "interval_wrong")
    return "" if low <= mid <= high else sentence("test_by_hand", "outside", mid)
