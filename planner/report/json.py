"""`report --format json`: a stable shape that other programs may rely on (schema 1).

Money of the plan is a decimal string with two places, in the plan's currency; rates, tokens, shares and latencies are
numbers. `vram_gib` is per GPU; KV tokens and concurrency are of one replica; tokens per second are of the whole fleet.
A quantity that is not known is null, never zero.
"""

from __future__ import annotations

from planner.engine import specs
from planner.engine.specs.answer import ByHand
from planner.engine.units import HOURS_PER_MONTH
from planner.report.values import Json, engine_settings, money_text, named, number, numbers, throughput, vram
from planner.words import article, labels, next_steps, reasons, traces, warnings
from planner.words import verdict as words
from planner.words.answer import step_line, verdict_line
from planner.words.refusals import because

SCHEMA = 1


def to_json(evaluation: specs.Evaluation, plan_name: str, plan_path: str | None) -> Json:
    """Every key of the report contract; a strategy that is not possible is null and `warnings` says why."""
    return {
        "schema": SCHEMA,
        "plan": {"name": plan_name, "path": plan_path},
        "as_of": evaluation.as_of.isoformat(),
        "currency": evaluation.inputs.currency,
        "vat_not_reclaimed_fraction": number(evaluation.inputs.vat_not_reclaimed_fraction, 6),
        "usd_per_unit": number(evaluation.usd_per_unit, 6),
        "hours_per_month": HOURS_PER_MONTH,
        "demand": _demand(evaluation.demand),
        "questions": [_question(evaluation, question) for question in evaluation.questions],
        "yes_count": evaluation.yes_count,
        "verdict": _verdict(evaluation),
        "answer": _answer(evaluation),
        "choice": None if evaluation.choice is None else _choice(evaluation.choice),
        "dedicated": None if evaluation.dedicated is None else _choice(evaluation.dedicated),
        "options": [_option(option) for option in evaluation.options]
        + [_excluded(option) for option in evaluation.excluded],
        "routes": _routes(evaluation),
        "months": _months(evaluation),
        "totals": {strategy: _totals(evaluation.ledgers[strategy]) for strategy in specs.STRATEGIES},
        "not_counted": {name: str(amount) for name, amount in evaluation.not_counted.items()},
        "cash": [_cash(found) for found in evaluation.cash],
        "break_even": _break_even(evaluation),
        "break_even_map": _break_even_map(evaluation),
        "scenarios": _scenarios(evaluation),
        "sensitivity": _sensitivity(evaluation),
        "assumptions": _assumptions(evaluation),
        "prices": _prices(evaluation),
        "without_stalest_offer": _without_stalest(evaluation),
        "article": _article(evaluation),
        "warnings": list(warnings.every_notice(evaluation)),
    }


def _demand(demand: specs.Demand) -> Json:
    return {
        "tokens_per_day": {
            "today": number(demand.mean_today_tokens_per_day),
            "mean": number(demand.mean_tokens_per_day),
            "p95": number(demand.p95_tokens_per_day),
            "p95_low": number(demand.p95_range.low),
            "p95_high": number(demand.p95_range.high),
            "month_12_mean": number(demand.month_tokens_per_day[-1]),
        },
        **numbers(demand, "requests_per_day"),
        **numbers(demand, "input_fraction", "cached_fraction", places=6),
        **numbers(demand, "peak_to_mean_hour", "concurrency_mean"),
    }


def _question(evaluation: specs.Evaluation, question: specs.QuestionAnswer) -> Json:
    said = reasons.answer_reason(evaluation, question), reasons.answer_evidence(evaluation, question)
    return {"id": question.id, "answer": question.answer, "reason": said[0], "evidence": said[1]}


def _case(evaluation: specs.Evaluation, case: specs.WinningCase) -> Json:
    reason = reasons.case_reason(evaluation, case)
    return {"id": case.id, "label": reasons.CASE_LABELS[case.id], "holds": bool(case.holds), "reason": reason}


