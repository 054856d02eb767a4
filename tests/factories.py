"""Values built by hand for tests of the app: complete, adding up to the cent, close to what the engine returns.

They exist so that screens can be tested without running the engine, on the few figures that a test needs; no figure
here is a promise. Reports and saved plans are tested on `tests.evaluations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, get_args

from planner.engine.answer import Beside, answer_of
from planner.engine.assumptions import Assumptions
from planner.engine.ledger.months import live_months
from planner.engine.names import OUTSIDE
from planner.engine.questions import VerdictInputs
from planner.engine.recommendation import payback_of, rival_of, strategy_of
from planner.engine.specs import (
    BUCKETS,
    STRATEGIES,
    ApiModel,
    BreakEven,
    BreakEvenMap,
    Catalog,
    Caveat,
    Choice,
    CostPoint,
    Demand,
    Deployment,
    Evaluation,
    Evidence,
    ExcludedOption,
    FleetWeek,
    Flip,
    Inputs,
    MemoryFit,
    MonthCost,
    Operations,
    Performance,
    PriceScenario,
    PriceUsed,
    QualityGate,
    QuestionAnswer,
    QuestionId,
    Range,
    Rebenchmark,
    Recommendation,
    Refusal,
    Remedy,
    RequestShape,
    Residency,
    RiskBands,
    RouteShare,
    Sensitivity,
    Sizing,
    StepInputs,
    StepTerms,
    Strategy,
    StrategyLedger,
    Verdict,
    Volume,
    VramGib,
    WinningCase,
    Workload,
)
from planner.engine.specs.evaluation import RouteRule
from planner.engine.specs.money import FleetUsed, LedgerReason
from planner.engine.specs.verdict import DecidingFact, NextStep, Notice
from tests.sample_catalog import office_hours, sample_catalog

QUESTION_IDS: tuple[QuestionId, ...] = get_args(QuestionId)

AS_OF = date(2026, 11, 23)
USD_PER_EUR = 1.1172
GROWTH = 0.06
DAYS = 730 / 24
PROBABILITY_CHEAPER = 0.83
BREAK_EVEN_TOKENS = 51_300_000.0
HOSTED_QWEN = "aws-bedrock/qwen.qwen3-32b-v1:0"
SONNET = "claude-sonnet-4-6"
HAIKU = "claude-haiku-4-5"
OPUS = "claude-opus-4-7"
QWEN = "Qwen/Qwen3-32B"


def sample_workloads(first_name: str = "ticket triage") -> tuple[Workload, ...]:
    """Bulk work, customer-facing text and a nightly job."""
    return (
        Workload(
            first_name, "classification", 60e6, 900, 60, cached_input_fraction=0.5, level="routine", resident=True
        ),
        Workload("draft replies", "customer_text", 6e6, 2400, 350, cached_input_fraction=0.3, level="frontier"),
        Workload("nightly summaries", "summarisation", 20e6, 3000, 300, latency="background", level="solid"),
    )


def sample_inputs(name: str = "Support assistant", first_workload: str = "ticket triage") -> Inputs:
    """Answers of a European support team that spends about EUR 7k a month on an API."""
    return Inputs(
        name=name,
        currency="EUR",
        workload=sample_workloads(first_workload),
        volume=Volume(growth_per_month=Range(0.03, GROWTH, 0.10)),
        operations=Operations(gpu_experience="yes"),
        residency=Residency(answer="yes", scope="region", zero_retention_checked="yes", company_in_eu=True),
        rebenchmark=Rebenchmark(answer="yes"),
    )


def sample_evaluation(
    *,
    with_choice: bool = True,
    impossible: Iterable[Strategy] = (),
    name: str = "Support assistant",
    first_workload: str = "ticket triage",
    model_name: str = "Qwen3 32B",
    with_risk: bool = True,
) -> Evaluation:
    """A complete Evaluation: hybrid wins with a choice, the API without one.

    `impossible` strategies have no months and say why. Names may carry markup: views must show them as typed.
    """
    catalog = sample_catalog(model_name)
    inputs = sample_inputs(name, first_workload)
    demand = _demand(inputs, with_choice)
    without: tuple[Strategy, ...] = () if with_choice else ("self_host", "hybrid")
    gone = frozenset((*impossible, *without, "dedicated"))
    ledgers = _ledgers(inputs, catalog, gone)
    choice = _priced(sample_choice(catalog), ledgers["hybrid"]) if with_choice else None
    verdict, routes = _verdict(with_choice, ledgers), _routes(inputs, with_choice)
    found = Evaluation(
        inputs=inputs,
        catalog=catalog,
        as_of=AS_OF,
        usd_per_unit=USD_PER_EUR,
        demand=demand,
        questions=_questions(with_choice),
        verdict=verdict,
        answer=_UNANSWERED,
        choice=choice,
        why_no_choice=None if choice else "too_slow",
        options=_options(choice, catalog),
        excluded=_excluded(),
        options_considered=2318,
        options_fitting=len(_options(choice, catalog)),
        curve=_curve(ledgers) if choice else _curve(ledgers)[:1],
        routes=routes,
        months_tokens=tuple(day * DAYS for day in demand.month_tokens_per_day),
        ledgers=ledgers,
        break_even=_break_even(with_choice),
        payback_month=payback_of(ledgers, "api_today") if choice else None,
        payback_month_best=payback_of(ledgers, *OUTSIDE) if choice else None,
        sensitivity=_sensitivity() if choice else (),
        risk=_risk(ledgers) if with_risk else None,
        break_even_map=_break_even_map(),
        evidence=(sample_evidence(catalog),) if choice else (),
        prices_used=_prices_used(catalog),
        notices=(Notice("stale", price=_prices_used(catalog)[0]),),
        scenarios=_scenarios(ledgers),
        week=_week() if choice else None,
    )
    return answered(found)


def answered(evaluation: Evaluation) -> Evaluation:
    """The same evaluation with the answer that the engine makes of it; today's bill is shared out by tokens."""
    inputs, verdict, ledgers = evaluation.inputs, evaluation.verdict, evaluation.ledgers
    case = VerdictInputs(
        inputs=inputs,
        catalog=evaluation.catalog,
        demand=evaluation.demand,
        choice=evaluation.choice,
        routes=evaluation.routes,
        break_even=evaluation.break_even,
        ledgers=ledgers,
        probability=verdict.probability_cheaper,
        saving_needed=0.1,
        probability_needed=0.7,
        switching_cost=0.0,
        flips=verdict.flips,
        deciders=(),
    )
    known = {field.name: 0.2 for field in fields(Assumptions)} | {"setup_weeks": 4.0, "model_swap_weeks": 1.0}
    assumptions, month = Assumptions(**known), float(ledgers["api_today"].total) / 12
    today = tuple(month * route.token_fraction for route in evaluation.routes)
    beside = Beside(today, live_months(inputs, assumptions), assumptions, None, None, None)
    return replace(evaluation, answer=answer_of(case, verdict, beside))


