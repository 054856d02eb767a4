"""Reasons in words: each sentence takes the figures of its value, in their order."""

from __future__ import annotations

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.measured.row import Skip
from planner.engine.specs import Caveat, Deployment, QualityGate, Refusal, Remedy, RequestShape
from planner.words.refusals import because, caveat_words, skip_words
from planner.words.remedies import remedy_words


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (
            Refusal("latency", (61.4, 50.0, 812.0, 2000.0)),
            "even one request alone takes 61 ms a token (TPOT, at most 50) and 812 ms to the first (TTFT p95, at most"
            " 2,000)",
        ),
        (Refusal("evaluated", (0.1, "Claude Haiku 5.5")), "your test shows it more than 10 % below Claude Haiku 5.5"),
        (
            Refusal("untested", ("A", "B")),
            "not tested on your prompts (A, B were, and passed)",
        ),
        (
            Refusal("on_api", ("agent",)),
            "agents and tool use in several steps stay on the API until a test on your prompts shows that an open model"
            " is good enough",
        ),
        (Refusal("level", (None, "solid")), "it has no level yet, solid is needed"),
        (
            Refusal("level", ("routine", "solid", "pin")),
            "you pinned it, although its level (routine) is below solid; not yet tested on your prompts",
        ),
        (
            Refusal("context", (8192, 30000), "tickets", True),
            "tickets must run on own GPUs; it takes 8,192 tokens at most, 30,000 are needed",
        ),
        (
            Refusal("tensor_parallel", (3, 64, None, (1, 2, 4))),
            "tensor parallel 3 does not divide 64 attention heads; possible: 1, 2, 4",
        ),
        (
            Refusal("shortage", (1500.0, 3.6, 18.3, 2.2, 0.4, 17.3)),
            "short by 3.6 GiB per GPU: weights 18.3 + overhead 2.2 + KV of one 1,500-token sequence 0.4 = 20.9 GiB,"
            " usable 17.3",
        ),
        (
            Refusal("fp8_cache", (8.9, "Tesla T4", "7.5")),
            "an FP8 KV cache needs compute capability 8.9, Tesla T4 has 7.5",
        ),
        (Refusal("format_kernels", ("NVFP4", "MI355X")), "no engine has NVFP4 kernels for MI355X"),
        (
            Refusal("engine_capability", ("vLLM 0.33.0", 7.5, "V100", "7.0")),
            "vLLM 0.33.0 starts from compute capability 7.5 on, V100 has 7.0",
        ),
        (Refusal("format", ("vLLM", "q8_0", ("bf16", "fp8"))), "vLLM does not serve q8_0 weights; it serves bf16, fp8"),
        (
            QualityGate("w", True, "proven", (0.1, "claude", 200)),
            "your test of 200 prompts shows the model within 10 % of claude",
        ),
    ],
)
def test_reasons(why: Refusal | QualityGate, words: str) -> None:
    assert because(why) == words


@pytest.mark.parametrize(
    ("caveat", "words"),
    [
        (Caveat("copies", (True, 8)), "MLA latent stored 8 times over the tensor-parallel ranks"),
        (
            Caveat("uneven", (29_568, 8, 128)),
            "feed-forward width 29,568 over tensor parallel 8 is not a multiple of 128: checkpoints with scales for"
            " each 128 weights may refuse to load",
        ),
        (Caveat("licence", ("mistral-research", "")), "licence mistral-research: no commercial use"),
        (
            Caveat("waits", (500.0, 61.25)),
            "500 sequences do not run at once: cache and engine hold 61.2 of this length, the rest wait",
        ),
    ],
)
def test_caveats(caveat: Caveat, words: str) -> None:
    assert caveat_words(caveat) == words


def test_a_remedy_names_what_differs() -> None:
    catalog = shipped_catalog()
    model, gpu, engine = catalog.models["Qwen/Qwen3-32B"], catalog.gpus["l40s"], catalog.engines["vllm"]
    shape, now = RequestShape(1000, 500), Deployment(model, "bf16", "fp16", gpu, engine)
    both = Deployment(model, "int8", "fp8", gpu, engine, 8, 2)
    assert remedy_words(now, shape, Remedy("replica", both, weights_gib=2.04)) == (
        "INT8 weights (quantised at load) with an FP8 KV cache with 16 of these GPUs (tensor parallel 8, 2 pipeline"
        " stages): weights 2.0 GiB per GPU"
    )
    shorter = Remedy("shorter", context_tokens=1024)
    assert remedy_words(now, shape, shorter) == "a context of at most 1,024 tokens instead of 1,500"
    assert remedy_words(now, shape, Remedy("gpu", gpu_gib=94.0)) == "a GPU with at least 94 GiB"
    longest = Remedy("max_context", context_tokens=40_960)
    assert remedy_words(now, shape, longest) == "keep the context within 40,960 tokens"


def test_a_skipped_measurement_names_the_cell() -> None:
    assert skip_words(Skip("gpu", "Quantum Q9")) == "GPU 'Quantum Q9' is not known"
    assert skip_words(Skip("unreadable", "{odd}")) == "{odd}"
