"""One score of one model on one prompt, and what a file holds of them. No text of a prompt or an answer is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import field
from typing import Any, Final, Literal

from planner.evidence.files import Fields
from planner.records import dataclass
from planner.toml.errors import InputError

RemarkKind = Literal[
    "not_finished", "filters", "mean_of_metrics", "rounded", "order_of_files", "scale", "repeats", "one_side",
    "errors_of_open", "errors_of_api", "errors_decide", "few_effective", "weights_decide", "alike", "judged",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class VerdictRemark:
    """What to know of a verdict; `words` says it."""

    kind: RemarkKind
    figures: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`value` is None where the model gave no answer that could be scored (`error`)."""

    prompt: str
    """What pairs it with the other model's: a name or a fingerprint, never the text."""
    model: str
    metric: str
    value: float | None
    weight: float = 1.0
    cluster: str | None = None

    @property
    def error(self) -> bool:
        return self.value is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What the files of an evaluation hold."""

    tool: str
    scores: tuple[Score, ...]
    version: str | None = None
    date: str | None = None
    remarks: tuple[VerdictRemark, ...] = field(default=())

    @property
    def models(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(dict.fromkeys(score.model for score in self.scores))

    @property
    def metrics(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(dict.fromkeys(score.metric for score in self.scores))


def fingerprint(*parts: Any) -> str:
    """A key that says nothing of what it was made from."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode("utf-8", "replace")).hexdigest()[:24]


_WORDS: Final = {
    "true": 1.0, "yes": 1.0, "pass": 1.0, "passed": 1.0, "correct": 1.0, "c": 1.0, "p": 0.5, "partial": 0.5,
    "false": 0.0, "no": 0.0, "fail": 0.0, "failed": 0.0, "incorrect": 0.0, "i": 0.0, "n": 0.0, "noanswer": 0.0,
}  # fmt: skip
"""inspect_ai's letters among them: correct, partial, incorrect, no answer."""
_VERDICTS: Final = frozenset(
    {"a", "b", "tie", "win", "loss", "draw", "a>b", "b>a", "a>>b", "b>>a", "a=b", "model_a", "model_b"}
)


PAIRWISE: Final = (
    "a verdict between two answers: a rate of wins is no level of quality, and no margin can be asked of it"
)


def value_of(fields: Fields, name: str) -> float | None:
    """A score as a number: of letters, of true and false, of pass and fail; None where there is none.

    Raises `InputError` for what is no score; a judge's "A is better" measures something else, and is told so.
    """
    value = fields.get(name)
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and (word := value.strip().casefold()):
        if word in _WORDS:
            return _WORDS[word]
        if word in _VERDICTS:
            raise InputError(PAIRWISE, path=fields.path, line=fields.line, field=name)
    return fields.number(name, least=-1e9)


LOWER_IS_BETTER: Final = "is the better the lower it is: a margin of its means says nothing of quality"
_LOWER: Final = ("perplexity", "ppl", "loss", "bits_per_byte", "nll", "wer", "cer", "brier", "error_rate", "toxicity")


def is_lower_better(metric: str) -> bool:
    """Whether a smaller figure of that name is the better one: a relative margin has no meaning for it."""
    words = metric.casefold().replace("-", "_")
    return any(name in words if len(name) > 3 else name in words.split("_") for name in _LOWER)


_JUDGES: Final = (
    "llm-rubric",
    "g-eval",
    "geval",
    "factuality",
    "model-graded",
    "model_graded",
    "closedqa",
    "relevance",
)


def is_judged(name: object) -> bool:
    """Whether a scorer of that name asks a model."""
    return isinstance(name, str) and any(judge in name.casefold() for judge in _JUDGES)


def all_of(parts: Iterable[Scores]) -> Scores:
    """Several files of one evaluation as one."""
    found = tuple(parts)
    return Scores(
        tool=found[0].tool,
        version=found[0].version,
        date=max((part.date for part in found if part.date), default=None),
        scores=tuple(score for part in found for score in part.scores),
        remarks=tuple(dict.fromkeys(remark for part in found for remark in part.remarks)),
    )
