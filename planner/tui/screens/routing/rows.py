"""Routes as table lines, and the week's load against what the fleet carries."""

from __future__ import annotations

from planner import quantities
from planner.engine.specs import Choice, Destination, Evaluation, RouteShare
from planner.tui.charts.canvas import Row, Rows, Segment, ascii_only
from planner.tui.charts.cost_curve import shown_total
from planner.tui.charts.palette import mark_of
from planner.tui.charts.week import DAYS, HOURS, shade_of
from planner.tui.screens.sizing.rows import model_name
from planner.tui.widgets.fact_table import Column, Line
from planner.words import labels
from planner.words.reasons import route_reason

BURSTS = "\0bursts"
"""Key of the line that sums what overflows; no workload can have this name."""
ROLES: dict[Destination, str] = {"self_host": "self_host", "api": "api_today", "hosted_open": "hosted_open"}


def columns(currency: str) -> tuple[Column, ...]:
    """Headings of the routing table."""
    symbol = quantities.CURRENCY_SYMBOLS.get(currency, currency)
    return (
        Column("work", "work", kept=True, at_most=30, least=14, ideal=20),
        Column("tokens", "tokens", right=True, kept=True),
        Column("to", "goes to", kept=True, at_most=40, least=18, ideal=31),
        Column("because", "because", kept=True, at_most=76, least=20, ideal=40),
        Column("cost", f"{symbol}/mo", right=True, kept=True),
        Column("share", "of cost", right=True),
        Column("next", "next best", at_most=30, least=30),
    )


def lines(evaluation: Evaluation) -> list[Line]:
    """A line a workload, then the bursts."""
    total = sum(route.monthly_cost for route in evaluation.routes) or 1.0
    found = [_line(evaluation, route, total) for route in evaluation.routes]
    bursts = _bursts(evaluation)
    return [*found, bursts] if bursts is not None else found


def place_name(evaluation: Evaluation, destination: Destination, model: str) -> str:
    """The model's name, or the destination's where no model is known."""
    catalog = evaluation.catalog
    if destination != "self_host" and model in catalog.apis:
        return catalog.apis[model].name
    return model_name(catalog, model) or labels.DESTINATION_LABELS[destination]


def destination_mark(destination: Destination) -> str:
    """The strategy's marker that stands for this destination."""
    strategy = {"self_host": "self_host", "api": "api_today", "hosted_open": "hosted_open"}[destination]
    return mark_of(strategy, ascii_only())  # type: ignore[arg-type] # the table above holds strategies only


def _line(evaluation: Evaluation, route: RouteShare, total: float) -> Line:
    alternative = next((a for a in route.alternatives if a[0] not in (route.destination, route.model)), None)
    return Line(
        route.workload,
        (
            f"{'* ' if route.overridden else ''}{route.workload}",
            quantities.percent(route.token_fraction),
            _goes_to(evaluation, route),
            (Segment("~ " if route.provisional else "", "warn"), Segment(route_reason(evaluation, route))),
            quantities.count(route.monthly_cost),
            (Segment(quantities.percent(route.monthly_cost / total), "muted"),),
            (Segment(_alternative(evaluation, alternative), "muted"),),
        ),
    )


def _goes_to(evaluation: Evaluation, route: RouteShare) -> Row:
    name = place_name(evaluation, route.destination, route.model)
    where = f"{labels.DESTINATION_LABELS[route.destination]}: " if route.destination != "api" else ""
    tier = ", batch tier" if route.batch_tier else ""
    return (
        Segment(f"{destination_mark(route.destination)} ", ROLES[route.destination]),
        Segment(f"{where}{name}{tier}"),
    )


def alternative_name(evaluation: Evaluation, where: str) -> str:
    """Where a workload could go: "self_host" or an API id, as people read it."""
    mark = destination_mark(destination_of(evaluation, where))
    if where == "self_host":
        return f"{mark} self-host"
    found = evaluation.catalog.apis.get(where)
    return f"{mark} {found.name if found is not None else where}"


def destination_of(evaluation: Evaluation, where: str) -> Destination:
    """Own GPUs, or what kind of API an id stands for."""
    if where == "self_host":
        return "self_host"
    found = evaluation.catalog.apis.get(where)
    return "hosted_open" if found is not None and found.is_hosted_open else "api"


def _alternative(evaluation: Evaluation, alternative: tuple[str, float] | None) -> str:
    if alternative is None:
        return ""
    where, cost = alternative
    return f"{alternative_name(evaluation, where)} {quantities.count(cost)}"


