"""The volume, the machine and the routes."""

from __future__ import annotations

from planner import quantities
from planner.engine.fleet.ownership import OWNED
from planner.engine.specs import AdapterHost, Choice, Evaluation, ExcludedOption, RouteShare
from planner.report.document import Block, Chart, Paragraph, Section, Table, plain_table, tabulate
from planner.report.tables import candidates
from planner.report.tables import routes as routing
from planner.words.labels import (
    UNPROVEN,
    a_period,
    licence_words,
    marked,
    product_name,
    provider_name,
    settings_words,
)
from planner.words.reasons import UNTESTED, why_no_choice
from planner.words.verdict import region_words

_OTHERS_SHOWN = 5
_EXCLUDED_SHOWN = 8


def volume(evaluation: Evaluation) -> Section:
    """Demand of the next 12 months."""
    demand = evaluation.demand
    rows = (
        ("Today, mean", quantities.tokens_per_day(demand.mean_today_tokens_per_day)),
        ("Next 12 months, mean", quantities.tokens_per_day(demand.mean_tokens_per_day)),
        ("Month 12, mean", quantities.tokens_per_day(demand.month_tokens_per_day[-1])),
        ("p95 of all days", quantities.scaled_interval(demand.p95_range, "tok/day")),
        ("Requests", f"{quantities.scaled(demand.requests_per_day)} a day"),
        ("Input share", quantities.percent(demand.input_fraction)),
        ("Cached share of input", quantities.percent(demand.cached_fraction)),
        ("Busiest hour of the week", f"{quantities.significant(demand.peak_to_mean_hour)}x the mean hour"),
    )
    return Section("Volume", (plain_table(("", ""), rows, "ll"),))


CHOICE_TITLE = "Model and GPU"


def choice(evaluation: Evaluation) -> Section:
    """The model and the card, with memory and speed; otherwise why there is none."""
    chosen = evaluation.choice
    searched = Paragraph(
        f"{quantities.significant(evaluation.options_fitting)} of "
        f"{quantities.significant(evaluation.options_considered)} "
        "candidates have the memory, speed, licence and quality."
    )
    if chosen is None:
        return Section(CHOICE_TITLE, (Paragraph(why_no_choice(evaluation)), searched, *_why_not(evaluation)))
    blocks: tuple[Block, ...] = (
        plain_table(("", ""), _choice_rows(evaluation, chosen), "ll"),
        searched,
        *_others(evaluation, chosen),
        *_why_not(evaluation),
    )
    return Section(CHOICE_TITLE if evaluation.is_self_hosting else f"{CHOICE_TITLE}, if you had your own", blocks)


def _choice_rows(evaluation: Evaluation, chosen: Choice) -> tuple[tuple[str, str], ...]:
    vram, memory, one = chosen.vram_gib, chosen.memory, chosen.performance
    gpu = chosen.deployment.gpu
    model = chosen.deployment.model
    note = f" ({UNTESTED})" if chosen.quality_provisional else ""

    return (
        ("Model", f"{model.name}, {chosen.weights} weights, {chosen.kv} KV cache{note}"),
        ("Licence", licence_words(chosen.licence_note)),
        ("Engine", f"{chosen.deployment.engine.name} {chosen.deployment.engine.version}".strip()),
        ("GPU", f"{chosen.gpus_per_replica}x {gpu.name} a replica"),
        ("Offer", _offer_text(evaluation, chosen)),
        ("Replicas", _replicas_text(chosen)),
        *(("  of which", part) for part in region_words(evaluation, chosen)),
        ("VRAM per GPU", f"{quantities.gib(vram.usable)} usable of {quantities.gib(vram.total)}"),
        ("  of which", _vram_parts(chosen)),
        (
            "KV cache of a replica",
            f"{quantities.significant(memory.kv_tokens)} tokens in {quantities.gib(memory.kv_pool_gib)} a GPU",
        ),
        ("Engine settings", settings_words(memory)),
        ("Concurrency of a replica", f"{quantities.significant(one.concurrency)} at the operating point"),
        *_speed_rows(chosen),
        ("Limited by", one.bound_by),
        ("Utilisation, 12 months", _utilisation_text(chosen)),
        *_what_it_does(evaluation, chosen),
    )


