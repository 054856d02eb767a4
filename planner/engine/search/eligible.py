"""Models with the workloads that may go to them, as a mean request of each.

Rental offers with the ways to cut a model over their GPUs.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import Floats
from planner.engine.assumptions import resolve
from planner.engine.carry import Carry, carry_of
from planner.engine.fleet.ownership import OWNED, offer_month
from planner.engine.fleet.self_hosted import bears_interruptions, is_interactive, long_prompt_ratio
from planner.engine.market import shared_indexes
from planner.engine.permitted import machine_permitted
from planner.engine.quality import context_needed, gate, licence_obstacle, same_gate
from planner.engine.specs import LEVELS, Catalog, Gpu, Inputs, Model, Offer, QualityGate, Refusal
from planner.engine.tokens import tokens_by_text, tokens_there
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class ModelScope:
    """One model and the workloads it may take."""

    model: Model
    rows: tuple[int, ...]
    """Indices into the plan's workloads."""
    tokenizer_ratios: tuple[float, ...]
    longer: tuple[float, ...]
    """Output over that of today's models, beyond the tokenizer."""
    gates: tuple[QualityGate, ...]
    isl: float
    osl: float
    cached_fraction: float
    longest: int
    """Tokens of the longest request that must fit."""
    interactive: bool
    bears_interruptions: bool
    """All of its work may wait until a spot machine is back."""
    long_prompt_ratio: float
    """p95 over mean prompt length: the TTFT objective is of the p95 request, the operating point of the mean one."""

    @property
    def max_context(self) -> int:
        return min(self.longest, self.model.max_context)

    @property
    def provisional(self) -> bool:
        return any(g.provisional for g in self.gates)

    @property
    def has_figure(self) -> bool:
        """A published one, or the user's own evaluation of all that it would take; own weights need none."""
        return self.model.composite is not None or all(g.ground in ("proven", "tuned") for g in self.gates)

    @property
    def stretched(self) -> bool:
        return any(g.stretched for g in self.gates)


def scopes_of(
    inputs: Inputs, catalog: Catalog, must_take: frozenset[int] = frozenset(), *, last_resort: int = 0
) -> tuple[list[ModelScope], list[tuple[Model, Refusal]]]:
    """Models with the workloads that may go to them, and the models that are out with the reason.

    `must_take`: workloads that no endpoint may take or that the user sent to own GPUs: a model that cannot take them
    all is out. `last_resort`: from 1 on models without a published figure stand beside the
    others, from 2 on those that are allowed though they are so many levels below, less one.
    """
    scopes: list[ModelScope] = []
    out: list[tuple[Model, Refusal]] = []
    indexes, carry, bears = shared_indexes(inputs), carry_of(inputs, catalog), _bearing(inputs, catalog)
    alike: dict[Hashable, ModelScope] = {}
    known: dict[Hashable, list[tuple[int, QualityGate]]] = {}
    for model in catalog.models.values():
        reason = _model_obstacle(inputs, catalog, model)
        same = None if reason else same_gate(inputs, model)
        if same not in known:
            known[same] = [] if reason else _gates_of(inputs, catalog, model, must_take)
        gates = known[same]
        taken = [(i, g) for i, g in gates if g.allowed]
        refused = [g for i, g in gates if i in must_take and not g.allowed]
        if model.is_embedding and _torn(indexes, {i for i, _ in taken}):
            stays = next((g.workload for _, g in gates if not g.allowed), "")
            out.append((model, Refusal("together", workload=stays)))
        elif refused:
            out.append((model, replace(_refusal(refused[0]), must_run_here=True)))
        elif taken:
            rows = tuple(i for i, _ in taken)
            key = rows, tokens_by_text(catalog.tokenizers, model), model.thinks
            allowed = tuple(g for _, g in taken)
            if key not in alike:
                alike[key] = _scope(inputs, catalog, model, rows, carry, bears)
            scopes.append(replace(alike[key], model=model, gates=allowed))
        else:
            out.append((model, reason or next((_refusal(g) for _, g in gates), Refusal("route"))))
    scopes, out = _without_stretched(scopes, out, last_resort - 1)
    return (scopes, out) if last_resort else _without_unknown(scopes, out)


def for_spot(inputs: Inputs, catalog: Catalog, scopes: Sequence[ModelScope], must: frozenset[int]) -> list[ModelScope]:
    """The same models with only the work that bears interruptions, where they may take other work as well.

    None without spot offers, nor of a model that has to take work that does not bear them.
    """
    bears = _bearing(inputs, catalog)
    if not bears or not must <= bears or not _spot_allowed(inputs, catalog):
        return []
    found, carry = [], carry_of(inputs, catalog)
    for scope in scopes:
        kept = [k for k, row in enumerate(scope.rows) if row in bears]
        if 0 < len(kept) < len(scope.rows):
            rows = tuple(scope.rows[k] for k in kept)
            part = _scope(inputs, catalog, scope.model, rows, carry, bears)
            found.append(replace(part, gates=tuple(scope.gates[k] for k in kept)))
    return found


