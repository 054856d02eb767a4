"""`planner new`: a plan from a bill or from several, saved, with the answer in one line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from planner.catalog.lookup import find_api
from planner.cli.loading import load_catalog
from planner.cli.options import as_of, deliver, is_written, say
from planner.engine.specs import Catalog
from planner.plan.edit import NEW_WORKLOAD, new_plan, set_values
from planner.plan.inputs import evaluate_plan
from planner.plan.places import free_path, profiles_dir
from planner.plan.prices import with_result
from planner.plan.schema import VOLUMES, Plan
from planner.plan.settings import new_plans_currency
from planner.plan.store import save
from planner.plan.volumes import growth_in_words, may_be_fractions, read_growth, read_volume
from planner.plan.write import render
from planner.toml.errors import InputError
from planner.toml.layout import KeyPath
from planner.words.answer import verdict_line

ANSWERS: Final[Mapping[str, KeyPath]] = {
    "simple_enough": ("quality", "answer"),
    "fine_tuned": ("fine_tuning", "answer"),
    "gpu_experience": ("operations", "gpu_experience"),
    "hiring_budget": ("operations", "hiring_budget"),
    "rebenchmark": ("rebenchmark", "answer"),
    "profile": ("volume", "profile"),
    "eu_company": ("residency", "company_in_eu"),
}
"""Options that are one answer each, and where it stands in the plan."""


def run(args: argparse.Namespace) -> int:
    """Write the plan and say what came out."""
    catalog = load_catalog(args)
    plan = _plan(args, catalog)
    evaluation = evaluate_plan(plan, catalog, as_of(args))
    if args.output is not None and not is_written(args.output):
        deliver(render(with_result(plan, evaluation)), args.output, args)
        return 0
    path = args.output or free_path(profiles_dir(getattr(args, "profiles", None)), plan.name)
    saved = save(with_result(plan, evaluation), Path(path))
    print(verdict_line(evaluation))
    say(f"wrote {saved.path}; all of the answer: planner report {saved.path}")
    if args.growth is not None:
        say(f"growth: {growth_in_words(plan.volume.growth_per_month)}")
    return 0


def _plan(args: argparse.Namespace, catalog: Catalog) -> Plan:
    """The plan that the options describe. Raises `InputError` for what they leave open or say wrongly."""
    works = [_work(given, catalog, args.currency) for given in args.work]
    if not works:
        raise InputError("say what is used today: planner new --bill 14000EUR --on gpt-5.4")
    unsaid = next((work["name"] for work in works if not set(VOLUMES) & set(work)), None)
    if unsaid is not None:
        raise InputError(f"how much is it? {unsaid!r} needs --bill, --requests or --tokens")
    bills = [work["bill"]["currency"] for work in works if "bill" in work]
    currency = args.currency or next(iter(bills), new_plans_currency())
    values: dict[KeyPath, Any] = {("workload",): works, ("volume", "known"): "yes"}
    if "api_model" in works[0]:
        values["volume", "baseline_api"] = works[0]["api_model"]
    if args.growth is not None:
        values["volume", "growth_per_month"] = read(_growth, args.growth, "--growth")
    if args.residency is not None:
        values["residency", "answer"] = "no" if args.residency == "no" else "yes"
        values |= {("residency", "scope"): args.residency} if args.residency != "no" else {}
    values |= {path: given for key, path in ANSWERS.items() if (given := getattr(args, key)) is not None}
    return set_values(new_plan(args.name or works[0]["name"], as_of(args), currency), values)


def _work(given: Mapping[str, Any], catalog: Catalog, currency: str | None) -> dict[str, Any]:
    """One workload as the plan keeps it; what is not said is as in a new plan."""
    work = dict(NEW_WORKLOAD) | {key: value for key, value in given.items() if key not in ("on", "bill")}
    if "on" in given:
        work["api_model"] = find_api(catalog.apis, given["on"], "--on").id
    if "bill" in given:
        told = read(lambda text: read_volume(text, currency), given["bill"], "--bill")
        if told.key != "bill":
            raise InputError(f"“{given['bill']}” names no currency; write 14000EUR or '$8k a month'", field="--bill")
        work["bill"] = told.value
    return work


def _growth(text: str) -> Any:
    """As the form reads it, which can ask what is meant by less than 1."""
    growth = read_growth(text)
    if may_be_fractions(text):
        raise ValueError(f"a bare number is percent: write “{text.strip()} %” if less than 1 % is meant")
    return growth


def read(reader: Callable[[str], Any], text: str, option: str) -> Any:
    """What the text of an option means. Raises `InputError` naming the option."""
    try:
        return reader(text)
    except ValueError as problem:
        raise InputError(str(problem), field=option) from None
