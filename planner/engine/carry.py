"""What work keeps of its ways when it moves to a model or an endpoint it does not run on today.

A plan states the share of prompt tokens that today's cache serves. Another host starts with none of it: its cache lives
as long as it likes, and a router that spreads requests over hosts finds a warm one only by chance or by stickiness.

A plan counts the output of today's model. One that thinks, and cannot be told not to, writes several times as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.assumptions import range_of
from planner.engine.specs import ApiModel, Catalog, Inputs, Model, Workload
from planner.engine.specs.catalog import Thinks
from planner.engine.specs.inputs import ThinkingMode
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
    thinking: float = 1.0
    """Output with thinking over output without."""

    def hits(self, workloads: Sequence[Workload], apis: Sequence[ApiModel]) -> Floats:
        """(W, A) share of each workload's cache hits that an endpoint keeps: all of them at today's vendor."""
        if not self.home or not any(w.cached_input_fraction for w in workloads):
            return np.ones((len(workloads), len(apis)))
        vendors = np.array([api.provider for api in apis])
        moved = np.array([self.hits_at_router if api.provider in ROUTERS else self.hits_at_host for api in apis])
        rows = {id: np.where(vendors == home.provider, 1.0, moved) for id, home in self.home.items()}
        return np.stack([rows[w.api_model] for w in workloads])

    def output(self, workloads: Sequence[Workload], models: Sequence[ApiModel | Model]) -> Floats:
        """(W, A) output tokens of each model over those of today's, beyond what tokenizers make of the same text."""
        if not self.home or self.thinking == 1.0:
            return np.ones((len(workloads), len(models)))
        moves = {(w.api_model, w.thinking) for w in workloads}
        kinds = {model.thinks for model in models}
        rows = {}
        for id, mode in moves:
            longer = {kind: self._longer(mode, self.home[id].thinks, kind) for kind in kinds}
            rows[id, mode] = np.array([longer[model.thinks] for model in models])
        return np.stack([rows[w.api_model, w.thinking] for w in workloads])

    def longer(self, workload: Workload, model: ApiModel | Model) -> float:
        """The same of one workload on one model."""
        if not self.home:
            return 1.0
        return self._longer(workload.thinking, self.home[workload.api_model].thinks, model.thinks)

    def kept_from_thinking(self, workload: Workload) -> bool:
        """True for work whose output counts no thinking, so that a model that would think has to be told not to."""
        told = {"on": True, "off": False}.get(workload.thinking)
        home = self.home.get(workload.api_model)
        return home is not None and workload.thinking != "default" and _thinks(home.thinks, told) is False

    def _longer(self, mode: ThinkingMode, today: Thinks, there: Thinks) -> float:
        """As today's model: the saving of one that cannot think is not counted, as its answers are not the same."""
        told = {"on": True, "off": False}.get(mode)
        before = _thinks(today, told)
        after = _thinks(there, before if mode == "as_today" else told)
        if before is None or after is None or before == after:
            return 1.0
        return self.thinking if after else 1.0 if mode == "as_today" else 1 / self.thinking


ALL_KEPT = Carry()


def _thinks(kind: Thinks, told: bool | None) -> bool | None:
    """Whether a model thinks, told to, told not to or told nothing; None where that is not known."""
    if kind in ("always", "never"):
        return kind == "always"
    if kind == "" or told is not None:
        return None if kind == "" else told
    return None if kind == "settable" else kind == "on"


def carry_of(inputs: Inputs, catalog: Catalog) -> Carry:
    """By the assumptions of the plan. Raises KeyError for an API model that the catalogue does not hold."""
    return Carry(
        home={w.api_model: catalog.apis[inputs.api_today(w)] for w in inputs.workload},
        hits_at_host=range_of(inputs, catalog, "cache_hits_other_host_fraction").mid,
        hits_at_router=range_of(inputs, catalog, "cache_hits_router_fraction").mid,
        thinking=range_of(inputs, catalog, "thinking_output_factor").mid,
    )
