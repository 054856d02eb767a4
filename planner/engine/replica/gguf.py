"""The types of llama.cpp and the widths of MLX: which matrix of a model gets which width, in bytes a parameter.

A llama.cpp type is a mix: values of attention, the output of attention, the down projection of a feed-forward block, the
head and the embedding have types of their own, and some of them only in a half or an eighth of the layers. Facts of
llama.cpp's src/llama-quant.cpp and ggml-common.h (2026-07). Norms and routers stay at 32 bit. The vision tower is a
file of its own (mmproj), which llama.cpp loads only on request.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.engine.specs import GroupBytes

BITS: Mapping[str, float] = {
    "f16": 16.0, "q8_0": 8.5, "q6_k": 6.5625, "q5_k": 5.5, "q4_k": 4.5, "q3_k": 3.4375, "q2_k": 2.625,
    "q5_1": 6.0, "q5_0": 5.5, "q4_1": 5.0, "q4_0": 4.5, "mxfp4": 4.25,
    "iq4_nl": 4.5, "iq4_xs": 4.25, "iq3_s": 3.4375, "iq3_xxs": 3.0625, "iq2_s": 2.5625, "iq2_xs": 2.3125,
    "iq2_xxs": 2.0625, "iq1_m": 1.75, "iq1_s": 1.5625, "tq2_0": 2.0625, "tq1_0": 1.6875,
}  # fmt: skip
"""Bits a weight of one tensor, scales included: bytes of a block over its 32 or 256 weights."""
FLOAT_32 = 4.0
_QUERY_AND_KEY, _VALUE, _OUTPUT = 0.5, 0.1, 0.4
"""Shares of an attention layer with four query heads to a key head: the mixes differ in its values and its output."""


def _bytes(*shares: tuple[str, float]) -> float:
    return sum(BITS[kind] * share for kind, share in shares) / 8


def _part(kind: str, base: str, fraction: float = 1.0) -> float:
    """Bytes of matrices that have `kind` in that share of the layers and `base` in the others."""
    return _bytes((kind, fraction), (base, 1 - fraction))


def _mix(
    base: str,
    values: tuple[str, float] = ("", 0.0),
    output: str = "",
    down: tuple[str, float] = ("", 0.0),
    head: str = "q6_k",
    embedding: str = "",
    fused: str = "",
) -> GroupBytes:
    """`values` and `down`: a type and the share of layers that have it; what is not stated is as `base`.

    `fused`: of one matrix for queries, keys and values, which mixers that keep a state have: half of their parameters.
    """
    plain = BITS[base] / 8
    value = _part(values[0] or base, base, values[1])
    attention = _QUERY_AND_KEY * plain + _VALUE * value + _OUTPUT * BITS[output or base] / 8
    mlp = (2 * plain + _part(down[0] or base, base, down[1])) / 3
    return GroupBytes(
        attention=attention,
        linear_attention=(plain + BITS[fused or base] / 8) / 2,
        mlp=mlp,
        experts=mlp,
        shared_experts=mlp,
        router=FLOAT_32,
        other=FLOAT_32,
        embedding=BITS[embedding or base] / 8,
        head=BITS[head] / 8,
        vision=0.0,
    )


def _float_file(width: float) -> GroupBytes:
    return GroupBytes(*(width,) * 5, FLOAT_32, FLOAT_32, width, width, 0.0, width)


def _only_experts(experts: str, rest: str) -> GroupBytes:
    width = BITS[rest] / 8
    return GroupBytes(width, width, width, BITS[experts] / 8, width, FLOAT_32, FLOAT_32, width, width, 0.0, width)


HALF, EIGHTH = 0.5, 1 / 8
"""Share of layers with "more bits": the first and the last eighth, and every third between them."""
MIXES: Mapping[str, GroupBytes] = {
    "gguf-bf16": _float_file(2.0),
    "gguf-mxfp4": _only_experts("mxfp4", "q8_0"),
    "q8_0": _mix("q8_0", head="q8_0"),
    "q6_k": _mix("q6_k"),
    "q5_k_m": _mix("q5_k", ("q6_k", HALF), down=("q6_k", HALF), fused="q6_k"),
    "q5_k_s": _mix("q5_k"),
    "q5_1": _mix("q5_1"),
    "q5_0": _mix("q5_0"),
    "q4_k_m": _mix("q4_k", ("q6_k", HALF), down=("q6_k", HALF), fused="q5_k"),
    "q4_k_s": _mix("q4_k", ("q5_k", EIGHTH), down=("q5_k", EIGHTH)),
    "q4_1": _mix("q4_1"),
    "q4_0": _mix("q4_0"),
    "iq4_nl": _mix("iq4_nl", ("q5_k", 1.0), down=("q5_k", EIGHTH)),
    "iq4_xs": _mix("iq4_xs", ("q5_k", 1.0), down=("q5_k", EIGHTH)),
    "q3_k_l": _mix("q3_k", ("q5_k", 1.0), "q5_k", ("q5_k", 1.0), fused="q4_k"),
    "q3_k_m": _mix("q3_k", ("q4_k", 1.0), "q4_k", ("q4_k", 1.0), fused="q4_k"),
    "q3_k_s": _mix("q3_k"),
    "iq3_m": _mix("iq3_s", ("q4_k", 1.0), "q4_k", ("q4_k", EIGHTH), fused="q4_k"),
    "iq3_s": _mix("iq3_s", ("q4_k", 1.0)),
    "iq3_xs": _mix("iq3_xxs", ("q4_k", 1.0), "iq3_s", ("iq3_s", 1.0)),
    "iq3_xxs": _mix("iq3_xxs", ("q4_k", 1.0), "iq3_s", ("q3_k", 1.0), head="q5_k", embedding="iq3_s"),
    "q2_k": _mix("q2_k", ("q4_k", 1.0), "q3_k", ("q3_k", 1.0)),
    "q2_k_s": _mix("q2_k", ("q4_k", 1.0), down=("q4_k", EIGHTH)),
    "iq2_m": _mix("iq2_s", ("q4_k", 1.0), "iq3_s", ("iq3_s", EIGHTH), "q5_k", "iq3_s"),
    "iq2_s": _mix("iq2_xs", ("q4_k", 1.0), "iq3_s", ("iq3_s", EIGHTH), "q5_k", "iq3_s"),
    "iq2_xs": _mix("iq2_xs", ("q4_k", 1.0), down=("q2_k", EIGHTH), head="q5_k", embedding="q2_k"),
    "iq2_xxs": _mix("iq2_xxs", ("q4_k", 1.0), down=("q2_k", EIGHTH), head="q5_k", embedding="q2_k"),
    "iq1_m": _mix("iq1_m", ("q4_k", 1.0), "iq2_xxs", ("q2_k", EIGHTH), "q5_k", "q2_k"),
    "iq1_s": _mix("iq1_s", ("q4_k", 1.0), "iq2_xxs", ("q2_k", EIGHTH), "q5_k", "q2_k"),
    "tq2_0": _mix("tq2_0", embedding="q4_k"),
    "tq1_0": _mix("tq1_0", embedding="q4_k"),
}
"""By type. Where the rule asks how a model's heads are grouped, four query heads to a key head are taken."""