def _bursts(evaluation: Evaluation) -> Line | None:
    """What overflows, from all self-hosted work together; its money is part of the lines above."""
    overflowing = [route for route in evaluation.routes if route.overflow_fraction > 0]
    choice = evaluation.choice
    if not overflowing or choice is None:
        return None
    share = sum(route.token_fraction * route.overflow_fraction for route in overflowing)
    models = sorted({alternative_name(evaluation, r.overflow_model) for r in overflowing if r.overflow_model})
    serving = choice.replicas - choice.spare_replicas
    carry = "replica carries" if serving == 1 else "replicas carry"
    rule = f"{_waiting(choice)}above what {serving} {carry} at {safe_load(evaluation)}"
    return Line(
        BURSTS,
        (
            "bursts",
            quantities.percent(share),
            ", ".join(models),
            rule,
            (Segment("above", "muted"),),
            "",
            "",
        ),
    )


def _waiting(choice: Choice) -> str:
    """The months before own GPUs serve are the larger part of what goes elsewhere."""
    idle = sum(1 for replicas in choice.replicas_by_month if replicas == 0)
    return "" if idle == 0 else f"month{'s' if idle > 1 else ''} 1{f'-{idle}' if idle > 1 else ''}: no GPUs yet; then "


def safe_load(evaluation: Evaluation) -> str:
    """The load a replica may safely take."""
    choice, week = evaluation.choice, evaluation.week
    limit = week.utilisation_limit if week is not None else 0.0 if choice is None else choice.safe_utilisation
    return f"{quantities.percent(limit)} busy"


def detail_rows(evaluation: Evaluation, key: str) -> Rows:
    """The rule in full, the burst rule and the alternatives of the workload under the cursor."""
    route = next((route for route in evaluation.routes if route.workload == key), None)
    if route is None:
        return _burst_detail(evaluation) if key == BURSTS else ()
    rows: list[Row] = [(Segment(f"{'because':<12}", "muted"), Segment(route_reason(evaluation, route)))]
    if route.provisional:
        note = "quality is not proven on your own prompts: run a paired evaluation before you move it"
        rows.append((Segment(f"{'~ unproven':<12}", "warn"), Segment(note)))
    if route.overridden:
        rows.append((Segment(f"{'override':<12}", "muted"), Segment("yours; o takes it back")))
    if route.alternatives:
        rows.append((Segment(f"{'possible':<12}", "muted"), *_priced(evaluation, route)))
    return tuple(rows)


def _priced(evaluation: Evaluation, route: RouteShare) -> Row:
    """Every destination that passes the gates, cheapest first, with its money."""
    parts: list[Segment] = []
    for where, cost in route.alternatives:
        mark, _, name = alternative_name(evaluation, where).partition(" ")
        parts += [Segment(" · ", "muted")] if parts else []
        parts += [
            Segment(f"{mark} ", ROLES[destination_of(evaluation, where)]),
            Segment(f"{name} {quantities.money(cost, evaluation.inputs.currency)}/mo"),
        ]
    return tuple(parts)


def _burst_detail(evaluation: Evaluation) -> Rows:
    text = (
        "Work beyond the safe load of an hour goes to the API route of its workload; background work first waits for"
        " idle hours within its deadline. Work that must stay inside never overflows."
    )
    return ((Segment(f"{'burst rule':<12}", "muted"), Segment(text)),)


CURVE_COLUMNS = (
    Column("replicas", "replicas", right=True, kept=True),
    Column("served", "carries", right=True, kept=True),
    Column("total", "12 months", right=True, kept=True),
    Column("gpu", "GPU", right=True),
    Column("people", "people", right=True),
    Column("api", "API", right=True),
    Column("note", "", kept=True),
    Column("rented", "rented", right=True),
)


def curve_lines(evaluation: Evaluation) -> list[Line]:
    """The cost curve as a table."""
    currency = evaluation.inputs.currency
    chosen = evaluation.planned_replicas

    def note(replicas: int, feasible: bool) -> str:
        return "the plan" if replicas == chosen else "" if feasible else "not allowed"

    return [
        Line(
            str(point.replicas),
            (
                quantities.count(point.replicas),
                quantities.percent(point.served_fraction),
                quantities.money(shown_total(point), currency),
                quantities.money(point.gpu, currency),
                quantities.money(point.people_and_fixed, currency),
                quantities.money(point.api, currency),
                note(point.replicas, point.feasible),
                quantities.count(point.offers_rented),
            ),
        )
        for point in evaluation.curve
    ]


WEEK_COLUMNS = (Column("hour", "hour", kept=True), *(Column(day, day, right=True, kept=True) for day in DAYS))


def week_lines(evaluation: Evaluation) -> list[Line]:
    """Replicas kept busy in each hour, `!` where that is above the capacity; without own GPUs, load over the mean."""
    week = evaluation.week
    loads = evaluation.demand.hour_of_week if week is None else week.load_replicas

    def cell(hour: int) -> str:
        over = week is not None and shade_of(loads[hour], week.capacity_replicas[hour]) == 4
        return f"{quantities.significant(loads[hour], 2)}{'!' if over else ''}"

    return [
        Line(key, (f"{key}:00", *(cell(day * HOURS + hour) for day in range(len(DAYS)))))
        for hour, key in enumerate(map(quantities.hour_of_day, range(HOURS)))
    ]
