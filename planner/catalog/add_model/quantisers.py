"""Every quantiser's file, read into the same: patterns of modules with a width each, and what is kept at 16 bit.

An unknown method is read by the bits and the group size that its file states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeGuard

from planner.catalog.add_model.config import Config
from planner.catalog.add_model.matrices import EMBEDDING, HEAD, Patterns
from planner.records import dataclass
from planner.toml.errors import described

_SCALE_BYTES = {"int": 2, "fp8": 4, "micro": 1}
CHANNEL = 4096
"""Weights that share the scale of a channel: the width of a typical matrix."""
LARGEST_GROUP = 1 << 20
MOST_BITS = 16
WIDTHS = f"a width of 1 to {MOST_BITS} bits"


@dataclass(frozen=True, slots=True)
class Width:
    """How one set of matrices is stored."""

    format: str
    """A key of `formats.WEIGHT_FORMATS`, or so many "bpw"."""
    bytes: float
    """A parameter, scales and zero points included."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The matrices that these patterns mean have this width; no patterns: every matrix of the layers."""

    patterns: Patterns | None
    width: Width


@dataclass(frozen=True, slots=True)
class Quantised:
    """One quantiser's file, read."""

    rules: tuple[Rule, ...]
    """The first that means a matrix holds."""
    kept: Patterns
    """At 16 bit, whatever a rule says."""
    keeps_head: bool = True
    """The head stays at 16 bit unless a rule names it."""
    keeps_vision: bool = True
    kv: str = ""
    note: str = ""
    """What had to be guessed."""


def integer(bits: int, group: float, zeros: bool = False, name: str = "") -> Width:
    """Integers with a 16-bit scale for each `group` of weights, and a zero point as wide as a weight."""
    width = bits / 8 + _SCALE_BYTES["int"] / group + (bits / 8 / group if zeros else 0)
    return Width(name or {4: "int4", 8: "int8"}.get(bits, f"{bits}bpw"), width)


def _group(found: object) -> int:
    """Weights that share a scale; 0 where the file states no number of them, as -1 for a whole channel."""
    is_whole = isinstance(found, int) and not isinstance(found, bool)
    return found if isinstance(found, int) and is_whole and 0 < found <= LARGEST_GROUP else 0


def _bits(found: object) -> int | None:
    """Bits a weight; None where that is no width."""
    return _group(found) if 0 < _group(found) <= MOST_BITS else None


def _block(found: object) -> float:
    """Weights of a block of rows and columns; a channel where it is not stated."""
    sides = [_group(side) for side in found] if isinstance(found, list) else []
    return float(sides[0] * sides[1]) if len(sides) == 2 and all(sides) else CHANNEL


def fp8(weights_a_scale: float = CHANNEL) -> Width:
    """8-bit floats with a 32-bit scale for a block or a channel."""
    return Width("fp8", 1 + _SCALE_BYTES["fp8"] / weights_a_scale)


def micro(bits: int, group: int) -> Width:
    """Small floats with an 8-bit scale for each group: NVFP4 (16), MXFP4, MXFP6 and MXFP8 (32)."""
    name = {8: "mxfp8", 4: "nvfp4" if group < 32 else "mxfp4"}.get(bits, f"{bits}bpw")
    return Width(name, bits / 8 + _SCALE_BYTES["micro"] / group)


def _stated(weights: Mapping[str, object], packing: str = "", activations: object = None) -> Width | None:
    """A width of compressed-tensors: number and type of the bits decide, not the name of the packing."""
    bits, size = _bits(weights.get("num_bits")), _group(weights.get("group_size"))
    if bits is None:
        return None
    if str(weights.get("type", "int")) == "int":
        is_weight_only = bits == 8 and packing == "pack-quantized" and not activations
        return integer(bits, size or CHANNEL, weights.get("symmetric") is False, "w8a16" if is_weight_only else "")
    if (size and size <= 32) or bits < 8:
        return micro(bits, size or (16 if "nvfp4" in packing else 32))
    return fp8(_block(weights.get("block_structure") or weights.get("block_size")))


