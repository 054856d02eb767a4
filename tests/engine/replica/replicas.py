"""Models, cards and an engine for sizing tests: facts of published configs, in the shape of the catalogue's records."""

from __future__ import annotations

from dataclasses import replace

from planner.engine.specs import Checkpoint, Citation, Deployment, Gpu, Model, ServingEngine

CONFIGS = Citation("published config.json files", "2026-10")
CARDS = Citation("makers' data sheets", "2026-10")

_PLAIN = Model(
    id="test/plain", name="plain", family="", release="", licence="", commercial_use="yes", commercial_conditions="",
    eu_allowed=True, total_params_b=8.03, active_params_b=8.03, embedding_params_b=1.0507, vision_params_b=0.0,
    layers=32, hidden_size=4096, attention_heads=32, kv_heads=8, head_dim=128, attention_kind="gqa", is_mla=False,
    full_attention_layers=32, sliding_window=None, kv_bytes_per_token_fp16=131_072,
    kv_bytes_per_token_beyond_window_fp16=131_072, fixed_state_bytes_per_sequence=0, kv_known=True,
    vocab_size=128_256, max_context=131_072, tied_embeddings=False, moe_experts=None, moe_active_experts=None,
    intermediate_size=14_336, moe_intermediate_size=None, modality="text", native_format="bf16", checkpoints=(),
    gated=False, level=None, level_basis="", tokenizer_factor=1.0, aliases=(), notes="", citation=CONFIGS,
)  # fmt: skip

LLAMA_8B = replace(_PLAIN, id="meta-llama/Llama-3.1-8B-Instruct", name="Llama 3.1 8B")
LLAMA_70B = replace(
    _PLAIN, id="meta-llama/Llama-3.3-70B-Instruct", name="Llama 3.3 70B", total_params_b=70.554,
    active_params_b=70.554, embedding_params_b=2.1013, layers=80, hidden_size=8192, attention_heads=64,
    full_attention_layers=80, kv_bytes_per_token_fp16=327_680, kv_bytes_per_token_beyond_window_fp16=327_680,
    intermediate_size=28_672,
    checkpoints=(Checkpoint("fp8", "test/70b-fp8"), Checkpoint("awq", "test/70b-awq")),
)  # fmt: skip
LLAMA_2_13B = replace(
    _PLAIN, id="meta-llama/Llama-2-13b-chat-hf", name="Llama 2 13B", total_params_b=13.016, active_params_b=13.016,
    embedding_params_b=0.3277, layers=40, hidden_size=5120, attention_heads=40, kv_heads=40,
    full_attention_layers=40, kv_bytes_per_token_fp16=819_200, kv_bytes_per_token_beyond_window_fp16=819_200,
    vocab_size=32_000, max_context=4096, intermediate_size=13_824,
)  # fmt: skip
PHI_4 = replace(
    _PLAIN, id="microsoft/phi-4", name="Phi-4", total_params_b=14.66, active_params_b=14.66,
    embedding_params_b=1.0276, layers=40, hidden_size=5120, attention_heads=40, kv_heads=10,
    full_attention_layers=40, kv_bytes_per_token_fp16=204_800, kv_bytes_per_token_beyond_window_fp16=204_800,
    vocab_size=100_352, max_context=16_384, intermediate_size=17_920,
)  # fmt: skip
QWEN3_8B = replace(
    _PLAIN, id="Qwen/Qwen3-8B", name="Qwen3 8B", total_params_b=8.191, active_params_b=8.191,
    embedding_params_b=1.2447, layers=36, full_attention_layers=36, kv_bytes_per_token_fp16=147_456,
    kv_bytes_per_token_beyond_window_fp16=147_456, vocab_size=151_936, max_context=40_960,
    intermediate_size=12_288,
)  # fmt: skip
GEMMA_3_12B = replace(
    _PLAIN, id="google/gemma-3-12b-it", name="Gemma 3 12B", total_params_b=12.19, active_params_b=12.19,
    embedding_params_b=1.0069, vision_params_b=0.42, layers=48, hidden_size=3840, attention_heads=16, kv_heads=8,
    head_dim=256, full_attention_layers=8, sliding_window=1024, kv_bytes_per_token_fp16=393_216,
    kv_bytes_per_token_beyond_window_fp16=65_536, fixed_state_bytes_per_sequence=335_544_320, vocab_size=262_208,
    tied_embeddings=True, intermediate_size=15_360, modality="text+image", rotary_positions=9 * 131_072,
    vision_hidden_size=1152, vision_intermediate_size=4304, vision_patches_per_token=16,
)  # fmt: skip
GEMMA_3_27B = replace(
    GEMMA_3_12B, id="google/gemma-3-27b-it", name="Gemma 3 27B", total_params_b=27.43, active_params_b=27.43,
    embedding_params_b=1.4096, layers=62, hidden_size=5376, attention_heads=32, kv_heads=16, head_dim=128,
    full_attention_layers=10, kv_bytes_per_token_fp16=507_904, kv_bytes_per_token_beyond_window_fp16=81_920,
    fixed_state_bytes_per_sequence=436_207_616, intermediate_size=21_504,
)  # fmt: skip
GPT_OSS_20B = replace(
    _PLAIN, id="openai/gpt-oss-20b", name="gpt-oss 20B", total_params_b=20.91, active_params_b=3.61,
    embedding_params_b=1.1583, layers=24, hidden_size=2880, attention_heads=64, head_dim=64,
    full_attention_layers=12, sliding_window=128, kv_bytes_per_token_fp16=49_152,
    kv_bytes_per_token_beyond_window_fp16=24_576, fixed_state_bytes_per_sequence=3_145_728, vocab_size=201_088,
    moe_experts=32, moe_active_experts=4, intermediate_size=2880, moe_intermediate_size=2880, native_format="mxfp4",
)  # fmt: skip
DEEPSEEK_V3 = replace(
    _PLAIN, id="deepseek-ai/DeepSeek-V3", name="DeepSeek V3", total_params_b=671.03, active_params_b=37.0,
    embedding_params_b=1.8534, layers=61, hidden_size=7168, attention_heads=128, kv_heads=None, head_dim=192,
    is_mla=True, attention_kind="mla", full_attention_layers=61, kv_bytes_per_token_fp16=70_272,
    kv_bytes_per_token_beyond_window_fp16=70_272, vocab_size=129_280, max_context=163_840, moe_experts=256,
    moe_active_experts=8, intermediate_size=18_432, moe_intermediate_size=2048, native_format="fp8",
)  # fmt: skip
QWEN3_NEXT = replace(
    _PLAIN, id="Qwen/Qwen3-Next-80B-A3B-Instruct", name="Qwen3 Next 80B", total_params_b=79.67, active_params_b=3.9,
    embedding_params_b=0.6223, layers=48, hidden_size=2048, attention_heads=16, kv_heads=2, head_dim=256,
    full_attention_layers=12, kv_bytes_per_token_fp16=24_576, kv_bytes_per_token_beyond_window_fp16=24_576,
    fixed_state_bytes_per_sequence=77_266_944, vocab_size=151_936, max_context=262_144, moe_experts=512,
    moe_active_experts=10, intermediate_size=None, moe_intermediate_size=512,
)  # fmt: skip
BGE_M3 = replace(
    _PLAIN, id="BAAI/bge-m3", name="BGE M3", total_params_b=0.568, active_params_b=0.568, embedding_params_b=0.256,
    layers=24, hidden_size=1024, attention_heads=16, kv_heads=None, head_dim=64, full_attention_layers=0,
    kv_bytes_per_token_fp16=0, kv_bytes_per_token_beyond_window_fp16=0, vocab_size=250_002, max_context=8192,
    tied_embeddings=True, intermediate_size=4096, modality="embedding",
)  # fmt: skip

