"""Configs of further families: fields as their makers publish them, with the parameters of the published tensors."""

from __future__ import annotations

from typing import Any

Config = dict[str, Any]

QWEN2_5_7B: Config = {
    "model_type": "qwen2", "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
    "num_attention_heads": 28, "num_key_value_heads": 4, "max_position_embeddings": 32768, "max_window_layers": 28,
    "sliding_window": 131072, "use_sliding_window": False, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
    "vocab_size": 152064,
}  # fmt: skip
PHI_4: Config = {
    "model_type": "phi3", "hidden_size": 5120, "intermediate_size": 17920, "num_hidden_layers": 40,
    "num_attention_heads": 40, "num_key_value_heads": 10, "max_position_embeddings": 16384, "sliding_window": None,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16", "vocab_size": 100352,
}  # fmt: skip
PHI_4_MINI: Config = {
    "model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 32,
    "num_attention_heads": 24, "num_key_value_heads": 8, "max_position_embeddings": 131072,
    "sliding_window": 262144, "tie_word_embeddings": True, "torch_dtype": "bfloat16", "vocab_size": 200064,
}  # fmt: skip
MISTRAL_7B_V01: Config = {
    "model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "max_position_embeddings": 32768, "sliding_window": 4096,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16", "vocab_size": 32000,
}  # fmt: skip
MISTRAL_SMALL_3_1: Config = {
    "model_type": "mistral3", "torch_dtype": "bfloat16", "spatial_merge_size": 2, "vision_feature_layer": -1,
    "text_config": {
        "head_dim": 128, "hidden_size": 5120, "intermediate_size": 32768, "max_position_embeddings": 131072,
        "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 40, "num_key_value_heads": 8,
        "sliding_window": None, "vocab_size": 131072,
    },
    "vision_config": {
        "head_dim": 64, "hidden_size": 1024, "image_size": 1540, "intermediate_size": 4096, "model_type": "pixtral",
        "num_attention_heads": 16, "num_channels": 3, "num_hidden_layers": 24, "patch_size": 14,
    },
}  # fmt: skip
GEMMA_2_9B: Config = {
    "model_type": "gemma2", "head_dim": 256, "hidden_size": 3584, "intermediate_size": 14336,
    "max_position_embeddings": 8192, "num_attention_heads": 16, "num_hidden_layers": 42, "num_key_value_heads": 8,
    "sliding_window": 4096, "torch_dtype": "bfloat16", "vocab_size": 256000,
}  # fmt: skip
GEMMA_3_12B: Config = {
    "model_type": "gemma3", "mm_tokens_per_image": 256, "torch_dtype": "bfloat16",
    "text_config": {
        "hidden_size": 3840, "intermediate_size": 15360, "model_type": "gemma3_text", "num_attention_heads": 16,
        "num_hidden_layers": 48, "num_key_value_heads": 8, "sliding_window": 1024,
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
    },
    "vision_config": {
        "hidden_size": 1152, "image_size": 896, "intermediate_size": 4304, "model_type": "siglip_vision_model",
        "num_attention_heads": 16, "num_hidden_layers": 27, "patch_size": 14, "vision_use_head": False,
    },
}  # fmt: skip
QWEN2_5_VL_7B: Config = {
    "model_type": "qwen2_5_vl", "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
    "num_attention_heads": 28, "num_key_value_heads": 4, "max_position_embeddings": 128000,
    "use_sliding_window": False, "sliding_window": 32768, "max_window_layers": 28, "tie_word_embeddings": False,
    "torch_dtype": "bfloat16", "vocab_size": 152064,
    "vision_config": {
        "depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "model_type": "qwen2_5_vl", "num_heads": 16,
        "out_hidden_size": 3584, "patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2,
    },
}  # fmt: skip
QWEN3_NEXT_80B: Config = {
    "model_type": "qwen3_next", "hidden_size": 2048, "intermediate_size": 5120, "num_hidden_layers": 48,
    "num_attention_heads": 16, "num_key_value_heads": 2, "head_dim": 256, "max_position_embeddings": 262144,
    "full_attention_interval": 4, "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128,
    "linear_num_key_heads": 16, "linear_num_value_heads": 32, "linear_value_head_dim": 128, "num_experts": 512,
    "num_experts_per_tok": 10, "moe_intermediate_size": 512, "shared_expert_intermediate_size": 512,
    "decoder_sparse_step": 1, "mlp_only_layers": [], "tie_word_embeddings": False, "torch_dtype": "bfloat16",
    "vocab_size": 151936,
}  # fmt: skip
GLM_4_5_AIR: Config = {
    "model_type": "glm4_moe", "attention_bias": True, "head_dim": 128, "hidden_size": 4096,
    "intermediate_size": 10944, "max_position_embeddings": 131072, "moe_intermediate_size": 1408,
    "n_routed_experts": 128, "n_shared_experts": 1, "first_k_dense_replace": 1, "num_attention_heads": 96,
    "num_experts_per_tok": 8, "num_hidden_layers": 46, "num_key_value_heads": 8, "num_nextn_predict_layers": 1,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16", "use_qk_norm": False, "vocab_size": 151552,
}  # fmt: skip
DEEPSEEK_V2_LITE: Config = {
    "model_type": "deepseek_v2", "first_k_dense_replace": 1, "hidden_size": 2048, "intermediate_size": 10944,
    "kv_lora_rank": 512, "max_position_embeddings": 163840, "moe_intermediate_size": 1408, "moe_layer_freq": 1,
    "n_routed_experts": 64, "n_shared_experts": 2, "num_attention_heads": 16, "num_experts_per_tok": 6,
    "num_hidden_layers": 27, "num_key_value_heads": 16, "q_lora_rank": None, "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64, "tie_word_embeddings": False, "torch_dtype": "bfloat16", "v_head_dim": 128,
    "vocab_size": 102400,
}  # fmt: skip
QWEN_MOE_A2_7B: Config = {
    "model_type": "qwen2_moe", "decoder_sparse_step": 1, "hidden_size": 2048, "intermediate_size": 5632,
    "max_position_embeddings": 8192, "max_window_layers": 21, "moe_intermediate_size": 1408,
    "num_attention_heads": 16, "num_experts": 60, "num_experts_per_tok": 4, "num_hidden_layers": 24,
    "num_key_value_heads": 16, "shared_expert_intermediate_size": 5632, "sliding_window": 32768,
    "use_sliding_window": False, "tie_word_embeddings": False, "torch_dtype": "bfloat16", "vocab_size": 151936,
}  # fmt: skip
BGE_M3: Config = {
    "model_type": "xlm-roberta", "hidden_size": 1024, "intermediate_size": 4096, "max_position_embeddings": 8194,
    "num_attention_heads": 16, "num_hidden_layers": 24, "torch_dtype": "float32", "type_vocab_size": 1,
    "vocab_size": 250002,
}  # fmt: skip

