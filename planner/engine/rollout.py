"""From an evaluation to what its routes need to be set up, computed when somebody asks for an export."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set

import numpy as np

from planner.engine import specs
from planner.engine.assumptions import range_of
from planner.engine.decision import CostedPlan, costed_plan
from planner.engine.fleet.self_hosted import SelfHostedFleet, is_interactive
from planner.engine.permitted import is_resident
from planner.engine.replica.fit import longest_context
from planner.engine.replica.weights import file_bytes
from planner.engine.search.options import choices_of, shape_of
from planner.engine.search.select import Costed
from planner.engine.specs.rollout import Pool, ReplicaSetup, Rollout, WorkSetup
from planner.engine.units import DAYS_PER_MONTH, GIB, MONTHS, MTOK, SECONDS_PER_HOUR
from planner.records import dataclass

LATE = 2
"""Times the objectives after which nobody waits for an answer any longer."""
REVISIONS_ON_DISK = 2
LONG_OUTPUT = 2.0
"""p95 over mean output where the plan states none, as of prompts."""


def rollout_of(evaluation: specs.Evaluation) -> Rollout:
    """Of the strategy that the evaluation's routes are of; it costs the fleets again, some hundred milliseconds."""
    stage = costed_plan(evaluation.inputs, evaluation.catalog, evaluation.as_of)
    used = any(r.destination == "self_host" or r.offer for r in evaluation.routes)
    chosen = stage.contest.fleets.get(evaluation.planned) if used and evaluation.planned is not None else None
    busy = evaluation.demand.p95_tokens_per_day / evaluation.demand.mean_tokens_per_day / DAYS_PER_MONTH
    per_day = busy * evaluation.usd_per_unit
    choice = replica = None
    pools: tuple[Pool, ...] = ()
    shares: dict[int, int] = {}
    if chosen is not None and stage.found is not None:
        (choice,) = choices_of(stage.context, stage.found, [chosen])
        pools, replica = _pools(chosen, choice), _replica(stage, chosen, choice)
        shares = _shares(evaluation, chosen, pools)
    work = tuple(_work(evaluation, pools, shares, i, per_day) for i in range(len(evaluation.routes)))
    return Rollout(
        choice=choice,
        replica=replica,
        pools=pools,
        work=work,
        p95_day_tokens=evaluation.demand.p95_tokens_per_day,
        p95_day_outside_usd=math.fsum(each.outside_day_usd or 0.0 for each in work if each.pool is None),
    )


def _pools(chosen: Costed, choice: specs.Choice) -> tuple[Pool, ...]:
    own = chosen.own
    if len(own.regions) < 2:
        region = own.regions[0].region if own.regions else None
        return (_pool(choice, region, choice.offer, choice.replicas_by_month, choice.spare_replicas, _least(choice)),)
    return tuple(
        _pool(choice, r.region, r.offer_id, r.replicas_by_month, r.spare, _fewest(r.replicas_by_month))
        for r in own.regions
    )


def _pool(
    choice: specs.Choice, region: specs.Region | None, offer: str, by_month: Sequence[int], spare: int, fewest: int
) -> Pool:
    months = tuple(_in_flight(at_once(choice), count - spare) for count in by_month)
    return Pool(
        region=region,
        offer=offer,
        replicas=max(by_month),
        spare_replicas=spare,
        fewest_replicas=fewest,
        in_flight=max(months),
        in_flight_by_month=months,
    )


def at_once(choice: specs.Choice) -> float:
    """Requests that one replica sustains at the objectives."""
    return min(choice.performance.concurrency, choice.memory.max_num_seqs or math.inf)


def _in_flight(each: float, serving: int) -> int:
    """At least one request of a replica that serves."""
    return max(math.floor(each * serving), 1) if serving > 0 else 0


def _fewest(by_month: Sequence[int]) -> int:
    return min((count for count in by_month if count), default=0)


def _least(choice: specs.Choice) -> int:
    """Of a fleet that follows the hour of the week, what never stops."""
    return max(choice.always_on, 1) if choice.schedule else _fewest(choice.replicas_by_month)


@dataclass(frozen=True, slots=True)
class _Served:
    """12 months of what a fleet serves of each of its workloads: requests, own tokens, replica-seconds."""

    input_tokens: float
    output_tokens: float
    input_seconds: float
    output_seconds: float


def _served(stage: CostedPlan, chosen: Costed) -> _Served:
    """What is found in the prefix cache is counted as tokens, and takes no computing."""
    speed, scope, sums = chosen.speed, chosen.scope, np.zeros(4)
    for position, row in enumerate(chosen.own.rows):
        work = stage.inputs.workload[row]
        tokens = float((stage.context.market.mtok_per_month[row] * chosen.own.plan.served[position]).sum()) * MTOK
        requests = tokens / (work.input_tokens + work.output_tokens)
        read = requests * work.input_tokens * scope.tokenizer_ratios[position]
        longer = scope.longer[position] if scope.longer else 1.0
        written = requests * work.output_tokens * longer * scope.tokenizer_ratios[position]
        computed = read * (1 - work.cached_input_fraction) * speed.prefill_s_per_token
        sums += (read, written, computed, written * speed.decode_s_per_token)
    return _Served(*sums.tolist())


