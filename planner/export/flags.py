"""The options an engine starts with: each with its reason, from the sizing that the plan rests on.

Names are those of vLLM 0.33, SGLang 0.5.23 and llama.cpp's server; `tests.export.check` looks them up in the packages.
A value that only the user can state stands as a variable that must be set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from planner.engine.replica.weights import checkpoint_of
from planner.engine.specs import Choice
from planner.engine.specs.replica import LORA_RANK
from planner.engine.specs.rollout import ReplicaSetup
from planner.export.gateway import SERVED
from planner.export.groups import Setting
from planner.quantities import exact, to_digits
from planner.records import dataclass
from planner.words.exported import said

SERVE_PORT: Final = 8000
FRACTION_DIGITS: Final = 6
WHOLE_GPU: Final = 999
"""Layers on the GPU: more than any model has."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One option. `value` is None for a switch; `variable` holds what only the user can state instead of a value."""

    name: str
    value: str | None
    reason: str
    variable: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """As separate arguments."""
        if self.variable:
            return (self.name, required(self.variable))
        return (self.name,) if self.value is None else (self.name, self.value)


def required(variable: str) -> str:
    """A variable without which nothing starts."""
    return f"${{{variable}:?}}"


def flags_of(setting: Setting) -> tuple[Flag, ...]:
    """Of the engine that the plan chose; it must be one that is written out."""
    choice, replica = setting.fleet
    return tuple(_ENGINES[setting.engine](setting, choice, replica))


def repository_of(setting: Setting) -> str | None:
    """Where the weights that were sized are; None where they are the user's own, or the catalogue names none such."""
    choice, _ = setting.fleet
    found = checkpoint_of(choice.deployment.model, choice.weights)
    return None if found is None or setting.tuned == "weights" else found.repo


def _flag(name: str, key: str, value: object = None, *figures: object) -> Flag:
    text = None if value is None else exact(value) if isinstance(value, int | float) else str(value)
    return Flag(name, text, said("flags", key, *figures))


def _model(name: str, setting: Setting, choice: Choice) -> Iterator[Flag]:
    """The checkpoint and its commit, which the catalogue does not state: a branch can change under a running plan."""
    repository = repository_of(setting)
    if repository is None:
        key = "own_weights" if setting.tuned else "no_checkpoint"
        yield Flag(name, None, said("flags", key, choice.weights), "MODEL_REPOSITORY")
    else:
        yield _flag(name, "model", repository, choice.weights)
    yield Flag("--revision", None, said("flags", "revision"), "MODEL_REVISION")


def _adapters(setting: Setting, slots: str, waiting: str) -> Iterator[Flag]:
    """As many and as large as the sizing has room for."""
    if setting.tuned != "adapters":
        return
    asked = setting.evaluation.inputs.fine_tuning
    yield _flag("--enable-lora", "adapters")
    yield _flag(slots, "adapter_slots", asked.slots)
    yield _flag("--max-lora-rank", "adapter_rank", LORA_RANK)
    if (asked.adapters or 0) > asked.slots:
        yield _flag(waiting, "adapters_waiting", asked.adapters)


def _is_embedding(setting: Setting) -> bool:
    choice = setting.rollout.choice
    return choice is not None and choice.deployment.model.is_embedding


def _counts_on_cache(setting: Setting) -> bool:
    return any(group.workload.cached_input_fraction > 0 for group in setting.groups if group.on_replicas)


def _may_refuse(setting: Setting) -> bool:
    """All that comes is answered elsewhere when it is refused, and somebody waits for it."""
    own = [group for group in setting.groups if group.on_replicas]
    return all(group.overflow is not None and group.workload.latency == "interactive" for group in own)


