"""The answer in one line: recommendation, 12-month cost of the best two, probability, yes-count."""

from __future__ import annotations

from planner.engine.specs import Evaluation, StrategyLedger
from planner.engine.specs.names import OWN_STRATEGIES
from planner.quantities import money, percent
from planner.records import dataclass
from planner.report.tables.strategies import marked
from planner.words.labels import RECOMMENDATION_LABELS, RECOMMENDATION_MARKERS, STRATEGY_MARKERS, yes_words


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the strip that may flash on its own: in full, and in fewer and fewer cells."""

    key: str
    texts: tuple[str, ...]
    role: str = "text"

    def text(self, level: int) -> str:
        """The wording at a level of brevity."""
        return self.texts[min(level, len(self.texts) - 1)]


def strip_parts(evaluation: Evaluation) -> tuple[Part, ...]:
    """What the strip says, most important first."""
    best, other = evaluation.recommended, evaluation.rival
    recommendation, currency = evaluation.verdict.recommendation, evaluation.inputs.currency
    headline = f"{RECOMMENDATION_MARKERS[recommendation]} {RECOMMENDATION_LABELS[recommendation]}"
    parts = []
    if best is None:
        parts += [Part("headline", (headline,), "accent"), Part("best", ("nothing found that does it",), "warn")]
    else:
        headline = f"{STRATEGY_MARKERS[best.strategy]} {RECOMMENDATION_LABELS[recommendation]}"
        cost = money(best.total, currency)
        parts += [
            Part("headline", (headline,), f"bold:{best.strategy}"),
            Part("best", (f"{cost} / 12 mo", f"{cost}/12 mo"), "strong"),
        ]
    if other is not None:
        parts.append(_against(other, currency))
    if best is not None and evaluation.likelihood_counts:
        parts.append(_likely(evaluation))
    parts.append(Part("yes", (yes_words(evaluation),)))
    return tuple(parts)


def _against(other: StrategyLedger, currency: str) -> Part:
    cost, name, mark = money(other.total, currency), marked(other.strategy), STRATEGY_MARKERS[other.strategy]
    if not other.allowed:
        return Part("other", (f"vs {name} {cost} (not allowed)", f"vs {name} {cost} ×", f"vs {mark} {cost} ×"), "muted")
    return Part("other", (f"vs {name} {cost}", f"vs {name} {cost}", f"vs {mark} {cost}"), "muted")


def _likely(evaluation: Evaluation) -> Part:
    """How likely own GPUs are cheaper than the best API strategy; of the recommended plan where it has some."""
    shown = percent(evaluation.verdict.probability_cheaper)
    if evaluation.verdict.recommendation in OWN_STRATEGIES:
        return Part("probability", (f"{shown} likely cheaper", f"{shown} likely"))
    return Part("probability", (f"own GPUs {shown} likely cheaper", f"own GPUs {shown}"))


def strip(evaluation: Evaluation) -> str:
    """All of it, in full."""
    return "  ".join(part.text(0) for part in strip_parts(evaluation))
