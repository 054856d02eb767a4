"""What an endpoint takes: the longest prompt in its own tokens, so many tokens and requests a minute, and how fast.

A pay-per-token endpoint is shared, and its owner caps what one customer may send: most publish a default, and more
than that takes a contract. Whoever serves the work today serves that volume already.
"""

from __future__ import annotations

from planner.engine.carry import Carry
from planner.engine.demand import Load
from planner.engine.quality import context_needed
from planner.engine.specs import ApiModel, Catalog, Inputs, Refusal, Workload
from planner.engine.tokens import tokens_there
from planner.engine.units import HOURS_PER_DAY
from planner.records import dataclass

MINUTES_PER_DAY = 60 * HOURS_PER_DAY


def tokens_per_minute(workload: Workload, load: Load, row: int) -> float:
    """Tokens of the busiest hour of the busiest month, by the minute; the mean day's of work that may wait."""
    peak = 1.0 if workload.latency == "background" else float(load.hours[row].max())
    return float(load.tokens_per_day[row] * load.month_factor.max()) * peak / MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of endpoints as one plan meets them."""

    inputs: Inputs
    catalog: Catalog
    carry: Carry
    most_per_minute: float
    """Tokens a minute that a shared endpoint takes of one customer, where its record states no other number."""
    taken: dict[str, float]
    """Tokens a minute that work of this plan, asked before, would send to each endpoint."""

    def obstacle(self, workload: Workload, api: ApiModel, per_minute: float) -> Refusal | None:
        """Why an endpoint cannot take so many tokens a minute of this work; None where nothing is known to forbid it.

        What is not known of an endpoint bars nothing here; `notices` says so where it matters.
        """
        if api.id == self.inputs.api_today(workload):
            return None
        needed = round(context_needed(workload) * tokens_there(self.inputs, self.catalog, api, workload))
        if api.context_window is not None and needed > api.context_window:
            return Refusal("context", (api.context_window, needed))
        return self._too_slow(workload, api) or self._too_much(workload, api, per_minute)

    def _too_slow(self, workload: Workload, api: ApiModel) -> Refusal | None:
        if workload.latency == "background" or workload.kind == "embedding":
            return None
        wanted = self.inputs.objectives
        first, each = api.ttft_ms_p95 or 0.0, api.tpot_ms or 0.0
        if first > wanted.ttft_ms_p95 or each > wanted.tpot_ms:
            return Refusal("slow", (first, wanted.ttft_ms_p95, each, wanted.tpot_ms))
        return None

    def _too_much(self, workload: Workload, api: ApiModel, per_minute: float) -> Refusal | None:
        home = self.carry.home.get(workload.api_model)
        served = home is not None and home.provider == api.provider
        sent_by_hand = workload.route in ("api", "hosted_open")  # a default does not overrule what the user decided
        contracts = {each.provider.casefold() for each in self.inputs.commitment if each.kind == "spend"}
        served = served or api.provider.casefold() in contracts
        if (served or sent_by_hand) and api.tokens_per_minute is None:
            return None
        most = self.most_per_minute if api.tokens_per_minute is None else api.tokens_per_minute
        needed = per_minute + self.taken.get(api.id, 0.0)
        if needed > most:
            return Refusal("shared", (needed, most))
        requests = per_minute / (workload.input_tokens + workload.output_tokens)
        if api.requests_per_minute is not None and requests > api.requests_per_minute:
            return Refusal("requests", (requests, api.requests_per_minute))
        return None