PUBLISHED: dict[str, tuple[Config, float, float, float]] = {
    "Qwen/Qwen2.5-7B-Instruct": (QWEN2_5_7B, 7.616, 57_344, 57_344),
    "microsoft/phi-4": (PHI_4, 14.660, 204_800, 204_800),
    "microsoft/Phi-4-mini-instruct": (PHI_4_MINI, 3.836, 131_072, 131_072),
    "mistralai/Mistral-7B-v0.1": (MISTRAL_7B_V01, 7.242, 131_072, 0),
    "mistralai/Mistral-Small-3.1-24B-Instruct-2503": (MISTRAL_SMALL_3_1, 24.011, 163_840, 163_840),
    "google/gemma-2-9b-it": (GEMMA_2_9B, 9.242, 344_064, 172_032),
    "google/gemma-3-12b-it": (GEMMA_3_12B, 12.187, 393_216, 65_536),
    "Qwen/Qwen2.5-VL-7B-Instruct": (QWEN2_5_VL_7B, 8.292, 57_344, 57_344),
    "Qwen/Qwen3-Next-80B-A3B-Instruct": (QWEN3_NEXT_80B, 79.674, 24_576, 24_576),
    "zai-org/GLM-4.5-Air": (GLM_4_5_AIR, 106.852, 188_416, 188_416),
    "deepseek-ai/DeepSeek-V2-Lite": (DEEPSEEK_V2_LITE, 15.706, 31_104, 31_104),
    "Qwen/Qwen1.5-MoE-A2.7B": (QWEN_MOE_A2_7B, 14.316, 196_608, 196_608),
    "BAAI/bge-m3": (BGE_M3, 0.568, 0, 0),
}
"""id -> (config, parameters of the published tensors in 10**9, KV bytes a token inside and beyond the window)."""