def _bearing(inputs: Inputs, catalog: Catalog) -> frozenset[int]:
    """The plan's workloads that bear interruptions."""
    assumptions = resolve(inputs, catalog)
    return frozenset(i for i, w in enumerate(inputs.workload) if bears_interruptions(w, assumptions))


def _spot_allowed(inputs: Inputs, catalog: Catalog) -> bool:
    asked = inputs.choice.allow_non_production or inputs.choice.offer is not None
    return asked and any(o.market == "spot" and offer_allowed(inputs, catalog, o) for o in catalog.offers.values())


def _refusal(gate: QualityGate) -> Refusal:
    if gate.ground == "proven" or gate.ground == "reaches" or gate.ground == "tuned":
        raise ValueError(f"this gate refuses nothing: {gate}")
    return Refusal(gate.ground, gate.figures, gate.workload)


def _torn(indexes: Sequence[tuple[int, ...]], taken: set[int]) -> bool:
    """True where some work of a shared index would move and some would not."""
    return any(taken.intersection(rows) and not taken.issuperset(rows) for rows in indexes)


def _without_stretched(
    scopes: list[ModelScope], out: list[tuple[Model, Refusal]], levels_below: int
) -> tuple[list[ModelScope], list[tuple[Model, Refusal]]]:
    """A model below the level is a last resort: out where another that takes as much work reaches it.

    Those that are no more than `levels_below` are kept.
    """
    reach = [set(s.rows) for s in scopes if not s.stretched]
    kept: list[ModelScope] = []
    for scope in scopes:
        refused = next((g for g in scope.gates if g.stretched), None)
        if (
            refused is not None
            and _levels_below(scope) > levels_below
            and any(rows.issuperset(scope.rows) for rows in reach)
        ):
            out.append((scope.model, _refusal(refused)))
        else:
            kept.append(scope)
    return kept, out


def _levels_below(scope: ModelScope) -> int:
    """How far the model is below the most that some of its work needs; 0 where it is only worse than today's."""
    has = -1 if scope.model.level is None else LEVELS.index(scope.model.level)
    return max(LEVELS.index(g.figures[1]) - has if g.stretched and g.ground == "level" else 0 for g in scope.gates)


def _without_unknown(
    scopes: list[ModelScope], out: list[tuple[Model, Refusal]]
) -> tuple[list[ModelScope], list[tuple[Model, Refusal]]]:
    """A model without a figure does not beat one with a figure that takes as much work, unless it was evaluated."""
    rated = [(set(s.rows), s.model.name) for s in scopes if s.has_figure and not s.stretched]
    kept: list[ModelScope] = []
    for scope in scopes:
        better = None if scope.has_figure else next((name for rows, name in rated if rows.issuperset(scope.rows)), None)
        if better is None:
            kept.append(scope)
        else:
            out.append((scope.model, Refusal("no_figure", (better,), scope.gates[0].workload)))
    return kept, out


def _model_obstacle(inputs: Inputs, catalog: Catalog, model: Model) -> Refusal | None:
    if inputs.choice.model is not None and model.id != inputs.choice.model:
        return Refusal("pin", (catalog.name_of(inputs.choice.model),))
    if not model.kv_known and not model.is_embedding:
        return Refusal("cache_size")
    tuned = inputs.fine_tuning.base_model
    if inputs.choice.model is None and inputs.fine_tuning.answer == "yes" and tuned and model.id != tuned:
        return Refusal("own_weights", (catalog.name_of(tuned),))
    return licence_obstacle(inputs, model)


def _gates_of(
    inputs: Inputs, catalog: Catalog, model: Model, must_take: frozenset[int]
) -> list[tuple[int, QualityGate]]:
    """A pinned model takes what it may take without the pin; only where that is nothing does the pin open gates."""
    if model.id == inputs.choice.model:
        gates = _gates(replace(inputs, choice=replace(inputs.choice, model=None)), catalog, model, must_take)
        if any(g.allowed for _, g in gates) and all(g.allowed for i, g in gates if i in must_take):
            return gates
    return _gates(inputs, catalog, model, must_take)


def _gates(inputs: Inputs, catalog: Catalog, model: Model, must_take: frozenset[int]) -> list[tuple[int, QualityGate]]:
    """Of the work that may come: what the user sent to an endpoint comes only where no endpoint may take it."""
    return [
        (i, gate(inputs, catalog, w, model))
        for i, w in enumerate(inputs.workload)
        if w.route in ("auto", "self_host") or i in must_take
    ]


