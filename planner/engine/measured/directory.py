"""Finding the catalogue's card, model and format behind a measurement's own spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from planner.engine.measured.names import CardNames, base_key, model_key
from planner.engine.specs import Citation, Gpu, Measurement, Model
from planner.engine.units import BILLION, GIB

USABLE_FRACTION = 0.9
"""Share of the GPUs' memory that weights may take where a row does not state their format."""
_UNCITED = Citation("", "")
"""Of a model known from its measurement only."""
SIZE_TOLERANCE = 0.17


class Directory:
    """Cards and models by every spelling known for them."""

    def __init__(self, gpus: Iterable[Gpu], models: Iterable[Model]) -> None:
        self._cards = CardNames(gpus)
        self._by_model: dict[str, Model] = {}
        for model in models:
            for name in (model.id, model.id.lower(), model_key(model.id), model_key(model.name)):
                self._by_model.setdefault(name, model)

    def gpu(self, name: str, memory_gb: float | None = None) -> Gpu | None:
        """The card of that name; with its memory size where two cards share the name."""
        return self._cards.find(name, memory_gb)

    def named(self, name: str) -> Model | None:
        """The model of that name: by id, by name without variant, or by the model whose shape it has."""
        key = model_key(name)
        known = next((self._by_model[s] for s in (name, name.lower(), key) if s in self._by_model), None)
        return known or self._by_model.get(base_key(key) or "")

    def model(self, row: Measurement) -> Model | None:
        """The model of the row by its name, or as the row describes it."""
        found = self.named(row.model)
        size = row.total_params_b
        if found is not None and (not size or abs(found.total_params_b / size - 1) < SIZE_TOLERANCE):
            return found
        return described(row) or found


_TYPICAL: tuple[tuple[float, int, int, int], ...] = (
    (0.5, 24, 1024, 2), (1.5, 28, 1536, 4), (3.0, 32, 2560, 8), (8.0, 32, 4096, 8), (14.0, 44, 5120, 8),
    (32.0, 64, 5120, 8), (70.0, 80, 8192, 8), (123.0, 88, 12288, 8), (405.0, 126, 16384, 8),
)  # fmt: skip
"""Size in 10**9 parameters, layers, hidden size, KV heads of common dense models of that size."""


def described(row: Measurement) -> Model | None:
    """A typical model of the size the row states; None where it states none."""
    if row.total_params_b is None:
        return None
    active = row.active_params_b or row.total_params_b
    is_moe = active < 0.9 * row.total_params_b
    dense_equal = (row.total_params_b * active) ** 0.5 if is_moe else row.total_params_b
    _, layers, hidden, kv_heads = min(_TYPICAL, key=lambda t: abs(t[0] / dense_equal - 1) + (t[0] < dense_equal) * 0.0)
    experts, chosen = (128, max(1, round(128 * active / row.total_params_b * 0.7))) if is_moe else (None, None)
    kv = 2.0 * 2 * kv_heads * 128 * layers
    return Model(
        id=row.model, name=row.model, family="described", licence="", commercial_use="no", eu_allowed=False,
        total_params_b=row.total_params_b, active_params_b=active,
        embedding_params_b=2 * 128_000 * hidden / BILLION if dense_equal > 5 else 128_000 * hidden / BILLION,
        layers=layers, hidden_size=hidden, attention_heads=max(hidden // 128, kv_heads), kv_heads=kv_heads,
        head_dim=128, attention_kind="gqa", full_attention_layers=layers, kv_bytes_per_token_fp16=kv,
        kv_bytes_per_token_beyond_window_fp16=kv, vocab_size=128_000, max_context=131_072,
        tied_embeddings=dense_equal <= 5, moe_experts=experts, moe_active_experts=chosen, modality="text",
        native_format="bf16", checkpoints=(), citation=_UNCITED,
    )  # fmt: skip


_FORMATS: Mapping[str, str] = {
    "fp16": "bf16", "bf16": "bf16", "fp32": "bf16", "fp8": "fp8", "fp4": "nvfp4", "nvfp4": "nvfp4", "mxfp4": "mxfp4",
    "int8": "int8", "w8a8": "int8", "w8a16": "int8", "int4": "int4", "awq": "awq", "gptq": "gptq", "w4a16": "int4",
    "w4a8": "int4", "4bit": "int4", "8bit": "int8", "q8_0": "q8_0", "bnb-4bit": "nf4", "bnb-8bit": "bnb-int8",
    "nf4": "nf4", "mxfp8": "mxfp8",
}  # fmt: skip


def format_of(row: Measurement, model: Model, gpu: Gpu) -> str:
    """Key of formats.WEIGHT_FORMATS for the row's weights; where it is silent, what its set-up leaves open."""
    text = row.weights.strip().lower()
    if text == "mxfp4" and "gpt-oss" not in model.id:
        return "nvfp4"  # every matrix is stored in 4 bit, not the experts alone
    if text in _FORMATS:
        return _FORMATS[text]
    if text.startswith(("q8", "q6")):
        return "q8_0"
    if text.startswith(("q", "iq")):
        return "q4_k_m"
    if text.startswith("exl2") or "4" in text:
        return "int4"
    named = named_format(f"{row.model} {row.notes}")
    if named is not None:
        return named
    if model.native_format in ("fp8", "mxfp4", "nvfp4"):
        return model.native_format
    return _unstated(row, model, gpu)


def named_format(text: str) -> str | None:
    """The weight format that a checkpoint's name or a note mentions."""
    four = "nvfp4|mxfp4|nf4|fp4|awq|gptq|int4|w4a16|bnb-4bit|4bit"
    eight = "mxfp8|fp8|int8|w8a16|w8a8|q8_0|bnb-8bit|8bit"
    found = re.search(f"{four}|{eight}", text.lower())
    return _FORMATS[found.group()] if found else None


def _unstated(row: Measurement, model: Model, gpu: Gpu) -> str:
    """16 bit, unless that does not fit; competition entries run the narrowest arithmetic the card has.

    MLPerf lists the precision of the weights it hands out, and often nothing; entries for data centres quantise them.
    """
    narrow = "nvfp4" if gpu.dense_fp4_tflops else "fp8" if gpu.dense_fp8_tflops else "int4"
    if "mlperf" in row.notes.lower() and "edge" not in row.notes.lower() and narrow != "int4":
        return narrow
    room = USABLE_FRACTION * row.gpus_total * gpu.memory_gib_usable * GIB
    sizes = (("bf16", 2.0), ("fp8", 1.0), ("int4", 0.0))
    return next(name for name, size in sizes if size * model.total_params_b * BILLION <= room)
