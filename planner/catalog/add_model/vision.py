"""The vision encoder of a multimodal model: parameters, width, and patches behind each image token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from planner.catalog.add_model.config import Config
from planner.records import dataclass
from planner.toml.errors import described

CHANNELS = 3
WIDEST = 6
"""Times its hidden width: no encoder's feed-forward is wider."""


@dataclass(frozen=True, slots=True)
class Vision:
    """A vision tower with its projector; sizes under the names of the catalogue's `Model`."""

    parameters: int
    vision_hidden_size: int | None
    vision_intermediate_size: int | None
    vision_patches_per_token: float | None
    modality: str


def read_vision(config: Config, text: Config) -> tuple[Vision | None, tuple[str, ...]]:
    """The towers of a multimodal config, None for a text model, and a note where one is an estimate."""
    thinker = config.part("thinker_config")
    if thinker is not None:
        return read_vision(thinker, text)
    seen, notes = _seen(config, text)
    audio = config.part("audio_config")
    if audio is None:
        return seen, notes
    heard, note = _estimated(audio, text, "audio", described(audio.get("model_type") or config.get("model_type")))
    modality = f"{seen.modality if seen else 'text'}+audio"
    if seen is None:
        return replace(heard, modality=modality), (*notes, *note)
    return replace(seen, parameters=seen.parameters + heard.parameters, modality=modality), (*notes, *note)


