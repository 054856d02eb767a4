"""What a command reads is never what it writes over, however it is spelt."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.plan.places import example_path
from tests.catalog.published_configs import PHI_4
from tests.cli.conftest import AS_OF, Run

MEASURED = "id,model_hf_id,gpu,gpus_total,metric,value\na,Qwen/Qwen3-8B,h100-sxm-80gb,1,output_tok_s_total,100\n"
CATALOG = "[fx.EUR]\nusd_per_unit = 1.1\n"


def _plain(path: Path) -> Path:
    return path


def _roundabout(path: Path) -> Path:
    return Path("..") / path.parent.name / "." / path.name


def _link(path: Path) -> Path:
    link = path.with_name("link")
    link.symlink_to(path)
    return link


def _second_name(path: Path) -> Path:
    second = path.with_name("second")
    os.link(path, second)
    return second


SPELLINGS = (_plain, _roundabout, _link, _second_name)
COMMANDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("report", "plan.toml", "-o", "{}"), "plan.toml"),
    (("report", "plan.toml", "--format", "json", "--output", "{}", "--catalog", "own.toml"), "own.toml"),
    (("report", "plan", "--profiles", ".", "-o", "{}"), "plan.toml"),
    (("compare", "plan.toml", "other.toml", "-o", "{}"), "other.toml"),
    (("validate", "measured.csv", "--rows", "{}"), "measured.csv"),
    (("validate", "measured.csv", "-o", "{}"), "measured.csv"),
    (("catalog", "gpus", "--catalog", "own.toml", "-o", "{}"), "own.toml"),
    (("size", "qwen3-8b", "h100", "--catalog", "own.toml", "-o", "{}"), "own.toml"),
)


@pytest.fixture(autouse=True)
def _files() -> None:
    for name in ("plan.toml", "other.toml"):
        Path(name).write_bytes(example_path("article-1m").read_bytes())
    Path("measured.csv").write_text(MEASURED)
    Path("own.toml").write_text(CATALOG)


@pytest.mark.parametrize("spelt", SPELLINGS)
@pytest.mark.parametrize(("words", "read"), COMMANDS, ids=lambda given: given if isinstance(given, str) else given[0])
def test_an_input_is_never_written_over(
    run: Run, tmp_path: Path, spelt: Callable[[Path], Path], words: tuple[str, ...], read: str
) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    target = spelt(tmp_path / read)
    outcome = run(*(word.replace("{}", str(target)) for word in words), *AS_OF)
    assert outcome.code == 2
    assert outcome.complaint.startswith((f"planner: {target}: is also ", f"planner: {target}: ends as csv does"))
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_a_catalogue_of_one_s_own_that_nobody_named_is_kept_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_CATALOG", "own.toml")
    assert run("report", "plan.toml", "-o", "own.toml", *AS_OF).code == 2
    assert Path("own.toml").read_text() == CATALOG


def test_two_answers_do_not_go_to_one_file(run: Run) -> None:
    outcome = run("validate", "measured.csv", "--rows", "new.csv", "-o", "./new.csv")
    assert outcome.code == 2
    assert "new.csv: is also new.csv" in outcome.complaint
    assert not Path("new.csv").exists()


def test_add_model_writes_over_neither_a_config_nor_a_plan(run: Run, tmp_path: Path) -> None:
    Path("config.json").write_text(json.dumps({**PHI_4, "architectures": ["Phi3ForCausalLM"]}))
    for name in ("config.json", "plan.toml"):
        before = Path(name).read_bytes()
        refused = run("catalog", "add-model", tmp_path / "config.json", "--catalog", name)
        assert refused.complaint.startswith(f"planner: {name}:")
        assert Path(name).read_bytes() == before


def test_another_file_is_written_over_as_ever(run: Run) -> None:
    Path("old.txt").write_text("old")
    assert run("report", "plan.toml", "-o", "old.txt", *AS_OF).code == 0
    assert "Do first" in Path("old.txt").read_text()
