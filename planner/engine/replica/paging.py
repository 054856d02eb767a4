"""How an engine cuts its KV cache into blocks, and how many a request takes: the source of every token count.

vLLM groups layers by what they keep and cuts its pool into blocks that are equal for all groups. A group has as many
layers as the rarest kind has, or as the most frequent one where that has little more; a block of the pool
is one block of tokens for every layer of a group, as large as the kind with the most bytes a token needs. Kinds with
smaller tokens get longer blocks. A state (Mamba, gated delta) takes a whole block, so blocks grow until one holds it.
Models whose layers all keep every token are one group, and their bytes simply add up.

Held to 66 answers of vLLM 0.33.0's own planning code (tests/data/vllm_capacities.csv): tokens exact, concurrency within
0.2 %. DeepSeek V4's caches have blocks of their own, laid over each other (`packed_groups` in kept_layers.py).

llama.cpp and MLX add bytes up, which is the same arithmetic with blocks of one token. SGLang cuts its memory into a
pool for each kind, states 0.9 parts to 1 of tokens and windows 0.8 tokens to 1, and what is short first decides.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.engine.arrays import Flags, Floats
from planner.engine.replica.columns import Columns
from planner.engine.replica.formats import capability_of
from planner.engine.replica.kept_layers import KINDS
from planner.engine.replica.releases import RELEASES, of_release, release_index
from planner.engine.specs import Gpu, Model, ServingEngine
from planner.engine.specs.calibration import engine_family
from planner.records import dataclass

BLOCK_TOKENS = 16.0
LATENT_BLOCK_TOKENS = 64.0
LATENT_STATE_BLOCK_TOKENS = 128.0
"""Multiples of a block: plainly, for latents, and for latents beside states."""
LATENT_VALUES, PACKED_LATENT_BYTES = 576.0, 656.0
"""A latent of 512 and its rotated tail of 64; packed: 512 of FP8, four scales of 32 bit, and the tail at 16 bit."""
SGLANG_STATES = 0.9 / 1.9
SGLANG_WINDOWS = 0.8
SGLANG_STATES_OF_A_REQUEST = 3.0
"""Share of SGLang's pool that states get, tokens of windows for each token of layers that keep everything, and states
of a request beside a prefix cache (sglang 0.5.23: mem_cache/kv_cache_configurator.py, pool_configurator.py)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What each kind of layer keeps on one GPU: arrays of shape (rows, SLOTS)."""

    kind: Floats
    layers: Floats
    """On the fullest pipeline stage."""
    token_bytes: Floats
    """Of one layer; 0 for a state."""
    value_bytes: Floats
    """Of them, what has the cache's dtype: the key of an indexer beside a latent lengthens no block."""
    state_bytes: Floats
    window: Floats
    """Tokens of a window or a chunk; inf for layers that keep every token."""
    block_tokens: Floats

    def of_kind(self, name: str) -> Flags:
        """Slots of that kind that have layers."""
        return np.asarray((self.kind == KINDS.index(name)) & (self.layers > 0))


def kept_of(c: Columns) -> Kept:
    """Per GPU: heads are split over the ranks and copied where ranks outnumber them, for each kind by its own heads."""
    kind, layers, heads, values, window, state, fixed, block = np.moveaxis(c.cache, -1, 0)
    t, stages = c.tensor_parallel[:, None], np.where(c.splits_layers > 0, c.gpus, c.pipeline_parallel)[:, None]
    whole = np.isin(kind, [KINDS.index("latent"), KINDS.index("indexer")])
    ranks = np.where(c.splits_layers[:, None] > 0, 1.0, t)
    on_rank = np.where(whole, heads, np.maximum(heads / ranks, 1.0))
    value = np.where(_is_packed(c, kind, values), PACKED_LATENT_BYTES, on_rank * values * c.kv_value_bytes[:, None])
    return Kept(
        kind=kind,
        layers=np.ceil(layers / stages),
        token_bytes=value + fixed,
        value_bytes=value,
        state_bytes=state / ranks,
        window=window,
        block_tokens=block,
    )


def _is_packed(c: Columns, kind: Floats, values: Floats) -> Flags:
    """Latents that the engine keeps with scales and a wide tail: FP8 beside a sparse indexer, on SM 9.0 and 12.

    FlashMLA and FlashInfer's kernel for SM 12 read no other FP8; SM 10 keeps FP8 as it is (vLLM 0.33:
    _canonicalize_sparse_mla_kv_cache_dtype, platforms/cuda.py). GLM-5.3 on H200s wrote 53,940 B a token (recipes#893 of
    vllm-project).
    """
    is_sparse = (kind == KINDS.index("indexer")).any(axis=1)
    packs = (c.compute_capability == 9.0) | (np.floor(c.compute_capability) == 12.0)
    rows = is_sparse & packs & (c.is_vllm > 0) & (c.kv_value_bytes == 1.0)
    return np.asarray(rows[:, None] & (kind == KINDS.index("latent")) & (values == LATENT_VALUES))


