"""Apps for the tests: a folder of their own, an evaluator without the engine, and no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from textual.css.stylesheet import Stylesheet

from planner.engine.specs import Catalog, Evaluation
from planner.plan.inputs import to_inputs
from planner.plan.schema import Plan
from planner.tui import held_keys
from planner.tui.app import PlannerApp
from planner.tui.widgets import question_row
from tests.factories import answered, sample_evaluation
from tests.tui.styles import parse_rules
from tests.tui.waiting import patiently

AS_OF = date(2026, 11, 23)
HYBRID_FROM_TOKENS = 10e6

MakeApp = Callable[..., PlannerApp]


def small_engine(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
    """Stands in for the engine: hybrid from 10M tokens a day, the API below, money in proportion to the volume."""
    inputs = to_inputs(plan)
    tokens = sum(work.tokens_per_day for work in inputs.workload)
    evaluation = sample_evaluation(with_choice=tokens >= HYBRID_FROM_TOKENS)
    ledgers = {
        name: replace(ledger, total=ledger.total * int(tokens) / 1_000_000)
        for name, ledger in evaluation.ledgers.items()
    }
    routes = tuple(r for r in evaluation.routes if r.workload in {work.name for work in inputs.workload})
    return answered(replace(evaluation, inputs=inputs, as_of=as_of, ledgers=ledgers, routes=routes))


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into, or depends on, the home of whoever runs it."""
    monkeypatch.setenv("PLANNER_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PLANNER_CONFIG", str(tmp_path / "config.toml"))
    patiently(monkeypatch)
    monkeypatch.setattr(question_row, "REST_S", 0.0)  # what is typed counts at once
    monkeypatch.setattr(held_keys, "WORD_S", 0.0)  # and every key, however close
    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_rules)
    for name in ("NO_COLOR", "PLANNER_PROFILES", "TEXTUAL_THEME", "LC_ALL", "LC_CTYPE", "LANG", "PLANNER_ASCII"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """A folder for plans."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    return folder


@pytest.fixture
def make_app(profiles: Path) -> MakeApp:
    """An app on the test's own folder."""

    def make(**settings: object) -> PlannerApp:
        given: dict[str, object] = {
            "evaluator": small_engine,
            "catalog": sample_evaluation().catalog,
            "as_of": AS_OF,
            "profiles_dir": profiles,
        }
        return PlannerApp(**(given | settings))  # type: ignore[arg-type]

    return make