def _vllm(setting: Setting, choice: Choice, replica: ReplicaSetup) -> Iterator[Flag]:
    d, memory = choice.deployment, choice.memory
    yield from _model("--model", setting, choice)
    yield from _adapters(setting, "--max-loras", "--max-cpu-loras")
    yield _flag("--served-model-name", "served", SERVED)
    yield _flag("--tensor-parallel-size", "tensor", d.tensor_parallel)
    if d.pipeline_parallel > 1:
        yield _flag("--pipeline-parallel-size", "pipeline", d.pipeline_parallel)
    if d.decode_context_parallel > 1:
        yield _flag("--decode-context-parallel-size", "context_parallel", d.decode_context_parallel)
    yield _flag("--max-model-len", "length", replica.max_context)
    yield _flag("--gpu-memory-utilization", "fraction", to_digits(memory.memory_fraction, FRACTION_DIGITS))
    if _is_embedding(setting):
        yield _flag("--runner", "pooling", "pooling")
    else:
        yield _flag("--kv-cache-dtype", "cache", "auto" if choice.kv == "fp16" else choice.kv, choice.kv)
    if memory.max_num_seqs:
        yield _flag("--max-num-seqs", "sequences", memory.max_num_seqs)
    if memory.max_num_batched_tokens:
        yield _flag("--max-num-batched-tokens", "batched", memory.max_num_batched_tokens)
    if _counts_on_cache(setting):
        yield _flag("--enable-prefix-caching", "prefix")
        yield _flag("--enable-prompt-tokens-details", "details")
    if _may_refuse(setting) and not _is_embedding(setting):
        yield _flag("--max-num-queued-tokens", "valve", replica.queued_tokens)
    yield _flag("--port", "port", SERVE_PORT)


def _sglang(setting: Setting, choice: Choice, replica: ReplicaSetup) -> Iterator[Flag]:
    d, memory = choice.deployment, choice.memory
    yield from _model("--model-path", setting, choice)
    yield from _adapters(setting, "--max-loras-per-batch", "--max-loaded-loras")
    yield _flag("--served-model-name", "served", SERVED)
    yield _flag("--tp-size", "tensor", d.tensor_parallel)
    if d.pipeline_parallel > 1:
        yield _flag("--pp-size", "pipeline", d.pipeline_parallel)
    yield _flag("--context-length", "length", replica.max_context)
    yield _flag("--mem-fraction-static", "fraction", to_digits(memory.memory_fraction, FRACTION_DIGITS))
    if _is_embedding(setting):
        yield _flag("--is-embedding", "pooling")
    else:
        yield _flag("--kv-cache-dtype", "cache", "auto" if choice.kv == "fp16" else "fp8_e4m3", choice.kv)
    if memory.max_num_seqs:
        yield _flag("--max-running-requests", "sequences", memory.max_num_seqs)
    if memory.max_num_batched_tokens:
        yield _flag("--chunked-prefill-size", "batched", memory.max_num_batched_tokens)
    if _counts_on_cache(setting):
        yield _flag("--enable-cache-report", "details")
    yield _flag("--enable-metrics", "metrics")
    yield _flag("--port", "port", SERVE_PORT)


def _llama_cpp(setting: Setting, choice: Choice, replica: ReplicaSetup) -> Iterator[Flag]:
    """Its context is shared by all slots, and a GGUF repository holds several files: which one only the user knows."""
    slots = max(choice.memory.max_num_seqs, 1)
    yield Flag("--model", None, said("flags", "gguf", choice.weights), "MODEL_FILE")
    yield _flag("--alias", "served", SERVED)
    yield _flag("--parallel", "sequences", slots)
    yield _flag("--ctx-size", "slots", replica.max_context * slots, replica.max_context)
    yield _flag("--n-gpu-layers", "layers", WHOLE_GPU)
    kv = {"fp16": "f16"}.get(choice.kv, choice.kv)
    yield _flag("--cache-type-k", "cache", kv, choice.kv)
    yield _flag("--cache-type-v", "cache", kv, choice.kv)
    if choice.memory.max_num_batched_tokens:
        yield _flag("--batch-size", "batched", choice.memory.max_num_batched_tokens)
    if _is_embedding(setting):
        yield _flag("--embeddings", "pooling")
    yield _flag("--metrics", "metrics")
    yield _flag("--port", "port", SERVE_PORT)


_ENGINES: Final[Mapping[str, Callable[[Setting, Choice, ReplicaSetup], Iterator[Flag]]]] = {
    "vllm": _vllm,
    "sglang": _sglang,
    "llama-cpp": _llama_cpp,
}