def _verdict(evaluation: specs.Evaluation) -> Json:
    verdict, steps = evaluation.verdict, next_steps.next_steps(evaluation)
    return {
        "recommendation": verdict.recommendation,
        "headline": words.headline(evaluation),
        "deciding_fact": words.deciding_fact(evaluation),
        "reasons": list(words.reasons(evaluation)),
        "cases": [_case(evaluation, case) for case in verdict.cases],
        "gives_up": list(words.gives_up(evaluation)),
        "gains": list(words.gains(evaluation)),
        "next_steps": list(steps),
        "flips": [_flip(flip) for flip in verdict.flips],
        "probability_cheaper": number(verdict.probability_cheaper),
        "chance_to_pass": number(verdict.chance_to_pass),
        "cheapest_test": steps[0],
        "rule_of_thumb": reasons.rule_of_thumb(evaluation),
    }


def _answer(evaluation: specs.Evaluation) -> Json:
    """Today and the proposal, as the answer page has them; 12 months unless a name says a month."""
    answer = evaluation.answer
    other = answer.runner_up
    return {
        **named(answer, "kind", "same_models", "today_allowed", "proof", "prompts"),
        "line": verdict_line(evaluation),
        "today": money_text(answer.today),
        "proposed": None if answer.proposed is None else money_text(answer.proposed),
        "saving": None if answer.proposed is None else money_text(answer.saving),
        "untested_models": list(answer.untested),
        "chance_to_pass": number(answer.chance_to_pass),
        "runner_up": other and {**named(other, "strategy", "proven"), "total": money_text(other.total)},
        "workloads": [_move(move) for move in answer.moves],
        "beside_workloads_a_month": {
            "before": money_text(answer.beside_before),
            "after": money_text(answer.beside_after),
        },
        "takes": named(answer.takes, "gpus", "start_month")
        | {"gpu": answer.takes.gpu or None}
        | numbers(answer.takes, "swap_weeks", "setup_weeks", "engineer_fraction", "hiring_months")
        | {name: money_text(getattr(answer.takes, name)) for name in ("swap_cost", "hiring_cost")},
        "by_hand": None if answer.by_hand is None else _by_hand(answer.by_hand),
        "flips": [_flip(flip) for flip in answer.flips],
        "next_steps": [
            {"kind": s.step.kind, "text": step_line(evaluation, s), "saving": money_text(s.saving), "hours": s.hours}
            | {"works": list(s.step.works), "before": s.step.before or None}
            for s in answer.steps
        ],
    }


def _by_hand(hand: ByHand) -> Json:
    return {
        "workloads": list(hand.works),
        "pins": list(hand.pins),
        "total": money_text(hand.total),
        "recommended": {"kind": hand.free_kind, "total": money_text(hand.free_total)},
        "price": money_text(hand.price),
    }


def _move(move: specs.Move) -> Json:
    return named(move, "workload", "runs_on", "destination", "proof", "prompts", "batch_tier") | {
        "moves_to": move.moves_to or None,
        "month_before": money_text(move.before),
        "month_after": money_text(move.after),
        "chance_to_pass": number(move.chance),
    }


def _flip(flip: specs.Flip) -> Json:
    return {
        "input": flip.input,
        "label": labels.LEVER_LABELS[flip.input],
        "from": number(flip.from_value, 6),
        "to": number(flip.to_value, 6),
        "becomes": flip.becomes,
        "unit": flip.unit,
    }


def _choice(choice: specs.Choice) -> Json:
    deployed = named(choice, *_DEPLOYED, "provider", "gpus_per_replica", "replicas")
    writes = choice.deployment.writes
    rates = numbers(choice, "ttft_ms_p95", "tpot_ms", "utilisation", "served_fraction")
    return deployed | {
        "replicas_by_month": list(choice.replicas_by_month),
        "offers_rented": choice.offers_rented,
        "fits": bool(choice.memory.fits),
        "vram_gib": vram(choice.vram_gib),
        "kv_tokens": choice.memory.kv_tokens,
        "max_concurrency": number(choice.memory.max_concurrency),
        "settings": engine_settings(choice.memory),
        "throughput": throughput(choice.fleet_output_tok_s if writes else None, choice.fleet_total_tok_s),
        **rates | ({} if writes else {"tpot_ms": None}),
        **numbers(choice, "up_fraction"),
        "regions": [
            named(part, "region", "offer", "replicas", "spare_replicas") | {"work": list(part.work)}
            for part in choice.regions
        ],
        "provisional": bool(choice.quality_provisional),
        "licence_note": choice.licence_note,
    }


