"""What a plan should do, decided once more in plain words and without the engine.

From a plan's answers and the catalogue: which endpoints may take each workload, what each costs, which is the cheapest,
what own GPUs would cost, and what is therefore recommended. Of the planner it takes one thing: a fleet, that is, how
many products of which offer run in each month, and what share of each workload they serve. Amounts come from
`recompute`. The rules it restates:

- data that must stay inside go to no endpoint, data that must stay in the region to those on record there;
- weights of one's own are served by no endpoint priced by the token but those whose host takes so many LoRA adapters of
  this model; their quality is not asked, and a host that serves them is no shared open model;
- an endpoint must be able to do the work (vectors or text, images, code in the middle), take its longest request in its
  own tokens, answer as fast as asked, and take the busiest hour: 4M tokens a minute unless it states another number, is
  of a vendor who serves the work today or with whom there is a contract, or was named by hand;
- it must be on sale for 12 months, under a licence that fits;
- it must be good enough: an evaluation decides; without one its level reaches the work's, it is not known to be worse
  than today's model by more than the margin, and an open model does not take work that users see, agents or images;
- where one with a published figure may take the work, one without does not;
- vectors of one index move together;
- use within a promised spend, or within a credit, adds nothing to the bill: what an endpoint adds is what counts;
- the cheapest closed one, the cheapest open one, and the cheapest of all stand for the strategies without own GPUs;
- a host that serves this plan alone is one more of them: replicas by the hour, which take no people but those who watch
  them, or adapters by the token; it is recommended where it saves enough against whatever is shared;
- own GPUs are recommended where nothing else is permitted, or where they save the share that the plan asks for, as
  surely as it asks, and the answers speak for it; an open model elsewhere where it saves that share of the closed bill
  and more than the move costs; else an API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from tests.audit import recompute as plain

LEVELS = ("basic", "routine", "solid", "expert", "frontier")
SEEN_BY_USERS = ("customer_text", "reasoning", "agent", "coding_agent", "multilingual", "long_context", "vision")
MINUTES = 24 * 60
YEAR_DAYS = 365


@dataclass(frozen=True)
class Case:
    """A plan, the catalogue with the plan's own prices in it, and the day."""

    inputs: Any
    catalog: Any
    as_of: date

    def today(self, work: Any) -> Any:
        return self.catalog.apis[work.api_model or self.inputs.volume.baseline_api]

    def stated(self, name: str) -> float:
        return plain.stated(self.inputs, self.catalog, name)

    def in_own_tokens(self, work: Any, model: Any) -> float:
        """Tokens of a model for one of today's."""
        return plain.tokens(self.catalog, model, work.text) / plain.tokens(self.catalog, self.today(work), work.text)


@dataclass(frozen=True)
class Priced:
    """A workload on an endpoint it may use."""

    api: Any
    total: float


@dataclass(frozen=True)
class Choices:
    """What one workload may use, cheapest first."""

    work: Any
    permitted: tuple[Priced, ...]
    may_stay: bool
    why_not: Mapping[str, str] = field(default_factory=dict)
    adapters: bool = False
    """Weights of one's own are needed, so an open model elsewhere is one that serves them."""

    def cheapest(self, fits: Callable[[Any], bool] = lambda api: True) -> Any | None:
        return next((each.api for each in self.permitted if fits(each.api)), None)

    @property
    def closed(self) -> Any | None:
        return self.cheapest(lambda api: not api.is_hosted_open)

    @property
    def hosted(self) -> Any | None:
        return None if self.adapters else self.cheapest(lambda api: bool(api.is_hosted_open))

    @property
    def best(self) -> Any | None:
        by_hand = {"api": self.closed, "hosted_open": self.hosted}.get(self.work.route)
        return by_hand or self.cheapest()


def bound(case: Case, work: Any) -> bool:
    return bool(case.inputs.residency.answer == "yes" and work.resident is not False)