_UNANSWERED: Any = None
"""In place of the answer until the rest is there to make it of."""


def _scenarios(ledgers: Mapping[Strategy, StrategyLedger]) -> tuple[PriceScenario, ...]:
    """API prices fall by half and by four fifths a year, rents fall and rise: about half of that over the year."""
    found = []
    for api in (0.0, -0.5, -0.8):
        for gpu in (-0.3, 0.0, 0.4):
            moved = {s: 1 + (gpu / 2 if s in ("self_host", "hybrid") else api / 2) for s in STRATEGIES}
            totals = {s: float(ledgers[s].total) * moved[s] for s in STRATEGIES if ledgers[s].months}
            allowed = [s for s in totals if ledgers[s].allowed] or list(totals)
            if allowed:
                own = min((totals[s] for s in ("self_host", "hybrid") if s in totals), default=None)
                best = min((totals[s] for s in totals if s not in ("self_host", "hybrid")), default=None)
                saving = best - own if best is not None and own is not None else None
                cheapest = min(allowed, key=lambda s: totals[s])
                found.append(PriceScenario(api, gpu, MappingProxyType(totals), cheapest, own, saving))
    return tuple(found)


def _week() -> FleetWeek:
    """Two serving replicas, safe at 66 %, and a mean load of 0.6 replicas."""
    load = tuple(0.6 * weight for weight in office_hours())
    capacity = 2 * 0.66
    return FleetWeek(load, (capacity,) * len(load), 0.66, sum(hour > capacity for hour in load))