def keeps_fp8_unasked(model: Model, gpu: Gpu, engine: ServingEngine) -> bool:
    """Whether vLLM keeps an FP8 cache without being told to: sparse latents on SM 12, and those of GLM on SM 10.

    The kernel of SM 12 reads no other (0.24 to 0.33: _canonicalize_sparse_mla_kv_cache_dtype).
    """
    if engine_family(engine.id) != "vllm" or not any(kept.kind == "indexer" for kept in model.cache):
        return False
    generation = int(capability_of(gpu))
    of_glm = model.family == "glm" and RELEASES[release_index(engine.version)].keeps_glm_in_fp8
    return generation == 12 or (generation == 10 and of_glm)


@dataclass(frozen=True, slots=True)
class Paging:
    """The blocks of each row's pool and what a request takes of them. Arrays are (rows,) or (rows, SLOTS)."""

    unit_bytes: Floats
    """One block of the pool on each GPU; 0 for encoders, which keep nothing."""
    block_tokens: Floats
    """Of each kind."""
    groups: Floats
    """Blocks of the pool that one block of tokens of each kind takes; 0 where there is none."""
    window: Floats
    unaligned: Floats
    """1 where the oldest block of a window is only partly needed."""
    held_blocks: Floats
    """(rows,) of a sequence, whatever its length: its states."""
    has_pools: Floats
    """(rows,) 1 where each kind has a pool of its own: the one that is short first decides."""
    printed_groups: Floats
    """(rows,) blocks of the pool for each block of tokens that vLLM counts up to release 0.20."""
    printed_tokens: Floats
    """(rows,) tokens of such a block."""
    has_states: Floats
    """(rows,) 1 where each sequence needs blocks of the pool for its states."""

    def needed(self, tokens: Floats | float, in_flight: Floats | float) -> Floats:
        """Blocks of the pool that one request of that many tokens takes while that many are being computed."""
        seen = self._seen(tokens, in_flight)
        return self._together(np.ceil(seen / self.block_tokens) + self.unaligned)

    def typical(self, tokens: Floats | float) -> Floats:
        """Blocks of the pool that requests around that length take while they are answered: half a block is empty."""
        seen = self._seen(tokens, 1.0)
        part = np.where(self.block_tokens > 1.0, np.where(self.unaligned > 0, 1.0, 0.5), 0.0)
        most = np.ceil(seen / self.block_tokens) + self.unaligned
        return self._together(np.minimum(seen / self.block_tokens + part, most))

    def _together(self, blocks: Floats) -> Floats:
        taken = self.groups * blocks
        apart: Floats = np.maximum(taken.max(axis=1), self.held_blocks)
        together: Floats = taken.sum(axis=1) + self.held_blocks
        return np.where(self.has_pools > 0, apart, together) if self.has_pools.any() else together

    def _seen(self, tokens: Floats | float, in_flight: Floats | float) -> Floats:
        length = np.broadcast_to(np.asarray(tokens, dtype=np.float64), self.unit_bytes.shape)[:, None]
        flying = np.broadcast_to(np.asarray(in_flight, dtype=np.float64), self.unit_bytes.shape)[:, None]
        return np.minimum(length, self.window - self.unaligned + flying)


def paging_of(c: Columns) -> Paging:
    """The paging of every row, at the row's cache dtype."""
    kept = kept_of(c)
    found = _added_up(c, kept)
    for mask, cut in ((c.is_sglang > 0, _pools), (c.pages_cache > 0, _grouped)):
        if mask.any():
            found = _choose(mask, cut(c, kept), found)
    packed = (c.packed_units[:, 0] > 0) & (c.pages_cache > 0)
    return _choose(packed, _packed(c, kept), found) if packed.any() else found


def _choose(mask: Flags, yes: Paging, no: Paging) -> Paging:
    def pick(a: Floats, b: Floats) -> Floats:
        return np.where(mask if a.ndim == 1 else mask[:, None], a, b)

    return Paging(*(pick(getattr(yes, name), getattr(no, name)) for name in Paging.__slots__))


def _added_up(c: Columns, kept: Kept) -> Paging:
    """Blocks of one byte: every kind keeps its own tokens."""
    states = kept.of_kind("state")
    used = (kept.layers > 0) & ~states
    token = np.where(used, kept.layers * kept.token_bytes, 0.0) / c.decode_context_parallel[:, None]
    held = np.where(states, kept.layers * kept.state_bytes, 0.0).sum(axis=1)
    total = token.sum(axis=1)
    return Paging(
        unit_bytes=np.where((total > 0) | (held > 0), 1.0, 0.0),
        block_tokens=np.ones(used.shape),
        groups=token,
        window=np.where(used, kept.window, np.inf),
        unaligned=np.zeros(used.shape),
        held_blocks=held,
        has_pools=np.zeros(c.rows),
        printed_groups=np.where(total > 0, total, 1.0),
        printed_tokens=np.ones(c.rows),
        has_states=np.zeros(c.rows),
    )


