"""What must be said with the figures of a log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence.usage.read import Usage
from planner.evidence.usage.summary import grain_of
from planner.quantities import money
from planner.words.sentences import sentence, table


def notes(usage: Usage, said: Mapping[str, Any]) -> Iterator[str]:
    """What must be said with the figures."""
    form, grain = usage.format, grain_of(usage)
    if usage.named:
        words = table("columns")
        kinds = words["kinds"] | {"requests": words["requests"]}
        yield sentence(
            "usage", "named", "; ".join(f"{name} = {kinds[key].lower()}" for key, name in usage.named.items())
        )
    if usage.sums is not None:
        yield sentence("usage", "sums", usage.sums.mean_input, usage.sums.model or "any model", usage.sums.window)
    if form.note:
        yield sentence("usage", form.note)
    if usage.pages_missing:
        yield sentence("usage", "pages_missing")
    yield from (sentence("usage", what, number) for what, number in usage.asides.items())
    if usage.passed_over:
        yield sentence("usage", "passed_over", len(usage.passed_over), ", ".join(usage.passed_over[:3]))
    if len(usage.cost) > 1:
        amounts = ", ".join(money(amount, currency, cents=True) for currency, amount in usage.cost.items())
        yield sentence("usage", "several_currencies", amounts)
    if grain == "total":
        yield sentence("usage", "rate_only", (usage.lasted_s or 0.0) / 3600)
    elif not form.calendar:
        yield sentence("usage", "no_calendar")
    elif grain == "day" and said["tokens_per_day"] is not None:
        yield sentence("usage", "no_hours" if said["zone"] else "local_days")
    if not usage.used:
        yield sentence("usage", "no_volume")
    if said["requests"] is None and usage.sums is None and said["tokens"]["input"] is not None:
        yield sentence("usage", "no_requests")