def _compressed(part: Config) -> Quantised:
    """compressed-tensors: groups of targets with a width each; "mixed-precision" names a packing for each group."""
    rules = []
    for name, group in _tables(part, "config_groups"):
        packing = str(group.get("format") or part.get("format") or "")
        weights = group.get("weights")
        width = _stated(weights, packing, group.get("input_activations")) if isinstance(weights, dict) else None
        if width is None:
            raise part.wrong(f"config_groups.{name}.weights.num_bits", weights, WIDTHS)
        rules.append(Rule(_targets(group.get("targets")), width))
    if not rules:
        packing = part.text("format")
        if packing not in _PACKINGS:
            raise part.error("format", f"found {described(packing)}; known: {', '.join(_PACKINGS)}")
        rules = [Rule(None, _PACKINGS[packing])]
    has_all = any(rule.patterns is None for rule in rules)
    return Quantised(tuple(rules), _listed(part, "ignore"), keeps_head=not has_all, keeps_vision=not has_all)


_PACKINGS: Mapping[str, Width] = {
    "float-quantized": fp8(),
    "naive-quantized": fp8(),
    "int-quantized": integer(8, CHANNEL),
    "pack-quantized": integer(4, 128),
    "nvfp4-pack-quantized": micro(4, 16),
    "mxfp4-pack-quantized": micro(4, 32),
    "mxfp8-quantized": micro(8, 32),
}
"""What a packing usually holds, for a file without groups."""


def _targets(listed: object) -> Patterns | None:
    """None where every Linear is meant."""
    names = [str(name) for name in listed] if isinstance(listed, list) else []
    return None if not names or any(name in ("Linear", "re:.*") for name in names) else Patterns(names)


def _modelopt(part: Config) -> Quantised:
    kept = _listed(part, "exclude_modules", "ignore")
    layers = dict(_tables(part, "quantized_layers"))
    if layers:
        by_width: dict[Width, list[str]] = {}
        for name, layer in layers.items():
            by_width.setdefault(_algorithm(part, layer.get("quant_algo"), layer.get("group_size")), []).append(name)
        rules = [Rule(Patterns(names), width) for width, names in by_width.items()]
        if str(part.get("quant_method")).lower() == "fp8":  # experts of an FP8 checkpoint, quantised once more
            return Quantised((*rules, *_fp8(part).rules), Patterns(()))
        return Quantised(tuple(rules), kept)
    width = _algorithm(part, part.get("quant_algo"), part.get("group_size"))
    return Quantised((Rule(None, width),), kept, keeps_vision=False)


_ALGORITHMS: Mapping[str, Callable[[int], Width]] = {
    "FP8_PB": lambda group: fp8(128 * 128),
    "FP8": lambda group: fp8(),
    "MXFP8": lambda group: micro(8, 32),
    "MXFP4": lambda group: micro(4, 32),
    "W4A8_MXFP4": lambda group: micro(4, 32),
    "NVFP4": lambda group: micro(4, group or 16),
    "W4A16_NVFP4": lambda group: micro(4, group or 16),
    "W4A8_NVFP4": lambda group: micro(4, group or 16),
    "W4A16_MXFP4": lambda group: micro(4, 32),
    "W4A16": lambda group: integer(4, group or 128),
    "W4A8": lambda group: integer(4, group or 128),
    "INT4": lambda group: integer(4, group or 128),
    "W8A16": lambda group: integer(8, group or CHANNEL, name="w8a16"),
    "W8A8": lambda group: integer(8, CHANNEL),
    "INT8": lambda group: integer(8, CHANNEL),
}
"""By the longest name that ModelOpt's begins with."""


def _algorithm(part: Config, found: object, group: object) -> Width:
    name = str(found).upper()
    matching = [known for known in _ALGORITHMS if name.startswith(known)]
    if not matching:
        raise part.wrong("quant_algo", found, f"one of {', '.join(_ALGORITHMS)}")
    return _ALGORITHMS[max(matching, key=len)](_group(group))


