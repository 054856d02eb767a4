"""Which work goes where, what each number of replicas would cost, and the load of each hour of the week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from planner import quantities
from planner.engine.api_prices import month_today
from planner.engine.names import Strategy
from planner.engine.quality import serves_own
from planner.engine.specs import ApiModel, Choice, CostPoint, Destination, Evaluation, RouteShare, Workload
from planner.engine.units import HOURS_PER_DAY
from planner.quantities import amount, count, hour_of_day, percent, scaled, significant
from planner.report.document import Column, Line, Row, Segment, Table, muted, tabulate
from planner.words.labels import (
    DESTINATION_LABELS,
    NOWHERE,
    STRATEGY_LABELS,
    STRATEGY_MARKERS,
    UNPROVEN,
    marked,
    provider_name,
)
from planner.words.reasons import kind_words, route_reason
from planner.words.sentences import as_sentence

if TYPE_CHECKING:
    from planner.plan.schema import Plan, WorkloadEntry

BURSTS = "\0bursts"
"""Key of the line that sums what overflows; no workload can have this name."""
PEOPLE, SUM = "\0people", "\0sum"
"""Keys of the lines of what belongs to no work alone, and of all of it."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def workloads(plan: Plan, apis: Mapping[str, ApiModel], evaluation: Evaluation | None) -> Table:
    """Each kind of work: where it runs today and what it costs there; as it is typed, a name may stand twice.

    Without an evaluation only what the plan says of money and tokens.
    """
    symbol = quantities.currency_symbol(plan.currency)
    known = {} if evaluation is None else {work.name: work for work in evaluation.inputs.workload}

    def runs_on(entry: WorkloadEntry) -> str:
        api = entry.api_model or plan.volume.baseline_api
        return apis[api].name if api in apis else api

    return tabulate(
        enumerate(plan.workload),
        lambda row: str(row[0]),
        (Column("work", "work", kept=True, at_most=26, least=12, ideal=17), lambda row: row[1].name),
        (Column("on", "runs on", kept=True, at_most=26, least=11, ideal=17), lambda row: runs_on(row[1])),
        (
            Column("today", f"today, {symbol}/mo", right=True, kept=True, brief=f"{symbol}/mo"),
            lambda row: _today(plan, row[1], known.get(row[1].name), evaluation),
        ),
        (Column("volume", "tokens/day", right=True), lambda row: _volume(row[1], known.get(row[1].name))),
        (Column("shape", "in/out", right=True), lambda row: _shape(row[1])),
        (Column("cached", "cached", right=True), lambda row: percent(row[1].cached_input_fraction)),
        (Column("kind", "kind"), lambda row: kind_words(row[1].kind)),
    )


def _today(plan: Plan, entry: WorkloadEntry, work: Workload | None, evaluation: Evaluation | None) -> str:
    """A month's bill as it was told, or what the volume comes to."""
    # Here, not above: pydantic comes with it, and `planner size`, which reads no plan, would wait 70 ms for it.
    from planner.plan.volumes import told_volume

    told = entry.bill
    if told is not None and (told.per, told.currency) == ("month", plan.currency):
        return amount(told.amount, plan.currency)
    if told_volume(entry) is None:
        return "not told"
    if evaluation is None or work is None or evaluation.inputs.api_today(work) not in evaluation.catalog.apis:
        return "…"
    return amount(month_today(work, evaluation.inputs, evaluation.catalog, evaluation.as_of), plan.currency)


def _volume(entry: WorkloadEntry, work: Workload | None) -> str:
    """Tokens a day: told, or what requests and bills come to."""
    if entry.bill is not None:
        return "" if work is None else scaled(work.tokens_per_day)
    requests = entry.requests_per_day
    tokens = entry.tokens_per_day if requests is None else requests * (entry.input_tokens + entry.output_tokens)
    return "" if tokens is None else scaled(tokens)


def _shape(entry: WorkloadEntry) -> str:
    return f"{scaled(entry.input_tokens)}/{scaled(entry.output_tokens)}".replace(" ", "")


