"""VRAM: published sizes, the article's cases, and what must hold for any replica."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.engine.replica.column_readers import Placement
from planner.engine.replica.columns import Columns, gather
from planner.engine.replica.fit import fit, fit_columns, fitted, needs_of
from planner.engine.replica.formats import WEIGHT_FORMATS, weight_format
from planner.engine.replica.layouts import (
    is_multi_node,
    layout_caveats,
    valid_decode_context_parallel,
    valid_tensor_parallel,
)
from planner.engine.replica.memory import weights_bytes
from planner.engine.replica.paging import kept_of, paging_of
from planner.engine.replica.weights import expert_params
from planner.engine.specs import (
    CacheLayers,
    Caveat,
    Deployment,
    MemoryFit,
    Model,
    Refusal,
    RequestShape,
    ServingSettings,
)
from planner.engine.units import GIB
from tests.engine.replica.replicas import (
    BGE_M3,
    DEEPSEEK_V3,
    GEMMA_3_12B,
    GEMMA_3_27B,
    GPT_OSS_20B,
    H100,
    H200,
    LLAMA_2_13B,
    LLAMA_8B,
    LLAMA_70B,
    MODELS,
    PHI_4,
    QWEN3_8B,
    QWEN3_NEXT,
    deployment,
    engine,
    gpu,
)

SHAPE = RequestShape(1000, 500)
LONG = RequestShape(32_000, 768)
DEFAULT = ServingSettings()


FIXED = ServingSettings(max_num_batched_tokens=8192, max_num_seqs=256)
"""Whatever the card: larger ones have larger defaults."""


def cache_bytes(replica: Deployment, tokens: float) -> float:
    """KV cache of one sequence on each GPU, in whole blocks, with one token in flight."""
    pages = paging_of(Columns.from_deployments([replica]))
    return float((pages.needed(tokens, 1.0) * pages.unit_bytes)[0])


def weights_gib(replica: Deployment) -> float:
    return float(weights_bytes(Columns.from_deployments([replica]))[0] / GIB)


@pytest.mark.parametrize(
    ("model", "weights", "expected_gib", "source"),
    [
        (LLAMA_70B, "bf16", 131.42, "MODEL section 3"),
        (LLAMA_70B, "awq", 37.04, "MODEL section 3: 16-bit embedding and head included"),
        (PHI_4, "bf16", 27.3, "issue: Phi-4 in BF16"),
        (QWEN3_8B, "nvfp4", 5.98, "vLLM start-up log, nvidia/Qwen3-8B-NVFP4"),
        (GPT_OSS_20B, "mxfp4", 13.72, "vLLM start-up log: experts padded by the Marlin kernel"),
        (GEMMA_3_12B, "int4", 8.42, "vLLM start-up log, RedHatAI w4a16: 16-bit vision tower and tied embedding"),
        (LLAMA_8B, "q4_k_m", 4.58, "published GGUF file: 4.92 GB"),
        (LLAMA_8B, "q8_0", 7.95, "published GGUF file: 8.54 GB"),
    ],
)
def test_weights_weigh_what_is_published(model: Model, weights: str, expected_gib: float, source: str) -> None:
    assert weights_gib(deployment(model, weights, H100)) == pytest.approx(expected_gib, rel=0.01), source


def test_kv_bytes_of_a_70b_are_the_published_ones() -> None:
    assert cache_bytes(deployment(LLAMA_70B, "awq", H100), 8192) == 8192 * 327_680 == 2.5 * GIB


@pytest.mark.parametrize(
    ("usable_gib", "fits"), [(18.8, False), (23.76, False), (40.0, False), (47.52, True), (80.0, True)]
)
def test_a_4_bit_70b_needs_more_than_40_gib(usable_gib: float, fits: bool) -> None:
    assert fit(deployment(LLAMA_70B, "awq", gpu(usable_gib)), DEFAULT, SHAPE).fits is fits


@pytest.mark.parametrize(("weights", "fits"), [("bf16", False), ("fp8", True), ("awq", True)])
def test_phi_4_on_a_24_gib_card_needs_8_bit(weights: str, fits: bool) -> None:
    assert fit(deployment(PHI_4, weights, gpu(23.76)), DEFAULT, SHAPE).fits is fits


@pytest.mark.parametrize(("model", "weights"), [(LLAMA_8B, "bf16"), (LLAMA_2_13B, "fp8"), (LLAMA_2_13B, "awq")])
def test_7_to_13b_are_fine_on_20_gib(model: Model, weights: str) -> None:
    assert fit(deployment(model, weights, gpu(18.8)), DEFAULT, SHAPE).fits


def test_deepseek_v3_keeps_the_whole_latent_on_every_rank() -> None:
    plain = fit(deployment(DEEPSEEK_V3, "fp8", H200, 8), DEFAULT, LONG)
    assert cache_bytes(deployment(DEEPSEEK_V3, "fp8", H200, 8), 6400) == 6400 * 61 * 576 * 2
    assert 18 <= plain.max_concurrency <= 24
    spread = fit(deployment(DEEPSEEK_V3, "fp8", H200, 8, decode_context_parallel=8), DEFAULT, LONG)
    assert spread.max_concurrency == pytest.approx(8 * plain.max_concurrency, rel=0.02)


def test_kv_heads_are_copied_when_ranks_outnumber_them() -> None:
    on_8, on_16 = (cache_bytes(deployment(LLAMA_70B, "bf16", H100, t), 16) for t in (8, 16))
    assert on_8 == on_16 == 16 * 327_680 / 8


def test_heads_are_copied_for_each_kind_of_layer_by_its_own() -> None:
    """Two kinds of layers with 8 and 2 KV heads on eight ranks: the second are whole on four ranks each."""
    kinds = (CacheLayers("sliding", 25, 8, 512, 1024), CacheLayers("full", 5, 2, 1024))
    model = replace(GEMMA_3_12B, layers=30, full_attention_layers=5, kv_heads=8, cache=kinds)
    alone, apart = (kept_of(Columns.from_deployments([deployment(model, "bf16", H100, t)])) for t in (1, 8))
    assert apart.token_bytes[0, 0] == alone.token_bytes[0, 0] / 8
    assert apart.token_bytes[0, 1] == alone.token_bytes[0, 1] / 2


@pytest.mark.parametrize(("capability", "latent"), [("9.0", 656), ("10.0", 576), ("12.0", 656)])
def test_an_fp8_cache_beside_a_sparse_indexer(capability: str, latent: int) -> None:
    """The indexer's key keeps its bytes; the latent is packed with its scales where the kernels read no other FP8."""
    kinds = (CacheLayers("latent", 61, 1, 576), CacheLayers("indexer", 61, fixed_bytes_per_token=132))
    sparse, card = replace(DEEPSEEK_V3, cache=kinds), replace(H200, compute_capability=capability)
    sixteen, eight = (cache_bytes(deployment(sparse, "fp8", card, 8, kv), 6400) / 6400 / 61 for kv in ("fp16", "fp8"))
    assert (sixteen, eight) == (2 * 576 + 132, latent + 132)
    dense = deployment(replace(DEEPSEEK_V3, cache=kinds[:1]), "fp8", card, 8, "fp8")
    assert cache_bytes(dense, 6400) / 6400 / 61 == 576


