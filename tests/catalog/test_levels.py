"""Levels begin at stated figures, and a model with a figure has the level that the figure reaches."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from planner.catalog.load import catalog_over, shipped_catalog
from planner.catalog.records import read_source
from planner.engine.specs import LEVELS, ApiModel, Catalog, Model
from planner.toml.errors import InputError

CATALOG = shipped_catalog()
RECORDS: list[Model | ApiModel] = [*CATALOG.models.values(), *CATALOG.apis.values()]
RATED = [record for record in RECORDS if record.composite is not None]


def reached(composite: float) -> str:
    return [level for level in LEVELS if composite >= CATALOG.levels[level].from_composite][-1]


def test_each_level_begins_three_points_or_more_above_the_one_below() -> None:
    starts = [CATALOG.levels[level].from_composite for level in LEVELS]
    assert list(CATALOG.levels) == list(LEVELS)
    assert all(above - below >= 3 for below, above in pairwise(starts))


@pytest.mark.parametrize("rated", RATED, ids=lambda r: r.id)
def test_a_figure_sets_the_level(rated: Model | ApiModel) -> None:
    assert rated.composite is not None
    assert rated.level == reached(rated.composite)


@pytest.mark.parametrize(
    ("id", "level"),
    [
        ("Qwen/Qwen2.5-14B-Instruct", "routine"), ("openai/gpt-oss-120b", "routine"), ("Qwen/Qwen3.5-27B", "solid"),
        ("Qwen/Qwen3.8-27B", "solid"), ("zai-org/GLM-5.3", "expert"), ("deepseek-ai/DeepSeek-V4.1-Flash", "expert"),
        ("Qwen/Qwen3-4B", "basic"), ("Qwen/Qwen3-8B", "routine"), ("moonshotai/Kimi-K3", "frontier"),
    ],
)  # fmt: skip
def test_open_models_stand_where_the_figures_or_their_makers_class_put_them(id: str, level: str) -> None:
    assert CATALOG.models[id].level == level


def test_the_three_old_levels_let_no_model_with_a_figure_in_that_they_kept_out() -> None:
    """Figures of what the old classes held: Qwen2.5 14B, Qwen3.5 27B and Opus 4.6 were the least of each."""
    for level, least in (("routine", 52.3), ("solid", 67.6), ("frontier", 73.3)):
        above = LEVELS.index(level)
        assert all((r.composite or 0.0) >= least for r in RATED if r.level and LEVELS.index(r.level) >= above)


def test_a_host_has_the_figure_of_the_model_and_a_cloud_that_of_the_maker() -> None:
    hosted = [a for a in CATALOG.apis.values() if a.hf_id == "openai/gpt-oss-120b"]
    assert hosted
    assert {a.composite for a in hosted} == {61.5}
    assert CATALOG.apis["aws-bedrock/eu.anthropic.claude-haiku-5-5"].composite == 75.3


def over(tmp_path: Path, text: str) -> Catalog:
    path = tmp_path / "catalog.toml"
    path.write_text(text, encoding="utf-8")
    return catalog_over(read_source(path), date(2026, 11, 1))


CITED = 'source = "our own list"\nas_of = 2026-11-01\n'


def test_an_own_figure_sets_the_level_and_an_own_level_stays(tmp_path: Path) -> None:
    own = f'[scores."Qwen/Qwen3-8B"]\ncomposite = 68\nerror = 2\nresults = 3\nreported_by = "us"\n{CITED}'
    found = over(tmp_path, own + '[models."zai-org/GLM-5.3"]\nlevel = "frontier"\n')
    assert found.models["Qwen/Qwen3-8B"].composite == 68
    assert found.models["zai-org/GLM-5.3"].level == "frontier"


def test_a_figure_of_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a model or an API model of the catalogue"):
        over(tmp_path, f'[scores.nobody]\ncomposite = 68\nerror = 2\nresults = 3\nreported_by = "us"\n{CITED}')


def test_levels_out_of_order_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a higher one for each"):
        over(tmp_path, "[levels.solid]\nfrom_composite = 90\nwhy = 'own'\n")