def routes(evaluation: Evaluation) -> Table:
    """A line a workload, then the bursts, what no work pays alone, and the mean month of the ledger."""
    total = sum(route.monthly_cost for route in evaluation.routes) + evaluation.unrouted_monthly_cost or 1.0
    currency = evaluation.inputs.currency
    symbol = quantities.currency_symbol(currency)
    table = tabulate(
        evaluation.routes,
        lambda row: row.workload,
        (
            Column("work", "work", kept=True, at_most=30, least=14, ideal=20),
            lambda row: f"{'* ' if row.overridden else ''}{row.workload}",
        ),
        (Column("tokens", "tokens", right=True, kept=True), lambda row: percent(row.token_fraction)),
        (Column("to", "goes to", kept=True, at_most=40, least=18, ideal=31), lambda row: _goes_to(evaluation, row)),
        (
            Column("because", "because", kept=True, at_most=76, least=20, ideal=40),
            lambda row: (
                Segment(f"{UNPROVEN} " if row.provisional else "", "warn"),
                Segment(route_reason(evaluation, row)),
            ),
        ),
        (Column("cost", f"{symbol}/mo", right=True, kept=True), lambda row: _cost(row, currency)),
        (Column("share", "of cost", right=True), lambda row: muted(percent(row.monthly_cost / total))),
        (Column("next", "next best", at_most=30, least=30), lambda row: muted(_next_best(evaluation, row))),
    )
    return Table(table.columns, (*table.lines, *_bursts(evaluation), *_sum(evaluation, total)))


def _cost(route: RouteShare, currency: str) -> str:
    return marked(amount(route.monthly_cost, currency), untested=route.provisional)


def _sum(evaluation: Evaluation, total: float) -> Iterator[Line]:
    """People and what else belongs to no work alone, then the sum, which is a twelfth of the ledger's total."""
    rest, currency = evaluation.unrouted_monthly_cost, evaluation.inputs.currency
    if evaluation.planned is None:
        return
    if rest >= 0.01:
        share = muted(percent(rest / total))
        yield Line(PEOPLE, ("people and running", "", "", "", amount(rest, currency), share, ""))
    name = STRATEGY_LABELS[evaluation.planned].lower()
    whole = marked(amount(total, currency), untested=evaluation.ledgers[evaluation.planned].untested)
    yield Line(SUM, ("sum", "", "", f"{name}: a twelfth of its 12 months", whole, "", ""))


def _goes_to(evaluation: Evaluation, route: RouteShare) -> Row:
    """Marker and name; whose GPUs it runs on where these are not those of the model's maker."""
    apis = {} if route.destination == "self_host" or route.offer else evaluation.catalog.apis
    found = apis.get(route.model) or evaluation.catalog.models.get(route.model)
    name = found.name if found else route.model or DESTINATION_LABELS[route.destination]
    where = "" if route.destination in ("api", "none") else f"{_where(evaluation, route)}: "
    if route.destination == "none":
        return (Segment(f"{NOWHERE} {name}", "warn"),)
    strategy = _strategy(evaluation, route.destination, route.model, route.workload)
    return (
        Segment(f"{STRATEGY_MARKERS[strategy]} ", strategy),
        Segment(f"{where}{name}{', batch tier' if route.batch_tier else ''}"),
    )


def _where(evaluation: Evaluation, route: RouteShare) -> str:
    """The sort of destination; of a host's endpoint, who that is."""
    offer, api = evaluation.catalog.offers.get(route.offer), evaluation.catalog.apis.get(route.model)
    if route.destination != "dedicated" or (offer is None and api is None):
        return DESTINATION_LABELS[route.destination]
    return (
        f"dedicated at {offer.provider}"
        if offer is not None
        else f"adapters at {provider_name(api.provider) if api else ''}"
    )


def destination_of(evaluation: Evaluation, where: str) -> Destination:
    """Own GPUs, or what kind of API an id stands for."""
    if where == "self_host":
        return "self_host"
    found = evaluation.catalog.apis.get(where)
    if found is not None and serves_own(evaluation.inputs, found):
        return "dedicated"
    return "hosted_open" if found is not None and found.is_hosted_open else "api"


def strategy_of(evaluation: Evaluation, where: str, work: str = "") -> Strategy:
    """The strategy in whose sign and colour a place is shown that some work, or all of it, may go to."""
    return _strategy(evaluation, destination_of(evaluation, where), where, work)


def _strategy(evaluation: Evaluation, destination: Destination, where: str, work: str) -> Strategy:
    """Of closed models, today's is another strategy than those that work moves to."""
    if destination in ("hosted_open", "dedicated", "self_host"):
        return destination
    inputs = evaluation.inputs
    today = {inputs.api_today(each) for each in inputs.workload if work in ("", each.name)}
    return "api_today" if where in today else "api_tuned"


def alternative_name(evaluation: Evaluation, where: str, work: str = "") -> str:
    """Where a workload could go: "self_host" or an API id, as people read it."""
    found = evaluation.catalog.apis.get(where)
    name = "self-host" if where == "self_host" else found.name if found is not None else where
    return f"{STRATEGY_MARKERS[strategy_of(evaluation, where, work)]} {name}"