def _what_it_does(evaluation: Evaluation, chosen: Choice) -> tuple[tuple[str, str], ...]:
    """Which work it serves, and for how much."""
    served, currency = quantities.percent(chosen.served_fraction), evaluation.inputs.currency

    def cost(amount: float) -> str:
        return marked(quantities.money(amount, currency), untested=chosen.quality_provisional)

    each = f"{cost(chosen.cost_per_mtok)}: rent, set-up and people of 12 months over the tokens it serves in them"
    return (
        ("Served itself", f"{served} of the tokens routed to it, by all replicas together"),
        ("Cost", f"{cost(chosen.monthly_cost)} a month for the whole plan"),
        ("GPU rent", f"{quantities.money(chosen.gpu_monthly_cost, currency)} a month"),
        ("Cost per 1M tokens", each),
    )


def _speed_rows(chosen: Choice) -> tuple[tuple[str, str], ...]:
    """Of embeddings, which write nothing, the speed of their input."""
    one, first = chosen.performance, ("TTFT p95, with queueing", quantities.milliseconds(chosen.ttft_ms_p95))
    if not chosen.deployment.writes:
        return (
            ("Input, one replica", quantities.interval(one.total_tok_s, "tok/s")),
            ("Input, fleet", quantities.interval(chosen.fleet_total_tok_s, "tok/s")),
            first,
        )
    return (
        ("Output, one replica", quantities.interval(one.output_tok_s, "tok/s")),
        ("Output, fleet", quantities.interval(chosen.fleet_output_tok_s, "tok/s")),
        ("Input + output, fleet", quantities.interval(chosen.fleet_total_tok_s, "tok/s")),
        first,
        ("TPOT", quantities.interval(one.tpot_ms, "ms")),
    )


_OF_A_HOST = frozenset(
    ("Model", "GPU", "Replicas", "Output, one replica", "Input, one replica",
     "TTFT p95, with queueing", "TPOT", "Utilisation, 12 months")
)  # fmt: skip
"""What is said of a host's endpoint as of a fleet of one's own."""


def dedicated(evaluation: Evaluation) -> Section:
    """What a host would run for this plan alone, and on which terms."""
    title, found = "Dedicated endpoint at a host", evaluation.dedicated
    if found is None:
        catalog, used = evaluation.catalog, (r.model for r in evaluation.routes if r.destination == "dedicated")
        rows = tuple(
            (provider_name(catalog.apis[id].provider), _adapter_terms(catalog.adapters[id]))
            for id in dict.fromkeys(used)
        )
        return Section("Adapters at a host", (plain_table(("", ""), rows, "ll"),) if rows else ())
    offer, shown = evaluation.offer_of(found), _choice_rows(evaluation, found)
    rent = quantities.money(found.gpu_monthly_cost, evaluation.inputs.currency)
    terms = f"billed by the {offer.billed_by}{', down to zero in quiet hours' if found.schedule else ''}"
    rows = (
        *((label, text) for label, text in shown if label in _OF_A_HOST),
        ("Endpoint", _offer_text(evaluation, found)),
        ("Terms", f"{terms}; {offer.notes}" if offer.notes else terms),
        ("Rent", f"{rent} a month"),
        ("Pays from", _pays_from(evaluation)),
        ("Price read on", f"{offer.citation.as_of}: {offer.citation.source}"),
    )
    return Section(title, (plain_table(("", ""), rows, "ll"),))


def _pays_from(evaluation: Evaluation) -> str:
    point = evaluation.dedicated_break_even
    if point is None:
        return "any volume: no endpoint by the token may take some of its work"
    if point.with_people is None:
        return "no volume in range against the best endpoints by the token"
    return f"{quantities.tokens_per_day(point.with_people)} against the best endpoints by the token"