def _fp8(part: Config) -> Quantised:
    """FP8 in blocks or by tensor; ModelOpt writes its experts' width into the same file."""
    if part.get("quantized_layers") is not None and part.get("moe_quant_algo") is not None:
        return _modelopt(Config({**part.values, "moe_quant_algo": None}, part.file, part.prefix))
    return Quantised(
        (Rule(None, fp8(_block(part.get("weight_block_size")))),),
        _listed(part, "modules_to_not_convert", "ignored_layers"),
    )


def _mxfp4(part: Config) -> Quantised:
    experts = Patterns(("*.experts.*",))
    return Quantised((Rule(experts, micro(4, 32)),), _listed(part, "modules_to_not_convert"))


def _mxfp8(part: Config) -> Quantised:
    return Quantised((Rule(None, micro(8, 32)),), _listed(part, "modules_to_not_convert", "ignored_layers", "ignore"))


def _packed(name: str) -> Callable[[Config], Quantised]:
    """AWQ, GPTQ and AutoRound: integers in groups with zero points."""

    def read(part: Config) -> Quantised:
        bits, size = _needed_bits(part, "bits", "w_bit"), _group(part.get("group_size", "q_group_size")) or CHANNEL
        width = integer(bits, size, zeros=True, name=name if bits == 4 else "w8a16" if bits == 8 else "")
        exceptions = [*_tables(part, "dynamic"), *_tables(part, "extra_config")]
        kept = [key.removeprefix("-:") for key, value in exceptions if key.startswith("-:") or _is_kept(value)]
        regular = [f"re:.*{key}" for key in kept if not key.startswith("re:")]
        rules = [
            Rule(Patterns((key, f"re:.*{key.removeprefix('+:')}")), integer(own, size, zeros=True))
            for key, value in exceptions
            if (own := _bits(value.get("bits")) or MOST_BITS) not in (MOST_BITS, bits)
        ]
        head = [Rule(Patterns(HEAD), width)] if part.get("lm_head", "quant_lm_head") is True else []
        listed = _names(part, "modules_to_not_convert", "modules_in_block_to_not_quantize")
        return Quantised((*rules, *head, Rule(None, width)), Patterns((*listed, *kept, *regular)))

    return read


def _needed_bits(part: Config, *names: str) -> int:
    found = part.whole(*names)
    if found > MOST_BITS:
        raise part.wrong(names[0], found, WIDTHS)
    return found


def _is_kept(value: Config) -> bool:
    bits = value.get("bits")
    return isinstance(bits, int) and bits >= 16


def _bitsandbytes(part: Config) -> Quantised:
    """Blocks of 64 with a 32-bit scale, or with an 8-bit one and a 32-bit one for 256 of those; or 8 bit by row."""
    kept = _listed(part, "llm_int8_skip_modules")
    if part.get("load_in_8bit", "_load_in_8bit") is True:
        return Quantised((Rule(None, Width("bnb-int8", 1 + 4 / CHANNEL)),), kept, keeps_vision=False)
    scale = 1 / 64 + 4 / (64 * 256) if part.get("bnb_4bit_use_double_quant") is True else 4 / 64
    return Quantised((Rule(None, Width("nf4", 0.5 + scale)),), kept, keeps_vision=False)


def _hqq(part: Config) -> Quantised:
    """A 16-bit scale and a 16-bit zero point for each group."""
    inner = part.part("quant_config") or part
    weights = inner.part("weight_quant_params") or inner
    bits, size = _needed_bits(weights, "nbits", "bits"), _group(weights.get("group_size")) or CHANNEL
    name = {4: "int4", 8: "w8a16"}.get(bits, f"{bits}bpw")
    return Quantised((Rule(None, Width(name, bits / 8 + 4 / size)),), _listed(part, "skip_modules"))


