"""Every GPU for one model, or every model for one GPU: the best deployment of each, and what its tokens cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from planner.engine import specs
from planner.engine.replica.columns import Columns
from planner.engine.replica.fit import (
    FitColumns,
    fit_columns,
    longest_context,
    mean_tokens,
    memory_fit,
    published_formats,
)
from planner.engine.replica.formats import start_problem, weight_format
from planner.engine.replica.layouts import GPUS_PER_NODE, divides_heads, valid_tensor_parallel
from planner.engine.replica.operating_point import OperatingPoints, Shape, operating_points
from planner.engine.replica.performance import Objectives, performances
from planner.engine.replica.size import size, sizing_of
from planner.engine.units import HOURS_PER_MONTH, MONTHS, MTOK, SECONDS_PER_HOUR
from planner.records import dataclass

HOURS_PER_PERIOD = {"hour": 1, "month": HOURS_PER_MONTH, "year": HOURS_PER_MONTH * MONTHS}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a ranking may vary, None leaving it open, and the load that every row must carry."""

    weights: str | None
    kv: str
    engines: tuple[specs.ServingEngine, ...]
    """In order of preference."""
    gpus: int | None
    """GPUs of a replica; None: up to one server."""
    settings: specs.ServingSettings
    shape: specs.RequestShape
    objectives: Objectives
    at_most: int = GPUS_PER_NODE
    """GPUs of one server."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row: the sizing, and the cheapest production offer that holds it whole."""

    sizing: specs.Sizing
    offer: specs.Offer | None
    usd_per_hour: float | None
    """Of the offer, which is rented whole."""
    usd_per_mtok: float | None
    """Rent only, input and output tokens, at full load: the least it can cost."""
    usd_per_replica_hour: float | None = None
    """The part of the offer's rent that falls to the replica's own GPUs: what `usd_per_mtok` is of."""
    is_offered: bool = False
    """Production offers of the card exist, if with fewer GPUs than the replica needs."""


@dataclass(frozen=True, slots=True)
class Rent:
    """An offer and what one GPU-hour of it costs, whole offer used."""

    offer: specs.Offer
    usd_per_gpu_hour: float


Rents = Mapping[str, Sequence[Rent]]
Merit = tuple[bool, bool, bool, bool, float]
Sized = Callable[
    [specs.Catalog, specs.Deployment, specs.ServingSettings, specs.RequestShape, float | None, Objectives], specs.Sizing
]
"""As `size`: how the best deployment of each is sized at the level of the user's own measurements."""


def rank_gpus(
    catalog: specs.Catalog, model: specs.Model, wanted: Wanted, measured: Sized | None = None
) -> tuple[Ranked, ...]:
    """Every GPU for one model: what fits first, cheapest token first, then what is not rented anywhere, then no."""
    groups = [list(_deployments(model, gpu, wanted)) for gpu in catalog.gpus.values()]
    ranked = _ranked(catalog, groups, wanted, measured)
    return tuple(sorted(ranked, key=_by_price))


def rank_models(
    catalog: specs.Catalog, gpu: specs.Gpu, wanted: Wanted, measured: Sized | None = None
) -> tuple[Ranked, ...]:
    """Every generating model for one GPU: what fits first, highest level first, then the larger model."""
    models = [model for model in catalog.models.values() if not model.is_embedding and model.kv_known]
    groups = [list(_deployments(model, gpu, wanted)) for model in models]
    return tuple(sorted(_ranked(catalog, groups, wanted, measured), key=_by_level))


def _by_price(row: Ranked) -> tuple[bool, float, float]:
    speed = row.sizing.performance
    price = float("inf") if row.usd_per_mtok is None else row.usd_per_mtok
    slowness = -speed.total_tok_s.mid if speed else row.sizing.memory.short_by_gib
    return not row.sizing.memory.fits, price, slowness


def _by_level(row: Ranked) -> tuple[bool, int, float]:
    model = row.sizing.deployment.model
    level = specs.LEVELS.index(model.level) if model.level else -1
    return not row.sizing.memory.fits, -level, -model.total_params_b


def _deployments(model: specs.Model, gpu: specs.Gpu, wanted: Wanted) -> Iterator[specs.Deployment]:
    """Fewest GPUs first, then the most exact weights, then the preferred engine."""
    published = sorted(published_formats(model), key=lambda name: -weight_format(name).bits)
    formats = [wanted.weights] if wanted.weights else published
    for tensor_parallel in _degrees(model, gpu, wanted):
        for weights in formats:
            for engine in wanted.engines:
                deployment = specs.Deployment(
                    model=model, weights=weights, kv=wanted.kv, gpu=gpu, engine=engine, tensor_parallel=tensor_parallel
                )
                if start_problem(weights, wanted.kv, gpu, engine) is None:
                    yield deployment


def _degrees(model: specs.Model, gpu: specs.Gpu, wanted: Wanted) -> tuple[int, ...]:
    """What was asked for, or the powers of two within one server; a machine with unified memory is one GPU."""
    if wanted.gpus is not None:
        return (wanted.gpus,) if divides_heads(model, wanted.gpus) else ()
    most = 1 if gpu.link == "unified" else wanted.at_most
    return tuple(degree for degree in valid_tensor_parallel(model, most) if degree & (degree - 1) == 0)