def test_a_start_without_a_block_for_each_state_is_refused_with_the_flag_that_helps() -> None:
    short = gpu(40.0)
    replica = deployment(replace(QWEN3_NEXT, total_params_b=30.0), "nvfp4", short)
    many = fit(replica, ServingSettings(max_num_seqs=1024, max_num_batched_tokens=2048), SHAPE)
    assert many.refusal is not None
    assert many.refusal.ground == "state_blocks"
    flags = many.remedies[0]
    assert (flags.kind, flags.cuda_graphs) == ("flags", True)
    assert fit(replica, ServingSettings(max_num_seqs=flags.max_num_seqs, max_num_batched_tokens=2048), SHAPE).fits


def test_fp8_kv_holds_twice_the_tokens() -> None:
    sixteen = fit(deployment(LLAMA_8B, "bf16", H100), ServingSettings(max_num_seqs=64), SHAPE)
    eight = fit(deployment(LLAMA_8B, "bf16", H100, kv="fp8"), ServingSettings(max_num_seqs=64), SHAPE)
    assert eight.kv_tokens == pytest.approx(2 * sixteen.kv_tokens, abs=32)


def test_sliding_layers_cost_a_fixed_window_and_their_groups_are_padded() -> None:
    replica, layer = deployment(GEMMA_3_27B, "int4", H100), 507_904 / 62
    pages = paging_of(Columns.from_deployments([replica]))
    assert pages.unit_bytes[0] * pages.printed_groups[0] == 16 * 70 * layer  # 10 full + 52 sliding, 7 groups of 10
    assert cache_bytes(replica, 9024) - cache_bytes(replica, 8000) == 1024 * 10 * layer