def _demand(inputs: Inputs, with_choice: bool) -> Demand:
    today = sum(w.tokens_per_day for w in inputs.workload)
    months = tuple(today * (1 + GROWTH) ** month for month in range(1, 13))
    requests = sum(w.requests_per_day for w in inputs.workload)
    tokens_in = sum(w.requests_per_day * w.input_tokens for w in inputs.workload)
    cached = sum(w.requests_per_day * w.input_tokens * w.cached_input_fraction for w in inputs.workload)
    mean = sum(months) / 12
    return Demand(
        mean_today_tokens_per_day=today,
        mean_tokens_per_day=mean,
        p95_tokens_per_day=mean * 1.9,
        p95_range=Range(mean * 1.5, mean * 1.9, mean * 2.6),
        month_tokens_per_day=months,
        requests_per_day=requests * mean / today,
        input_fraction=tokens_in / today,
        cached_fraction=cached / tokens_in,
        peak_to_mean_hour=max(office_hours()),
        hour_of_week=office_hours(),
        concurrency_mean=14.2 if with_choice else None,
    )


def sample_deployment(catalog: Catalog, gpu: str = "l40s", weights: str = "awq") -> Deployment:
    """One replica of the sample's model."""
    return Deployment(catalog.models[QWEN], weights, "fp16", catalog.gpus[gpu], catalog.engines["vllm"])


def sample_memory(total_gib: float, weights_gib: float = 18.30) -> MemoryFit:
    """A fit whose parts add up: usable = 92 %, weights, 2.6 GiB overhead, the rest KV cache."""
    usable = total_gib * 0.92
    kv = usable - weights_gib - 2.6
    tokens = int(kv * 2**30 / 262_144)
    vram = VramGib(total_gib, usable, weights_gib, kv, 2.6, kv * 0.35)
    return MemoryFit(vram, tokens, tokens / 1460, 0.0, None, ())


def sample_performance(output_tok_s: float = 640.0, concurrency: float = 32.0) -> Performance:
    """A speed with its 80 % interval and the terms of one step, which add up."""
    terms = StepTerms(21.4, 4.9, 3.2, 0.0, 2.6, 13.3, 45.4, 310.0)
    return Performance(
        concurrency=concurrency,
        output_tok_s=Range(output_tok_s * 0.78, output_tok_s, output_tok_s * 1.25),
        total_tok_s=Range(output_tok_s * 0.78 * 12, output_tok_s * 12, output_tok_s * 1.25 * 12),
        requests_s=Range(output_tok_s * 0.78 / 120, output_tok_s / 120, output_tok_s * 1.25 / 120),
        ttft_ms=Range(250.0, 330.0, 450.0),
        tpot_ms=Range(36.0, 45.4, 56.0),
        single_stream_tok_s=Range(30.0, 37.5, 45.0),
        prefill_s_per_token=0.00034,
        decode_s_per_token=0.0014,
        spread=Range(0.78, 1.0, 1.25),
        terms=terms,
        bound_by="TPOT objective",
    )


def sample_choice(catalog: Catalog, gpu: str = "l40s", offer: str = "aws-g6e-xlarge", speed: float = 1.0) -> Choice:
    """The sample's fleet: three replicas in the busiest month, one of them a spare."""
    deployment = sample_deployment(catalog, gpu)
    performance = sample_performance(640.0 * speed)
    fleet = 3
    rent = catalog.offers[offer].price * 730 / USD_PER_EUR * fleet
    return Choice(
        model=QWEN,
        weights="awq",
        kv="fp16",
        engine="vllm",
        gpu=gpu,
        offer=offer,
        provider=catalog.offers[offer].provider,
        gpus_per_replica=1,
        replicas=fleet,
        spare_replicas=1,
        offers_rented=fleet,
        replicas_by_month=(2,) * 6 + (3,) * 6,
        deployment=deployment,
        memory=sample_memory(deployment.gpu.memory_gib_usable),
        performance=performance,
        fleet_output_tok_s=_times(performance.output_tok_s, fleet),
        fleet_total_tok_s=_times(performance.total_tok_s, fleet),
        ttft_ms_p95=640.0,
        tpot_ms=45.4,
        utilisation=0.41,
        safe_utilisation=0.66,
        served_fraction=0.97,
        monthly_cost=rent + 3300.0,
        gpu_monthly_cost=rent,
        cost_per_mtok=(rent + 2400.0) / (119.2 * DAYS),
        licence_note="Apache-2.0: no conditions",
        quality_provisional=True,
    )


