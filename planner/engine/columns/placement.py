"""Where a replica runs."""

from __future__ import annotations

from dataclasses import dataclass

from planner.engine.specs import Deployment, Gpu


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a replica runs: a GPU and how the model is cut over several of them."""

    gpu: Gpu
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    decode_context_parallel: int = 1

    @classmethod
    def of(cls, deployment: Deployment) -> Placement:
        return cls(
            deployment.gpu,
            deployment.tensor_parallel,
            deployment.pipeline_parallel,
            deployment.decode_context_parallel,
        )