def test_linear_attention_state_is_paid_once_a_sequence_and_not_halved_by_fp8() -> None:
    for kv, per_token in (("fp16", 24_576), ("fp8", 12_288)):
        replica = replace(deployment(QWEN3_NEXT, "fp8", H100, kv=kv), engine=engine("llama.cpp"))
        assert cache_bytes(replica, 1000) == pytest.approx(77_266_944 + 1000 * per_token)


def test_sglang_gives_states_nine_parts_to_ten_of_tokens_and_three_states_to_a_request() -> None:
    replica = replace(deployment(QWEN3_NEXT, "fp8", H100), engine=engine("sglang", None))
    assert cache_bytes(replica, 1000) == pytest.approx(3 * 77_266_944 * 1.9 / 0.9)
    assert cache_bytes(replica, 100_000) == pytest.approx(100_000 * 24_576 * 1.9)


def test_sglang_keeps_windows_of_four_fifths_of_its_tokens() -> None:
    replica = replace(deployment(GEMMA_3_27B, "int4", H100), engine=engine("sglang", None))
    full, windowed = 81_920, 507_904 - 81_920
    assert cache_bytes(replica, 8000) == pytest.approx(8000 * (full + 0.8 * windowed))


def test_encoders_keep_no_cache() -> None:
    fitted = fit(deployment(BGE_M3, "bf16", gpu(15.0)), DEFAULT, RequestShape(512, 0))
    assert fitted.fits
    assert (fitted.kv_tokens, fitted.vram_gib.kv) == (0, 0.0)
    assert fitted.max_concurrency > 0


def test_experts_of_moe_models_are_counted_from_the_config() -> None:
    assert expert_params(DEEPSEEK_V3) == pytest.approx(58 * 256 * 3 * 7168 * 2048, rel=0.002)
    assert expert_params(GPT_OSS_20B) == pytest.approx(24 * 32 * 3 * 2880 * 2880)
    assert expert_params(LLAMA_8B) == 0


def changed(fitted: MemoryFit) -> list[Deployment]:
    """The replicas that would fit instead."""
    return [remedy.replica for remedy in fitted.remedies if remedy.replica is not None]


def test_a_no_says_by_how_much_and_what_would_change_it() -> None:
    fitted = fit(deployment(LLAMA_70B, "awq", gpu(18.8, "RTX 4000 SFF Ada")), DEFAULT, SHAPE)
    assert fitted.refusal is not None
    longest, short, weights, overhead, cache, usable = fitted.refusal.figures
    assert (fitted.refusal.ground, longest, short) == ("shortage", 1500, fitted.short_by_gib)
    assert weights + overhead + cache - usable == pytest.approx(short)  # type: ignore[operator]
    assert fitted.vram_gib.free == pytest.approx(-fitted.short_by_gib + 1500 * 327_680 / GIB, abs=0.02)
    assert 4 in [replica.gpus_per_replica for replica in changed(fitted)]
    assert fitted.remedies[-1].kind == "gpu"
    assert 40 <= fitted.remedies[-1].gpu_gib < 50


def test_lower_precision_is_offered_only_where_it_exists_and_fits() -> None:
    fitted = fit(deployment(LLAMA_70B, "bf16", H100), DEFAULT, SHAPE)
    assert {"fp8", "awq"} <= {replica.weights for replica in changed(fitted)}
    without = replace(LLAMA_70B, checkpoints=())
    at_load = {replica.weights for replica in changed(fit(deployment(without, "bf16", H100), DEFAULT, SHAPE))}
    assert "fp8" in at_load
    assert "awq" not in at_load


