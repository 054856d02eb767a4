"""The types of llama.cpp: which matrix of a model gets which width, in bytes a parameter.

A llama.cpp type is a mix: values and output of attention, the down projection of a feed-forward block, the head and the
embedding have types of their own, and some of them only in a half or an eighth of the layers. Facts of
llama.cpp's src/llama-quant.cpp and ggml-common.h (2026-07). Norms and routers stay at 32 bit. The vision tower is a
file of its own (mmproj), which llama.cpp loads only on request.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.engine.specs import GroupBytes
from planner.records import dataclass

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


_FALLBACK: Mapping[str, str] = {"q6_k": "q8_0", "q5_k": "q5_1", "q4_k": "q5_0"}
"""What a type of 256 weights a block becomes in rows that 256 does not divide; below four bits IQ4_NL."""


def _fallback(kind: str) -> str:
    is_small_block = kind in ("f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "mxfp4")
    return kind if is_small_block else _FALLBACK.get(kind, "iq4_nl")


Shared = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Mix:
    """A llama.cpp type: what is not stated is as `base`."""

    base: str
    values: Shared = ("", 0.0)
    """A type, and the share of the layers that have it."""
    output: str = ""
    down: Shared = ("", 0.0)
    head: str = "q6_k"
    embedding: str = ""
    fused: str = ""
    """Of one matrix for queries, keys and values, which mixers that keep a state have: half of their parameters."""

    def layout(self, is_narrow: bool = False) -> GroupBytes:
        """`is_narrow`: 256 does not divide the rows of the down projection."""
        base, plain = self.base, BITS[self.base] / 8
        value = _part(self.values[0] or base, base, self.values[1])
        attention = _QUERY_AND_KEY * plain + _VALUE * value + _OUTPUT * BITS[self.output or base] / 8
        kind, other = self.down[0] or base, base
        if is_narrow:
            kind, other = _fallback(kind), _fallback(other)
        mlp = (2 * plain + _part(kind, other, self.down[1])) / 3
        return GroupBytes(
            attention=attention,
            linear_attention=(plain + BITS[self.fused or base] / 8) / 2,
            mlp=mlp,
            experts=mlp,
            shared_experts=mlp,
            router=FLOAT_32,
            other=FLOAT_32,
            embedding=BITS[self.embedding or base] / 8,
            head=BITS[self.head] / 8,
            vision=0.0,
        )


def _float_file(width: float) -> GroupBytes:
    return GroupBytes(*(width,) * 5, FLOAT_32, FLOAT_32, width, width, 0.0, width)


def _only_experts(experts: str, rest: str) -> GroupBytes:
    width = BITS[rest] / 8
    return GroupBytes(width, width, width, BITS[experts] / 8, width, FLOAT_32, FLOAT_32, width, width, 0.0, width)


HALF, EIGHTH = 0.5, 1 / 8
"""Share of layers with "more bits": the first and the last eighth, and every third between them."""
_MIXED: Mapping[str, Mix] = {
    "q8_0": Mix("q8_0", head="q8_0"),
    "q6_k": Mix("q6_k"),
    "q5_k_m": Mix("q5_k", values=("q6_k", HALF), down=("q6_k", HALF), fused="q6_k"),
    "q5_k_s": Mix("q5_k"),
    "q5_1": Mix("q5_1"),
    "q5_0": Mix("q5_0"),
    "q4_k_m": Mix("q4_k", values=("q6_k", HALF), down=("q6_k", HALF), fused="q5_k"),
    "q4_k_s": Mix("q4_k", values=("q5_k", EIGHTH), down=("q5_k", EIGHTH)),
    "q4_1": Mix("q4_1"),
    "q4_0": Mix("q4_0"),
    "iq4_nl": Mix("iq4_nl", values=("q5_k", 1.0)),
    "iq4_xs": Mix("iq4_xs", values=("q5_k", 1.0)),
    "q3_k_l": Mix("q3_k", values=("q5_k", 1.0), output="q5_k", down=("q5_k", 1.0), fused="q4_k"),
    "q3_k_m": Mix("q3_k", values=("q4_k", 1.0), output="q4_k", down=("q4_k", 1.0), fused="q4_k"),
    "q3_k_s": Mix("q3_k"),
    "iq3_m": Mix("iq3_s", values=("q4_k", 1.0), output="q4_k", down=("q4_k", EIGHTH), fused="q4_k"),
    "iq3_s": Mix("iq3_s", values=("q4_k", 1.0)),
    "iq3_xs": Mix("iq3_xxs", values=("q4_k", 1.0), output="iq3_s", down=("iq3_s", 1.0)),
    "iq3_xxs": Mix("iq3_xxs", values=("q4_k", 1.0), output="iq3_s", head="q5_k", embedding="iq3_s"),
    "q2_k": Mix("q2_k", values=("q4_k", 1.0), output="q3_k", down=("q3_k", 1.0)),
    "q2_k_s": Mix("q2_k", values=("q4_k", 1.0), down=("q4_k", EIGHTH)),
    "iq2_m": Mix("iq2_s", values=("q4_k", 1.0), output="iq3_s", down=("iq3_s", EIGHTH), head="q5_k", embedding="iq3_s"),
    "iq2_s": Mix(
        "iq2_xs", values=("q4_k", 1.0), output="iq3_s", down=("iq3_s", EIGHTH), head="q5_k", embedding="iq3_s"
    ),
    "iq2_xs": Mix("iq2_xs", values=("q4_k", 1.0), down=("q2_k", EIGHTH), head="q5_k", embedding="q2_k"),
    "iq2_xxs": Mix("iq2_xxs", values=("q4_k", 1.0), down=("q2_k", EIGHTH), head="q5_k", embedding="q2_k"),
    "iq1_m": Mix("iq1_m", values=("q4_k", 1.0), output="iq2_xxs", down=("q2_k", EIGHTH), head="q5_k", embedding="q2_k"),
    "iq1_s": Mix("iq1_s", values=("q4_k", 1.0), output="iq2_xxs", down=("q2_k", EIGHTH), head="q5_k", embedding="q2_k"),
    "tq2_0": Mix("tq2_0", embedding="q4_k"),
    "tq1_0": Mix("tq1_0", embedding="q4_k"),
}


MIXES: Mapping[str, GroupBytes] = {
    "gguf-bf16": _float_file(2.0),
    "gguf-mxfp4": _only_experts("mxfp4", "q8_0"),
    **{name: mix.layout() for name, mix in _MIXED.items()},
}
NARROW: Mapping[str, GroupBytes] = {name: mix.layout(is_narrow=True) for name, mix in _MIXED.items()}
"""By type, for models whose feed-forward width 256 does not divide."""
ROW = 256

DYNAMIC: Mapping[str, str] = {
    "ud-q8_k_xl": "q8_0", "ud-q6_k_xl": "q6_k", "ud-q5_k_xl": "q5_k_m", "ud-q4_k_xl": "q4_k_m", "ud-q3_k_xl": "q3_k_m",
    "ud-q2_k_xl": "q2_k", "ud-iq4_xs": "iq4_xs", "ud-iq4_nl": "iq4_nl", "ud-q4_k_m": "q4_k_m", "ud-q4_k_s": "q4_k_s",
    "ud-q3_k_m": "q3_k_m", "ud-q3_k_s": "q3_k_s", "ud-iq3_s": "iq3_s", "ud-iq3_xxs": "iq3_xxs", "ud-iq2_m": "iq2_m",
    "ud-iq2_xxs": "iq2_xxs", "ud-iq1_m": "iq1_m", "ud-iq1_s": "iq1_s",
}  # fmt: skip
"""Unsloth's dynamic types choose a width for every tensor of every model, so only the file tells; stated rule: as many
bits as the type of llama.cpp beside it. Published files are up to 5 % away from that; UD-Q6_K_XL and UD-Q8_K_XL weigh
8 to 36 % more."""