def _seen(config: Config, text: Config) -> tuple[Vision | None, tuple[str, ...]]:
    part = next((found for name in _PARTS if (found := config.part(name)) is not None), None)
    if part is None:
        return None, ()
    kind = part.get("model_type") or config.get("model_type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is not None:
        return reader(part, config, text), ()
    return _estimated(part, text, "vision", described(kind))


_PARTS = ("vision_config", "visual_config", "vision_tower_config")
_WIDTHS = {
    "hidden": ("vt_hidden_size", "embed_dim", "width", "hidden_size", "hidden_dim", "d_model"),
    "layers": ("num_hidden_layers", "depth", "vt_num_hidden_layers", "layers", "num_layers", "encoder_layers"),
    "width": ("intermediate_size", "vt_intermediate_size", "mlp_dim", "ffn_dim", "encoder_ffn_dim"),
    "merge": ("spatial_merge_size", "merge_size", "pooling_kernel_size"),
}


def _estimated(part: Config, text: Config, sense: str, shown: str) -> tuple[Vision, tuple[str, ...]]:
    """A tower nobody described: depth and widths tell its size to a few percent, and it is a small part of most."""
    hidden, layers, width = (_first(part, name) for name in ("hidden", "layers", "width"))
    modality = "text+image" if sense == "vision" else "text+audio"
    if not hidden or not layers:
        note = f"the {sense} encoder {shown} is not known and not counted: its weights come on top"
        return Vision(0, None, None, None, modality), (note,)
    if not width or width > WIDEST * hidden:  # GLM's towers state the width of the merger there
        width = part.count("out_hidden_size") or 4 * hidden
    merge = 2 if isinstance(part.get("merge_kernel_size"), list) else max(_first(part, "merge"), 1)
    joined, wide = merge**2 * hidden, text.whole("hidden_size")
    matrices = 3 if part.get("hidden_act") == "silu" else 2
    weights = layers * (4 * hidden * hidden + matrices * hidden * width) + min(joined, 4 * wide) * (joined + wide)
    note = f"the {sense} encoder {shown} is not known: its weights are estimated from its width and depth"
    return Vision(weights, hidden, width, float(merge**2), modality), (note,)


def _first(part: Config, name: str) -> int:
    """The first of the fields for a size that holds a number."""
    return next(
        (part.whole(key) for key in _WIDTHS[name] if isinstance(part.values.get(key), int) and part.get(key)), 0
    )


def _siglip(part: Config, config: Config, text: Config) -> Vision:
    """SigLIP with Gemma 3's projector: images are pooled to `mm_tokens_per_image` tokens."""
    hidden, width, layers, patch, image = _sizes(part)
    patches = (image // patch) ** 2
    layer = 4 * (hidden * hidden + hidden) + 2 * hidden * width + width + hidden + 4 * hidden
    tower = layers * layer + CHANNELS * patch * patch * hidden + hidden + patches * hidden + 2 * hidden
    projector = hidden * text.whole("hidden_size") + hidden
    per_token = patches / config.with_defaults({"mm_tokens_per_image": 256}).whole("mm_tokens_per_image")
    return Vision(
        parameters=tower + projector,
        vision_hidden_size=hidden,
        vision_intermediate_size=width,
        vision_patches_per_token=per_token,
        modality="text+image",
    )


def _pixtral(part: Config, config: Config, text: Config) -> Vision:
    """Pixtral encoder with Mistral 3's patch merger and two-layer projector."""
    hidden, width, layers, patch, _ = _sizes(part)
    merge = config.with_defaults({"spatial_merge_size": 2}).whole("spatial_merge_size")
    wide = text.whole("hidden_size")
    tower = (
        layers * (4 * hidden * hidden + 3 * hidden * width + 2 * hidden) + CHANNELS * patch * patch * hidden + hidden
    )
    projector = hidden + merge**2 * hidden * hidden + hidden * wide + wide * wide
    return Vision(
        parameters=tower + projector,
        vision_hidden_size=hidden,
        vision_intermediate_size=width,
        vision_patches_per_token=merge**2,
        modality="text+image",
    )


def _sizes(part: Config) -> tuple[int, ...]:
    """Width, feed-forward width, layers, patch and image size of an encoder in the style of SigLIP."""
    known = part.with_defaults({"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24})
    source = known if part.get("model_type") == "pixtral" else part
    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "patch_size", "image_size")
    return tuple(source.whole(name) for name in names)


def _qwen2_5(part: Config, config: Config, text: Config) -> Vision:
    """Qwen 2.5 VL: gated feed-forward with biases, merger of 2 x 2 patches."""
    defaults: dict[str, object] = {
        "depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "patch_size": 14,
        "temporal_patch_size": 2, "spatial_merge_size": 2,
    }  # fmt: skip
    source = part.with_defaults(defaults)
    hidden, width, depth = source.whole("hidden_size"), source.whole("intermediate_size"), source.whole("depth")
    layer = 4 * (hidden * hidden + hidden) + 3 * hidden * width + 2 * width + hidden + 2 * hidden
    tower = depth * layer + _patch_weights(source, hidden)
    wide = source.optional_whole("out_hidden_size") or text.whole("hidden_size")
    merge = source.whole("spatial_merge_size") ** 2
    return Vision(
        parameters=tower + _merger(hidden, merge, wide, hidden),
        vision_hidden_size=hidden,
        vision_intermediate_size=width,
        vision_patches_per_token=merge,
        modality="text+image+video",
    )


def _qwen3(part: Config, config: Config, text: Config) -> Vision:
    """Qwen 3 VL and Qwen 3.5: learned positions, and one more merger for each deepstack layer."""
    hidden, width, depth = part.whole("hidden_size"), part.whole("intermediate_size"), part.whole("depth")
    layer = 4 * (hidden * hidden + hidden) + 2 * hidden * width + width + hidden + 4 * hidden
    tower = depth * layer + _patch_weights(part, hidden) + hidden + part.whole("num_position_embeddings") * hidden
    merge = part.whole("spatial_merge_size") ** 2
    wide = part.whole("out_hidden_size")
    mergers = _merger(hidden, merge, wide, 2 * hidden)
    mergers += len(part.wholes("deepstack_visual_indexes")) * _merger(hidden, merge, wide, 2 * merge * hidden)
    return Vision(
        parameters=tower + mergers,
        vision_hidden_size=hidden,
        vision_intermediate_size=width,
        vision_patches_per_token=merge,
        modality="text+image+video",
    )


def _patch_weights(part: Config, hidden: int) -> int:
    return CHANNELS * part.whole("temporal_patch_size") * part.whole("patch_size") ** 2 * hidden


def _merger(hidden: int, merge: int, wide: int, norm: int) -> int:
    """Norm and two-layer perceptron that turns `merge` patches into one token."""
    joined = merge * hidden
    return norm + joined * joined + joined + joined * wide + wide


def _unified(part: Config, config: Config, text: Config) -> Vision:
    """Gemma 4's small models: patches of pixels are embedded without an encoder."""
    defaults = {"patch_size": 16, "pooling_kernel_size": 3, "mm_embed_dim": 3840, "mm_posemb_size": 1120}
    source = part.with_defaults(defaults)
    width, merge = source.whole("mm_embed_dim"), source.whole("pooling_kernel_size")
    patch = CHANNELS * (source.whole("patch_size") * merge) ** 2
    projected = (part.optional_whole("output_proj_dims") or width) * text.whole("hidden_size")
    weights = patch * width + 2 * patch + 5 * width + 2 * source.whole("mm_posemb_size") * width + projected
    return Vision(weights, None, None, None, "text+image")


_QWEN3 = ("qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe")
_READERS: dict[str, Callable[[Config, Config, Config], Vision]] = {
    "siglip_vision_model": _siglip,
    "pixtral": _pixtral,
    "gemma4_unified_vision": _unified,
    **dict.fromkeys(("qwen2_5_vl", "qwen2_5_vl_vision"), _qwen2_5),
    **{f"{kind}{part}": _qwen3 for kind in _QWEN3 for part in ("", "_vision")},
}