def _times(value: Range, factor: float) -> Range:
    return Range(value.low * factor, value.mid * factor, value.high * factor)


def _options(choice: Choice | None, catalog: Catalog) -> tuple[Choice, ...]:
    if choice is None:
        return ()
    return (choice, sample_choice(catalog, "h100-sxm", "lambda-h100-sxm", 3.4))


def _excluded() -> tuple[ExcludedOption, ...]:
    small = VramGib(18.8, 17.3, 18.3, 0.0, 2.6, 0.0)
    return (
        ExcludedOption(
            model=QWEN,
            weights="awq",
            kv="fp16",
            refusal=Refusal("memory", (3.6,)),
            engine="vllm",
            gpu="rtx-4000-sff-ada",
            offer="hetzner-gex45",
            gpus_per_replica=1,
            vram_gib=small,
            short_by_gib=3.6,
            shape=RequestShape(900.0, 60.0, 0.5, 4096),
        ),
        ExcludedOption(
            model="microsoft/phi-4",
            weights="bf16",
            kv="fp16",
            refusal=Refusal("level", ("routine", "solid"), "nightly summaries"),
            engine="vllm",
            gpu="l40s",
            offer="aws-g6e-xlarge",
            gpus_per_replica=1,
        ),
    )


def _ledgers(inputs: Inputs, catalog: Catalog, gone: frozenset[Strategy]) -> Mapping[Strategy, StrategyLedger]:
    routes: dict[Strategy, tuple[str | None, ...]] = {
        "api_today": (SONNET, SONNET, SONNET),
        "api_tuned": (SONNET, SONNET, HAIKU),
        "hosted_open": (HOSTED_QWEN, SONNET, HOSTED_QWEN),
        "dedicated": (None, SONNET, None),
        "self_host": (None, None, None),
        "hybrid": (None, SONNET, None),
    }
    return MappingProxyType({s: _ledger(s, routes[s], inputs, catalog, s in gone) for s in STRATEGIES})


def _ledger(
    strategy: Strategy, apis: tuple[str | None, ...], inputs: Inputs, catalog: Catalog, gone: bool
) -> StrategyLedger:
    allowed = strategy in ("self_host", "hybrid")
    if gone:
        return StrategyLedger(strategy, False, False, LedgerReason("no_offer"), (), Decimal("0.00"), 0.0, 0.0, 0.0, 0.0)
    months = tuple(_month(strategy, month, apis, inputs, catalog) for month in range(12))
    total = sum((m.total for m in months), Decimal("0.00"))
    used = FleetUsed(catalog.models[QWEN].name, "L40S", 3, 1, None)
    why = LedgerReason("barred", barred=((Refusal("inside"), (inputs.workload[0].name,)),))
    reason = LedgerReason("fleet", fleet=used) if allowed else why
    mid = float(total)
    return StrategyLedger(strategy, True, allowed, reason, months, total, mid * 0.86, mid, mid * 1.19, mid * 1.01)


def _month(strategy: Strategy, month: int, apis: tuple[str | None, ...], inputs: Inputs, catalog: Catalog) -> MonthCost:
    amounts = dict.fromkeys(BUCKETS, 0.0)
    for workload, api in zip(inputs.workload, apis, strict=True):
        if api is not None:
            tokens_per_day = workload.tokens_per_day * (1 + GROWTH) ** (month + 1)
            _add_api(amounts, workload, tokens_per_day * DAYS / 1e6, catalog.apis[api])
    if None in apis:
        _add_fleet(amounts, month, spare=2 if strategy == "self_host" else 1)
    buckets = {name: Decimal(f"{value:.2f}") for name, value in amounts.items()}
    return MonthCost(MappingProxyType(buckets), sum(buckets.values(), Decimal("0.00")))