MODELS: dict[str, Model] = {
    m.id: m
    for m in (
        LLAMA_8B, LLAMA_70B, LLAMA_2_13B, PHI_4, QWEN3_8B, GEMMA_3_12B, GEMMA_3_27B, GPT_OSS_20B, DEEPSEEK_V3,
        QWEN3_NEXT, BGE_M3,
    )
}  # fmt: skip


def gpu(usable_gib: float, name: str = "test card", bandwidth_gb_s: float = 1000.0) -> Gpu:
    """A card that shows `usable_gib`."""
    return Gpu(
        id=name, name=name, vendor="NVIDIA", architecture="Hopper", memory_gb=usable_gib,
        memory_gib_usable=usable_gib, memory_usable_assumed=False, bandwidth_gb_s=bandwidth_gb_s,
        dense_bf16_tflops=200.0, dense_fp8_tflops=400.0, dense_int8_tops=400.0, dense_fp4_tflops=None,
        interconnect="", link="pcie", link_gb_s=64.0, tdp_w=300.0, form_factor="", compute_capability="9.0",
        aliases=(), notes="", citation=CARDS,
    )  # fmt: skip


H200 = gpu(140.4, "H200 SXM")
H100 = gpu(80.0, "H100 SXM")


def engine(engine_id: str = "vllm", memory_fraction: float | None = 0.92) -> ServingEngine:
    """An engine that serves every format."""
    return ServingEngine(
        id=engine_id, name=engine_id, version="", licence="", status="", production_ready=True,
        continuous_batching=True, prefix_caching=True, default_memory_fraction=memory_fraction,
        default_max_num_seqs=256, vendors=("NVIDIA",), citation=CARDS,
    )  # fmt: skip


def deployment(
    model: Model, weights: str, card: Gpu, tensor_parallel: int = 1, kv: str = "fp16", **layout: int
) -> Deployment:
    """One replica on vLLM."""
    return Deployment(model, weights, kv, card, engine(), tensor_parallel, **layout)
