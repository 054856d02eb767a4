"""Exports for tests: of the examples, of plans made at random, and of plans with names that want to be structure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from planner.engine.specs import Evaluation, Inputs, Pins
from planner.evaluate import evaluate
from planner.export.bundle import files_of
from planner.export.groups import Setting, setting_of
from tests.engine import plans

EXAMPLES = ("bulk-classifier", "hospital", "claude-8k-a-month")
RANDOM = ("random-1", "random-2", "random-3")
PINNED: dict[str, dict[str, Any]] = {"amd": {"gpu": "mi300x"}, "sglang": {"engine": "sglang", "gpu": "h100-sxm"}}
"""Fleets on what the examples do not choose by themselves."""
OTHER = (*PINNED, "regions", "bound-to-region")
PLAN_ID = "0123456789ab"
HOSTILE = (
    "*",
    'a: {b: "c"} # d',
    "- x\n- y: z",
    "${HOME} $(id) `id` $$",
    "%{x} {{ y }} |pipe| <b>&amp;</b>",
    "'single' \\\\ \"double\"",
    "\u2028line\u2029para\u0085next",
    "no",
    "日本語 🙂",
    "os.environ/LITELLM_MASTER_KEY",
    "${EVIL:?} ${x$(id):?} ${LITELLM_DIGEST:?}",
    "3d " + "long " * 40,
)
"""Names of workloads: wildcards, markup, variables, line ends and words of YAML."""


def yaml() -> Any:
    """A reader of YAML that is not ours; the test is skipped where there is none."""
    return pytest.importorskip("yaml")


def read(text: str) -> Any:
    """What a reader of YAML makes of a document."""
    return yaml().safe_load(text)


def read_all(text: str) -> list[Any]:
    """The same of several documents in one file."""
    return [document for document in yaml().safe_load_all(text) if document is not None]


@cache
def evaluated(name: str) -> Evaluation:
    """Of an example, or of a plan at random, the same for the same name."""
    if name.startswith("random-"):
        inputs, catalog = at_random(int(name.removeprefix("random-")))
        return evaluate(inputs, catalog, plans.AS_OF, draws=0)
    if name in OTHER:
        return evaluate(_other(name), plans.example("bulk-classifier")[1], plans.AS_OF, draws=0)
    if name == "hostile":
        inputs, catalog = plans.example("bulk-classifier")
        return evaluate(hostile(inputs), catalog, plans.AS_OF, draws=0)
    return plans.evaluated(name)


def _other(name: str) -> Inputs:
    """A fleet on another card, engine or continent; or work that may leave, but not the region."""
    large = plans.workload("here", tokens_per_day=900e6, route="self_host", region="eu")
    if name in PINNED:
        return replace(plans.plan(replace(large, region=None)), choice=Pins(**PINNED[name]))
    if name == "regions":
        return replace(plans.plan(large, replace(large, name="there", region="us")), choice=Pins())
    bound = {"answer": "yes", "scope": "region", "zero_retention_checked": "yes"}
    free = plans.workload("free", tokens_per_day=9e6, resident=False)
    return plans.plan(replace(large, region=None), plans.workload("bound", tokens_per_day=9e6), free, residency=bound)


def at_random(seed: int) -> tuple[Inputs, Any]:
    """A plan with replicas of its own: some work free, some bound, of several sizes."""
    chance = random.Random(seed)
    works = [
        plans.workload(
            f"work {place}",
            tokens_per_day=chance.choice((40e6, 300e6, 900e6)),
            input_tokens=chance.choice((400, 900, 2500)),
            output_tokens=chance.choice((20, 60, 150)),
            latency=chance.choice(("interactive", "background")),
            cached_input_fraction=chance.choice((0.0, 0.4)),
            resident=place == 0,
            route="self_host",
        )
        for place in range(chance.randint(2, 4))
    ]
    bound = {"answer": "yes", "scope": "inside", "zero_retention_checked": "yes"} if seed % 2 else {}
    _, catalog = plans.example("bulk-classifier")
    asked = plans.plan(*works, residency=bound) if bound else plans.plan(*works)
    return asked, catalog


def hostile(inputs: Inputs) -> Inputs:
    """The same plan under names that want to be structure, its first work split over them."""
    first = inputs.workload[0]
    works = tuple(replace(first, name=name, tokens_per_day=first.tokens_per_day / len(HOSTILE)) for name in HOSTILE)
    return replace(inputs, name=" ".join(HOSTILE), workload=works)


@cache
def setting(name: str) -> Setting:
    """What the files are written from."""
    return setting_of(evaluated(name), PLAN_ID)


@cache
def files(name: str) -> Mapping[str, str]:
    """The whole export."""
    return files_of(evaluated(name), f"# {name}\n", "<!DOCTYPE html>\n")