def test_a_format_is_offered_only_where_the_gpu_has_kernels_for_it() -> None:
    tight, shape = gpu(20.0), RequestShape(1000, 500, max_context=16_000)
    ampere, volta = (replace(tight, compute_capability=capability) for capability in ("8.6", "7.0"))
    found = [changed(fit(deployment(LLAMA_8B, "bf16", card), DEFAULT, shape)) for card in (tight, ampere, volta)]
    assert [any(replica.kv == "fp8" for replica in replicas) for replicas in found] == [True, True, False]
    assert [any(replica.weights == "fp8" for replica in replicas) for replicas in found] == [True, True, False]


def test_a_shorter_context_or_fp8_cache_is_offered_and_really_fits() -> None:
    replica = deployment(LLAMA_8B, "bf16", gpu(20.0))
    fitted = fit(replica, DEFAULT, RequestShape(1000, 500, max_context=30_000))
    assert not fitted.fits
    tokens = next(remedy.context_tokens for remedy in fitted.remedies if remedy.kind == "shorter")
    assert fit(replica, DEFAULT, RequestShape(1000, 500, max_context=tokens)).fits
    assert not fit(replica, DEFAULT, RequestShape(1000, 500, max_context=tokens + 1024)).fits


def test_combinations_are_offered_when_no_single_change_is_enough() -> None:
    found = changed(fit(deployment(LLAMA_70B, "bf16", gpu(9.9)), DEFAULT, SHAPE))
    assert any(replica.gpus_per_replica > 1 and replica.weights != "bf16" for replica in found)


def test_longer_than_the_model_accepts_is_refused_even_with_memory_to_spare() -> None:
    fitted = fit(deployment(PHI_4, "awq", H100), DEFAULT, RequestShape(1000, 500, max_context=32_000))
    assert not fitted.fits
    assert fitted.refusal == Refusal("max_context", ("Phi-4", 16_384, 32_000))


def test_a_model_without_published_cache_size_is_never_sized() -> None:
    fitted = fit(deployment(replace(LLAMA_8B, kv_known=False), "bf16", H100), DEFAULT, SHAPE)
    assert not fitted.fits
    assert fitted.refusal == Refusal("kv_size", (LLAMA_8B.name,))


def test_tensor_parallel_degrees_divide_heads_and_kv_heads() -> None:
    assert valid_tensor_parallel(LLAMA_70B, 8) == (1, 2, 4, 8)
    assert valid_tensor_parallel(PHI_4, 10) == (1, 2, 5, 10)
    assert 16 in valid_tensor_parallel(LLAMA_70B, 16)
    assert valid_decode_context_parallel(DEEPSEEK_V3, 8) == (1, 2, 4, 8)
    assert valid_decode_context_parallel(LLAMA_70B, 8) == (1,)
    fitted = fit(deployment(LLAMA_70B, "awq", H100, 3), DEFAULT, SHAPE)
    assert fitted.refusal == Refusal("tensor_parallel", (3, 64, 8, (1, 2, 4, 8, 16)))


def test_several_servers_and_copied_latents_are_flagged() -> None:
    replica = deployment(DEEPSEEK_V3, "bf16", H100, 8, pipeline_parallel=3)
    assert is_multi_node(replica)
    assert list(layout_caveats(replica)) == [Caveat("several_servers", (24,)), Caveat("copies", (True, 8))]
    assert not list(layout_caveats(deployment(LLAMA_8B, "bf16", H100)))


def test_slices_that_cut_a_group_of_scales_are_flagged() -> None:
    wide = replace(LLAMA_70B, intermediate_size=29_568)  # Qwen2.5 72B, whose AWQ checkpoint was padded for this reason
    assert list(layout_caveats(deployment(wide, "awq", H100, 8))) == [Caveat("uneven", (29_568, 8, 128))]
    assert not list(layout_caveats(deployment(wide, "bf16", H100, 8)))
    assert not list(layout_caveats(deployment(LLAMA_70B, "awq", H100, 8)))


def test_llama_cpp_splits_by_layers_without_copies() -> None:
    replica = Deployment(LLAMA_70B, "q4_k_m", "fp16", gpu(24.0), engine("llama.cpp", None), tensor_parallel=3)
    fitted = fit(replica, DEFAULT, SHAPE)
    assert fitted.fits
    assert fitted.vram_gib.weights == pytest.approx(39.6 / 3, rel=0.02)


