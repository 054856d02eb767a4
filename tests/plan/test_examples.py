from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from planner.catalog.load import load_catalog
from planner.engine.specs import Catalog
from planner.plan.inputs import to_inputs
from planner.plan.places import EXAMPLES, example_path
from planner.plan.prices import overlaid_catalog
from planner.plan.references import check_references
from planner.plan.reprice import reprice
from planner.plan.schema import Plan
from planner.plan.store import list_examples, load, save
from planner.toml.layout import scan

ARTICLE = {"article-1m": 1e6, "article-10m": 1e7, "article-100m": 1e8, "article-1b": 1e9}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def _plan(name: str) -> Plan:
    return load(example_path(name)).plan


def _usd_a_month(plan: Plan, catalog: Catalog, days: float = 730 / 24) -> float:
    """The API bill as today, by hand: what the engine must find too."""
    inputs, apis = to_inputs(plan), overlaid_catalog(catalog, plan).apis
    total = 0.0
    for work in inputs.workload:
        api = apis[work.api_model or inputs.volume.baseline_api]
        write = api.input_usd_per_mtok if api.cache_write_usd_per_mtok is None else api.cache_write_usd_per_mtok
        read = api.input_usd_per_mtok if api.cache_read_usd_per_mtok is None else api.cache_read_usd_per_mtok
        plain = 1 - work.cached_input_fraction - work.cache_write_fraction
        per_input = (
            plain * api.input_usd_per_mtok + work.cached_input_fraction * read + work.cache_write_fraction * write
        )
        one = work.input_tokens * per_input + work.output_tokens * api.output_usd_per_mtok
        total += work.requests_per_day * one / 1e6 * days
    return total


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_loads_converts_and_names_only_what_the_catalogue_has(name: str, catalog: Catalog) -> None:
    loaded = load(example_path(name))
    check_references(loaded.plan, overlaid_catalog(catalog, loaded.plan), scan(loaded.text))
    assert len(to_inputs(loaded.plan).workload) == len(loaded.plan.workload)
    assert loaded.plan.description


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_written_as_the_planner_writes(name: str, tmp_path: Path) -> None:
    loaded = load(example_path(name))
    assert save(loaded.plan, tmp_path / "copy.toml", comments_from=loaded.text).text == loaded.text


def test_the_examples_are_listed_in_their_order() -> None:
    assert [entry.path.stem for entry in list_examples()] == list(EXAMPLES)
    assert not [entry.error for entry in list_examples() if entry.error]


@pytest.mark.parametrize(("name", "tokens"), ARTICLE.items())
def test_the_articles_bills_of_30_days_come_out(name: str, tokens: float, catalog: Catalog) -> None:
    plan = _plan(name)
    assert _usd_a_month(plan, catalog, days=30) == pytest.approx(270 * tokens / 1e6)
    haiku = plan.model_copy(update={"volume": plan.volume.model_copy(update={"baseline_api": "claude-haiku-4-5"})})
    assert _usd_a_month(haiku, catalog, days=30) == pytest.approx(72 * tokens / 1e6)


def test_the_articles_plans_differ_only_in_volume() -> None:
    plans = [
        _plan(name).model_dump(exclude={"name": True, "workload": {"__all__": {"tokens_per_day"}}}) for name in ARTICLE
    ]
    assert all(plan == plans[0] for plan in plans)


def test_the_articles_server_costs_what_its_break_even_rests_on(catalog: Catalog) -> None:
    seen = overlaid_catalog(catalog, _plan("article-10m"))
    offer = seen.offers["hetzner-gex44"]
    assert offer.price * seen.usd_per[offer.currency] == pytest.approx(211.60)
    assert offer.is_production


def test_repricing_the_article_shows_what_is_wrong_with_its_prices(catalog: Catalog) -> None:
    changes = reprice(_plan("article-10m"), catalog, date(2026, 11, 23)).changes
    found = {(change.id, change.label.split(", ")[-1]): (change.old, change.new) for change in changes}
    assert found["claude-opus-4-7", "input"] == (15.0, 5.0)
    assert found["claude-opus-4-7", "output"] == (75.0, 25.0)
    assert found["claude-haiku-4-5", "input"] == (0.8, 1.0)
    assert ("claude-sonnet-4-6", "input") not in found
    assert found["hetzner-gex44", "Hetzner GEX44"] == (184.0, None)


def test_the_8k_team_pays_about_8000_dollars_a_month(catalog: Catalog) -> None:
    assert _usd_a_month(_plan("claude-8k-a-month"), catalog) == pytest.approx(8_000, rel=0.02)


def test_the_coding_agent_reads_95_percent_of_its_input_from_the_cache() -> None:
    assert to_inputs(_plan("coding-agent")).workload[0].cached_input_fraction == 0.95


def test_the_hospital_may_not_let_patient_data_out() -> None:
    inputs = to_inputs(_plan("hospital"))
    assert (inputs.residency.answer, inputs.residency.required, inputs.residency.zero_retention_checked) == (
        "yes",
        "inside",
        "yes",
    )
    assert [work.name for work in inputs.workload if work.resident is False] == ["staff handbook"]