def _torchao(part: Config) -> Quantised:
    """Its type is a word such as int4_weight_only, or a table with the class and its fields."""
    kind, group = _torchao_kind(part.get("quant_type"))
    kept = _listed(part, "modules_to_not_convert")
    if "int4" in kind:
        return Quantised((Rule(None, Width("int4", 0.5 + 4 / (group or 128))),), kept)
    if "int8" in kind:
        return Quantised((Rule(None, integer(8, CHANNEL, name="w8a16" if "weight" in kind else "int8")),), kept)
    if "float8" in kind or "fp8" in kind:
        return Quantised((Rule(None, fp8()),), kept)
    raise part.wrong("quant_type", part.get("quant_type"), "a type of torchao with int4, int8 or float8 weights")


def _torchao_kind(found: object) -> tuple[str, int]:
    """(class or word in small letters, group size or 0)."""
    while isinstance(found, dict) and "_type" not in found and "default" in found:
        found = found["default"]
    if not isinstance(found, dict):
        return str(found).lower(), 0
    data = found.get("_data")
    group = data.get("group_size") if isinstance(data, dict) else None
    return str(found.get("_type")).lower(), _group(group)


def _exl(part: Config) -> Quantised:
    """EXL2 and EXL3 reach a mean of so many bits over the layers, and have a width of their own for the head."""
    bits, head = part.get("bits"), part.get("head_bits")
    if not isinstance(bits, int | float) or not 1 <= bits <= 16:
        raise part.wrong("bits", bits, "a mean width of 1 to 16 bits")
    rules = (
        [Rule(Patterns(HEAD), Width("", head / 8))] if isinstance(head, int | float) and 1 <= head < MOST_BITS else []
    )
    return Quantised((*rules, Rule(None, Width(f"{round(bits, 4)}bpw", bits / 8))), Patterns(()))


def _quark(part: Config) -> Quantised:
    rules = []
    for name, layer in _tables(part, "layer_quant_config"):
        width = _quark_width(layer)
        rules += [Rule(Patterns((name,)), width)] if width is not None else []
    whole = part.part("global_quant_config")
    width = _quark_width(whole) if whole is not None else None
    rules += [Rule(None, width)] if width is not None else []
    if not rules:
        raise part.wrong("global_quant_config.weight.dtype", whole and whole.get("weight"), "a dtype such as fp4")
    return Quantised(tuple(rules), _listed(part, "exclude"), keeps_vision=width is None, kv=_quark_kv(part))


def _quark_width(config: Config) -> Width | None:
    weight = config.values.get("weight")
    weight = weight[0] if isinstance(weight, list) and weight else weight
    if not isinstance(weight, dict):
        return None
    kind, size = str(weight.get("dtype", "")).lower(), _group(weight.get("group_size"))
    if kind.startswith(("fp8", "float8")):
        return micro(8, 32) if size == 32 else fp8()
    if kind.startswith(("fp", "mx")):
        return micro(6 if "6" in kind else 4, size or 32)
    if "int" in kind:
        bits = 4 if "4" in kind else 8
        return integer(bits, size or CHANNEL, zeros=kind.startswith("uint"))
    return None


def _quark_kv(part: Config) -> str:
    found = part.values.get("kv_cache_quant_config")
    return "fp8" if found and "fp8" in str(found) else ""


def mlx(part: Config) -> Quantised:
    """MLX packs every matrix, the embedding and the head among them, with a 16-bit scale and bias for each group.

    A module's own name holds what differs there: a table, or false (mlx-lm 0.32.2: utils.py, quantize_model).
    """
    inner = list(part.values.items())
    own = [
        (name, Config({**part.values, **found}, part.file, part.prefix)) for name, found in inner if _is_table(found)
    ]
    rules = [
        Rule(Patterns((name if "layers." in name else name.rsplit(".", 1)[-1],)), _mlx_width(table))
        for name, table in own
    ]
    width = _mlx_width(part)
    everywhere = Rule(Patterns((*HEAD, *EMBEDDING)), width)
    return Quantised((*rules, everywhere, Rule(None, width)), Patterns(name for name, found in inner if found is False))