def test_reserve_grows_with_batched_tokens_sequences_and_adapters() -> None:
    base = fit(deployment(QWEN3_8B, "bf16", H100), FIXED, SHAPE).vram_gib.overhead
    for settings in (
        ServingSettings(max_num_batched_tokens=32_768),
        ServingSettings(max_num_seqs=1024),
        ServingSettings(lora_adapters=4, lora_rank=64),
    ):
        assert fit(deployment(QWEN3_8B, "bf16", H100), settings, SHAPE).vram_gib.overhead > base + 0.2


def test_lora_adapters_weigh_what_the_log_says() -> None:
    shape = RequestShape(2048, 512)
    with_adapters = ServingSettings(max_num_seqs=16, lora_adapters=3, lora_rank=16)
    for tensor_parallel, expected in ((1, 0.2513), (2, 0.1685)):
        replica = deployment(QWEN3_8B, "nvfp4", gpu(15.84), tensor_parallel)
        extra = (
            fit(replica, with_adapters, shape).vram_gib.overhead
            - fit(replica, ServingSettings(max_num_seqs=16), shape).vram_gib.overhead
        )
        assert extra == pytest.approx(expected, rel=0.04)


def test_the_operating_point_leaves_the_rest_of_the_pool_free() -> None:
    fitted = fit(deployment(LLAMA_8B, "bf16", H100), DEFAULT, SHAPE, mean_concurrency=10)
    assert fitted.vram_gib.kv == pytest.approx(10 * 1504 * 131_072 / GIB)  # whole blocks of 16
    parts = fitted.vram_gib
    assert parts.weights + parts.overhead + parts.kv + parts.free == pytest.approx(parts.usable)


def test_formats_are_found_by_alias_and_unknown_ones_are_named() -> None:
    assert weight_format("FP16") is WEIGHT_FORMATS["bf16"]
    with pytest.raises(KeyError, match="unknown weight format 'fp7'"):
        weight_format("fp7")


def test_crossing_equals_one_by_one() -> None:
    placements = [Placement(gpu(g), t, p) for g in (15.0, 80.0) for t, p in ((1, 1), (2, 1), (2, 2))]
    models = list(MODELS.values())
    model, weights, kv, place = (i.ravel() for i in np.indices((len(models), 2, 2, len(placements))))
    crossed = gather(models, ["bf16", "awq"], ["fp16", "fp8"], placements, engine(), (model, weights, kv, place))
    together = fit_columns(crossed.columns(np.arange(crossed.rows)), DEFAULT, 4096.0, 1500.0)
    by_replica = needs_of(crossed.replicas, DEFAULT, 4096.0, 1500.0).take(crossed.replica_index)
    cards = crossed.cards["visible_gib"][crossed.placement_index]
    assert np.array_equal(fitted(by_replica, cards).kv_tokens, together.kv_tokens)
    rows = np.linspace(0, crossed.rows - 1, 40).astype(int)
    for row in rows:
        alone = fit(crossed.deployment(row), DEFAULT, RequestShape(1000, 500, max_context=4096))
        assert alone.fits == bool(together.fits[row])
        assert alone.vram_gib.weights == pytest.approx(float(together.weights_gib[row]))
        assert alone.kv_tokens == int(together.kv_tokens[row])


replicas = st.builds(
    lambda model, weights, kv, t: deployment(model, weights, H100, t, kv),
    st.sampled_from([m for m in MODELS.values() if m.id != BGE_M3.id]),
    st.sampled_from(sorted(WEIGHT_FORMATS)),
    st.sampled_from(["fp16", "fp8"]),
    st.sampled_from([1, 2, 4, 8]),
)


@given(replicas, st.floats(8, 200), st.floats(1.01, 3))
def test_more_memory_never_fits_less(replica: Deployment, gib: float, factor: float) -> None:
    small, large = (fit(replace(replica, gpu=gpu(g)), FIXED, SHAPE) for g in (gib, gib * factor))
    assert large.fits >= small.fits
    assert large.kv_tokens >= small.kv_tokens
    assert large.short_by_gib <= small.short_by_gib + 1e-9


