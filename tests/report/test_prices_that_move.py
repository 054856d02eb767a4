"""Price scenarios and the break-even map are told in every form of a report."""

from __future__ import annotations

import json

import pytest

from planner.report.html import to_html
from planner.report.json import to_json
from planner.report.markdown import to_markdown
from planner.report.text import to_text
from tests.engine import plans


@pytest.mark.parametrize("render", [to_text, to_markdown, to_html])
def test_scenarios_and_map_are_in_the_report(render: object) -> None:
    assert callable(render)
    text = render(plans.evaluated("bulk-classifier"))
    assert "If prices move: 12 months" in text
    assert "Map: cheapest strategy by volume and output share" in text
    for share in ("-30 %", "-50 %", "-80 %", "40 %"):
        assert share in text


def test_scenarios_and_map_are_in_the_contract() -> None:
    found = plans.evaluated("bulk-classifier")
    data = json.loads(json.dumps(to_json(found, "bulk", None)))
    rows = data["scenarios"]
    assert len(rows) == 9
    keys = {"api_change_per_year", "gpu_change_per_year", "totals", "cheapest", "own_saving", "payback_month"}
    assert all(row.keys() == keys for row in rows)
    assert all(row["totals"].keys() >= {"api_today", "api_tuned", "hybrid"} for row in rows)
    grid = data["break_even_map"]
    assert len(grid["cheapest"]) == len(grid["output_fractions"]) == len(grid["saving_fraction"])
    assert all(len(row) == len(grid["volumes_tokens_per_day"]) for row in grid["cheapest"])
    assert data["break_even"].keys() >= {"payback_month", "payback_month_best"}


def test_how_often_untested_models_count_as_good_enough_stands_beside_the_chances() -> None:
    text = " ".join(to_text(plans.evaluated("claude-8k-a-month")).split())
    assert "count as good enough with a chance of 90 % (API, model chosen for each job), 75 % (Open models" in text