def _mlx_width(part: Config) -> Width:
    bits, group, mode = part.whole("bits"), part.whole("group_size"), str(part.get("mode") or "affine")
    if not 1 <= bits <= 8 or group < 1:
        raise part.wrong("bits", bits, "a width of 1 to 8 bits, and a group_size")
    if mode != "affine":
        return micro(bits, group)
    return Width({4: "int4", 8: "w8a16"}.get(bits, f"{bits}bpw"), bits / 8 + 2 * _SCALE_BYTES["int"] / group)


def _is_table(found: object) -> TypeGuard[dict[str, object]]:
    return isinstance(found, dict)


def unknown(part: Config) -> Quantised:
    """Bits and group size are nearly always in the file, under one of a few names, at some depth."""
    if part.get("config_groups") is not None:
        return _compressed(part)
    bits, group = _deep(part.values, _BITS, MOST_BITS), _deep(part.values, _GROUPS_OF, LARGEST_GROUP)
    if bits is None:
        raise part.wrong("quant_method", part.get("quant_method"), f"{', '.join(METHODS)}, or bits in the file")
    kept = _listed(part, "modules_to_not_convert", "ignore", "exclude_modules", "skip_modules", "exclude")
    method = described(part.get("quant_method"))
    note = f"quant_method {method} is not known: {bits} bits and groups of {group} as its file says"
    return Quantised((Rule(None, integer(bits, group or CHANNEL, zeros=True)),), kept, note=note)


_BITS = ("bits", "num_bits", "nbits", "w_bit", "weight_bits", "wbits", "n_bits")
_GROUPS_OF = ("group_size", "q_group_size", "groupsize", "block_size")


def _deep(values: Mapping[str, object], names: tuple[str, ...], most: int) -> int | None:
    for name in names:
        found = _group(values.get(name))
        if 0 < found <= most:
            return found
    inner = (_deep(value, names, most) for value in values.values() if isinstance(value, dict))
    return next((found for found in inner if found is not None), None)


METHODS: Mapping[str, Callable[[Config], Quantised]] = {
    "fp8": _fp8,
    "fbgemm-fp8": _fp8,
    "mxfp4": _mxfp4,
    "mxfp8": _mxfp8,
    "awq": _packed("awq"),
    "gptq": _packed("gptq"),
    "auto-round": _packed("int4"),
    "autoround": _packed("int4"),
    "intel/auto-round": _packed("int4"),
    "compressed-tensors": _compressed,
    "modelopt": _modelopt,
    "bitsandbytes": _bitsandbytes,
    "hqq": _hqq,
    "torchao": _torchao,
    "exl": _exl,
    "quark": _quark,
}
"""By what `quant_method` begins with, hyphens for underscores."""


def _names(part: Config, *keys: str) -> list[str]:
    found = part.get(*keys)
    return [str(name) for name in found] if isinstance(found, list) else []


def _listed(part: Config, *keys: str) -> Patterns:
    return Patterns(_names(part, *keys))


def _tables(part: Config, name: str) -> Iterable[tuple[str, Config]]:
    """The tables inside one, by name."""
    found = part.values.get(name)
    if not isinstance(found, dict):
        return ()
    return [
        (str(key), Config(value, part.file, f"{part.prefix}{name}.{key}."))
        for key, value in found.items()
        if isinstance(value, dict)
    ]


def cache_dtype(part: Config) -> str:
    """The cache dtype that the checkpoint asks for, as `--kv` names it."""
    found = part.get("kv_cache_scheme", "kv_cache_quant_algo")
    if isinstance(found, dict):
        kind = "float" if str(found.get("type", "float")) == "float" else "int"
        return {"8 float": "fp8", "8 int": "int8", "4 float": "nvfp4"}.get(f"{found.get('num_bits')} {kind}", "")
    return str(found).lower() if isinstance(found, str) and found.lower() in ("fp8", "int8", "nvfp4") else ""
