"""What a quantiser wrote beside its weights: which matrices it packed, how narrow, and what it left alone.

`quantization_config` or the older `compression_config` of a config.json, MLX's `quantization`, and the
hf_quant_config.json of ModelOpt, as `quantisers` reads them, applied to the matrices of the config: bytes a parameter
for each group of the model.
"""

from __future__ import annotations

from dataclasses import replace

from planner.catalog.add_model.config import Config
from planner.catalog.add_model.matrices import EMBEDDING, GROUPS, HEAD, VISION, Matrix, Patterns, matrices
from planner.catalog.add_model.quantisers import METHODS, Quantised, Rule, Width, cache_dtype, micro, mlx, unknown
from planner.engine.specs import Checkpoint, GroupBytes
from planner.toml.errors import described

SIXTEEN_BIT = 2.0
_TORCH_TYPES = {"bfloat16", "float16", "float32"}
"""Stored at 32 bit is served at 16."""


def read_checkpoint(repo: str, config: Config, text: Config, beside: Config | None, described_by: str) -> Checkpoint:
    """The checkpoint that this config belongs to, with the layout of its bytes where a quantiser wrote one.

    `beside` is a hf_quant_config.json in the same folder. Raises `InputError` where no width can be read.
    """
    found = read_quantisation(config, text, beside)
    if found is None:
        return Checkpoint("bf16", repo)
    layout, main = _applied(found, matrices(text), _sees(config))
    origin = f"{described_by}; {found.note}" if found.note else described_by
    return Checkpoint(main.format, repo, layout=layout, described_by=origin, kv=found.kv)


def format_only(repo: str, config: Config, text: Config, beside: Config | None = None) -> Checkpoint:
    """The checkpoint without a layout, for a config whose matrices cannot be told: its first rule names the format."""
    found = read_quantisation(config, text, beside)
    if found is None or not found.rules:
        return Checkpoint("bf16", repo)
    return Checkpoint(found.rules[0].width.format, repo, kv=found.kv)


def read_quantisation(config: Config, text: Config, beside: Config | None = None) -> Quantised | None:
    """What the quantiser wrote; None for a checkpoint that nobody quantised."""
    of_mlx = config.part("quantization")
    if of_mlx is not None and of_mlx.get("bits") is not None:
        return mlx(of_mlx)
    places = ((config, "quantization_config"), (text, "quantization_config"), (config, "compression_config"))
    part = next((stated for holder, name in places if (stated := holder.part(name)) is not None), None)
    other = beside.part("quantization") if beside is not None else None
    if part is None and other is None:
        _check_type(config, text)
        return None
    if part is None or (part.get("quant_method") is None and part.get("quant_algo", "config_groups") is None):
        part = other or part
    assert part is not None  # one of the two is there
    method = str(part.get("quant_method") or ("modelopt" if part.get("quant_algo") else "")).lower().replace("_", "-")
    reader = next((read for name, read in METHODS.items() if method.startswith(name)), unknown)
    found = reader(part)
    if config.get("expert_dtype") == "fp4" and method == "fp8" and part.get("moe_quant_algo") is None:
        found = replace(found, rules=(Rule(Patterns(("*.experts.*",)), micro(4, 32)), *found.rules))
    return replace(found, kv=found.kv or cache_dtype(part) or (cache_dtype(other) if other is not None else ""))


def _check_type(config: Config, text: Config) -> None:
    found = config.get("torch_dtype", "dtype") or text.get("torch_dtype", "dtype")
    if found is not None and (not isinstance(found, str) or found not in _TORCH_TYPES):
        raise config.error("torch_dtype", f"found {described(found)}; known: {', '.join(sorted(_TORCH_TYPES))}")


def _sees(config: Config) -> bool:
    return any(isinstance(config.values.get(name), dict) for name in ("vision_config", "visual", "vision_tower"))


def _applied(found: Quantised, of_layers: list[Matrix], sees: bool) -> tuple[GroupBytes, Width]:
    """(bytes a parameter of each group, the width that most parameters of the layers have).

    A group that the config has no matrix of gets the mean of the others: what it holds is not known better.
    """
    bytes_of, parameters_of = dict.fromkeys(GROUPS, 0.0), dict.fromkeys(GROUPS, 0.0)
    by_width: dict[Width, float] = {}
    for matrix in of_layers:
        width = _width_of(found, matrix.names, matrix.layer, False)
        bytes_of[matrix.group] += matrix.parameters * (width.bytes if width else SIXTEEN_BIT)
        parameters_of[matrix.group] += matrix.parameters
        if width is not None:
            by_width[width] = by_width.get(width, 0.0) + matrix.parameters
    mean = sum(bytes_of.values()) / (sum(parameters_of.values()) or 1.0)
    means = {group: bytes_of[group] / parameters_of[group] if parameters_of[group] else mean for group in GROUPS}
    head = _width_of(found, HEAD, None, found.keeps_head)
    vision = _width_of(found, VISION, None, found.keeps_vision) if sees else None
    draft = _width_of(found, _draft_names(1 + max((matrix.layer for matrix in of_layers), default=0)), None, False)
    embedding = _width_of(found, EMBEDDING, None, True)
    layout = GroupBytes(
        **means,
        embedding=_bytes(embedding),
        head=_bytes(head),
        vision=_bytes(vision),
        draft=_bytes(draft),
    )
    main = max(by_width, key=lambda width: by_width[width], default=Width("bf16", SIXTEEN_BIT))
    return layout, main


def _draft_names(layer: int) -> tuple[str, ...]:
    """Of the layers that predict further tokens: under a name of their own, or numbered after the last one."""
    places = ("mtp.layers.0", f"layers.{layer}")
    return tuple(f"{place}.mlp.{inner}gate_proj" for place in places for inner in ("experts.0.", ""))


def _bytes(width: Width | None) -> float:
    return SIXTEEN_BIT if width is None else width.bytes


def _width_of(found: Quantised, names: tuple[str, ...], layer: int | None, only_named: bool) -> Width | None:
    """None: at 16 bit. `only_named`: a rule for every matrix does not mean this one."""
    if found.kept and found.kept.means(names, layer):
        return None
    for rule in found.rules:
        if (rule.patterns is None and not only_named) or (rule.patterns and rule.patterns.means(names, layer)):
            return rule.width
    return None