def longest_request(work: Any) -> int:
    """p95 of prompt and of answer; twice the mean of one that is not stated."""
    if work.max_context is not None:
        return max(int(work.max_context), round(float(work.input_tokens + work.output_tokens)))
    prompt = 2 * work.input_tokens if work.input_tokens_p95 is None else work.input_tokens_p95
    answer = 2 * work.output_tokens if work.output_tokens_p95 is None else work.output_tokens_p95
    return round(float(max(prompt, work.input_tokens) + max(answer, work.output_tokens)))


def evaluated(case: Case, work: Any, *names: str | None) -> bool | None:
    """True: passed; False: failed; None: no evaluation of any of these names decides."""
    for name in names:
        found = [e for e in case.inputs.quality.evaluation if e.model == name and e.workload in (work.name, None)]
        if name is not None and found:
            own = sorted(found, key=lambda e: e.workload is None)[0]
            unseen = 0.025 ** (1 / own.prompts)
            if max(own.gap_high_fraction, 1 - unseen) <= case.inputs.quality.margin_fraction:
                return True
            if min(own.gap_low_fraction, unseen) > case.inputs.quality.margin_fraction:
                return False
            return None
    return None


def least_figure(case: Case, model: Any) -> float | None:
    """Its published figure, or where its level begins."""
    if model.composite is not None:
        return float(model.composite)
    return float(case.catalog.levels[model.level].from_composite) if model.level in case.catalog.levels else None


def worse_than_today(case: Case, work: Any, model: Any) -> bool:
    if work.kind == "embedding" or bound(case, work):
        return False
    now, then = least_figure(case, case.today(work)), least_figure(case, model)
    return now is not None and then is not None and now - then > case.stated("composite_margin_points")


def reaches(level: str | None, needed: str) -> bool:
    return level is not None and LEVELS.index(level) >= LEVELS.index(needed)


def cannot(case: Case, work: Any, model: Any) -> str:
    """What an open model cannot do, or its licence does not allow; empty: nothing."""
    if model is None:
        return ""
    if model.is_embedding != (work.kind == "embedding"):
        return "vectors"
    if work.reads_images and "image" not in model.modality:
        return "images"
    if work.kind == "code_completion" and not model.fill_in_middle:
        return "fills no middle"
    if not model.is_embedding and longest_request(work) > model.max_context:
        return "window"
    if model.commercial_use == "no" or (case.inputs.residency.company_in_eu and not model.eu_allowed):
        return "licence"
    return ""


def open_model_held_back(case: Case, work: Any, model: Any) -> str:
    """Why an open model that was not shown to be good enough may not take the work; empty: it may."""
    others = {e.model for e in case.inputs.quality.evaluation if evaluated(case, work, e.model)}
    if others:
        return "another was tested"
    judged = case.inputs.quality.answer == "no" or work.kind in SEEN_BY_USERS
    if judged and not bound(case, work) and work.route not in ("self_host", "hosted_open"):
        return "needs an evaluation"
    if model is None:
        return ""
    if not reaches(model.level, work.level):
        return "level"
    return "worse than today's" if worse_than_today(case, work, model) else ""


def peak_minute(case: Case, work: Any) -> float:
    """Tokens a minute of the busiest hour of the busiest month; of work that may wait, of its mean day."""
    busiest = float(max(plain.factors(case.inputs)) * work.tokens_per_day / MINUTES)
    if work.latency == "background":
        return busiest
    profile = case.catalog.profiles[work.profile or case.inputs.volume.profile].weights
    if work.profile is None and case.inputs.volume.profile_weights is not None:
        profile = case.inputs.volume.profile_weights
    return float(busiest * max(profile) / (sum(profile) / len(profile)))


