"""`planner export`: the folder, its parts, what a second time shows, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner.cli.grammar import EXPORTED
from planner.export.folder import SECTIONS
from planner.plan.places import example_path
from tests.cli.conftest import AS_OF, Run


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_plan_gives_the_same_bytes_anywhere(run: Run, spawn: Run, tmp_path: Path) -> None:
    first = run("export", "bulk-classifier", "--to", tmp_path / "a", *AS_OF)
    assert (first.code, first.err) == (0, "")
    assert "new: " in first.out
    other = spawn("export", "bulk-classifier", "--to", tmp_path / "b", *AS_OF, PYTHONHASHSEED="7")
    assert (other.code, other.err) == (0, "")
    assert _files(tmp_path / "a") == _files(tmp_path / "b")
    assert (tmp_path / "a/plan.toml").read_text() == example_path("bulk-classifier").read_text()
    again = run("export", "bulk-classifier", "--to", tmp_path / "a", *AS_OF)
    assert {line.partition(":")[0] for line in again.out.splitlines()} == {"same"}


def test_an_edit_ends_with_1_shows_what_differs_and_stays(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("export", "hospital", "--to", out, "--only", "gateway", *AS_OF)
    (out / "litellm.yaml").write_text("mine: 1\n")
    again = run("export", "hospital", "--to", out, "--only", "gateway", *AS_OF)
    assert again.code == 1
    assert "-mine: 1" in again.out
    assert "edited by hand" in again.err
    assert (out / "litellm.yaml").read_text() == "mine: 1\n"
    forced = run("export", "hospital", "--to", out, "--only", "gateway", "--overwrite", *AS_OF)
    assert (forced.code, forced.err) == (0, "")
    assert "ward-notes" in (out / "litellm.yaml").read_text()


@pytest.mark.parametrize("part", EXPORTED)
def test_one_part_alone(run: Run, tmp_path: Path, part: str) -> None:
    done = run("export", "hospital", "--to", tmp_path / "out", "--only", part, "--format", "json", *AS_OF)
    data = json.loads(done.out)
    assert (done.code, data["schema"], data["folder"]) == (0, 1, str(tmp_path / "out"))
    written = set(_files(tmp_path / "out")) - {".planner-export.json"}
    assert {file["path"] for file in data["files"]} == written
    assert written


def test_the_parts_are_those_of_the_folder() -> None:
    assert set(EXPORTED) == set(SECTIONS)


def test_a_plan_that_becomes_another_takes_its_files_away(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("export", "hospital", "--to", out, *AS_OF)
    changed = run("export", "claude-8k-a-month", "--to", out, *AS_OF)
    assert changed.code == 0
    assert f"gone: {out / 'kubernetes/replicas.yaml'}" in changed.out
    assert not (out / "serve/vllm.sh").exists()


def test_what_cannot_be_written_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("export", "hospital", "--to", tmp_path / "file", *AS_OF)
    assert done.code == 2
    assert "no folder" in done.complaint
    assert run("export", "hospital", *AS_OF).code == 2
    assert run("export", "hospital", "--to", "x", "--only", "gatway", *AS_OF).code == 2
