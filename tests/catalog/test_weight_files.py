"""A GGUF file that a user has: its bytes beat the catalogue's, parts count together, another model's are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.weight_files import file_checkpoint, is_gguf_file
from planner.engine.replica.weights import file_bytes, preferring
from planner.toml.errors import InputError

MODEL = shipped_catalog().models["Qwen/Qwen3-8B"]


def sized(path: Path, gb: float) -> Path:
    """A file of holes: as long as a real one, empty on the disk."""
    with path.open("wb") as file:
        file.truncate(int(gb * 1e9))
    return path


@pytest.mark.parametrize(
    ("name", "gb", "weights"),
    [
        ("Qwen3-8B-Q4_K_M.gguf", 5.03, "q4_k_m"),
        ("Qwen3-8B-UD-Q4_K_XL.gguf", 5.1, "ud-q4_k_xl"),
        ("qwen3-8b-iq2_xxs.gguf", 2.4, "iq2_xxs"),
        ("qwen3-8b-mxfp4_moe.GGUF", 5.0, "gguf-mxfp4"),
        ("mine.gguf", 4.964, "4.85bpw"),
    ],
)
def test_the_file_is_the_checkpoint(tmp_path: Path, name: str, gb: float, weights: str) -> None:
    found = file_checkpoint(str(sized(tmp_path / name, gb)), MODEL)
    assert (found.format, found.repo) == (weights, name)
    assert file_bytes(preferring(MODEL, found), weights) == pytest.approx(gb * 1e9)


def test_parts_count_together(tmp_path: Path) -> None:
    first, *_ = (sized(tmp_path / f"Qwen3-8B-Q8_0-0000{part}-of-00003.gguf", 2.9) for part in (1, 2, 3))
    assert file_checkpoint(str(first), MODEL).loaded_bytes == pytest.approx(8.7e9)


@pytest.mark.parametrize(
    ("name", "gb", "said"),
    [
        ("Qwen3-32B-Q8_0.gguf", 34.8, "34.8"),
        ("mmproj-F16.gguf", 0.7, "0.70 GB"),
        ("empty-Q8_0.gguf", 0.0, "expected 1"),
        ("Qwen3-8B-Q8_0-00001-of-00002.gguf", 4.0, "00002-of-00002.gguf"),
    ],
)
def test_another_models_file_is_refused(tmp_path: Path, name: str, gb: float, said: str) -> None:
    with pytest.raises(InputError) as caught:
        file_checkpoint(str(sized(tmp_path / name, gb)), MODEL)
    assert said in str(caught.value)
    assert "--weights" in str(caught.value)


@pytest.mark.parametrize("name", ["absent.gguf", "absent-00001-of-99999.gguf", "absent-00000-of-00000.gguf"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no such GGUF file"):
        file_checkpoint(str(tmp_path / name), MODEL)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.gguf").mkdir()
    with pytest.raises(InputError, match="no such GGUF file"):
        file_checkpoint(str(tmp_path / "folder.gguf"), MODEL)


def test_formats_are_no_files() -> None:
    assert is_gguf_file("Model.GGUF")
    assert not is_gguf_file("q4_k_m")
