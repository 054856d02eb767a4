"""Weight format of a checkpoint, from its quantization_config."""

from __future__ import annotations

from collections.abc import Callable

from planner.catalog.add_model.config import Config
from planner.toml.errors import described

_COMPRESSED = {
    "float-quantized": "fp8",
    "naive-quantized": "fp8",
    "int-quantized": "int8",
    "pack-quantized": "int4",
    "nvfp4-pack-quantized": "nvfp4",
    "mxfp4-pack-quantized": "mxfp4",
}
_MODELOPT = {"FP8": "fp8", "NVFP4": "nvfp4", "MXFP4": "mxfp4", "W4A16_NVFP4": "nvfp4"}
_SIXTEEN_BIT = {"bfloat16", "float16", "float32"}
"""Stored at 32 bit is served at 16."""


def weight_format_of(config: Config, text: Config, beside: Config | None = None) -> str:
    """Key of `WEIGHT_FORMATS` for this checkpoint. Refused where the quantisation is not one of them.

    ModelOpt checkpoints may say it in a hf_quant_config.json `beside` the config instead.
    """
    part = config.part("quantization_config") or text.part("quantization_config")
    if part is None and beside is not None:
        part = beside.part("quantization")
        return _plain(config, text) if part is None else _modelopt(part)
    if part is None:
        return _plain(config, text)
    method = part.text("quant_method").lower()
    reader = _METHODS.get(method)
    if reader is None:
        raise part.error("quant_method", f"found {described(method)}; known: {', '.join(_METHODS)}")
    return reader(part)


def _plain(config: Config, text: Config) -> str:
    found = config.get("torch_dtype", "dtype") or text.get("torch_dtype", "dtype")
    if found is not None and (not isinstance(found, str) or found not in _SIXTEEN_BIT):
        raise config.error("torch_dtype", f"found {described(found)}; known: {', '.join(sorted(_SIXTEEN_BIT))}")
    return "bf16"


def _four_bit(name: str) -> Callable[[Config], str]:
    def read(part: Config) -> str:
        bits = part.whole("bits", "w_bit")
        if bits == 8:
            return "int8"
        if bits != 4:
            raise part.error("bits", f"found {bits}; known: 4 and 8")
        return name

    return read


def _compressed(part: Config) -> str:
    style = part.text("format")
    if style not in _COMPRESSED:
        raise part.error("format", f"found {described(style)}; known: {', '.join(_COMPRESSED)}")
    return _COMPRESSED[style]


def _modelopt(part: Config) -> str:
    algorithm = part.text("quant_algo")
    if algorithm not in _MODELOPT:
        raise part.error("quant_algo", f"found {described(algorithm)}; known: {', '.join(_MODELOPT)}")
    return _MODELOPT[algorithm]


_METHODS: dict[str, Callable[[Config], str]] = {
    "fp8": lambda part: "fp8",
    "fbgemm_fp8": lambda part: "fp8",
    "mxfp4": lambda part: "mxfp4",
    "awq": _four_bit("awq"),
    "gptq": _four_bit("gptq"),
    "compressed-tensors": _compressed,
    "modelopt": _modelopt,
}
