"""The commands that measure a replica: `vllm bench serve` against its endpoint at three loads, two minutes in all.

The tool runs from its package without a GPU and speaks to any server with OpenAI's interface.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Final

SECONDS: Final = 40.0
"""Of one load."""
_LEAST_TURNS: Final = 2
"""Requests one after another at least, so that a load is more than its beginning."""
FILE: Final = "planner-{}.json"


def loads(concurrency: float) -> tuple[int, ...]:
    """Alone, a quarter of the most, and the most that keeps the objectives."""
    most = max(int(concurrency), 4)
    return (1, max(most // 4, 2), most)


def commands(
    model: str, endpoint: str, lengths: tuple[float, float], concurrency: float, tok_s: Callable[[float], float]
) -> list[str]:
    """One command a load; `tok_s` is what is expected of each, and decides how many requests fill the time.

    A seed of its own keeps the prompts of one load out of the cache that the last one left.
    """
    written = []
    for seed, load in enumerate(loads(concurrency), 1):
        requests = max(round(SECONDS * tok_s(load) / max(lengths[1], 1.0)), _LEAST_TURNS * load)
        options: Mapping[str, object] = {
            "backend": "openai",
            "base-url": endpoint,
            "endpoint": "/v1/completions",
            "model": model,
            "dataset-name": "random",
            "random-input-len": round(lengths[0]),
            "random-output-len": max(round(lengths[1]), 1),
            "num-prompts": requests,
            "max-concurrency": load,
            "seed": seed,
            "result-filename": FILE.format(load),
        }
        told = " ".join(f"--{name} {shlex.quote(str(value))}" for name, value in options.items())
        written.append(f"vllm bench serve {told} --ignore-eos --save-result")
    return written


def reading_back(concurrency: float, set_up: Mapping[str, object]) -> str:
    """The command that reads the files."""
    files = " ".join(FILE.format(load) for load in loads(concurrency))
    options = " ".join(f"--{name} {shlex.quote(str(value))}" for name, value in set_up.items())
    return f"planner import benchmark {files} {options}"
