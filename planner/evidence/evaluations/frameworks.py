"""deepeval's test runs and the logs of OpenAI's evals: one model a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from planner.evidence.evaluations.scores import Score, Scores, VerdictRemark, fingerprint, is_judged, value_of
from planner.evidence.files import Document, Fields

MEAN: Final = "mean"
PASSED: Final = "passed"


def read_deepeval(document: Document) -> Scores:
    """Cases by name where names are their own, else by what was asked; both spellings of its keys."""
    (top,) = document.fields()
    cases = top.list_of("testCases" if top.get("testCases") is not None else "test_cases")
    model = top.text("hyperparameters.model") or document.path.stem
    names = Counter(case.text("name") for case in cases)
    found: list[Score] = []
    for case in cases:
        name = case.text("name")
        prompt = name if name and names[name] == 1 else fingerprint(case.get("input"))
        found += _case(case, prompt, model)
    metrics = {score.metric for score in found} - {MEAN, PASSED}
    said = [VerdictRemark("mean_of_metrics")] if len(metrics) > 1 else []
    said += [VerdictRemark("judged")] if any(is_judged(metric) for metric in metrics) else []
    return Scores(tool="deepeval", scores=tuple(found), remarks=tuple(said))


def _case(case: Fields, prompt: str, model: str) -> Iterator[Score]:
    """The mean of its metrics first, then each, then whether all passed; an error of one fails it."""
    place = "metricsData" if case.get("metricsData") is not None else "metrics_data"
    metrics = case.list_of(place) if case.get(place) is not None else []
    values = {(one.text("name") or "score"): None if one.get("error") else one.number("score", -1e9) for one in metrics}
    known = [value for value in values.values() if value is not None]
    mean = sum(known) / len(values) if values and len(known) == len(values) else None
    passed = None if mean is None else float(case.get("success") is True)
    told = {MEAN: mean, **values, PASSED: passed} if len(values) != 1 else {**values, PASSED: passed}
    for metric, value in told.items():
        yield Score(prompt=prompt, model=model, metric=metric, value=value)


def read_openai_evals(document: Document) -> Scores:
    """Events by sample: `match` is right or wrong, `metrics` holds numbers, `error` is a failure."""
    lines = list(document.fields())
    model = next((name for line in lines if (name := line.text("spec.completion_fns.0"))), document.path.stem)
    date = next((day for line in lines if (day := line.day("spec.created_at"))), None)
    found: dict[tuple[str, str], Score] = {}
    failed: dict[str, None] = {}
    for line in lines:
        prompt, kind, data = line.text("sample_id"), line.text("type"), line.inside("data")
        if prompt is None:
            continue
        if kind == "error":
            failed[prompt] = None
        for metric, value in _event(kind, data):
            found[prompt, metric] = Score(prompt=prompt, model=model, metric=metric, value=value)
    metrics = dict.fromkeys(metric for _, metric in found) or {"match": None}
    for prompt in failed:
        for metric in metrics:
            found[prompt, metric] = Score(prompt=prompt, model=model, metric=metric, value=None)
    return Scores(tool="OpenAI evals", date=date, scores=tuple(found.values()))


def _event(kind: str | None, data: Fields) -> Iterator[tuple[str, float | None]]:
    if kind == "match":
        yield "match", value_of(data, "correct")
    elif kind == "metrics":
        for name, value in data.data.items():
            if isinstance(value, bool | int | float):
                yield str(name), value_of(data, str(name))