def overrun(case: Case, work: Any, api: Any, taken: float) -> str:
    """Which limit of an endpoint the work does not keep; empty: none. `taken`: tokens a minute sent there already."""
    if longest_request(work) * case.in_own_tokens(work, api) > (api.context_window or 1e18) + 0.5:
        return "window in its own tokens"
    if work.latency == "interactive" and work.kind != "embedding":
        asked = case.inputs.objectives
        if (api.ttft_ms_p95 or 0) > asked.ttft_ms_p95 or (api.tpot_ms or 0) > asked.tpot_ms:
            return "slow"
    known = {c.provider.casefold() for c in case.inputs.commitment if c.kind == "spend"} | {
        case.today(work).provider.casefold()
    }
    free = api.provider.casefold() in known or work.route in ("api", "hosted_open")
    if free and api.tokens_per_minute is None:
        return ""
    most = api.tokens_per_minute or case.stated("shared_endpoint_tokens_per_minute")
    if peak_minute(case, work) + taken > most:
        return "too much a minute"
    requests = peak_minute(case, work) / (work.input_tokens + work.output_tokens)
    return "too many requests" if requests > (api.requests_per_minute or 1e18) else ""


def hard_stop(case: Case, work: Any, api: Any) -> str:
    """What keeps work from an endpoint whatever was tested; today's own must pass it too."""
    if bound(case, work):
        if case.inputs.residency.scope == "inside":
            return "inside"
        if not api.in_eu:
            return "region"
    if case.inputs.fine_tuning.answer == "yes" and not takes_adapters(case, api):
        return "weights of one's own"
    if api.is_embedding != (work.kind == "embedding"):
        return "vectors"
    if longest_request(work) > (api.context_window or 1e18):
        return "window"
    return cannot(case, work, case.catalog.models.get(api.hf_id or ""))


def takes_adapters(case: Case, api: Any) -> bool:
    """Whether its host serves as many adapters of this model as the plan has; of one that is not named, of any."""
    own, host = case.inputs.fine_tuning, case.catalog.adapters.get(api.id)
    if host is None or own.adapters == 0 or own.base_model not in (None, api.hf_id):
        return False
    return (own.adapters or 1) <= (host.most_adapters or 10**9)


def own_base(case: Case) -> str | None:
    """The model whose weights are one's own."""
    return case.inputs.fine_tuning.base_model if case.inputs.fine_tuning.answer == "yes" else None


def why_not(case: Case, work: Any, api: Any, taken: float) -> str:
    """Why work may not go to an endpoint; empty: it may."""
    today = case.today(work)
    stop = hard_stop(case, work, api)
    if stop or api.id == today.id:
        return stop
    if work.kind == "code_completion" and not api.fill_in_middle:
        return "fills no middle"
    shown = own_base(case) is not None or evaluated(case, work, api.id, api.serves, api.hf_id)
    if api.status == "legacy" and not shown:
        return "led away from"
    same = api.serves == today.id
    if shown is False:
        return "failed"
    if not shown and not same:
        if not reaches(api.level, work.level):
            return "level"
        if worse_than_today(case, work, api):
            return "worse than today's"
    if api.status in ("retired", "doubtful") or retires(case, api):
        return "ends"
    limit = overrun(case, work, api, taken)
    if limit or not api.is_hosted_open or shown or same:
        return limit
    model = case.catalog.models.get(api.hf_id or "")
    return "" if evaluated(case, work, api.hf_id) else open_model_held_back(case, work, model)


def retires(case: Case, api: Any) -> bool:
    gone = api.retires_on
    return gone is not None and (date.fromisoformat(gone) - case.as_of).days < YEAR_DAYS


def year_on(case: Case, work: Any, api: Any) -> float:
    """12 months of a workload on an endpoint, with the batch tier for work that may wait."""
    batch = 1.0 if work.latency == "background" else work.batch_fraction
    return sum(sum(plain.api_month(case.inputs, case.catalog, case.as_of, m, work, api.id, batch)) for m in plain.YEAR)


