"""Files in the shape that each tool writes, short: the figures are those of runs against a server of known times.

TTFT 200 ms, 20 ms a token, 50 tokens in and 32 out, two requests at a time; `double` streams two tokens a chunk.
"""

from __future__ import annotations

import json
from typing import Any

from tests.evidence.marks import ANSWER, KEY, PROMPT


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


def _spread(mean: float, unit: str = "") -> dict[str, Any]:
    told = {"mean": mean, "median": mean, "count": 20, "percentiles": {"p95": mean * 1.01, "p99": mean * 1.02}}
    return told | ({"unit": unit} if unit else {})


def _ways(good: float, total: float | None = None) -> dict[str, Any]:
    """By outcome, as guidellm has it: `total` adds what failed."""
    return {"successful": _spread(good), "errored": _spread(0.0), "total": _spread(good if total is None else total)}


def guidellm(ttft: float = 203.748, itl: float = 20.005, held: float = 25.747, rate: float = 76.425) -> bytes:
    metrics = {
        "request_totals": {"successful": 20, "errored": 5, "incomplete": 0, "total": 25},
        "request_concurrency": _ways(1.971),
        "prompt_token_count": _ways(50.0, 62.5),
        "output_token_count": _ways(32.0),
        "time_to_first_token_ms": _ways(ttft, 150.0),
        "time_per_output_token_ms": _ways(held),
        "inter_token_latency_ms": _ways(itl),
        "output_tokens_per_second": _ways(rate),
        "tokens_per_second": _ways(195.8),
    }
    one = {
        "config": {
            "strategy": {"type_": "concurrent", "streams": 2},
            "backend": {"model": "mock-model", "api_key": KEY},
        },
        "metrics": metrics,
        "requests": {"successful": [{"request_args": PROMPT, "output": ANSWER}]},
        "start_time": 1795889530.1,
        "duration": 8.374,
    }
    return _json({"metadata": {"version": 2, "guidellm_version": "0.8.1"}, "benchmarks": [one]})


def guidellm_csv() -> bytes:
    groups = [
        "Benchmark",
        "Timings",
        "Request Counts",
        "Request Counts",
        "Time to First Token",
        "Time per Output Token",
    ]
    groups += [
        "Inter Token Latency",
        "Server Throughput",
        "Token Metrics",
        "Token Metrics",
        "Token Throughput",
        "Runtime Info",
    ]
    ways = ["Strategy", "Start Time", "Successful", "Errored", "Successful ms", "Successful ms", "Successful ms"]
    ways += ["Successful Concurrency", "Successful Input Tokens", "Successful Output Tokens"]
    ways += ["Successful Output Tokens/Sec", "Arguments"]
    kinds = ["", "", "", "", *["Mean"] * 7, ""]
    spec = json.dumps({"spec": {"backend": {"model": "mock-model", "api_key": KEY}}}).replace('"', '""')
    row = [
        "concurrent@2",
        "2026-11-28 18:12:10",
        "20",
        "0",
        "203.748",
        "25.747",
        "20.005",
        "1.971",
        "50.0",
        "32.0",
        "76.425",
    ]
    return "\n".join((*map(",".join, (groups, ways, kinds)), ",".join((*row, f'"{spec}"')), "")).encode()


def guidellm_old_csv() -> bytes:
    return (
        b"Type,Run Index,Profile,Strategy,Strategy Rate,Output Tokens/Sec Mean,TTFT Mean,TTFT P95,TPOT Mean,ITL Mean,"
        b"Concurrency Mean\nbenchmark,0,sweep,concurrent,16,1990.2,118.2,240.1,7.7,7.6,15.8\n"
    )


def vllm(**change: Any) -> bytes:
    told = {
        "date": "20261128-173028",
        "backend": "openai-chat",
        "model_id": "mock-model",
        "num_prompts": 20,
        "request_rate": "inf",
        "max_concurrency": 2,
        "duration": 8.276,
        "completed": 20,
        "failed": 0,
        "total_input_tokens": 1001,
        "total_output_tokens": 640,
        "output_throughput": 77.331,
        "total_token_throughput": 198.28,
        "generated_texts": [ANSWER],
        "max_concurrent_requests": 6,
        **{f"{way}_{name}_ms": value for way in ("mean", "median", "p99") for name, value in _TIMES.items()},
    }
    return _json(told | change)


