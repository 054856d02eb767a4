"""What the article says, what the planner makes of it, and whether it holds, one claim a time."""

from __future__ import annotations

from planner.engine.specs.verdict import Claim
from planner.quantities import count, money, tokens_a_day, volume
from planner.words.labels import marked
from planner.words.sentences import sentence


def says(claim: Claim) -> str:
    """The claim."""
    low, high = (*claim.said, 0.0, 0.0)[:2]
    between = f"from {tokens_a_day(low)}" if low == high else f"from {volume(low)} to {tokens_a_day(high)}"
    return sentence("article_says", claim.id, c=claim, said=between)


def finds(claim: Claim) -> str:
    """What is computed for it."""
    return sentence(
        "article_found",
        claim.id,
        c=claim,
        with_people=_with_people(claim),
        costs=_costs(claim),
        pays_from="no volume" if claim.found[-1] is None else volume(claim.found[-1]),
    )


def holds(claim: Claim) -> str:
    """Whether it is reproduced; where not, why."""
    return "reproduced" if claim.holds else f"contradicted, because {sentence('article_because', claim.id, c=claim)}"


def _with_people(claim: Claim) -> str:
    whole = claim.found[-1]
    return "with people no volume in range" if whole is None else f"with people {volume(whole)}"


def _costs(claim: Claim) -> str:
    """Amounts of a claim that has no fixed number of them."""
    if claim.id == "one_server":
        pairs = zip(claim.found[::2], claim.found[1::2], strict=True)
        return ", ".join(f"${count(low)}" if low == high else f"${count(low)} to ${count(high)}" for low, high in pairs)
    if len(claim.found) != 3:
        return ""
    waits = claim.untested or (False, False, False)
    own, api, today = (marked(money(of, "USD"), untested=mark) for of, mark in zip(claim.found, waits, strict=True))
    return f"{own} on own GPUs over 12 months, {api} for the best API, {today} as today"