def adds(case: Case, row: int, api: Any, cost: float, placed: Sequence[plain.Leg]) -> tuple[float, float]:
    """What a workload on an endpoint adds to the bill, contracts included; of equals, what it costs at list price."""
    if not case.inputs.commitment:
        return cost, cost
    before, after = (
        sum(map(sum, promised(case, legs).values())) for legs in (placed, [*placed, plain.Leg(row, api.id, False)])
    )
    return round(cost + after - before, 6), cost


def choices_of(case: Case, row: int, taken: Mapping[str, float], placed: Sequence[plain.Leg]) -> Choices:
    work = case.inputs.workload[row]
    permitted: list[Priced] = []
    leaving: list[Priced] = []
    refused = {}
    for api in case.catalog.apis.values():
        if api.status in ("retired", "doubtful") and api.id != case.today(work).id:
            continue
        refused[api.id] = why_not(case, work, api, taken.get(api.id, 0.0))
        if not refused[api.id]:
            (leaving if retires(case, api) else permitted).append(Priced(api, year_on(case, work, api)))
    with_figure = [p for p in permitted if has_figure(case, work, p.api)]
    if with_figure:
        wanted = {"api": False, "hosted_open": True}.get(work.route)
        missing = not any(p.api.is_hosted_open is wanted for p in with_figure)
        permitted = [
            p
            for p in permitted
            if has_figure(case, work, p.api)
            or not moves(case, work, p.api)
            or (missing and p.api.is_hosted_open is wanted)
        ]
    kept = sorted(permitted or leaving, key=lambda p: adds(case, row, p.api, p.total, placed))
    tuned = case.inputs.fine_tuning.answer == "yes"
    return Choices(work, tuple(kept), not hard_stop(case, work, case.today(work)), refused, tuned)


def moves(case: Case, work: Any, api: Any) -> bool:
    """False for today's model, wherever it is sold, and for one that was tested."""
    same = api.id == case.today(work).id or api.serves == case.today(work).id
    return not same and not evaluated(case, work, api.id, api.serves, api.hf_id)


def has_figure(case: Case, work: Any, api: Any) -> bool:
    tested = evaluated(case, work, api.id, api.serves, api.hf_id)
    return work.kind != "embedding" and (api.composite is not None or bool(tested))


def all_choices(case: Case) -> list[Choices]:
    """Of every workload, in the plan's order: what one sends somewhere counts for the next."""
    taken: dict[str, float] = {}
    placed: list[plain.Leg] = []
    found = []
    for row, work in enumerate(case.inputs.workload):
        choices = choices_of(case, row, taken, placed)
        placed += [] if choices.best is None else [plain.Leg(row, choices.best.id, False)]
        for id in {api.id for api in (choices.closed, choices.hosted, choices.best) if api is not None}:
            taken[id] = taken.get(id, 0.0) + peak_minute(case, work)
        found.append(choices)
    return together(case, found)


def together(case: Case, found: Sequence[Choices]) -> list[Choices]:
    """Vectors of one index go to one endpoint: the cheapest for all of them."""
    moved = list(found)
    for id in {case.today(c.work).id for c in found if c.work.kind == "embedding"}:
        group = [k for k, c in enumerate(found) if c.work.kind == "embedding" and case.today(c.work).id == id]
        totals = [{p.api.id: p for p in found[k].permitted} for k in group]
        common = [i for i in totals[0] if all(i in other for other in totals)]
        order = sorted(common, key=lambda i: sum(other[i].total for other in totals))
        for k, own in zip(group, totals, strict=True):
            if order:
                moved[k] = replace(found[k], permitted=tuple(own[i] for i in order))
    return moved


@dataclass(frozen=True)
class Pick:
    """The endpoint that a strategy uses for a workload."""

    api: Any
    as_now: bool = False
    """Left as it runs today, with today's batch share, until the model ends."""