def _option(choice: specs.Choice) -> Json:
    return _choice(choice) | {
        "monthly_cost": money_text(choice.monthly_cost),
        "cost_per_mtok": number(choice.cost_per_mtok),
        "excluded_because": None,
    }


_DEPLOYED = ("model", "weights", "kv", "engine", "gpu", "offer")
_NOT_SIZED = (
    "provider", "replicas", "replicas_by_month", "offers_rented", "kv_tokens", "max_concurrency", "settings",
    "throughput", "ttft_ms_p95", "tpot_ms", "utilisation", "served_fraction", "up_fraction", "regions", "provisional",
    "licence_note", "monthly_cost", "cost_per_mtok",
)  # fmt: skip


def _excluded(option: specs.ExcludedOption) -> Json:
    """The shape of an option; what was never computed for it is null."""
    return dict.fromkeys(_NOT_SIZED) | {
        **named(option, *_DEPLOYED, "gpus_per_replica"),
        "fits": option.short_by_gib <= 0 if option.vram_gib is not None else None,
        "vram_gib": None if option.vram_gib is None else vram(option.vram_gib),
        "excluded_because": because(option.refusal),
    }


def _routes(evaluation: specs.Evaluation) -> list[Json]:
    return [
        {
            **named(route, "workload", "destination", "model"),
            "offer": route.offer or None,
            "share": number(route.token_fraction, 6),
            "rule": reasons.route_reason(evaluation, route),
            "provisional": bool(route.provisional),
            "monthly_cost": money_text(route.monthly_cost),
            "overflow_model": route.overflow_model,
            "overflow_share": number(route.overflow_fraction, 6),
            **named(route, "batch_tier", "overridden"),
        }
        for route in evaluation.routes
    ]


def _months(evaluation: specs.Evaluation) -> list[Json]:
    return [
        {
            "month": month,
            "tokens": number(tokens),
            "strategies": {s: _month(evaluation.ledgers[s], month) for s in specs.STRATEGIES},
        }
        for month, tokens in enumerate(evaluation.months_tokens, start=1)
    ]


def _month(ledger: specs.StrategyLedger, month: int) -> Json | None:
    if not ledger.months:
        return None
    cost = ledger.months[month - 1]
    return {"buckets": {name: str(amount) for name, amount in cost.buckets.items()}, "total": str(cost.total)}


def _totals(ledger: specs.StrategyLedger) -> Json | None:
    if not ledger.months:
        return None
    bands = {name: money_text(getattr(ledger, name)) for name in ("p10", "p50", "p90", "mean")}
    return bands | {
        "total": str(ledger.total),
        "allowed": bool(ledger.allowed),
        "same_as": ledger.same_as,
        "as_today_until_live": list(ledger.meanwhile),
        "not_served": None if ledger.gap is None else _gap(ledger.gap),
        "chance_to_pass": number(ledger.chance_to_pass),
        "reason": reasons.ledger_reason(ledger.reason),
    }


def _gap(gap: specs.ServiceGap) -> Json:
    """Work that nobody serves until own GPUs are live, so that the total holds less than a year of service."""
    full = None if gap.full_year is None else str(gap.full_year)
    times = numbers(gap, "months", "tokens") | {"all_served_from_month": gap.full_from}
    return {"work": list(gap.work), **times, "full_year": full}