def test_room_for_more_sequences_is_not_eaten_by_their_sampling() -> None:
    """A vocabulary of 200,000 on four cards, FP8 cache: sampling one more sequence takes more than its cache."""
    cards = [gpu(gib) for gib in np.arange(4.0, 30.0, 0.25)]
    columns = Columns.from_deployments([deployment(MODELS["openai/gpt-oss-20b"], "fp8", g, 4, "fp8") for g in cards])
    fitted = fit_columns(columns, FIXED, 1500.0, 1500.0)
    assert np.all(np.diff(fitted.kv_tokens) >= 0)
    assert np.all(np.diff(fitted.fits.astype(int)) >= 0)
    assert fitted.fits.any()


@given(replicas, st.integers(512, 16_384), st.integers(64, 8192))
def test_longer_contexts_never_fit_more(replica: Deployment, context: int, extra: int) -> None:
    short, long = (fit(replica, DEFAULT, RequestShape(256, 256, max_context=c)) for c in (context, context + extra))
    assert short.fits >= long.fits
    assert long.short_by_gib >= short.short_by_gib


@given(replicas)
def test_what_fits_adds_up_and_what_does_not_says_why(replica: Deployment) -> None:
    fitted = fit(replica, DEFAULT, SHAPE)
    parts = fitted.vram_gib
    assert parts.weights + parts.overhead + parts.kv + parts.free == pytest.approx(parts.usable)
    assert fitted.fits == (fitted.refusal is None)
    assert not fitted.fits or (parts.free >= 0 and fitted.short_by_gib == 0)


FLASH = (
    CacheLayers("full", 21, block_tokens=256, block_bytes=37_440),
    CacheLayers("indexer", 21, block_tokens=256, block_bytes=8640),
    CacheLayers("full", 20, block_tokens=256, block_bytes=1728),
    CacheLayers("sliding", 43, window=128, block_tokens=64, block_bytes=37_440),
    CacheLayers("sliding", 21, window=8, block_tokens=4, block_bytes=32_832),
    CacheLayers("sliding", 21, window=8, block_tokens=4, block_bytes=8640),
    CacheLayers("sliding", 20, window=128, block_tokens=8, block_bytes=32_832),
)
"""DeepSeek V4 Flash: blocks of vLLM 0.22 (models/deepseek_v4, v1/attention/backends/mla/sparse_swa.py)."""


@pytest.mark.parametrize(("version", "unit"), [("0.22", 1_051_776), ("0.26", 1_039_680), ("0.33", 1_002_240)])
@pytest.mark.parametrize("ranks", [1, 2, 8])
def test_blocks_that_an_engine_lays_out_itself_are_whole_on_every_rank(version: str, unit: int, ranks: int) -> None:
    model = replace(DEEPSEEK_V3, cache=FLASH)
    replica = replace(deployment(model, "fp8", H200, ranks), engine=replace(engine(), version=version))
    assert paging_of(Columns.from_deployments([replica])).unit_bytes[0] == unit


def test_a_request_of_deepseek_v4_takes_what_the_logs_say() -> None:
    """Two GH200 with 0.22 and steps of 16,384 tokens: 6.66 GiB for 30,000 tokens, and 13,528 at most in 5.44 GiB."""
    model = replace(DEEPSEEK_V3, cache=FLASH)
    replica = replace(deployment(model, "fp8", H200, 2), engine=replace(engine(), version="0.22"))
    pages = paging_of(Columns.from_deployments([replica]))
    need = {tokens: pages.needed(tokens, 16_384)[0] * pages.unit_bytes[0] / GIB for tokens in (30_000, 13_528, 13_529)}
    assert need[30_000] == pytest.approx(6.66, abs=0.005)
    assert need[13_528] < 5.442 < need[13_529] + 0.001


@pytest.mark.parametrize(
    ("version", "size", "held"), [("0.17", 1.25, 1.0), ("0.19", 1.5, 1.0), ("0.25", 1.5, 1.0), ("0.33", 1.5, 2.0)]
)
def test_groups_and_states_follow_the_release(version: str, size: float, held: float) -> None:
    kinds = (CacheLayers("full", 10, 8, 256), CacheLayers("state", 13, state_bytes=1e6))
    model = replace(QWEN3_NEXT, cache=kinds)
    replica = replace(deployment(model, "fp8", H200), engine=replace(engine(), version=version))
    pages = paging_of(Columns.from_deployments([replica]))
    groups = 1.0 if size > 1.3 else 2.0
    assert (pages.groups.sum(), pages.held_blocks[0]) == (1.0, groups * held)