Picks = Sequence[Pick | None]
"""Of every workload; None: nothing may take it."""


@dataclass(frozen=True)
class Strategy:
    """A strategy without own GPUs, or with a fleet that the planner made."""

    name: str
    months: Sequence[Decimal]
    allowed: bool
    picks: Picks

    @property
    def total(self) -> Decimal:
        return sum(self.months, Decimal(0))


@dataclass(frozen=True)
class Fleet:
    """How many products run and what they serve: the planner's decision. `rent`: by bucket and month, recomputed."""

    name: str
    share: Mapping[int, Sequence[float]]
    """Of each workload that it takes, by month."""
    rent: plain.Months


def successor(case: Case, choices: Choices) -> Any | None:
    """Where the work goes once today's model ends inside the year; adapters do not follow a model without them."""
    if not retires(case, case.today(choices.work)):
        return None
    others = [
        p.api
        for p in choices.permitted
        if p.api.id != case.today(choices.work).id and not (choices.adapters and p.api.is_hosted_open)
    ]
    return next((api for api in others if not api.is_hosted_open), others[0] if others else None)


def legs_of(case: Case, found: Sequence[Choices], picks: Picks) -> list[plain.Leg]:
    legs = []
    for k, (choices, pick) in enumerate(zip(found, picks, strict=True)):
        if pick is not None:
            after = successor(case, choices) if pick.as_now else None
            legs.append(plain.Leg(k, pick.api.id, pick.as_now, None if after is None else after.id))
    return legs


def outside(case: Case, found: Sequence[Choices]) -> list[Strategy]:
    """As today, the best closed model for each job, and the best open one where it is the cheapest."""
    today = [Pick(case.today(c.work), as_now=True) for c in found]
    closed = [_closed(c) or now for c, now in zip(found, today, strict=True)]
    if any(c.best is not None and c.best.is_hosted_open and not c.adapters for c in found):
        hosted = [_pick(c.best) or stay for c, stay in zip(found, closed, strict=True)]
    else:
        hosted = [_hosted(c) or stay for c, stay in zip(found, closed, strict=True)]
    strategies = [_priced(case, found, "api_today", today), _priced(case, found, "api_tuned", closed)]
    if any(c.hosted is not None for c in found):
        strategies.append(_priced(case, found, "hosted_open", hosted))
    return strategies


def at_host(case: Case, found: Sequence[Choices], fleets: Sequence[Fleet]) -> list[Strategy]:
    """Endpoints by the hour, where the planner sized some; else adapters by the token, where all work may go."""
    by_hour = [with_fleet(case, found, fleet) for fleet in fleets if fleet.name == "dedicated"]
    best = [c.best for c in found if c.best is not None]
    served = any(c.adapters and c.best is not None and c.best.is_hosted_open for c in found)
    if by_hour or not served or len(best) < len(found):
        return by_hour
    return [_priced(case, found, "dedicated", [Pick(api) for api in best])]


def _pick(api: Any | None) -> Pick | None:
    return None if api is None else Pick(api)


def _closed(choices: Choices) -> Pick | None:
    return _pick((choices.hosted if choices.work.route == "hosted_open" else None) or choices.closed)


def _hosted(choices: Choices) -> Pick | None:
    return _pick((choices.closed if choices.work.route == "api" else None) or choices.hosted)


def _priced(case: Case, found: Sequence[Choices], name: str, picks: Sequence[Pick]) -> Strategy:
    legs = legs_of(case, found, picks)
    may = [
        c.may_stay if pick.as_now else any(p.api.id == pick.api.id for p in c.permitted)
        for c, pick in zip(found, picks, strict=True)
    ]
    year = plain.api_year(case.inputs, case.catalog, case.as_of, legs) | promised(case, legs)
    return Strategy(name, plain.totals(year), all(may), picks)