def _replica(stage: CostedPlan, chosen: Costed, choice: specs.Choice) -> ReplicaSetup:
    inputs, speed = stage.inputs, choice.performance
    shape, served = shape_of(chosen.scope), _served(stage, chosen)
    total = float(chosen.own.plan.rent.sum()) + chosen.own.offer.fixed_total
    seconds = served.input_seconds + served.output_seconds
    reading = served.input_seconds / seconds if seconds > 0 else 1.0
    usd = total * stage.context.usd_per_unit
    queued = inputs.objectives.ttft_ms_p95 / 1000 / speed.prefill_s_per_token if speed.prefill_s_per_token > 0 else 0.0
    prompt = shape.input_tokens * (1 - shape.cached_input_fraction)
    weights = file_bytes(choice.deployment.model, choice.weights) / GIB
    return ReplicaSetup(
        max_context=math.ceil(longest_context(shape)),
        queued_tokens=max(math.floor(queued), math.ceil(shape.input_tokens)),
        waiting_requests=max(math.floor(queued / prompt), 1) if prompt > 0 else 1,
        weights_gib=weights,
        disk_gib=math.ceil(weights * REVISIONS_ON_DISK),
        start_minutes=range_of(inputs, stage.catalog, "cold_start_minutes"),
        usd_per_input_token=_each(usd * reading, served.input_tokens),
        usd_per_output_token=_each(usd * (1 - reading), served.output_tokens),
        cached_fraction=shape.cached_input_fraction,
        monthly_cost=total / MONTHS,
        input_tokens_per_month=served.input_tokens / MONTHS,
        output_tokens_per_month=served.output_tokens / MONTHS,
    )


def _each(amount: float, count: float) -> float:
    return amount / count if count > 0 else 0.0


def _work(
    evaluation: specs.Evaluation, pools: Sequence[Pool], shares: Mapping[int, int], i: int, usd_per_day: float
) -> WorkSetup:
    inputs, route, work = evaluation.inputs, evaluation.routes[i], evaluation.inputs.workload[i]
    inside = route.destination == "self_host" or bool(route.offer)
    pool = _pool_of(pools, work) if inside and pools and shares.get(i) != 0 else None
    month = dict(route.alternatives).get(route.overflow_model or "") if inside else route.monthly_cost
    return WorkSetup(
        workload=work.name,
        kept=inputs.residency.required if is_resident(inputs, work) else "none",
        pool=pool,
        in_flight=shares.get(i) if pool is not None else None,
        outside_day_usd=None if month is None or route.destination == "none" else month * usd_per_day,
        overflow_day_usd=route.overflow_fraction * (month or 0.0) * usd_per_day if pool is not None else 0.0,
        longest_answer_s=_longest_answer_s(inputs, work),
    )


def _pool_of(pools: Sequence[Pool], work: specs.Workload) -> int:
    """Of its own region, else the first."""
    return next((k for k, pool in enumerate(pools) if work.region is not None and pool.region == work.region), 0)


def _shares(evaluation: specs.Evaluation, chosen: Costed, pools: Sequence[Pool]) -> dict[int, int]:
    """What of its pool's requests at once falls to each workload that the fleet serves."""
    workloads, found = evaluation.inputs.workload, dict[int, int]()
    may_leave = {i for i, route in enumerate(evaluation.routes) if route.overflow_model is not None}
    for place, pool in enumerate(pools):
        rows = [row for row in chosen.own.rows if _pool_of(pools, workloads[row]) == place]
        work = dict(zip(rows, _seconds(chosen.own, rows), strict=True))
        found |= shares_of(pool.in_flight, work, may_leave)
    return found


def shares_of(in_flight: int, work: Mapping[int, float], may_leave: Set[int]) -> dict[int, int]:
    """Requests at once for each row by its work: largest remainders, and one at least.

    The gateway counts each group apart, so that only shares keep the sum of their caps within what the replicas
    sustain. Where there are more rows than requests, those of the least work that something else may take get 0: they
    leave at once, instead of passing the cap by one each. A row that nothing else may take has no cap, and waits at the
    engine.
    """
    largest = sorted(work, key=lambda row: (row in may_leave, -work[row], row))
    bound = sum(row not in may_leave for row in largest)
    kept = largest[: max(in_flight, bound)]
    total = sum(work[row] for row in kept)
    exact = {row: max(in_flight * (work[row] / total if total else 1 / len(kept)), 1.0) for row in kept}
    whole = {row: math.floor(share) for row, share in exact.items()}
    left = in_flight - sum(whole.values())
    for rank, row in enumerate(sorted(kept, key=lambda row: (whole[row] - exact[row], row))):
        whole[row] += rank < left
    while sum(whole.values()) > max(in_flight, len(kept)):
        whole[max(whole, key=lambda row: whole[row])] -= 1
    return dict.fromkeys(work, 0) | whole


def _seconds(own: SelfHostedFleet, rows: Sequence[int]) -> list[float]:
    """Replica-seconds of each workload in 12 months."""
    each = (own.fleet.erlangs[:, None] * own.fleet.load.month_factor[None, :] * own.plan.served).sum(axis=1)
    return [float(each[own.rows.index(row)]) for row in rows]


def _longest_answer_s(inputs: specs.Inputs, work: specs.Workload) -> int:
    if not is_interactive(work):
        return SECONDS_PER_HOUR
    output = work.output_tokens_p95 or work.output_tokens * LONG_OUTPUT
    return math.ceil(LATE * (inputs.objectives.ttft_ms_p95 + output * inputs.objectives.tpot_ms) / 1000)
