"""The checkpoints that the catalogue names: none lost, how each is known, and the rule beside published bytes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from planner.catalog.load import load_catalog
from planner.toml.errors import InputError
from tests.checkpoints import WORST, misses, rows, summary

DATA = Path(__file__).parents[1] / "data"

OWN_CHOICE = "the publisher's own choice of types for a hybrid model"
EXPLAINED = {
    "Inferact/Qwen3.8-2.4T-A95B-MXFP4": "its config is not public to us: some layers' experts must be left at 16 bit",
    "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4": "its hf_quant_config.json names no exclusions; it has some",
    "Inferact/Qwen3.8-2.4T-A95B-NVFP4": "its index may hold the draft layer; what states the bytes does not say",
    "unsloth/Qwen3.5-35B-A3B-GGUF": OWN_CHOICE,
    "ggml-org/Qwen3.6-35B-A3B-GGUF": OWN_CHOICE,
    "unsloth/Qwen3.6-27B-GGUF": OWN_CHOICE,
    "ggml-org/gemma-4-12B-it-GGUF": "quantised while training: matrices of the first layers stay wider",
    "unsloth/Phi-4-mini-instruct-GGUF": "llama.cpp gives a fused qkv the wider type of its values",
    "unsloth/gpt-oss-20b-GGUF": "its maker's own choice for what is not an expert",
}
"""Published builds that the rule alone misses by more than 2 %, and why."""


def test_none_is_lost() -> None:
    lines = (DATA / "checkpoints.tsv").read_text("utf-8").splitlines()
    expected = {tuple(line.split("\t")) for line in lines if not line.startswith("#")}
    assert len(expected) == 601
    assert expected <= {(row.model.id, row.checkpoint.format, row.checkpoint.repo) for row in rows()}


def test_published_ones_are_many_and_of_many_formats() -> None:
    published = [row for row in rows() if row.state == "published"]
    assert len(published) >= 130
    assert len({row.checkpoint.format for row in published}) >= 14


def test_whoever_states_bytes_says_where_and_when() -> None:
    for row in rows():
        found = row.checkpoint
        assert bool(found.stated_by) == bool(found.stated_on) == (found.file_gb is not None), found.repo
        assert bool(found.described_by) == (found.layout is not None), found.repo


def test_the_rule_alone_is_near_what_is_published() -> None:
    """Within 2 % for nine of ten; each of the others is explained."""
    found = rows()
    scored = [row for row in found if row.error is not None]
    far = misses(found)
    assert len(far) <= 0.1 * len(scored)
    assert {row.checkpoint.repo for row in far} == set(EXPLAINED)
    assert Counter(abs(row.error or 0.0) > WORST for row in far)[True] <= 4
    assert next(iter(summary(found))).startswith("format")


def test_every_one_has_bytes() -> None:
    assert all(row.rule_bytes > 0 for row in rows())


BUILDS = """
[models."microsoft/phi-4"]
checkpoints = { bf16 = "microsoft/phi-4", awq = [ { repo = "a/first", file_gb = 9.1, stated_by = "its index", \
stated_on = "2026-11-01" }, "b/second" ], fp8 = { repo = "c/fp8", layout = { mlp = 1.0 }, \
described_by = "its config", kv = "fp8" } }
"""


def test_a_checkpoint_is_a_name_a_table_or_a_list_of_builds(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(BUILDS)
    found = load_catalog(tmp_path / "own.toml").models["microsoft/phi-4"].checkpoints
    assert [(build.format, build.repo) for build in found] == [
        ("bf16", "microsoft/phi-4"), ("awq", "a/first"), ("awq", "b/second"), ("fp8", "c/fp8"),
    ]  # fmt: skip
    assert found[1].loaded_bytes == pytest.approx(9.1e9)
    assert found[3].layout is not None
    assert (found[3].layout.mlp, found[3].layout.head, found[3].kv) == (1.0, 2.0, "fp8")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        ('{ repo = "a/b", file_gb = 9.1 }', "stated_by"),
        ('{ repo = "a/b", layout = { mlp = 1.0 } }', "described_by"),
        ('{ repo = "a/b", file_gb = 9.1, draft_gb = 9.1, stated_by = "x", stated_on = "2026-11-01" }', "draft_gb"),
        ('{ repo = "a/b", file_gb = -1, stated_by = "x", stated_on = "2026-11-01" }', "file_gb"),
        ('{ repo = "a/b", layout = { mpl = 1.0 }, described_by = "x" }', "mpl"),
        ('{ file_gb = 9.1, stated_by = "x", stated_on = "2026-11-01" }', "repo"),
        ('{ repo = "a/b", stated_on = "yesterday", file_gb = 9.1, stated_by = "x" }', "stated_on"),
        ('{ repo = "a/b", draft_gb = -1.0, file_gb = 9.1, stated_by = "x", stated_on = "2026-11-01" }', "draft_gb"),
        ('{ repo = "a/b", layout = { mlp = -1.0 }, described_by = "x" }', "mlp"),
        ("3", "awq"),
        ('""', "awq"),
    ],
)
def test_a_wrong_build_is_named_with_its_line(tmp_path: Path, build: str, said: str) -> None:
    (tmp_path / "own.toml").write_text(f'[models."microsoft/phi-4"]\ncheckpoints = {{ awq = {build} }}\n')
    with pytest.raises(InputError) as caught:
        load_catalog(tmp_path / "own.toml")
    message = str(caught.value)
    assert said in message
    assert "own.toml:2" in message
    assert "\n" not in message