def _cash(found: specs.CashOut) -> Json:
    """Servers that are bought, in cash beside the ledger; `strategy` is null for the chosen fleet bought instead."""
    return {
        "strategy": found.strategy,
        "paid_once": str(found.paid_once),
        "written_off": str(found.ledger),
        "cash_first_year": str(found.first_year),
        "paybacks": [
            {"against": row.against, "month_written_off": row.written_off, "month_cash": row.cash}
            for row in found.paybacks
        ],
    }


def _break_even(evaluation: specs.Evaluation) -> Json:
    host = evaluation.dedicated_break_even
    return {
        "dedicated_tokens_per_day": None if host is None else number(host.with_people),
        "tokens_per_day": {
            labels.api_label(row.api_model): {
                **numbers(row, "hardware_only", "with_people"),
                "exceeds_capacity": bool(row.exceeds_capacity),
            }
            for row in evaluation.break_even
        },
        "payback_month": evaluation.payback_month,
        "payback_month_best": evaluation.payback_month_best,
    }


def _break_even_map(evaluation: specs.Evaluation) -> Json | None:
    """Cheapest strategy by output share (rows) and volume (columns)."""
    grid = evaluation.break_even_map
    if grid is None:
        return None
    return {
        "volumes_tokens_per_day": [number(volume) for volume in grid.volumes_tokens_per_day],
        "output_fractions": [number(share, 6) for share in grid.output_fractions],
        "cheapest": [list(row) for row in grid.cells],
        "saving_fraction": [[number(value, 6) for value in row] for row in grid.saving_fraction],
    }


def _scenarios(evaluation: specs.Evaluation) -> list[Json]:
    """What each strategy costs if prices move; hybrid always with at least one own GPU."""
    return [
        {
            **numbers(row, "api_change_per_year", "gpu_change_per_year", places=6),
            "totals": {strategy: money_text(total) for strategy, total in row.totals.items()},
            "cheapest": row.cheapest,
            "own_saving": None if row.saving is None else money_text(row.saving),
            "payback_month": row.payback_month,
        }
        for row in evaluation.scenarios
    ]


def _sensitivity(evaluation: specs.Evaluation) -> list[Json]:
    return [
        {
            "input": row.input,
            "label": labels.INPUT_LABELS[row.input],
            "unit": row.unit,
            **numbers(row, "low", "high", places=6),
            "saving_low": money_text(row.saving_low),
            "saving_high": money_text(row.saving_high),
        }
        for row in evaluation.sensitivity
    ]


def _prices(evaluation: specs.Evaluation) -> list[Json]:
    return [
        {
            **named(price, "kind", "id"),
            "label": traces.price_label(evaluation, price),
            "value": traces.price_value(evaluation, price),
            **named(price, "as_of", "source", "age_days"),
            "stale": bool(price.stale),
        }
        for price in evaluation.prices_used
    ]


def _assumptions(evaluation: specs.Evaluation) -> list[Json]:
    """Every default in force, and why its range is not drawn where it is not."""
    return [
        {
            **named(record, "id", "label", "group", "unit"),
            **numbers(evaluation.inputs.assumptions.get(record.id, record), "low", "mid", "high", places=6),
            "changed": record.id in evaluation.inputs.assumptions,
            "not_drawn": record.not_drawn or None,
            **named(record.citation, "source", "as_of"),
        }
        for record in evaluation.catalog.assumptions.values()
    ]


def _without_stalest(evaluation: specs.Evaluation) -> Json | None:
    """The rent that the fleet rests on, if its price is old, and what the fleet would be without that offer."""
    found = evaluation.without_stalest
    if found is None:
        return None
    return named(found, "offer", "age_days", "model", "gpu", "instead") | {
        "total": money_text(found.total),
        "total_instead": None if found.total_instead is None else money_text(found.total_instead),
    }


def _article(evaluation: specs.Evaluation) -> list[Json]:
    """Claims of the article, in a plan with its prices."""
    return [
        {"id": claim.id, "claim": article.says(claim), "found": article.finds(claim), "holds": bool(claim.holds)}
        | {"because": None if claim.holds else article.holds(claim)}
        for claim in evaluation.claims
    ]