def _add_api(amounts: dict[str, float], workload: Workload, mtok: float, api: ApiModel) -> None:
    share_in = workload.input_tokens / (workload.input_tokens + workload.output_tokens)
    cached = workload.cached_input_fraction if api.cache_read_usd_per_mtok is not None else 0.0
    amounts["api_input"] += mtok * share_in * (1 - cached) * api.input_usd_per_mtok / USD_PER_EUR
    amounts["api_cached_input"] += mtok * share_in * cached * (api.cache_read_usd_per_mtok or 0.0) / USD_PER_EUR
    amounts["api_output"] += mtok * (1 - share_in) * api.output_usd_per_mtok / USD_PER_EUR


def _add_fleet(amounts: dict[str, float], month: int, spare: int) -> None:
    rent_each = 1.861 * 730 / USD_PER_EUR
    working = 1 if month < 6 else 2
    amounts["gpu_used"] += working * rent_each * 0.62
    amounts["gpu_idle"] += working * rent_each * 0.38
    amounts["redundancy"] += spare * rent_each
    amounts["setup_engineering"] += 110_000 / 52 * 3 if month == 0 else 0.0
    amounts["ongoing_engineering"] += 110_000 / 12 * 0.15
    amounts["observability"] += 180.0
    amounts["model_updates"] += 110_000 / 52 if month in (5, 11) else 0.0
    amounts["security"] += 90.0
    amounts["storage_egress"] += 25.0


def _risk(ledgers: Mapping[Strategy, StrategyLedger]) -> RiskBands:
    possible = [s for s in STRATEGIES if ledgers[s].months]
    wins = {"hybrid": 0.62, "hosted_open": 0.21, "api_tuned": 0.17} if "hybrid" in possible else {"api_tuned": 1.0}
    return RiskBands(
        draws=10_000,
        seed=20261123,
        probability_cheapest=MappingProxyType({s: wins.get(s, 0.0) for s in possible}),
        cumulative=MappingProxyType({s: _bands(ledgers[s]) for s in possible}),
    )


def _bands(ledger: StrategyLedger) -> tuple[tuple[float, float, float], ...]:
    running, rows = 0.0, []
    for month in ledger.months:
        running += float(month.total)
        rows.append((running * 0.86, running, running * 1.19))
    return tuple(rows)


def _priced(choice: Choice, ledger: StrategyLedger) -> Choice:
    if not ledger.months:
        return choice
    rent = sum(float(m.buckets[b]) for m in ledger.months for b in ("gpu_used", "gpu_idle", "redundancy")) / 12
    return replace(choice, monthly_cost=float(ledger.total) / 12, gpu_monthly_cost=rent)


def _curve(ledgers: Mapping[Strategy, StrategyLedger]) -> tuple[CostPoint, ...]:
    """Three replicas cost what the hybrid ledger says, none what the tuned API says."""
    served = (0.0, 0.61, 0.84, 0.97, 0.99, 1.0)
    chosen, api_only = float(ledgers["hybrid"].total), float(ledgers["api_tuned"].total)
    dearer = (0.0, 12_700.0, 4_900.0, 0.0, 11_800.0, 24_500.0)
    points = []
    for replicas, fraction in enumerate(served):
        gpu, api = replicas * 11_200.0, api_only * (1 - 0.91 * fraction)
        total = chosen + dearer[replicas] if replicas else api_only
        fixed = total - gpu - api
        points.append(CostPoint(replicas, replicas, total, gpu, fixed, api, fraction, replicas != 1))
    return tuple(points)


def _routes(inputs: Inputs, with_choice: bool) -> tuple[RouteShare, ...]:
    total = sum(w.tokens_per_day for w in inputs.workload)
    return tuple(
        _route(w, w.tokens_per_day / total, with_choice and w.kind != "customer_text") for w in inputs.workload
    )


