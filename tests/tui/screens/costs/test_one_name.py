"""The pages of Costs and Routing call one thing by one name and sign."""

from __future__ import annotations

import re

import pytest

from planner.report.document import plain_cell
from planner.report.tables import strategies
from planner.report.tables.routes import alternative_name, strategy_of
from planner.tui.charts.canvas import plain
from planner.tui.charts.cost_curve import cost_curve
from planner.tui.dialogs.help import signs
from planner.tui.screens.costs.what_if import verdict_rows
from planner.words.break_evens import map_against
from planner.words.labels import STRATEGY_MARKERS, licence_words
from planner.words.reasons import likelihood
from planner.words.verdict import reasons
from tests.engine.plans import evaluated

EXAMPLES = ("claude-8k-a-month", "bulk-classifier", "hospital", "coding-agent", "embeddings", "article-1b")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sign_of_the_proposal_is_the_strips(name: str) -> None:
    found = evaluated(name)
    strip = strategies.strip_parts(found)[0].text(0)
    text = "\n".join(plain(verdict_rows(found, found)))
    assert f"verdict unchanged: {strip[0]} " in text
    assert (likelihood(found) in text) == found.likelihood_counts


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_closed_model_has_the_sign_of_today_only_where_it_is_todays(name: str) -> None:
    found = evaluated(name)
    works = {work.name: work for work in found.inputs.workload}
    for route in found.routes:
        today = found.inputs.api_today(works[route.workload])
        for where, _ in route.alternatives:
            strategy = strategy_of(found, where, route.workload)
            assert alternative_name(found, where, route.workload)[0] == STRATEGY_MARKERS[strategy]
            assert (strategy == "api_today") == (where == today) or strategy not in ("api_today", "api_tuned")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_plan_by_another_name_costs_nothing_twice(name: str) -> None:
    found = evaluated(name)
    said = "\n".join(reasons(found))
    cells = {line.key: plain_cell(line.cells[1]) for line in strategies.what_if(found, found).lines}
    for strategy, ledger in found.ledgers.items():
        if ledger.possible and ledger.same_as is not None:
            assert cells[strategy].startswith("as ")
            assert "the same as “" in said


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_curve_names_self_hosting_only_where_it_is_possible(name: str) -> None:
    found = evaluated(name)
    whole = found.ledgers["self_host"].possible
    text = "\n".join(plain(cost_curve(found.curve, -1, 100, 40, whole=whole)))
    assert whole or "self-host" not in text


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_map_says_against_what(name: str) -> None:
    told = map_against(evaluated(name))
    assert told[0].startswith("% cheaper than the ")
    assert max(map(len, told)) <= 60


def test_the_legend_has_every_sign() -> None:
    assert all(mark in signs() for mark in (*STRATEGY_MARKERS.values(), "~", "×"))


def test_no_licence_is_told_by_the_number_of_a_file() -> None:
    for model in evaluated("hospital").catalog.models.values():
        told = licence_words(model.commercial_conditions)
        assert not re.search(r"file ref \d", told)
        assert told or not model.commercial_conditions