def promised(case: Case, legs: Sequence[plain.Leg]) -> plain.Months:
    """What contracts add by month: spend that falls short is owed, credits are used up in order."""
    added: plain.Months = {}
    for contract in case.inputs.commitment:
        vendor = contract.provider.casefold()
        bought = [leg for leg in legs if case.catalog.apis[leg.api].provider.casefold() == vendor]
        year = plain.api_year(case.inputs, case.catalog, case.as_of, bought)
        held = [
            (1.0 if contract.from_date is None else plain.part_after(contract.from_date, case.as_of, m))
            - (0.0 if contract.until is None else plain.part_after(contract.until, case.as_of, m))
            for m in plain.YEAR
        ]
        spent = [sum(bucket[m] for bucket in year.values()) * held[m] for m in plain.YEAR]
        bucket = added.setdefault("credits" if contract.kind == "credit" else "commitment_owed", [0.0] * 12)
        left = contract.amount
        for m in plain.YEAR:
            if contract.kind == "credit":
                used = min(spent[m], left)
                left -= used
                bucket[m] -= used
            elif contract.settled == "month":
                bucket[m] += max(contract.amount * held[m] - spent[m], 0.0)
        if contract.kind == "spend" and contract.settled == "end" and any(held):
            last = max(m for m in plain.YEAR if held[m])
            bucket[last] += max(contract.amount * sum(held) - sum(spent), 0.0)
    return added


def with_fleet(case: Case, found: Sequence[Choices], fleet: Fleet) -> Strategy:
    """People, the fleet, and the best endpoints for what it leaves."""
    picks = [_pick(c.best) for c in found]
    legs = [
        replace(leg, share=[1 - s for s in fleet.share[leg.workload]]) if leg.workload in fleet.share else leg
        for leg in legs_of(case, found, picks)
    ]
    legs += meanwhile(case, picks, fleet)
    year = plain.api_year(case.inputs, case.catalog, case.as_of, legs)
    people = plain.watching_year if fleet.name == "dedicated" else plain.people_year
    year |= people(case.inputs, case.catalog) | fleet.rent
    year |= promised(case, legs)
    uncovered = any(pick is None and k not in fleet.share for k, pick in enumerate(picks))
    return Strategy(fleet.name, plain.totals(year), not uncovered, picks)


def meanwhile(case: Case, picks: Sequence[Any], fleet: Fleet) -> list[plain.Leg]:
    """Work that only own GPUs may take runs on as today until they are live, where that is not forbidden."""
    idle, asked, legs = plain.idle_year(case.inputs, case.catalog), case.inputs.operations.until_live, []
    for k, work in enumerate(case.inputs.workload):
        forbidden = plain.residency_forbids(case.inputs, case.catalog, work)
        if picks[k] is None and k in fleet.share and (asked == "as_today" or (asked == "auto" and not forbidden)):
            legs.append(plain.Leg(k, case.today(work).id, True, None, idle))
    return legs


def may_run_here(case: Case, work: Any) -> list[str]:
    """Open models that may take the work on own GPUs."""
    own, found = own_base(case), []
    for model in case.catalog.models.values():
        shown = model.id == own or evaluated(case, work, model.id)
        barred = shown is False or cannot(case, work, model) or (own is not None and model.id != own)
        if not barred and (shown or not open_model_held_back(case, work, model)):
            found.append(model.id)
    return found


def people_total(case: Case) -> float:
    return sum(map(sum, plain.people_year(case.inputs, case.catalog).values()))


def move_costs(case: Case) -> float:
    """Evaluating and prompting another model, once."""
    euro = case.catalog.usd_per["EUR"] / case.catalog.usd_per[case.inputs.currency]
    return float(case.stated("model_swap_weeks") * case.stated("engineer_eur_year") / 52 * euro)


@dataclass(frozen=True)
class Decision:
    recommendation: str
    best: Strategy | None
    choices: Sequence[Choices]
    strategies: Mapping[str, Strategy]