def alternatives(evaluation: Evaluation, route: RouteShare) -> Iterator[tuple[str, str]]:
    """Where else a workload may go, as an id, and what it would cost there, cheapest first."""
    for where, cost in route.alternatives:
        shown = quantities.money(cost, evaluation.inputs.currency)
        yield where, f"{marked(shown, untested=where in route.untested_alternatives)}/mo"


def _next_best(evaluation: Evaluation, route: RouteShare) -> str:
    others = ((where, cost) for where, cost in route.alternatives if where not in (route.destination, route.model))
    where, cost = next(others, ("", 0.0))
    shown = marked(amount(cost, evaluation.inputs.currency), untested=where in route.untested_alternatives)
    return f"{alternative_name(evaluation, where, route.workload)} {shown}" if where else ""


def _bursts(evaluation: Evaluation) -> tuple[Line, ...]:
    """What overflows, from all self-hosted work together; its money is part of the lines above."""
    overflowing = [route for route in evaluation.routes if route.overflow_fraction > 0]
    choice = evaluation.running
    if not overflowing or choice is None:
        return ()
    share = sum(route.token_fraction * route.overflow_fraction for route in overflowing)
    models = sorted({alternative_name(evaluation, r.overflow_model) for r in overflowing if r.overflow_model})
    gpus = (choice.replicas - choice.spare_replicas) * choice.gpus_per_replica
    rule = as_sentence(
        f"{_waiting(choice)}peaks that the {'one GPU' if gpus == 1 else f'{count(gpus)} GPUs'} cannot take"
    )
    return (Line(BURSTS, ("bursts", percent(share), ", ".join(models), rule, muted("above"), "", "")),)


def _waiting(choice: Choice) -> str:
    """The months before own GPUs serve are the larger part of what goes elsewhere."""
    idle = sum(1 for replicas in choice.replicas_by_month if replicas == 0)
    months = f"month{'s' if idle > 1 else ''} 1{f'-{idle}' if idle > 1 else ''}"
    return "" if idle == 0 else f"All of it in {months}, when no GPU runs yet; then "


def shown_total(point: CostPoint) -> float:
    """Cost of the point; one that is not allowed has none in the engine, so its parts are summed."""
    return point.total if point.feasible else point.gpu + point.people_and_fixed + point.api


def curve(evaluation: Evaluation) -> Table:
    """What 12 months cost with each number of replicas."""
    currency, chosen = evaluation.inputs.currency, evaluation.planned_replicas

    def money(amount: float) -> str:
        return quantities.money(amount, currency)

    def total(row: CostPoint) -> str:
        return marked(money(shown_total(row)), untested=row.untested)

    return tabulate(
        evaluation.curve,
        lambda row: str(row.replicas),
        (Column("replicas", "replicas", right=True, kept=True), lambda row: count(row.replicas)),
        (Column("served", "carries", right=True, kept=True), lambda row: percent(row.served_fraction)),
        (Column("total", "12 months", right=True, kept=True), total),
        (Column("gpu", "GPU", right=True), lambda row: money(row.gpu)),
        (Column("people", "people", right=True), lambda row: money(row.people_and_fixed)),
        (Column("api", "API", right=True), lambda row: marked(money(row.api), untested=row.untested)),
        (
            Column("note", "", kept=True),
            lambda row: "the plan" if row.replicas == chosen else "" if row.feasible else "not allowed",
        ),
        (Column("rented", "rented", right=True), lambda row: count(row.offers_rented)),
    )


def week(evaluation: Evaluation) -> Table:
    """Replicas kept busy in each hour, `!` where that is above the capacity; without own GPUs, load over the mean."""
    found = evaluation.week
    loads = evaluation.demand.hour_of_week if found is None else found.load_replicas

    def load(day: int, hour: int) -> str:
        place = day * HOURS_PER_DAY + hour
        over = found is not None and loads[place] > found.capacity_replicas[place] * (1 + 1e-9)
        return f"{significant(loads[place], 2)}{'!' if over else ''}"

    columns = (Column("hour", "hour", kept=True), *(Column(day, day, right=True, kept=True) for day in DAYS))
    lines = (
        Line(hour_of_day(hour), (f"{hour_of_day(hour)}:00", *(load(day, hour) for day in range(len(DAYS)))))
        for hour in range(HOURS_PER_DAY)
    )
    return Table(columns, tuple(lines))