def _ranked(
    catalog: specs.Catalog, groups: Sequence[Sequence[specs.Deployment]], wanted: Wanted, measured: Sized | None
) -> list[Ranked]:
    filled = [group for group in groups if group]
    everything = [deployment for group in filled for deployment in group]
    if not everything:
        return []
    sized, rents = _sized(catalog, everything, wanted), _rents(catalog)
    merits = _merits(everything, sized, rents)
    picks, start = [], 0
    for group in filled:
        picks.append(max(range(start, start + len(group)), key=merits.__getitem__))
        start += len(group)
    if measured is not None:
        load = wanted.settings, wanted.shape, None, wanted.objectives
        return [_priced(measured(catalog, everything[pick], *load), rents) for pick in picks]
    return [_priced(_sizing(catalog, everything[pick], sized, pick, wanted), rents) for pick in picks]


@dataclass(frozen=True, slots=True)
class _Sized:
    """Memory and operating point of every row."""

    columns: Columns
    memory: FitColumns
    points: OperatingPoints


def _sizing(
    catalog: specs.Catalog, deployment: specs.Deployment, sized: _Sized, row: int, wanted: Wanted
) -> specs.Sizing:
    """The answer for one row: what is known of it where it fits, else with what would make it fit."""
    if not sized.memory.fits[row]:
        return size(catalog, deployment, wanted.settings, wanted.shape, None, wanted.objectives)
    memory = memory_fit(sized.memory, row, deployment, None)
    speed = performances(sized.points, [row], [wanted.shape])[0]
    return sizing_of(catalog, deployment, wanted.shape, memory, speed, None, wanted.objectives)


def _sized(catalog: specs.Catalog, deployments: Sequence[specs.Deployment], wanted: Wanted) -> _Sized:
    if catalog.calibration is None:
        raise ValueError("the catalogue carries no fitted throughput constants")
    settings, shape, objectives = wanted.settings, wanted.shape, wanted.objectives.of(deployments[0])
    columns = Columns.from_deployments(deployments)
    found = fit_columns(columns, settings, longest_context(shape), mean_tokens(shape))
    points = operating_points(
        columns,
        found.max_concurrency * mean_tokens(shape),
        Shape.of(shape.input_tokens, shape.output_tokens, shape.cached_input_fraction, columns.rows),
        objectives.ttft_ms,
        objectives.tpot_ms,
        catalog.calibration,
        found.max_num_seqs,
    )
    return _Sized(columns, found, points)


def _merits(deployments: Sequence[specs.Deployment], sized: _Sized, rents: Rents) -> list[Merit]:
    """What to prefer within a group: it fits, keeps the objectives, runs on a production engine, can be rented, and
    then the cheapest token (of what is not rented: the fastest GPU). Of equals the first.
    """
    found, points = sized.memory, sized.points
    rates = points.prediction.output_tok_s / sized.columns.gpus
    return [
        _merit(d, rents, bool(fits), bool(keeps), float(rate), float(short))
        for d, fits, keeps, rate, short in zip(
            deployments, found.fits, points.feasible, rates, found.short_by_gib, strict=True
        )
    ]


def _merit(deployment: specs.Deployment, rents: Rents, fits: bool, keeps: bool, rate: float, short: float) -> Merit:
    rent = _rent(rents, deployment)
    if not fits:
        return (False, False, False, False, -short)
    worth = rate if rent is None else rate / rent.usd_per_gpu_hour
    return (True, keeps, deployment.engine.production_ready, rent is not None, worth)


def _priced(sizing: specs.Sizing, rents: Rents) -> Ranked:
    deployment, speed = sizing.deployment, sizing.performance
    rent = _rent(rents, deployment)
    if rent is None:
        return Ranked(sizing, None, None, None, is_offered=deployment.gpu.id in rents)
    replica = rent.usd_per_gpu_hour * deployment.gpus_per_replica
    per_mtok = replica / (speed.total_tok_s.mid * SECONDS_PER_HOUR) * MTOK if speed else None
    whole = rent.usd_per_gpu_hour * rent.offer.gpu_count
    return Ranked(sizing, rent.offer, whole, per_mtok, replica, is_offered=True)


def _rent(rents: Rents, deployment: specs.Deployment) -> Rent | None:
    """The cheapest offer, by GPU-hour, with at least as many GPUs of that kind in one machine."""
    holding = (rent for rent in rents.get(deployment.gpu.id, ()) if rent.offer.gpu_count >= deployment.gpus_per_replica)
    return next(holding, None)


def _rents(catalog: specs.Catalog) -> Rents:
    """Production offers of each GPU, cheapest GPU-hour first."""
    rents: dict[str, list[Rent]] = {}
    for offer in catalog.offers.values():
        if offer.is_production and offer.currency in catalog.usd_per:
            rents.setdefault(offer.gpu_id, []).append(Rent(offer, _usd_per_hour(catalog, offer) / offer.gpu_count))
    return {gpu: sorted(found, key=lambda rent: rent.usd_per_gpu_hour) for gpu, found in rents.items()}


def _usd_per_hour(catalog: specs.Catalog, offer: specs.Offer) -> float:
    """Rent of the whole offer, unavoidable monthly extras included, set-up fee not."""
    hours = HOURS_PER_PERIOD[offer.per]
    amount = offer.price / hours + offer.monthly_extra / HOURS_PER_MONTH
    return amount * catalog.usd_per[offer.currency]
