"""What stands behind each name that an application calls: one group for each workload, its own replicas first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from planner.engine.rollout import rollout_of
from planner.engine.specs import ApiModel, Choice, Evaluation, RouteShare, Workload
from planner.engine.specs.rollout import Pool, ReplicaSetup, Rollout, WorkSetup
from planner.export.providers import variable
from planner.records import dataclass

LONGEST_NAME: Final = 48
ENGINES: Final[Mapping[str, str]] = {"vllm": "VLLM", "sglang": "SGLANG", "llama-cpp": "LLAMACPP"}
"""Engines that are written out, and what their variables begin with."""


@dataclass(frozen=True, slots=True)
class Group:
    """One workload with its route; `name` is what applications call it."""

    name: str
    workload: Workload
    route: RouteShare
    setup: WorkSetup
    overflow: ApiModel | None
    """Takes what the replicas do not."""
    outside: ApiModel | None
    """Takes all of it; None where replicas do, or nobody."""

    @property
    def on_replicas(self) -> bool:
        return self.setup.pool is not None

    @property
    def crowded_out(self) -> bool:
        """Planned for replicas, which have fewer requests at once than there is work."""
        return not self.on_replicas and self.route.destination == "self_host" and self.outside is not None

    @property
    def locked(self) -> bool:
        """Residency binds it: nothing but its own row may answer."""
        return self.setup.kept != "none"

    @property
    def served(self) -> bool:
        return self.on_replicas or self.outside is not None


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything that the files are written from."""

    evaluation: Evaluation
    rollout: Rollout
    groups: tuple[Group, ...]
    plan_id: str
    """Begins the digest of the plan's file."""

    @property
    def tuned(self) -> Literal["", "weights", "adapters"]:
        """What of the user's own the replicas run: whole weights, or adapters on a model that is published."""
        asked = self.evaluation.inputs.fine_tuning
        if asked.answer != "yes":
            return ""
        return "weights" if asked.adapters == 0 else "adapters"

    @property
    def at_host(self) -> bool:
        """A host runs the replicas."""
        return self.evaluation.at_host and self.rollout.choice is not None

    @property
    def fleet(self) -> tuple[Choice, ReplicaSetup]:
        """Asked only where there is one."""
        choice, replica = self.rollout.choice, self.rollout.replica
        if choice is None or replica is None:
            raise ValueError("all work of this plan goes to endpoints by the token")
        return choice, replica

    @property
    def engine(self) -> str:
        """Id of the engine that is to be run; empty where nothing is, or a host does."""
        choice = self.rollout.choice
        return "" if choice is None or self.at_host else choice.engine

    @property
    def runs_engine(self) -> bool:
        """Whether there are replicas whose engine is written out; llama.cpp calls no adapter by a model's name."""
        return self.engine in ENGINES and not (self.engine == "llama-cpp" and self.tuned == "adapters")

    def prefix(self, pool: int | None) -> str:
        """What the variables of a pool's address and key begin with."""
        name = "HOST" if self.at_host else ENGINES.get(self.engine, "ENGINE")
        region = self.rollout.pools[pool].region if pool is not None and len(self.rollout.pools) > 1 else None
        return f"{name}_{variable(region)}" if region else name


def setting_of(evaluation: Evaluation, plan_id: str) -> Setting:
    """The groups of an evaluation, in the plan's order."""
    rollout = rollout_of(evaluation)
    names = unique(work.name for work in evaluation.inputs.workload)
    rows = zip(names, evaluation.inputs.workload, evaluation.routes, rollout.work, strict=True)
    groups = tuple(_group(evaluation, *row) for row in rows)
    return Setting(evaluation, rollout, groups, plan_id)


def _group(evaluation: Evaluation, name: str, work: Workload, route: RouteShare, setup: WorkSetup) -> Group:
    apis = evaluation.catalog.apis
    inside = setup.pool is not None
    return Group(
        name=name,
        workload=work,
        route=route,
        setup=setup,
        overflow=apis.get(route.overflow_model or "") if inside else None,
        outside=None if inside else apis.get(route.model) or apis.get(route.overflow_model or ""),
    )


def unique(names: Iterable[str]) -> list[str]:
    """A name of small letters, digits and hyphens for each, no two the same: what is safe in any file and address."""
    found: list[str] = []
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].strip("-") or "work"
        tried, number = base, 2
        while tried in found:
            tried, number = f"{base}-{number}", number + 1
        found.append(tried)
    return found


def suffix_of(setting: Setting, pool: Pool) -> str:
    """What tells the files of one pool from another's; nothing where there is one."""
    return f"-{pool.region}" if len(setting.rollout.pools) > 1 and pool.region else ""


Endpoint = Literal["chat", "embedding"]


def endpoint_of(group: Group) -> Endpoint:
    """Which of the gateway's endpoints serves it."""
    return "embedding" if group.workload.kind == "embedding" else "chat"