_TIMES = {"ttft": 207.5, "tpot": 20.0, "itl": 20.0}


def sglang(**change: Any) -> bytes:
    told = {
        "backend": "sglang",
        "request_rate": float("inf"),
        "max_concurrency": 2,
        "duration": 8.29,
        "completed": 20,
        "total_input_tokens": 1000,
        "total_output_tokens": 640,
        "input_throughput": 120.6,
        "output_throughput": 77.2,
        "mean_e2e_latency_ms": 826.0,
        "mean_ttft_ms": 207.0,
        "mean_tpot_ms": 20.0,
        "mean_itl_ms": 20.0,
        "concurrency": 1.9958,
        "max_concurrent_requests": 4,
    }
    return _json(told | change) + b"\n"


def printed(tail: str = "") -> bytes:
    return (
        "Starting main benchmark run...\nTraffic request rate: inf\nMaximum request concurrency: 2\n"
        "============ Serving Benchmark Result ============\n"
        "Successful requests:                     20        \nFailed requests:                         0         \n"
        "Benchmark duration (s):                  8.28      \nTotal input tokens:                      1001      \n"
        "Total generated tokens:                  640       \nRequest throughput (req/s):              2.42      \n"
        "Output token throughput (tok/s):         77.33     \nTotal Token throughput (tok/s):          198.28    \n"
        f"{tail}---------------Time to First Token----------------\n"
        "Mean TTFT (ms):                          207.50    \nMedian TTFT (ms):                        204.10    \n"
        "-----Time per Output Token (excl. 1st token)------\nMean TPOT (ms):                          20.00     \n"
        "---------------Inter-token Latency----------------\nMean ITL (ms):                           20.01     \n"
        "==================================================\n"
    ).encode()


def aiperf(chunk: float = 20.005, itl: float = 20.005, unit: str = "ms", phases: bool = True) -> bytes:
    scale = {"ms": 1.0, "sec": 1e-3}[unit]
    told: dict[str, Any] = {
        "aiperf_version": "0.13.0",
        "time_to_first_token": {"unit": unit, "avg": 204.679 * scale, "p50": 203.0 * scale, "p95": 214.7 * scale},
        "inter_token_latency": {"unit": unit, "avg": itl * scale},
        "inter_chunk_latency": {"unit": unit, "avg": chunk * scale},
        "request_latency": {"unit": unit, "avg": 824.8 * scale},
        "output_token_throughput": {"unit": "tokens/sec", "avg": 76.964},
        "output_token_throughput_per_user": {"unit": "tokens/sec/user", "avg": 49.99},
        "output_sequence_length": {"unit": "tokens", "avg": 32.0},
        "output_token_count": {"unit": "tokens", "avg": 20.0},
        "input_sequence_length": {"unit": "tokens", "avg": 50.0},
        "request_count": {"unit": "requests", "avg": 20.0},
        "completed_request_count": {"unit": "requests", "avg": 22.0},
        "effective_concurrency": {"unit": "requests", "avg": 1.9845},
        "start_time": "2026-11-28T18:11:22.201916",
    }
    new = {"models": {"items": [{"name": "mock-model"}]}, "phases": [{"kind": "profiling", "concurrency": 2}]}
    old = {"endpoint": {"model_names": ["mock-model"], "api_key": KEY}, "loadgen": {"concurrency": 2}}
    return _json(told | {"input_config": new if phases else old})


def aiperf_csv() -> bytes:
    return (
        b"Metric,avg,min,max,sum,p1,p5,p10,p25,p50,p75,p90,p95,p99,std\n"
        b"Effective Concurrency,1.98,0.00,2.00,,,,,,2.00,,2.00,2.00,2.00,0.14\n"
        b"Input Sequence Length (tokens),50.00,50.00,50.00,1000.00,50,50,50,50,50,50,50,50,50,0\n"
        b"Inter Chunk Latency (ms),40.01,12,27,12403,14,17,19,19,19,20,21,22,24,1.5\n"
        b"Inter Token Latency (ms),19.29,19,20,400,19,19,19,19,20,20,20,20,20,0.06\n"
        b"Output Sequence Length (tokens),32.00,32,32,640,32,32,32,32,32,32,32,32,32,0\n"
        b"Time to First Token (ms),204.68,201,216,4093,201,201,201,201,203,205,209,214,216,4.1\n\n"
        b"Metric,Value\nCompleted Requests (Success + Error),22.00\nOutput Token Throughput (tokens/sec),76.96\n"
        b"Request Count,20.00\n\n\nEndpoint,GPU_Index,Metric,avg\nhttp://127.0.0.1,0,Time to First Token (ms),1\n"
    )