DYNAMIC: Mapping[str, str] = {
    "ud-q8_k_xl": "q8_0", "ud-q6_k_xl": "q6_k", "ud-q5_k_xl": "q5_k_m", "ud-q4_k_xl": "q4_k_m", "ud-q3_k_xl": "q3_k_m",
    "ud-q2_k_xl": "q2_k", "ud-iq4_xs": "iq4_xs", "ud-iq4_nl": "iq4_nl", "ud-q4_k_m": "q4_k_m", "ud-q4_k_s": "q4_k_s",
    "ud-q3_k_m": "q3_k_m", "ud-q3_k_s": "q3_k_s", "ud-iq3_s": "iq3_s", "ud-iq3_xxs": "iq3_xxs", "ud-iq2_m": "iq2_m",
    "ud-iq2_xxs": "iq2_xxs", "ud-iq1_m": "iq1_m", "ud-iq1_s": "iq1_s",
}  # fmt: skip
"""Unsloth's dynamic types choose a width for every tensor of every model, so only the file tells; stated rule: as many
bits as the type of llama.cpp beside it. Published pairs differ by -6 to +5 %."""


def mlx(bits: int, group: int = 64) -> GroupBytes:
    """mlx-lm quantises the embedding too; a 16-bit scale and a 16-bit bias for each group. Vision stays at 16 bit."""
    width = bits / 8 + 4 / group
    return GroupBytes(*(width,) * 5, router=1 + 4 / 64, embedding=width, head=width)
