"""What the memory sum takes from the engine's release: overheads that logs decide, and the server's own defaults.

Bytes and GiB are of one GPU. What is called fitted comes from `python -m planner.calibrate.memory` on 83 warm starts of
releases 0.12 and 0.19 (tests/data/vllm_startups*.csv: github.com/hholtmann/llm-consumer-gpu-benchmark at 59e3541,
December 2025, and github.com/llm-d-incubation/llm-d-planner at d3121e0). The rest is read from releases or from those
logs and not refitted: no start of 0.17 or of 0.20 and later is among them. How caches are cut and what a server takes
by default is read from the releases themselves (wheels of 0.16 to 0.33 on PyPI: v1/core/kv_cache_utils.py,
v1/kv_cache_interface.py, engine/arg_utils.py, config/compilation.py).
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from planner.engine.arrays import Floats
from planner.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """vLLM from one release on, until the next one listed."""

    since: tuple[int, int]
    logit_bytes: float
    """Warm-up of the sampler, for each entry of the vocabulary and each of max_num_seqs. Fitted."""
    warm_up_gib: float
    """Beside the sampler. Not refitted: the logs do not tell it from the sampler's own bytes."""
    process_gib: float
    """Growth outside the tensor allocator while a model loads and warms up, on one GPU.

    Fitted until 0.16, read since."""
    linked_gib: float = 1.83
    """The same, more, on each of several GPUs with NVLink; none was seen over PCIe. Read from 0.19's logs, assumed
    before."""
    feed_forward_widths: float
    """Feed-forward rows alive at once: gate, up, their product, and from 0.18 the output."""
    copies_tokens_to_experts: bool = True
    """In the warm-up of the sampler too."""
    graphs_in_budget: bool = False
    """CUDA graphs are taken out of the engine's share; before, they must fit what the share leaves."""
    memory_fraction: float = 0.90
    prints_concurrency: bool = False
    """The log's "KV cache size" is the concurrency times the longest context; before, blocks over groups."""
    alike_layers: float = 1.5
    """Groups of layers have the size of the larger kind where it has less than so many times the smaller one's."""
    steps_in_flight: float = 1.0
    states_per_sequence: float = 1.0
    """Blocks for the state of a sequence in each group: one more where prefixes of hybrid models are cached."""
    checks_states: bool = False
    """Refuses to start with fewer blocks than max_num_seqs where it captures graphs."""
    packing: int = 0
    """Which of `packed_units` holds."""
    held_back_blocks: float = 0.0
    """Of the pool, in the check that one request fits."""
    has_largest_steps: bool = False
    """16,384 batched tokens from 160 GiB on."""
    has_small_steps_on_gb10: bool = False
    keeps_glm_in_fp8: bool = False
    """Its sparse latents, on SM 10, unless told otherwise (model_executor/models/config.py; not in 0.28)."""


_UNTIL_0_16 = Release(
    since=(0, 0),
    logit_bytes=33.1,
    warm_up_gib=0.03,
    process_gib=0.200,
    feed_forward_widths=3.0,
    copies_tokens_to_experts=False,
    alike_layers=1.25,
)
_FROM_0_18 = Release(since=(0, 18), logit_bytes=14.3, warm_up_gib=0.10, process_gib=0.25, feed_forward_widths=4.0)
_FROM_0_20 = replace(_FROM_0_18, since=(0, 20), graphs_in_budget=True, memory_fraction=0.92, checks_states=True)
_FROM_0_21 = replace(_FROM_0_20, since=(0, 21), prints_concurrency=True)
_FROM_0_23 = replace(_FROM_0_21, since=(0, 23), packing=1)
_FROM_0_26 = replace(_FROM_0_23, since=(0, 26), steps_in_flight=2.0)
_FROM_0_27 = replace(_FROM_0_26, since=(0, 27), packing=2)
_FROM_0_28 = replace(_FROM_0_27, since=(0, 28), has_largest_steps=True, states_per_sequence=2.0)
_FROM_0_29 = replace(_FROM_0_28, since=(0, 29), held_back_blocks=1.0)
_FROM_0_30 = replace(_FROM_0_29, since=(0, 30), keeps_glm_in_fp8=True)
RELEASES: tuple[Release, ...] = (
    _UNTIL_0_16,
    replace(_FROM_0_18, since=(0, 17), process_gib=0.13, alike_layers=1.25),
    _FROM_0_18,
    _FROM_0_20,
    _FROM_0_21,
    _FROM_0_23,
    _FROM_0_26,
    _FROM_0_27,
    _FROM_0_28,
    _FROM_0_29,
    _FROM_0_30,
    replace(_FROM_0_30, since=(0, 33), has_small_steps_on_gb10=True),
)
"""Oldest first."""


def release_index(version: str) -> int:
    """Position in `RELEASES` of what holds for a version such as "0.19.1"; the newest where it names none."""
    found = re.match(r"\D{0,8}(\d{1,4})\.(\d{1,4})", version)
    if found is None:
        return len(RELEASES) - 1
    at = (int(found[1]), int(found[2]))
    return max(index for index, release in enumerate(RELEASES) if release.since <= at)


def of_release(index: Floats, name: str, releases: tuple[Release, ...] = RELEASES) -> Floats:
    """One constant for each row, by the release its engine is of."""
    return np.array([float(getattr(release, name)) for release in releases])[index.astype(np.intp)]
