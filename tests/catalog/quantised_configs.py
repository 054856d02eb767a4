"""Configs of quantised checkpoints as their makers write them: fields and values only, on shapes of real models."""

from __future__ import annotations

from typing import Any

Config = dict[str, Any]

LLAMA_8B: Config = {
    "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip
QWEN3_8B: Config = {
    "model_type": "qwen3", "hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 36,
    "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936,
    "max_position_embeddings": 40960, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip
QWEN3_5_27B: Config = {
    "model_type": "qwen3_5", "tie_word_embeddings": False,
    "text_config": {
        "model_type": "qwen3_5_text", "hidden_size": 5120, "intermediate_size": 17408, "num_hidden_layers": 64,
        "num_attention_heads": 24, "num_key_value_heads": 4, "head_dim": 256, "attn_output_gate": True,
        "full_attention_interval": 4, "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128,
        "linear_num_key_heads": 16, "linear_num_value_heads": 48, "linear_value_head_dim": 128,
        "max_position_embeddings": 262144, "vocab_size": 248320, "mtp_num_hidden_layers": 1, "dtype": "bfloat16",
    },
    "vision_config": {
        "model_type": "qwen3_5", "depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "num_heads": 16,
        "out_hidden_size": 5120, "patch_size": 16, "spatial_merge_size": 2, "temporal_patch_size": 2,
        "in_channels": 3, "num_position_embeddings": 2304,
    },
}  # fmt: skip
QWEN3_MOE: Config = {
    "model_type": "qwen3_moe", "hidden_size": 2048, "intermediate_size": 6144, "moe_intermediate_size": 768,
    "num_hidden_layers": 48, "num_attention_heads": 32, "num_key_value_heads": 4, "head_dim": 128, "num_experts": 128,
    "num_experts_per_tok": 8, "decoder_sparse_step": 1, "vocab_size": 151936, "max_position_embeddings": 40960,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip


def compressed(weights: Config, packing: str = "", **more: Any) -> Config:
    """compressed-tensors with one group over every Linear and the head left alone."""
    group = {"targets": ["Linear"], "weights": weights, "input_activations": None}
    return {
        "quant_method": "compressed-tensors", "format": packing, "config_groups": {"group_0": group},
        "ignore": ["lm_head"], **more,
    }  # fmt: skip


FP8_TENSOR: Config = {"num_bits": 8, "type": "float", "strategy": "tensor"}
INT8_CHANNEL: Config = {"num_bits": 8, "type": "int", "strategy": "channel", "symmetric": True}
MIXED: Config = {
    "quant_method": "compressed-tensors", "format": "mixed-precision",
    "config_groups": {
        "group_0": {
            "format": "float-quantized",
            "targets": [
                "re:.*self_attn.(q|k|v|o)_proj", "re:.*linear_attn.(in_proj_qkv|in_proj_z|out_proj)", "lm_head",
                "re:.*layers.(5[6-9]|6[0-3]).mlp.(gate|up|down)_proj",
            ],
            "weights": {"num_bits": 8, "type": "float", "strategy": "channel"},
        },
        "group_1": {
            "format": "nvfp4-pack-quantized", "targets": ["re:.*mlp.(gate|up|down)_proj"],
            "weights": {"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16},
        },
    },
    "ignore": ["re:.*visual.*"],
    "kv_cache_scheme": {"num_bits": 8, "type": "float", "strategy": "tensor", "dynamic": False},
}  # fmt: skip