def _adapter_terms(host: AdapterHost) -> str:
    rank = "" if host.largest_rank is None else f"LoRA up to rank {host.largest_rank}; "
    most = "" if host.most_adapters is None else f"{host.most_adapters} adapters at a time; "
    return f"{rank}{most}{host.notes} ({host.citation.source}, {host.citation.as_of})"


def _utilisation_text(chosen: Choice) -> str:
    return f"{quantities.percent(chosen.utilisation)} (safe at peak: {quantities.percent(chosen.safe_utilisation)})"


def _offer_text(evaluation: Evaluation, chosen: Choice) -> str:
    offer = evaluation.offer_of(chosen)
    price = f"{quantities.price(offer.price, offer.currency)} {a_period(offer.per)}"
    unstated = "your own site or colocation" if offer.commitment == OWNED else "region not stated"
    return f"{product_name(offer)}, {price}, {offer.commitment}, {offer.region or unstated}"


def _replicas_text(chosen: Choice) -> str:
    spare = f", {chosen.spare_replicas} of them spare" if chosen.spare_replicas else ""
    by_month = " ".join(str(replicas) for replicas in chosen.replicas_by_month)
    return f"{chosen.replicas} in the busiest month{spare} (by month: {by_month})"


def _vram_parts(chosen: Choice) -> str:
    vram = chosen.vram_gib
    weights, overhead, kv = (quantities.gib(part) for part in (vram.weights, vram.overhead, vram.kv))
    return f"weights {weights}, overhead {overhead}, KV cache in use {kv}"


def _others(evaluation: Evaluation, chosen: Choice) -> tuple[Block, ...]:
    others = [option for option in evaluation.options[: _OTHERS_SHOWN + 1] if option != chosen][:_OTHERS_SHOWN]
    table = tabulate(others, candidates.key_of, *candidates.fitting(evaluation))
    return (Paragraph("Next best:"), table.only("model", "weights", "offer", "n", "tok", "cost")) if others else ()


def _why_not(evaluation: Evaluation) -> tuple[Block, ...]:
    """One candidate for each kind of reason: numbers aside, "short by 3.6 GiB" and "short by 9.9 GiB" are one kind."""
    by_kind: dict[tuple[object, ...], ExcludedOption] = {}
    for option in evaluation.excluded:
        why = option.refusal
        named = (figure for figure in why.figures if not isinstance(figure, int | float))
        by_kind.setdefault((why.ground, why.must_run_here and why.workload, *named), option)
    shown = list(by_kind.values())[:_EXCLUDED_SHOWN]
    table = tabulate(shown, candidates.key_of, *candidates.excluded(evaluation))
    return (Paragraph("Excluded, for example:"), table.only("model", "weights", "offer", "why")) if shown else ()


def routes(evaluation: Evaluation) -> Section:
    """Where each workload goes, by which rule, at what cost; and what each replica count costs."""
    table = routing.routes(evaluation).only("work", "tokens", "to", "because", "cost")
    marks = (
        (f"{UNPROVEN} only if a test on your own prompts confirms it", any(r.provisional for r in evaluation.routes)),
        ("* set by you", any(route.overridden for route in evaluation.routes)),
    )
    notes = tuple(Paragraph(f"{text}.") for text, needed in marks if needed)
    bursts = tuple(_burst(evaluation, route) for route in evaluation.routes if route.overflow_fraction > 0)
    return Section("Routes", (table, *notes, *bursts, *_curve(evaluation)))


def _burst(evaluation: Evaluation, route: RouteShare) -> Paragraph:
    """Which part of one workload leaves own GPUs in its busiest hours; the table sums all of them in one line."""
    api = route.overflow_model
    where = routing.alternative_name(evaluation, api, route.workload) if api else "an API"
    share = quantities.percent(route.overflow_fraction)
    return Paragraph(f"Bursts of {route.workload}: {share} of its tokens overflow to {where}.")


def _curve(evaluation: Evaluation) -> tuple[Chart | Table, ...]:
    if len(evaluation.curve) < 2:
        return ()
    return (Chart("replicas", "Cost of 12 months against replicas"), routing.curve(evaluation))
