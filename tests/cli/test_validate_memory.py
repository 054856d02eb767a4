"""`planner validate --memory`: start-ups from tables and from vLLM's own logs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from planner.cli.start_ups import log_cells
from tests.cli.conftest import Run

DATA = Path(__file__).parents[1] / "data"
LOG = """\
(APIServer pid=7) INFO 03-04 10:00:01 [utils.py:233] non-default args: {'model': 'meta-llama/Llama-3.1-8B-Instruct', \
'max_model_len': 8192, 'gpu_memory_utilization': 0.95}
(APIServer pid=7) INFO 03-04 10:00:03 [scheduler.py:231] Chunked prefill is enabled with max_num_batched_tokens=8192.
(EngineCore pid=9) INFO 03-04 10:00:09 [core.py:105] Initializing a V1 LLM engine (v0.19.0) with config: \
model='meta-llama/Llama-3.1-8B-Instruct', dtype=torch.bfloat16, max_seq_len=8192, tensor_parallel_size=1, \
pipeline_parallel_size=1, quantization=None, kv_cache_dtype=auto, seed=0
(EngineCore pid=9) INFO 03-04 10:00:31 [gpu_model_runner.py:4100] Model loading took 14.99 GiB memory and 9.1 seconds
(EngineCore pid=9) INFO 03-04 10:00:52 [gpu_worker.py:355] Available KV cache memory: 58.11 GiB
(EngineCore pid=9) INFO 03-04 10:00:52 [kv_cache_utils.py:1307] GPU KV cache size: 476,016 tokens
(EngineCore pid=9) INFO 03-04 10:00:52 [kv_cache_utils.py:1312] Maximum concurrency for 8,192 tokens per request: 58.11x
"""
"""The lines that matter of a start of release 0.19, with figures of tests/data/vllm_startups_h100.csv."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "start.log"
    path.write_text(LOG, "utf-8")
    return path


def test_a_log_is_read_as_it_is(run: Run, log: Path) -> None:
    done = run("validate", "--memory", str(log), "--gpu", "NVIDIA H100 80GB HBM3", "--format", "json")
    told = json.loads(done.out)
    assert (done.code, told["starts"], told["agree"], told["skipped"]) == (0, 1, 1, {})
    assert told["warm"]["median_error"] < 0.01
    assert list(told["by_model"]) == ["Llama 3.1 8B Instruct"]


def test_a_log_without_a_card_asks_for_it(run: Run, log: Path) -> None:
    done = run("validate", "--memory", str(log))
    assert done.code == 2
    assert "--gpu NAME" in done.complaint


def test_the_fewest_tokens_of_several_workers_count_and_a_first_start_is_told() -> None:
    more = LOG.replace("476,016", "470,000") + "INFO 03-04 10:00:40 [backends.py:352] Compiling a graph takes 21.3 s\n"
    cells = log_cells(LOG + more)
    assert (cells["kv_tokens"], cells["start"]) == ("470000", "cold")
    assert log_cells(LOG)["start"] == "warm"


def test_tables_print_errors_by_card_and_model_and_a_line_a_start(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    tables = [str(DATA / name) for name in ("vllm_startups.csv", "vllm_startups_h100.csv")]
    done = run("validate", "--memory", *tables, "--rows", str(rows))
    assert done.code == 0
    assert "101 starts, 101 compared, 101 judged as the engine did" in done.out
    assert "cold starts                14" in done.out
    written = list(csv.DictReader(io.StringIO(rows.read_text("utf-8"))))
    assert len(written) == 101
    assert sum(row["starts"] == "False" for row in written) == 4


def test_a_table_without_cards_is_refused_and_a_row_that_cannot_be_read_is_counted(run: Run, tmp_path: Path) -> None:
    lacking = tmp_path / "lacking.csv"
    lacking.write_text("model,max_model_len\nQwen/Qwen3-8B,4096\n", "utf-8")
    refused = run("validate", "--memory", str(lacking))
    assert refused.code == 2
    assert "the header lacks gpu" in refused.complaint
    odd = tmp_path / "odd.csv"
    odd.write_text("gpu,model,max_model_len\nRTX 5090,Qwen/Qwen3-8B,many\nno such card,Qwen/Qwen3-8B,1\n", "utf-8")
    told = json.loads(run("validate", "--memory", str(odd), "--format", "json").out)
    assert (told["starts"], sum(told["skipped"].values()), told["warm"]) == (2, 2, None)


def test_measurements_and_start_ups_are_not_mixed(run: Run, log: Path) -> None:
    assert run("validate").code == 2
    assert run("validate", str(log), "--memory", str(log)).code == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LOG[: LOG.index("GPU KV cache size")], "ends before the line with the tokens"),
        (LOG + LOG.replace("Llama-3.1-8B", "Llama-3.2-3B"), "holds starts of 2 models"),
        ("[TP0] max_total_num_tokens=171008, context_len=169000, available_gpu_mem=8.27 GB\n", "a log of SGLang"),
        ("model_runner.py:692] Loading model weights took 65.7410 GB\n# GPU blocks: 507\n", "vLLM before 0.8"),
    ],
)
def test_a_log_that_cannot_be_compared_is_refused_with_the_reason(
    run: Run, tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "other.log"
    path.write_text(text, "utf-8")
    done = run("validate", "--memory", str(path), "--gpu", "h100")
    assert done.code == 2
    assert reason in done.complaint


def test_a_refused_start_is_compared_as_one(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "refused.log"
    path.write_text(LOG[: LOG.index("(EngineCore pid=9) INFO 03-04 10:00:52 [kv")] + "ValueError: To serve at least\n")
    told = json.loads(run("validate", "--memory", str(path), "--gpu", "h100", "--format", "json").out)
    assert (told["starts"], told["agree"]) == (1, 0)


def test_the_engine_s_own_line_names_its_release() -> None:
    assert log_cells("transformers version 5.5.0\n" + LOG)["version"] == "0.19.0"
    assert log_cells("vLLM API server version 0.11.0\n")["version"] == "0.11.0"
