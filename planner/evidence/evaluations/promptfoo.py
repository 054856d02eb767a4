"""promptfoo: JSON, JSONL and CSV of an evaluation, all its models in one file.

Paired by the test's variables: `promptId` is the template's, and `testIdx` counts repeats as tests of their own. A
failed assertion (`failureReason` 1) leaves the weighted mean as score; 2 is an error of the model or of the way to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from planner.evidence.evaluations.scores import Score, Scores, VerdictRemark, fingerprint, is_judged
from planner.evidence.files import Document, Fields
from planner.toml.errors import InputError

TOOL: Final = "promptfoo"
SCORE: Final = "score"
PASSED: Final = "passed"
_ERROR: Final = 2
_LOOKED_AT: Final = 20
"""Results whose assertions are looked at for a judge: the others have the same."""
_GROUP: Final = re.compile(r"\[(?P<label>[^\]]{1,120})\] ")


def read(document: Document) -> Scores:
    """Every result of the file."""
    if not document.records:
        return Scores(tool=TOOL, scores=tuple(_table(document)), remarks=(VerdictRemark("rounded"),))
    tops = list(document.fields())
    wrapped = tops[0].get("results.results") is not None
    results = tops[0].list_of("results.results") if wrapped else tops
    day = tops[0].day("results.timestamp") if wrapped else None
    version = tops[0].version("metadata.promptfooVersion") if wrapped else None
    judged = any(is_judged(part.get("assertion.type")) for one in results[:_LOOKED_AT] for part in _parts(one))
    remarks = (VerdictRemark("judged"),) if judged else ()
    return Scores(tool=TOOL, version=version, date=day, scores=tuple(_scores(results)), remarks=remarks)


def _parts(one: Fields) -> list[Fields]:
    """What each assertion found."""
    place = "gradingResult.componentResults"
    return one.list_of(place) if one.get(place) is not None else []


def _scores(results: Iterable[Fields]) -> Iterator[Score]:
    listed = list(results)
    templates: dict[tuple[str, str], set[str]] = {}
    for one in listed:
        templates.setdefault((_model(one), _key(one)), set()).add(one.text("promptId") or "")
    several = any(len(found) > 1 for found in templates.values())
    for one in listed:
        model, prompt = _model(one), fingerprint(_key(one), one.text("promptId") if several else "")
        reason = one.number("failureReason")
        failed = reason == _ERROR or (reason is None and one.get("response.error") is not None)
        named = one.inside("namedScores")
        values = {SCORE: one.number("score", -1e9), PASSED: float(one.get("success") is True)}
        values |= {str(name): named.number(str(name), -1e9) for name in named.data}
        for metric, value in values.items():
            yield Score(prompt=prompt, model=model, metric=metric, value=None if failed else value)


def _model(one: Fields) -> str:
    """The label tells apart two settings of one provider."""
    told = one.text("provider.label") or one.text("provider.id") or one.text("provider")
    if told is None:
        raise one.wrong("provider.label", one.get("provider"), "the name of a model")
    return told


def _key(one: Fields) -> str:
    return fingerprint(one.get("vars") or one.get("prompt.raw") or one.number("testIdx"))


def _table(document: Document) -> Iterator[Score]:
    """Columns by position: each model repeats the same names, after the variables."""
    (_, header), *rows = document.rows()
    starts = [place for place, name in enumerate(header) if _GROUP.match(name)]
    groups = dict(zip(starts, [*starts[1:], len(header)], strict=True))
    for line, cells in rows:
        if len(cells) != len(header):
            raise InputError(f"found {len(cells)} cells, expected {len(header)}", path=document.path, line=line)
        for start, end in groups.items():
            own = Fields(dict(zip(header[start + 1 : end], cells[start + 1 : end], strict=True)), document.path, line)
            model = _GROUP.match(header[start])
            failed = str(own.data.get("Status", "")).upper() == "ERROR"
            for metric, value in _cells(own).items():
                yield Score(
                    prompt=fingerprint(cells[: starts[0]]),
                    model=model["label"] if model else "",
                    metric=metric,
                    value=None if failed else value,
                )


def _cells(own: Fields) -> Mapping[str, Any]:
    values = {SCORE: own.number("Score", -1e9), PASSED: float(str(own.data.get("Status", "")).upper() == "PASS")}
    named = {name: name.removeprefix("Metric: ") for name in own.data if name.startswith("Metric: ")}
    return values | {metric: own.number(name, -1e9) for name, metric in named.items()}