def _route(workload: Workload, fraction: float, inside: bool) -> RouteShare:
    stays = Refusal("on_api", ("customer_text",))
    rule = RouteRule("kind_suits", sample_gate()) if inside else RouteRule("stays", stays=stays)
    return RouteShare(
        workload=workload.name,
        destination="self_host" if inside else "api",
        model=QWEN if inside else SONNET,
        token_fraction=fraction,
        rule=rule,
        provisional=inside,
        monthly_cost=2450.0 if inside else 935.5,
        overflow_model=HAIKU if inside else None,
        overflow_fraction=0.03 if inside else 0.0,
        batch_tier=False,
        overridden=False,
        alternatives=(("self_host", 2450.0), (HAIKU, 2890.0)) if inside else ((SONNET, 935.5), (OPUS, 1560.0)),
    )


def _questions(with_choice: bool) -> tuple[QuestionAnswer, ...]:
    answers = ("yes" if with_choice else "no", "unproven", "no", "yes", "yes", "yes")
    because = (
        "reaches" if with_choice else "never_breaks_even",
        "no_evaluation",
        "stock_weights",
        "experience",
        "endpoints_checked",
        "will_rebenchmark",
    )
    return tuple(
        QuestionAnswer(question, answer, why)  # type: ignore[arg-type]
        for question, answer, why in zip(QUESTION_IDS, answers, because, strict=True)
    )


def sample_gate() -> QualityGate:
    """A provisional pass."""
    return QualityGate("ticket triage", True, "reaches", ("solid", "routine"))


def _verdict(with_choice: bool, ledgers: Mapping[Strategy, StrategyLedger]) -> Verdict:
    recommendation: Recommendation = "hybrid" if with_choice else "api"
    try_it = (NextStep("rent_one"), NextStep("watch_fleet")) if with_choice else (NextStep("watch_bill"),)
    return Verdict(
        recommendation=recommendation,
        strategy=strategy_of(ledgers, recommendation),
        rival=rival_of(ledgers, recommendation, with_choice),
        fact=DecidingFact("own_cheaper" if with_choice else "no_model"),
        cases=(
            WinningCase("volume", with_choice),
            WinningCase("residency", holds=True),
            WinningCase("fine_tuned", holds=False),
            WinningCase("steady_bulk", holds=False),
            WinningCase("unhosted", holds=False, hosts=4),
        ),
        next_steps=(NextStep("import_logs"), *try_it),
        flips=(
            Flip("volume", 1.0, 0.4, "api", "x", 0.4),
            Flip("api_prices", -0.1, -0.63, "api", "fraction", None),
            Flip("people", 1.0, None, None, "x", None),
        ),
        probability_cheaper=PROBABILITY_CHEAPER if with_choice else 0.0,
        switch_saving=None,
        rule_of_thumb_tokens_per_day=5e6,
    )


def _break_even(with_choice: bool) -> tuple[BreakEven, ...]:
    rows = ((SONNET, 19e6, BREAK_EVEN_TOKENS, False), (HAIKU, 61e6, 190e6, True), (OPUS, 11e6, 30e6, False))
    if not with_choice:
        return tuple(BreakEven(api, None, None, 0.0, False) for api, *_ in rows)
    found = [BreakEven(api, hardware, people, 182e6, over) for api, hardware, people, over in rows]
    return (*found, BreakEven(HOSTED_QWEN, None, None, 182e6, False))


def _sensitivity() -> tuple[Sensitivity, ...]:
    return (
        Sensitivity("volume", 0.5, 2.0, "x", -18_400.0, 96_000.0, True),
        Sensitivity("api_change_per_year", -0.5, 0.0, "fraction", -12_900.0, 31_200.0, True),
        Sensitivity("people", 0.8, 1.3, "x", 36_700.0, 25_700.0, False),
    )


def _break_even_map() -> BreakEvenMap:
    volumes = tuple(10 ** (6 + step / 2) for step in range(7))
    rows = (0.05, 0.1, 0.3, 0.5)

    def cell(row: int, column: int) -> Strategy:
        place = row + column
        return "api_tuned" if place < 3 else "hosted_open" if place < 5 else "hybrid" if place < 8 else "self_host"

    cells = tuple(tuple(cell(r, c) for c in range(len(volumes))) for r in range(len(rows)))
    saving = tuple(tuple(0.02 * (1 + r + c) for c in range(len(volumes))) for r in range(len(rows)))
    return BreakEvenMap(volumes, rows, cells, saving)