def aiperf_requests() -> bytes:
    lines = []
    for number in range(4):
        start = 1795889482_000000000 + (number // 2) * 820_000_000
        metrics = {
            "time_to_first_token": {"value": 200.0, "unit": "ms"},
            "inter_token_latency": {"value": 20.0, "unit": "ms"},
            "inter_chunk_latency": {"value": [40.0] * 15, "unit": "ms"},
            "output_sequence_length": {"value": 32, "unit": "tokens"},
            "input_sequence_length": {"value": 50, "unit": "tokens"},
        }
        about = {"credit_issued_ns": start, "request_start_ns": start, "request_end_ns": start + 820_000_000}
        lines.append({"metadata": about | {"benchmark_phase": "profiling"}, "metrics": metrics})
    failed = {"metadata": {"benchmark_phase": "profiling"}, "metrics": {}, "error": {"code": 500, "message": ANSWER}}
    return b"\n".join(map(_json, [*lines, failed])) + b"\n"


def inference_perf(seen: float = 32.0, served: float = 32.0, rate: float = 63.775) -> bytes:
    latency = {
        "time_to_first_token": _spread(0.2027),
        "time_per_output_token": _spread(0.020),
        "normalized_time_per_output_token": _spread(0.02574),
        "inter_token_latency": _spread(0.020),
    }
    good = {
        "count": 20,
        "latency": latency,
        "throughput": {"output_tokens_per_sec": rate, "total_tokens_per_sec": 163.4},
        "prompt_tokens": {"mean": 50.0},
        "output_len": {"mean": seen},
        "output_tokens": {"mean": served},
    }
    told = {"load_summary": {"count": 24, "requested_rate": 2.0}, "successes": good, "failures": {"count": 4}}
    return _json(told | {"benchmark_time_seconds": 10.035})


def llama_bench(**change: Any) -> bytes:
    row = {
        "build_number": 7340,
        "gpu_info": "NVIDIA GeForce RTX 4090",
        "model_filename": "/models/private/Qwen3-8B-Q4_K_M.gguf",
        "model_type": "qwen3 8B Q4_K - Medium",
        "model_size": 5025000000,
        "model_n_params": 8190735360,
        "n_prompt": 0,
        "n_gen": 128,
        "n_depth": 0,
        "avg_ts": 142.2,
        "test_time": "2026-11-28T10:00:00Z",
    }
    return _json([row | {"n_prompt": 512, "n_gen": 0, "avg_ts": 9800.0}, row | change])


def llama_bench_csv() -> bytes:
    rows = json.loads(llama_bench())
    return "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]).encode() + b"\n"


LLAMA_BENCH_MD = """\
ggml_cuda_init: found 1 CUDA devices
| model                          |       size |     params | backend    | ngl |            test |                  t/s |
| ------------------------------ | ---------: | ---------: | ---------- | --: | --------------: | -------------------: |
| qwen3 8B Q4_K - Medium         |   4.68 GiB |     8.19 B | CUDA       |  99 |           pp512 |      9800.12 ± 30.21 |
| qwen3 8B Q4_K - Medium         |   4.68 GiB |     8.19 B | CUDA       |  99 |           tg128 |        178.33 ± 0.52 |
| qwen3 8B Q4_K - Medium         |   4.68 GiB |     8.19 B | CUDA       |  99 |   tg128 @ d4096 |        150.10 ± 0.40 |
| qwen3 8B Q4_K - Medium         |   4.68 GiB |     8.19 B | CUDA       |  99 |     pp512+tg128 |        700.00 ± 1.00 |

build: 086a63e3a (7340)
""".encode()


def inferencex(**change: Any) -> bytes:
    told = {"hw": "b200", "tp": 4, "conc": 64, "model": "openai/gpt-oss-120b", "framework": "vllm", "precision": "fp4"}
    rates = {"isl": 1024, "osl": 1024, "tput_per_gpu": 5211.4, "output_tput_per_gpu": 2605.7}
    return _json([told | rates | {"median_ttft": 0.21, "median_tpot": 0.0061} | change])


def llmperf() -> bytes:
    told = {"version": "2023-08-31", "model": "mock-model", "num_concurrent_requests": 2, "mean_input_tokens": 550}
    results = {
        "number_input_tokens_mean": 50.0,
        "number_output_tokens_mean": 32.0,
        "num_completed_requests": 20,
        "number_errors": 1,
        "ttft_s_mean": 0.2,
        "inter_token_latency_s_mean": 0.025625,
        "mean_output_throughput_token_per_s": 77.0,
    }
    return _json(told | {f"results_{name}": value for name, value in results.items()})


def llmfit() -> bytes:
    about = {"hardwareName": "NVIDIA GeForce RTX 3090", "gpuCount": 1, "vramGb": 24.0}
    row = {"model": "Qwen3-8B-Q4_K_M.gguf", "provider": "llamacpp", "avgTps": 118.4, "avgTtftMs": None}
    tool = {"name": "llmfit", "version": "1.1.9"}
    return _json({"schemaVersion": 1, "tool": tool, "hardware": about, "results": [row | {"avgOutputTokens": 300.0}]})


def scrape(requests: int, *, engine: str = "vllm", at_ms: int | None = None) -> bytes:
    """Of a server that has answered so many requests of 50 in and 32 out, 820 ms each."""
    labels, stamp = '{engine="0",model_name="mock-model"}', f" {at_ms}" if at_ms else ""
    kind = "request_time_per_output_token_seconds" if engine == "vllm" else "time_per_output_token_seconds"
    samples = {
        "time_to_first_token_seconds_sum": 0.2 * requests,
        "time_to_first_token_seconds_count": requests,
        f"{kind}_sum": 0.020 * requests,
        f"{kind}_count": requests,
        "e2e_request_latency_seconds_sum": 0.82 * requests,
        "e2e_request_latency_seconds_count": requests,
        "prompt_tokens_total": 50.0 * requests,
        "generation_tokens_total": 32.0 * requests,
        "num_requests_running": 2,
    }
    head = f"# TYPE {engine}:prompt_tokens_total counter\npython_info 1.0\n"
    return (head + "".join(f"{engine}:{name}{labels} {value}{stamp}\n" for name, value in samples.items())).encode()


def genai_perf() -> bytes:
    """aiperf's forerunner: the figures at the top, the options under other names."""
    told = json.loads(aiperf())
    del told["input_config"], told["aiperf_version"], told["effective_concurrency"]
    return _json(told | {"input_config": {"model": ["mock-model"], "perf_analyzer": {"stimulus": {"concurrency": 2}}}})


def aiperf_records() -> bytes:
    told = json.loads(aiperf())
    figures = {name: told.pop(name) for name in list(told) if isinstance(told[name], dict) and "avg" in told[name]}
    return _json(told | {"records": figures})


def genai_perf_csv() -> bytes:
    return (
        b"Metric,avg,min,max,p99,p95,p90,p75,p50,p25\r\n"
        b'Time To First Token (ms),"1,204.68",1,1,1,1,1,1,"1,203.00",1\r\n'
        b"Inter Token Latency (ms),20.01,1,1,1,1,1,1,1,1\r\nOutput Sequence Length,32.00,1,1,1,1,1,1,1,1\r\n\r\n"
        b"Metric,Value\r\nOutput Token Throughput (per sec),76.96\r\nRequest Throughput (per sec),2.41\r\n"
    )


def guidellm_old() -> bytes:
    """The JSON of release 0.3: options under `args`, counts under `run_stats`."""
    told = json.loads(guidellm())
    (one,) = told["benchmarks"]
    del one["metrics"]["request_totals"]
    one["args"] = {"strategy": one.pop("config")["strategy"]}
    one["run_stats"] = {"requests_made": {"successful": 20, "errored": 5}}
    one["worker"] = {"backend_model": "mock-model"}
    return _json(told | {"metadata": {"version": 1, "guidellm_version": "0.3.1"}})
