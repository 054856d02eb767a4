"""A second export shows what differs, and takes no edit away."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from planner.export.folder import MANIFEST, SECTIONS, Change, export_to, section_of
from planner.toml.errors import InputError
from planner.toml.files import digest_of

FILES = {"litellm.yaml": "a: 1\n", "serve/vllm.sh": "run\n", "README.md": "# x\n"}


def _states(found: tuple[Change, ...]) -> dict[str, str]:
    return {change.path: change.state for change in found}


def _export(folder: Path, files: dict[str, str] = FILES, *, overwrite: bool = False) -> dict[str, str]:
    return _states(export_to(folder, files, SECTIONS, overwrite=overwrite))


def test_a_second_export_of_the_same_changes_nothing(tmp_path: Path) -> None:
    assert set(_export(tmp_path / "out").values()) == {"new"}
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert set(_export(tmp_path / "out").values()) == {"same"}
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_what_the_plan_changes_is_shown_and_replaced(tmp_path: Path) -> None:
    _export(tmp_path)
    found = export_to(tmp_path, FILES | {"litellm.yaml": "a: 2\n"}, SECTIONS)
    assert _states(found)["litellm.yaml"] == "changed"
    assert "-a: 1\n+a: 2\n" in found[0].diff
    assert (tmp_path / "litellm.yaml").read_text() == "a: 2\n"


def test_an_edit_stays_until_it_is_asked_for(tmp_path: Path) -> None:
    _export(tmp_path)
    (tmp_path / "litellm.yaml").write_text("a: 9\n")
    changed = FILES | {"litellm.yaml": "a: 2\n"}
    assert _export(tmp_path, changed)["litellm.yaml"] == "edited"
    assert (tmp_path / "litellm.yaml").read_text() == "a: 9\n"
    assert _export(tmp_path, changed)["litellm.yaml"] == "edited"
    _export(tmp_path, changed, overwrite=True)
    assert (tmp_path / "litellm.yaml").read_text() == "a: 2\n"
    assert set(_export(tmp_path, changed).values()) == {"same"}


def test_a_file_that_was_there_before_is_no_less_somebody_s(tmp_path: Path) -> None:
    (tmp_path / "litellm.yaml").write_text("mine\n")
    assert _export(tmp_path)["litellm.yaml"] == "edited"
    assert (tmp_path / "litellm.yaml").read_text() == "mine\n"


def test_an_edit_that_equals_the_plan_is_ours_again(tmp_path: Path) -> None:
    _export(tmp_path)
    (tmp_path / "litellm.yaml").write_text("a: 2\n")
    assert _export(tmp_path, FILES | {"litellm.yaml": "a: 2\n"})["litellm.yaml"] == "same"
    assert _export(tmp_path)["litellm.yaml"] == "changed"


def test_what_the_plan_no_longer_has_goes_unless_it_was_edited(tmp_path: Path) -> None:
    _export(tmp_path, FILES | {"serve/sglang.sh": "run\n"})
    (tmp_path / "serve/vllm.sh").write_text("mine\n")
    found = _export(tmp_path, {"litellm.yaml": "a: 1\n"})
    assert (found["serve/vllm.sh"], found["serve/sglang.sh"], found["README.md"]) == ("left", "gone", "gone")
    assert (tmp_path / "serve/vllm.sh").exists()
    assert not (tmp_path / "serve/sglang.sh").exists()


def test_one_part_leaves_the_others_alone(tmp_path: Path) -> None:
    _export(tmp_path)
    found = export_to(tmp_path, {"litellm.yaml": "a: 2\n"}, ["gateway"])
    assert _states(found) == {"litellm.yaml": "changed"}
    assert (tmp_path / "serve/vllm.sh").exists()
    assert set(json.loads((tmp_path / MANIFEST).read_text())["files"]) == set(FILES)


def test_a_link_out_of_the_folder_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out/serve").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="leads out"):
        _export(tmp_path / "out")
    assert os.listdir(tmp_path / "elsewhere") == []
    assert "litellm.yaml" not in os.listdir(tmp_path / "out")


@pytest.mark.parametrize("held", ["[]", '{"files": []}', '{"files": {"a": 1}}', "{"])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, held: str) -> None:
    (tmp_path / MANIFEST).write_text(held)
    with pytest.raises(InputError, match=MANIFEST):
        _export(tmp_path)
    assert os.listdir(tmp_path) in ([MANIFEST], [MANIFEST, ".planner.lock"], [".planner.lock", MANIFEST])


def test_a_manifest_reaches_no_file_outside(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "x").write_text("kept")
    digest = digest_of(b"kept")
    (tmp_path / "out" / MANIFEST).write_text(json.dumps({"files": {"../x": digest, str(tmp_path / "x"): digest}}))
    _export(tmp_path / "out")
    assert (tmp_path / "x").read_text() == "kept"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="no folder"):
        _export(tmp_path / "out")


def test_a_diff_commands_no_terminal() -> None:
    assert "\x1b" not in Change("a", "edited", "\x1b[31m\n", "b\n").diff


def test_every_file_belongs_to_a_part() -> None:
    assert {section_of(path) for path in FILES} <= set(SECTIONS)
    assert section_of("kubernetes/x.yaml") == "kubernetes"
