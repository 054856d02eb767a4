"""Mixers that keep a state of fixed size: Mamba, gated delta, Kimi's delta attention, lightning, short convolution.

A state is kept at the dtype of the model, and at 32 bit where `mamba_ssm_dtype` says so or the kernel knows no other
(Kimi's delta attention); the buffer of a convolution always at the dtype of the model. So does vLLM 0.33.
"""

from __future__ import annotations

from collections.abc import Callable

from planner.catalog.add_model.config import Config, Family
from planner.catalog.add_model.mixers import Mixer
from planner.engine.specs import CacheLayers
from planner.toml.errors import described

MODEL_BYTES = 2
"""Served at 16 bit, whatever the checkpoint's weights are stored as."""
FULL_BYTES = 4


def state(config: Config, family: Family) -> Mixer:
    """The mixer of a layer that keeps a state instead of keys and values."""
    weights, kept = _READERS[family.state or _kind(config)](config)
    return Mixer(weights, CacheLayers("state", 1, state_bytes=float(kept)), is_state=True)


def _kind(config: Config) -> str:
    """The kind of a state, told by the fields that only it has."""
    for name, kind in _TELLING.items():
        if config.get(name) is not None:
            return kind
    raise config.error("layer_types", "has layers without attention, and no field says what they keep")


_TELLING = {
    "linear_attn_config": "kda",
    "linear_num_heads": "kda",
    "linear_num_value_heads": "delta",
    "mamba_dt_rank": "mamba1",
    "ssm_state_size": "mamba2",
    "conv_L_cache": "conv",
}


def _state_bytes(config: Config) -> int:
    found = config.get("mamba_ssm_dtype", "mamba_ssm_cache_dtype")
    known = {
        None: MODEL_BYTES,
        "auto": MODEL_BYTES,
        "bfloat16": MODEL_BYTES,
        "float16": MODEL_BYTES,
        "float32": FULL_BYTES,
    }
    if found is not None and (not isinstance(found, str) or found not in known):
        problem = f"found {described(found)}; known: bfloat16, float16 and float32"
        raise config.error("mamba_ssm_dtype", problem)
    return known[found]


def _convolution(channels: int, kernel: int) -> int:
    return channels * (kernel - 1) * MODEL_BYTES


def _delta(config: Config) -> tuple[int, int]:
    """Gated delta net: (parameters, bytes a sequence) of one layer."""
    hidden = config.whole("hidden_size")
    key_heads, value_heads = config.whole("linear_num_key_heads"), config.whole("linear_num_value_heads")
    key_dim, value_dim = config.whole("linear_key_head_dim"), config.whole("linear_value_head_dim")
    kernel = config.whole("linear_conv_kernel_dim")
    keys, values = key_heads * key_dim, value_heads * value_dim
    mixed = 2 * keys + values
    weights = hidden * (mixed + values) + hidden * 2 * value_heads + mixed * kernel + 2 * value_heads + value_dim
    kept = value_heads * key_dim * value_dim * _state_bytes(config) + _convolution(mixed, kernel)
    return weights + values * hidden, kept


def _kda(config: Config) -> tuple[int, int]:
    """Kimi's delta attention; a gate of full rank where the config says so."""
    part, names = config.part("linear_attn_config"), ("num_heads", "head_dim", "short_conv_kernel_size")
    if part is None:
        part, names = config, ("linear_num_heads", "linear_head_dim", "linear_conv_kernel_dim")
    hidden, (heads, width, kernel) = config.whole("hidden_size"), (part.whole(name) for name in names)
    wide = heads * width
    low_rank = hidden * width + width * wide
    gate = hidden * wide if part.get("use_full_rank_gate") is True else low_rank
    weights = 4 * hidden * wide + 3 * wide * kernel + low_rank + wide + heads + hidden * heads + gate + width
    return weights, heads * width * width * FULL_BYTES + 3 * _convolution(wide, kernel)


def _mamba2(config: Config) -> tuple[int, int]:
    """Mamba 2: heads with a state of width x `ssm_state_size` each."""
    hidden, heads = config.whole("hidden_size"), config.whole("mamba_num_heads")
    inner = config.optional_whole("mamba_d_ssm")
    if inner is None and not isinstance(config.get("mamba_head_dim"), int):
        inner = config.whole("expand") * hidden  # Bamba: the width of a head is "auto"
    inner = inner or heads * config.whole("mamba_head_dim")
    size, groups, kernel = config.whole("ssm_state_size"), config.whole("n_groups"), config.whole("conv_kernel")
    channels = inner + 2 * groups * size
    projected = inner + channels + heads
    weights = hidden * projected + channels * kernel + 3 * heads + inner * hidden
    weights += channels * config.flag("use_conv_bias", config.flag("mamba_conv_bias", default=True))
    weights += inner * config.flag("mamba_rms_norm", default=True)
    weights += (projected + hidden) * config.flag("mamba_proj_bias", default=False)
    return weights, inner * size * _state_bytes(config) + _convolution(channels, kernel)


def _mamba1(config: Config) -> tuple[int, int]:
    """Mamba 1 as Jamba has it, with norms of the step and of both state inputs."""
    hidden, size = config.whole("hidden_size"), config.whole("ssm_state_size")
    inner, kernel = config.whole("expand") * hidden, config.whole("conv_kernel")
    found = config.get("mamba_dt_rank")
    rank = config.whole("mamba_dt_rank") if isinstance(found, int) else -(-hidden // 16)
    weights = hidden * 2 * inner + inner * kernel + inner * (rank + 2 * size) + rank * inner + inner
    weights += inner * size + inner + inner * hidden + rank + 2 * size
    weights += inner * config.flag("mamba_conv_bias", default=True)
    weights += (2 * inner + hidden) * config.flag("mamba_proj_bias", default=False)
    return weights, inner * size * _state_bytes(config) + _convolution(inner, kernel)


def _lightning(config: Config) -> tuple[int, int]:
    """Lightning attention (MiniMax 01 and M1): as many key heads as heads, a gate and a norm of the output."""
    hidden, heads = config.whole("hidden_size"), config.whole("num_attention_heads")
    width = config.count("head_dim") or hidden // heads
    wide = heads * width
    return 5 * hidden * wide + wide, heads * width * width * _state_bytes(config)


def _short_convolution(config: Config) -> tuple[int, int]:
    """The gated short convolution of LFM2, which keeps its last inputs."""
    hidden, kernel = config.whole("hidden_size"), config.whole("conv_L_cache")
    bias = 4 * hidden * config.flag("conv_bias", default=False)
    return 4 * hidden * hidden + hidden * kernel + bias + hidden * bool(bias), _convolution(hidden, kernel)


_READERS: dict[str, Callable[[Config], tuple[int, int]]] = {
    "delta": _delta,
    "kda": _kda,
    "mamba2": _mamba2,
    "mamba1": _mamba1,
    "lightning": _lightning,
    "conv": _short_convolution,
}