def _pools(c: Columns, kept: Kept) -> Paging:
    """SGLang: the same, each kind with a share of the memory."""
    plain = _added_up(c, kept)
    windowed = np.isfinite(plain.window)
    has_states = plain.held_blocks > 0
    share = np.where(has_states, 1.0 - SGLANG_STATES, 1.0)
    of_token = (plain.groups * np.where(windowed, SGLANG_WINDOWS, 1.0)).sum(axis=1) / share
    cost = np.where(windowed, 1.0 / SGLANG_WINDOWS, 1.0) * of_token[:, None]
    states = SGLANG_STATES_OF_A_REQUEST / SGLANG_STATES * plain.held_blocks
    return replace(
        plain,
        groups=np.where(plain.groups > 0, cost, 0.0),
        held_blocks=np.where(has_states, states, 0.0),
        has_pools=np.ones(c.rows),
        printed_groups=np.where(of_token > 0, of_token, 1.0),
    )


def _grouped(c: Columns, kept: Kept) -> Paging:
    """vLLM's groups of equal blocks."""
    states, used = kept.of_kind("state"), kept.layers > 0
    attends = used & ~states
    everything: Flags = ~np.asarray((used & (states | np.isfinite(kept.window))).any(axis=1))
    token = np.where(attends, kept.token_bytes, 0.0)
    block, page = _block_and_page(kept, token)
    size = _group_size(c, kept)
    widest = token.max(axis=1)[:, None]
    own = np.where(token > 0, block[:, None] * np.floor(widest / np.where(token > 0, token, 1.0)), 1.0)
    groups = np.where(used, np.ceil(kept.layers / size[:, None]), 0.0)
    in_states = np.where(states, groups, 0.0).sum(axis=1)
    one = np.zeros(used.shape)
    one[:, 0] = 1.0
    whole = block * (token * kept.layers).sum(axis=1)
    each = np.where(c.caches_prefixes > 0, of_release(c.release, "states_per_sequence"), 1.0)
    return Paging(
        unit_bytes=np.where(everything, whole, size * page),
        block_tokens=np.where(everything[:, None], block[:, None], own) * c.decode_context_parallel[:, None],
        groups=np.where(everything[:, None], one, np.where(attends, groups, 0.0)),
        window=np.where(everything[:, None], np.inf, np.where(attends, kept.window, np.inf)),
        unaligned=np.where(kept.of_kind("sliding") & ~everything[:, None], 1.0, 0.0),
        held_blocks=in_states * each,
        has_pools=np.zeros(c.rows),
        printed_groups=np.where(everything, 1.0, np.maximum(groups.sum(axis=1), 1.0)),
        printed_tokens=block * c.decode_context_parallel,
        has_states=np.where(in_states > 0, 1.0, 0.0),
    )


def _block_and_page(kept: Kept, token: Floats) -> tuple[Floats, Floats]:
    """Tokens of a block of the widest kind, and bytes of one in one layer: as large as a state where there is one."""
    widest, latent = token.max(axis=1), kept.of_kind("latent").any(axis=1)
    state = np.where(kept.of_kind("state"), kept.state_bytes, 0.0).max(axis=1)
    base = np.where(latent, np.where(state > 0, LATENT_STATE_BLOCK_TOKENS, LATENT_BLOCK_TOKENS), BLOCK_TOKENS)
    values = np.where(token > 0, kept.value_bytes, 0.0).max(axis=1)
    in_state = np.maximum(np.ceil(state / (base * np.where(values > 0, values, 1.0))), 1.0)
    block = np.where(state > 0, base * in_state, base)
    return block, np.where(widest > 0, block * widest, state)


def _group_size(c: Columns, kept: Kept) -> Floats:
    """Layers of one group."""
    most = np.where(kept.layers > 0, kept.layers, 0.0).max(axis=1)
    fewest = np.where(kept.layers > 0, kept.layers, np.inf).min(axis=1)
    alike = most < of_release(c.release, "alike_layers") * fewest
    size: Floats = np.maximum(np.where(alike, most, fewest), 1.0)
    return size


def _packed(c: Columns, kept: Kept) -> Paging:
    """Caches whose blocks the engine lays out itself."""
    used = (kept.layers > 0) & (kept.block_tokens > 0)
    groups = np.where(used, kept.layers, 0.0)
    rule = of_release(c.release, "packing").astype(np.intp)
    return Paging(
        unit_bytes=c.packed_units[np.arange(c.rows), rule] / c.pipeline_parallel,
        block_tokens=np.where(used, kept.block_tokens, 1.0),
        groups=groups,
        window=np.where(used, kept.window, np.inf),
        unaligned=np.where(used & np.isfinite(kept.window), 1.0, 0.0),
        held_blocks=np.zeros(c.rows),
        has_pools=np.zeros(c.rows),
        printed_groups=np.maximum(groups.sum(axis=1), 1.0),
        printed_tokens=np.where(used, kept.block_tokens, np.inf).min(axis=1),
        has_states=np.zeros(c.rows),
    )


def in_flight(c: Columns, batched_tokens: Floats) -> Floats:
    """Tokens of steps that are computed at once, which a window must hold beside its own."""
    steps: Floats = batched_tokens * of_release(c.release, "steps_in_flight")
    return steps
