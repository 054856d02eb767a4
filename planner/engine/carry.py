"""What work keeps of its ways when it moves to an endpoint it does not run on today.

A plan states the share of prompt tokens that today's cache serves. Another host starts with none of it: its cache lives
as long as it likes, and a router that spreads requests over hosts finds a warm one only by chance or by stickiness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.assumptions import range_of
from planner.engine.specs import ApiModel, Catalog, Inputs, Workload
from planner.records import dataclass

ROUTERS = frozenset({"openrouter", "huggingface", "vercel-ai-gateway", "requesty", "nano-gpt"})
"""Providers that pass a request on to one of several hosts."""


@dataclass(frozen=True, slots=True)
class Carry:
    """Shares that survive a move, and where each workload runs now."""

    home: Mapping[str | None, ApiModel] = field(default_factory=lambda: MappingProxyType({}))
    """Model that work runs on today by the id it names; None: the plan's baseline. Empty: everything stays."""
    hits_at_host: float = 1.0
    """Share of today's cache hits that another host's cache serves."""
    hits_at_router: float = 1.0
    """The same behind a router."""

    def hits(self, workloads: Sequence[Workload], apis: Sequence[ApiModel]) -> Floats:
        """(W, A) share of each workload's cache hits that an endpoint keeps: all of them at today's vendor."""
        if not self.home or not any(w.cached_input_fraction for w in workloads):
            return np.ones((len(workloads), len(apis)))
        vendors = np.array([api.provider for api in apis])
        moved = np.array([self.hits_at_router if api.provider in ROUTERS else self.hits_at_host for api in apis])
        rows = {id: np.where(vendors == home.provider, 1.0, moved) for id, home in self.home.items()}
        return np.stack([rows[w.api_model] for w in workloads])


ALL_KEPT = Carry()


def carry_of(inputs: Inputs, catalog: Catalog) -> Carry:
    """By the assumptions of the plan. Raises KeyError for an API model that the catalogue does not hold."""
    return Carry(
        home={w.api_model: catalog.apis[inputs.api_today(w)] for w in inputs.workload},
        hits_at_host=range_of(inputs, catalog, "cache_hits_other_host_fraction").mid,
        hits_at_router=range_of(inputs, catalog, "cache_hits_router_fraction").mid,
    )
