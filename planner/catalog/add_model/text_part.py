"""Which part of a config is the language model, and what kind: a decoder, an encoder, or nothing this can size.

A decoder of a family that is not known is read by its fields, if each field that is left could change no size.
"""

from __future__ import annotations

import re

from planner.catalog.add_model.config import FAMILIES, WRAPPERS, Config, Family, unknown_family
from planner.toml.errors import described

_TEXT_PARTS = ("text_config", "llm_config", "language_config", "thinker_config")
"""Where a multimodal config keeps its language model; the last holds a `text_config` of its own (Qwen Omni)."""
_KINDS = (
    (
        "speech",
        re.compile(
            r"transcri|whisper|wav2vec|hubert|speech|(^|_)asr($|_)|(^|_)tts($|_)|parakeet|conformer|seamless|moonshine|codec"
        ),
    ),
    ("diffusion", re.compile(r"diffusion|(^|_)unet|(^|_)dit($|_)|llada|dream")),
    ("vision", re.compile(r"(^|_)(vit|clip|siglip|dinov?2?|detr|swin|sam2?)($|_)")),
    (
        "encoder-decoder",
        re.compile(
            r"^(m|um|long)?t5|switch_transformers|bart$|pegasus|^marian|m2m_100|^led$|^fsmt|prophetnet|blenderbot"
            r"|^nllb|^udop|encoder_decoder"
        ),
    ),
)
"""What a `model_type` says of models that nothing here sizes."""
_ARCHITECTURES = (
    ("speech", re.compile(r"SpeechSeq2Seq|ForCTC|TextToSpeech|ForAudio|Whisper")),
    ("diffusion", re.compile(r"Diffusion|UNet|Transformer2D|Pipeline")),
    ("encoder", re.compile(r"ForMaskedLM$")),
)
_WHY = {
    "speech": "is a speech model: no text is generated token by token from a KV cache that could be sized",
    "diffusion": "is a diffusion model: it does not generate token by token, so nothing here sizes it",
    "encoder-decoder": "is an encoder-decoder model: its cross-attention keeps a second cache that is not sized here",
    "encoder": "is an encoder of a family that is not known; known are those of BERT, DeBERTa, MPNet, Nomic and GTE",
    "vision": "is a vision model without a language model",
}


def text_part(config: Config) -> tuple[Config, Family, tuple[str, ...]]:
    """The language model's part of the config, the family it belongs to, and what a user should know about it."""
    _check_kind(config)
    text = nested_text(config)
    outer, inner = config.get("model_type"), text.get("model_type") if text is not config else None
    kinds = [kind for kind in (inner, WRAPPERS.get(str(outer)), outer) if isinstance(kind, str) and kind]
    known = next((kind for kind in kinds if kind in FAMILIES), None)
    if known is not None:
        family = FAMILIES[known]
        return text.with_defaults(family.defaults), family, (family.note,) if family.note else ()
    kind = kinds[0] if kinds else config.text("model_type")
    note = f"read without knowing the family {described(kind)}: its layers are taken to be what its fields say"
    return text, unknown_family(kind, text), (note,)


def nested_text(config: Config) -> Config:
    """The part that holds the language model, however deep; the config itself where it is one."""
    for name in _TEXT_PARTS:
        part = config.part(name)
        if part is not None:
            return nested_text(part)
    return config


def _check_kind(config: Config) -> None:
    """Refuses what is no decoder and no encoder of text, with the reason."""
    kind = config.get("model_type")
    named = config.values.get("architectures")
    architecture = named[0] if isinstance(named, list) and named and isinstance(named[0], str) else ""
    refusal = _refusal(config, kind if isinstance(kind, str) else "", architecture)
    if refusal is not None:
        name, found = refusal
        shown = kind if name == "model_type" and kind else architecture or config.get("_class_name")
        raise config.error(name, f"{described(shown)} {_WHY[found]}")


def _refusal(config: Config, kind: str, architecture: str) -> tuple[str, str] | None:
    """(field, reason) of a model that is not sized."""
    if "_class_name" in config.values or "_diffusers_version" in config.values:
        return "_class_name", "diffusion"
    if kind in FAMILIES or kind in WRAPPERS:
        return None
    for reason, pattern in _KINDS:
        if pattern.search(kind):
            return "model_type", reason
    for reason, pattern in _ARCHITECTURES:
        if pattern.search(architecture):
            return "architectures", reason
    is_pair = {"encoder", "decoder"} <= set(config.values) or "decoder_layers" in config.values
    is_second = config.values.get("is_encoder_decoder") is True or is_pair
    return ("model_type", "encoder-decoder") if is_second else None


def check_understood(text: Config) -> None:
    """Refuses a config of an unknown family with the first field that could change a size and that nobody read.

    What is off, a text or a fraction changes no size; of the others those do that no pattern names harmless.
    """
    for name, held in text.unasked():
        if held is False or isinstance(held, str | float) or held in (0, [], {}):
            continue
        if _HARMLESS.search(name) and not ("lora" in name and isinstance(held, dict)):
            continue
        known = "the family is not known, and this field may change what the model weighs or keeps"
        raise text.error(name, f"found {described(held)}, which is not understood: {known}")


_HARMLESS = re.compile(
    r"token|dropout|_eps$|epsilon|init|rope|rotary|_act$|^activation|^use_cache$|dtype|version|architectures|auto_map"
    r"|model_type|name_or_path|scal(e|ing|ar)|multiplier|softcap|output_|aux|_loss|coef|jitter|norm_topk|score|scoring"
    r"|topk_(method|group)$|^n_group$|num_expert_group|grouped_topk|pretraining_tp|ep_size|attn_implementation"
    r"|quantization|compression|^num_(beams|return|labels|beam_groups)|^(min|max)_length$|generat|^top_[kp]$"
    r"|temperature|penalty|^is_decoder$|prun|label|tie_|tied|^use_(flash|sdpa|kernels|mamba_kernels|return|bfloat16)"
    r"|chunk_size|_ratio$|logits|^return|task_specific|problem_type|remove_invalid|vision|image|video|audio|mrope"
    r"|residual|checkpoint|normali[sz]e|renormali[sz]e|time_step|clip|limit|_alpha|_beta|theta|^max_window_layers$"
    r"|_norm$|fp32|_(min|max|floor)$|^index_topk|nope|seed|license|sinkhorn|bos|eos|pad_|capacity|transformers|_freqs?$|window_layers|interleave|bidirectional"
    r"|^(add_cross_attention|cross_attention_hidden_size|gradient_checkpointing|keys_to_ignore.*|torchscript)$"
)
"""Names of fields that change neither parameters nor cache: text generation, training, positions, scaling, tokens."""