def decide(case: Case, fleets: Sequence[Fleet], surely: float) -> Decision:
    """`surely`: how often own GPUs come out cheaper in the planner's draws, which are not repeated here."""
    found = all_choices(case)
    shared, host = outside(case, found), at_host(case, found, fleets)
    without, own = [*shared, *host], [with_fleet(case, found, f) for f in fleets if f.name != "dedicated"]
    everything = {s.name: s for s in (*without, *own)}
    api = min((s for s in without if s.allowed), key=lambda s: s.total, default=None)
    mine = min((s for s in own if s.allowed), key=lambda s: s.total, default=None)
    if api is None:
        return Decision("none" if mine is None else _own_kind(case, mine, fleets), mine, found, everything)
    needed = float(api.total) * (1 - case.stated("saving_to_recommend_fraction"))
    saves = mine is not None and float(mine.total) <= needed and surely >= case.stated("probability_to_recommend")
    if mine is not None and saves and speaks_for_own(case, found):
        return Decision(_own_kind(case, mine, fleets), mine, found, everything)
    closed = closed_or_as_now(case, shared)
    if api.name == "dedicated":
        rest = min((s for s in shared if s.allowed), key=lambda s: s.total, default=None)
        if rest is None or worth_moving(case, rest, api):
            return Decision("dedicated", api, found, everything)
        api = rest
    if api.name == "hosted_open" and (closed is None or worth_moving(case, closed, api)):
        return Decision("hosted_open", api, found, everything)
    return Decision("api", closed, found, everything)


def closed_or_as_now(case: Case, shared: Sequence[Strategy]) -> Strategy | None:
    """The closed APIs; as it is now where that goes on and what other models save is not worth testing them."""
    may = {s.name: s for s in shared if s.allowed and s.name != "hosted_open"}
    best, now = min(may.values(), key=lambda s: s.total, default=None), may.get("api_today")
    if best is None or now is None or any(retires(case, case.today(w)) for w in case.inputs.workload):
        return best
    same = [p.api.id for p in best.picks if p] == [p.api.id for p in now.picks if p]
    return best if same or worth_moving(case, now, best) else now


def worth_moving(case: Case, now: Strategy, then: Strategy) -> bool:
    before, after = float(now.total), float(then.total)
    return after <= before * (1 - case.stated("saving_to_recommend_fraction")) and before - after > move_costs(case)


def _own_kind(case: Case, own: Strategy, fleets: Sequence[Fleet]) -> str:
    """Self-hosting where all work runs there and less than a thousandth overflows, else hybrid."""
    share = next(f.share for f in fleets if f.name == own.name)
    live, volume = plain.live_months(case.inputs, case.catalog), plain.factors(case.inputs)
    reached = sum(a * b for a, b in zip(live, volume, strict=True))
    left = [
        1 - sum(s * v for s, v in zip(share[k], volume, strict=True)) / reached
        for k, pick in enumerate(own.picks)
        if pick is not None and k in share
    ]
    whole = len(share) == len(case.inputs.workload) and all(part < 1e-3 for part in left)
    return "self_host" if own.name == "self_host" or whole else "hybrid"


def speaks_for_own(case: Case, found: Sequence[Choices]) -> bool:
    """Four yeses of six, or a case in which self-hosting wins; own GPUs save, so the volume is one of the yeses."""
    inputs = case.inputs
    tested = any(evaluated(case, c.work, e.model) for c in found for e in inputs.quality.evaluation)
    yes = [
        True,
        tested,
        inputs.fine_tuning.answer == "yes",
        "yes" in (inputs.operations.gpu_experience, inputs.operations.hiring_budget),
        inputs.residency.answer == "yes" and inputs.residency.zero_retention_checked == "yes",
        inputs.rebenchmark.answer == "yes",
    ]
    return sum(yes) >= 4 or bool(inputs.fine_tuning.answer == "yes")