def sample_evidence(catalog: Catalog) -> Evidence:
    """One public measurement beside a prediction."""
    return Evidence(catalog.measurements[0], 716.0, 716.0 / 690.0)


def _prices_used(catalog: Catalog) -> tuple[PriceUsed, ...]:
    offer, api, fx = catalog.offers["aws-g6e-xlarge"], catalog.apis[SONNET], catalog.fx_citation
    return (
        PriceUsed("offer", offer.id, offer.citation.as_of, offer.citation.source, 98, True),
        PriceUsed("api", api.id, api.citation.as_of, api.citation.source, 13, False),
        PriceUsed("fx", "EUR", fx.as_of, fx.source, 24, False),
    )


def sample_sizing(*, fits: bool = True, edit: Callable[[Sizing], Sizing] | None = None) -> Sizing:
    """Answer of `planner size` for the sample's model: on an L40S it fits, on a 20 GB card it does not."""
    catalog = sample_catalog()
    gpu = "l40s" if fits else "rtx-4000-sff-ada"
    deployment = sample_deployment(catalog, gpu)
    vram = VramGib(18.8, 17.3, 18.3, 0.0, 2.6, 0.0)
    remedies = (Remedy("replica", replace(deployment, tensor_parallel=2), weights_gib=9.2), Remedy("gpu", gpu_gib=24.0))
    refusal = Refusal("shortage", (1500.0, 3.6, 18.3, 2.6, 0.4, 17.3))
    refused = MemoryFit(vram, 0, 0.0, 3.6, refusal, remedies)
    sizing = Sizing(
        deployment=deployment,
        shape=RequestShape(1000, 500),
        memory=sample_memory(deployment.gpu.memory_gib_usable) if fits else refused,
        performance=sample_performance() if fits else None,
        evidence=(sample_evidence(catalog),) if fits else (),
        caveats=() if fits else (Caveat("assumed_memory", (deployment.gpu.name, 18.8)),),
        step_inputs=_step_inputs() if fits else None,
    )
    return edit(sizing) if edit else sizing


def _step_inputs() -> StepInputs:
    """A step of 32 sequences of Qwen3 32B in 4 bit on an L40S."""
    return StepInputs(
        weights_gb=18.3,
        kv_gb=10.5,
        tflop=2.0,
        bandwidth_gb_s=864.0,
        peak_tflops=362.0,
        weight_bandwidth_efficiency=0.8,
        kv_bandwidth_efficiency=0.6,
        compute_efficiency=0.6,
        sharpness=2.5,
    )


def without_months(evaluation: Evaluation, strategy: Strategy) -> Evaluation:
    """The same evaluation with one strategy made impossible."""
    empty = replace(evaluation.ledgers[strategy], possible=False, allowed=False, months=(), total=Decimal("0.00"))
    return with_ledgers(evaluation, {**evaluation.ledgers, strategy: empty})


def allowing_all(evaluation: Evaluation) -> Evaluation:
    """The same evaluation without its residency rule."""
    return with_ledgers(evaluation, {s: replace(ledger, allowed=True) for s, ledger in evaluation.ledgers.items()})


def with_ledgers(evaluation: Evaluation, ledgers: Mapping[Strategy, StrategyLedger]) -> Evaluation:
    """The same evaluation with other ledgers, decided anew."""
    found = replace(evaluation, ledgers=MappingProxyType(dict(ledgers)))
    return recommending(found, evaluation.verdict.recommendation)


def recommending(evaluation: Evaluation, recommendation: Recommendation) -> Evaluation:
    """The same evaluation with another recommendation, and what then stands for it and against it."""
    verdict = replace(
        evaluation.verdict,
        recommendation=recommendation,
        strategy=strategy_of(evaluation.ledgers, recommendation),
        rival=rival_of(evaluation.ledgers, recommendation, evaluation.is_self_hosting),
    )
    owns, ledgers = evaluation.is_self_hosting, evaluation.ledgers
    today, best = (payback_of(ledgers, *against) if owns else None for against in (("api_today",), OUTSIDE))
    return answered(replace(evaluation, verdict=verdict, payback_month=today, payback_month_best=best))
