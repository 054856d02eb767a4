"""`--gpu here`: what the drivers' tools print, and what happens where they hang, fail or are not there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.catalog.load import shipped_catalog
from planner.cli import here
from planner.cli.here import cards_here
from planner.toml.errors import InputError
from tests.cli.conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tools that stand in are shell scripts")
CATALOG = shipped_catalog()
Install = Callable[..., None]
ROCM = {
    "card0": {"Card Series": "AMD Instinct MI300X OAM", "VRAM Total Memory (B)": "206141652992"},
    "card1": {"Card series": "AMD Instinct MI300X OAM", "VRAM Total Memory (B)": "206141652992"},
    "system": {"Driver version": "6.12"},
}
AMD = [{"gpu": 0, "asic": {"market_name": "AMD_Instinct_MI355X"}, "vram": {"size": {"value": 294896, "unit": "MB"}}}]
INTEL = {"device_list": [{"device_id": 0, "device_name": "Intel(R) Data Center GPU Max 1550"}]}
APPLE = {"SPHardwareDataType": [{"chip_type": "Apple M4 Pro", "physical_memory": "48 GB"}]}


@pytest.fixture(name="install")
def _install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a tool that prints this, and ends with that code, into a PATH that holds nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(tool: str, printed: str, code: int = 0) -> None:
        answer = folder / f"{tool}.txt"
        answer.write_text(printed, encoding="utf-8")
        script = folder / tool
        script.write_text(f"#!/bin/sh\n/bin/cat '{answer}'\nexit {code}\n", encoding="utf-8")
        script.chmod(0o755)

    return install


@pytest.mark.parametrize(
    ("tool", "printed", "card", "count", "gib"),
    [
        ("nvidia-smi", "NVIDIA L40S, 46068, [N/A]\n" * 4, "l40s", 4, 44.99),
        ("nvidia-smi", "NVIDIA GeForce RTX 4090, 49140, [N/A]\n", "rtx-4090-48gb", 1, 47.99),
        ("nvidia-smi", "NVIDIA H100 80GB HBM3, 81559, Disabled\n" * 8, "h100-sxm", 8, 79.65),
        ("nvidia-smi", "NVIDIA GB10, [N/A], [N/A]\n", "dgx-spark", 1, 96.0),
        ("nvidia-smi", "Tesla T4, 15360, [N/A]\n", "t4", 1, 15.0),
        ("rocm-smi", f"WARNING: something\n{json.dumps(ROCM)}\n", "mi300x", 2, 191.98),
        ("amd-smi", json.dumps(AMD), "mi355x", 1, 287.98),
        ("amd-smi", json.dumps({"gpu_data": AMD}), "mi355x", 1, 287.98),
        ("xpu-smi", json.dumps(INTEL), "intel-max-1550", 1, 126.72),
        ("system_profiler", json.dumps(APPLE), "m4-pro", 1, 37.44),
    ],
)
def test_cards_as_each_tool_lists_them(
    install: Install, tool: str, printed: str, card: str, count: int, gib: float
) -> None:
    install(tool, printed)
    gpu, found = cards_here(CATALOG, "--gpu")
    assert (gpu.id, found) == (card, count)
    assert gpu.memory_gib_usable == pytest.approx(gib, abs=0.01)


def test_of_several_kinds_the_one_with_most_memory_is_taken_and_said(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("nvidia-smi", "NVIDIA GeForce RTX 4090, 24564, [N/A]\nNVIDIA L40S, 46068, [N/A]\n" * 2)
    assert cards_here(CATALOG, "--gpu")[0].id == "l40s"
    said = capsys.readouterr().err
    assert said == "planner: here, by nvidia-smi: 2 x GeForce RTX 4090, 2 x L40S; L40S taken\n"


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", 9),
        ("No devices were found\n", 0),
        ("", 0),
        ("{" * 100_000, 0),
    ],
)
def test_a_tool_without_an_answer_is_passed_over(install: Install, printed: str, code: int) -> None:
    install("nvidia-smi", printed, code)
    install("rocm-smi", printed, code)
    install("xpu-smi", json.dumps(INTEL))
    assert cards_here(CATALOG, "--gpu")[0].id == "intel-max-1550"


def test_without_a_card_it_says_what_was_looked_for(install: Install, run: Run) -> None:
    install("nvidia-smi", "", 9)
    outcome = run("size", "phi-4", "--gpu", "here")
    assert outcome.code == 2
    assert "--gpu: no card was found on this machine" in outcome.complaint
    assert "nvidia-smi (lists none), rocm-smi (not installed)" in outcome.complaint


def test_slices_are_refused(install: Install) -> None:
    install("nvidia-smi", "NVIDIA A100-SXM4-80GB, 81920, Enabled\n")
    with pytest.raises(InputError, match="is cut into MIG slices"):
        cards_here(CATALOG, "--gpu")


def test_a_name_from_a_tool_cannot_write_to_the_terminal(install: Install, run: Run) -> None:
    install("nvidia-smi", "NVIDIA \x1b[31m\u202eXL, 46068, [N/A]\n")
    outcome = run("size", "phi-4", "here")
    assert outcome.code == 2
    assert "nothing is called 'NVIDIA [31mXL'" in outcome.complaint


@pytest.mark.parametrize(
    "script",
    [
        "exec /bin/sleep 60",
        "/bin/sleep 60 & wait",  # the pipe stays open in what it started
        "while :; do echo more than anybody asked for; done",
    ],
)
def test_a_tool_that_hangs_or_never_stops_is_ended(tmp_path: Path, script: str) -> None:
    tool = tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    tool.chmod(0o755)
    assert here._answer((str(tool),), seconds=0.05, most=1000) is None


def test_what_is_no_program_answers_nothing(tmp_path: Path) -> None:
    (tmp_path / "tool").write_bytes(b"\x00\x01")
    (tmp_path / "tool").chmod(0o755)
    assert here._answer((str(tmp_path / "tool"),)) is None
    assert here._answer((str(tmp_path / "missing"),)) is None


def test_the_fewest_cards_on_which_it_fits(install: Install, run: Run) -> None:
    install("nvidia-smi", "NVIDIA L40S, 46068, [N/A]\n" * 4)
    args = ("--weights", "fp8", "--format", "json")
    small, large, asked = (
        json.loads(run("size", *words, *args).out)["deployment"]["tensor_parallel"]
        for words in (("phi-4", "here"), ("llama-3.3-70b", "here"), ("phi-4", "here", "--tp", "4"))
    )
    assert (small, large, asked) == (1, 2, 4)


def test_no_more_cards_than_there_are_are_ranked(install: Install, run: Run) -> None:
    install("nvidia-smi", "NVIDIA L40S, 46068, [N/A]\n" * 2)
    rows = json.loads(run("size", "--gpu", "here", "--all", "--format", "json").out)
    assert {row["deployment"]["gpus_per_replica"] for row in rows} == {1, 2}
    install("nvidia-smi", "", 9)
    install("system_profiler", json.dumps(APPLE))
    rows = json.loads(run("size", "--gpu", "here", "--all", "--format", "json").out)
    assert {row["deployment"]["gpus_per_replica"] for row in rows} == {1}
    assert {row["deployment"]["gpu_name"] for row in rows} == {"Apple M4 Pro 48GB"}