def _scope(
    inputs: Inputs, catalog: Catalog, model: Model, rows: tuple[int, ...], carry: Carry, bears: frozenset[int]
) -> ModelScope:
    """The model with the mean request of some workloads in the tokens of its tokenizer."""
    workloads = [inputs.workload[i] for i in rows]
    ratios = tuple(tokens_there(inputs, catalog, model, w) for w in workloads)
    requests = np.array([w.requests_per_day for w in workloads])
    weight = requests / max(float(requests.sum()), 1e-12)
    inputs_mean = np.array([w.input_tokens * t for w, t in zip(workloads, ratios, strict=True)])
    longer = tuple(carry.longer(w, model) for w in workloads)
    outputs_mean = np.array([w.output_tokens * t * x for w, t, x in zip(workloads, ratios, longer, strict=True)])
    cached = np.array([w.cached_input_fraction for w in workloads])
    isl = float((weight * inputs_mean).sum())
    return ModelScope(
        model=model,
        rows=rows,
        tokenizer_ratios=ratios,
        longer=longer,
        gates=(),
        isl=max(isl, 1.0),
        osl=max(float((weight * outputs_mean).sum()), 1.0),
        cached_fraction=float((weight * inputs_mean * cached).sum()) / max(isl, 1.0),
        longest=max(math.ceil(context_needed(w) * t) for w, t in zip(workloads, ratios, strict=True)),
        interactive=any(is_interactive(w) for w in workloads),
        bears_interruptions=bears.issuperset(rows),
        long_prompt_ratio=max(long_prompt_ratio(w) for w in workloads),
    )


@dataclass(frozen=True, slots=True)
class ScopeColumns:
    """The same as arrays, one element a scope."""

    isl: Floats
    osl: Floats
    cached: Floats
    max_context: Floats
    interactive: NDArray[np.bool_]
    long_prompt: Floats
    generates: NDArray[np.bool_]
    """False for embeddings, which have no TPOT."""

    @classmethod
    def of(cls, scopes: Sequence[ModelScope]) -> ScopeColumns:
        rows = [
            (s.isl, s.osl, s.cached_fraction, float(s.max_context), s.interactive, s.long_prompt_ratio,
             not s.model.is_embedding)
            for s in scopes
        ]  # fmt: skip
        return cls(*(np.array(column) for column in zip(*rows, strict=True)))

    @property
    def tokens(self) -> Floats:
        return self.isl + self.osl


TENSOR_PARALLEL = (1, 2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class PlacedOffer:
    """A rental offer with one way to cut a model over its GPUs."""

    offer: Offer
    gpu: Gpu
    tensor_parallel: int
    month: float
    """Plan currency for the whole product."""

    @property
    def replicas_per_unit(self) -> int:
        return self.offer.gpu_count // self.tensor_parallel


def placed_offers(inputs: Inputs, catalog: Catalog, usd_per_unit: float) -> list[PlacedOffer]:
    """The offers worth costing: for each GPU and parallelism, none that another one beats in size and price.

    An offer is left out where one with no more GPUs costs no more for each of them: the same replica, dearer. Machines
    that are paid already, and spot machines, compete among themselves: not all the work may go there.
    """
    cheapest: dict[tuple[str, int, str], tuple[float, Offer]] = {}
    for offer in catalog.offers.values():
        if offer_allowed(inputs, catalog, offer):
            month = offer_month(offer, catalog, usd_per_unit)
            key = (offer.gpu_id, offer.gpu_count, "paid" if offer.already_paid else "spot" * (offer.market == "spot"))
            if key not in cheapest or month < cheapest[key][0]:
                cheapest[key] = (month, offer)
    found = []
    for (gpu_id, count, sort), (month, offer) in cheapest.items():
        same = [(c, m) for (g, c, s), (m, _) in cheapest.items() if (g, s) == (gpu_id, sort)]
        smaller = [c for c, m in same if c < count and m / c <= month / count]
        beaten_up_to = max(smaller, default=0)
        degrees = [
            t for t in TENSOR_PARALLEL if beaten_up_to < t <= count and inputs.choice.tensor_parallel in (None, t)
        ]
        found += [PlacedOffer(offer, catalog.gpus[gpu_id], t, month) for t in degrees]
    return found


def offer_allowed(inputs: Inputs, catalog: Catalog, offer: Offer) -> bool:
    """Whether the residency answer, then the pins and the preferences allow this offer."""
    pins = inputs.choice
    if offer.market == "dedicated" or not machine_permitted(inputs, offer):
        return False
    if pins.offer is not None and catalog.offers[pins.offer].market != "dedicated":
        return offer.id == pins.offer
    if pins.gpu is not None and offer.gpu_id != pins.gpu:
        return False
    if inputs.choice.prefer_gpus and offer.gpu_id not in inputs.choice.prefer_gpus:
        return False
    if offer.provider in inputs.choice.exclude_providers or offer.gpu_id not in catalog.gpus:
        return False
    wanted = {"own": True, "rent": False}.get(inputs.operations.hardware)
    if wanted is not None and not offer.already_paid and (offer.commitment == OWNED) != wanted:
        return False
    return offer.is_production or (inputs.choice.allow_non_production and offer.is_current)
