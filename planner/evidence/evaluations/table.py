"""A table of scores: wide (a column a model) or long (a row a score), separated by commas, semicolons or tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from planner.evidence.evaluations.scores import PAIRWISE, Score, Scores, fingerprint, value_of
from planner.evidence.files import Document, Fields, table_rows
from planner.toml.errors import InputError

TOOL: Final = "table"
SCORE: Final = "score"
_PROMPT: Final = ("prompt_id", "id", "prompt", "question_id", "sample_id", "item", "question", "input")
_MODEL: Final = ("model", "model_name", "provider", "system")
_SCORE: Final = ("score", "value", "rating", "correct", "passed", "pass", "result", "grade")
_WEIGHT: Final = ("weight", "frequency", "traffic_share")
_CLUSTER: Final = ("cluster", "conversation", "conversation_id", "document", "customer", "group")
_METRIC: Final = ("metric", "scorer", "criterion")
_ERROR: Final = ("error", "failed", "timeout")
_OF_MODEL: Final = re.compile(
    r"(?:score|rating|correct|pass|grade|result)[_ ](?P<after>.+)|(?P<before>.+)[_ ](?:score|rating)"
)
_HEADER: Final = re.compile("score|rating|correct|pass|grade|model|winner|verdict|prefer|better", re.IGNORECASE)
_DECIMAL_COMMA: Final = re.compile(r"\s*-?\d+,\d+\s*")
_PAIRWISE: Final = frozenset({"winner", "verdict", "preference", "preferred", "better"})
_YES: Final = frozenset({"1", "true", "yes", "error", "timeout"})


def read(document: Document) -> Scores:
    """The scores of either layout. Raises `InputError` naming the columns it has where it is neither."""
    first = document.text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    (line, header), *rows = document.rows(delimiter)
    names = [name.strip().casefold() for name in header]
    if len(set(names)) != len(names):
        raise InputError("two columns of one name", path=document.path, line=line)
    if delimiter == ";":
        rows = [(at, [_with_point(cell) for cell in cells]) for at, cells in rows]
    wide = {name: model for name in names if (model := _model_of(name))}
    prompt, model = _first(names, _PROMPT), _first(names, _MODEL)
    fields = table_rows(document, names, rows)
    if prompt and len(wide) == 2:
        return Scores(tool=TOOL, scores=tuple(_wide(fields, names, prompt, wide)))
    score = _first(names, _SCORE)
    if prompt and model and score:
        return Scores(tool=TOOL, scores=tuple(_long(fields, names, (prompt, model, score))))
    if pairwise := next((name for name in names if name in _PAIRWISE), None):
        raise InputError(PAIRWISE, path=document.path, line=line, field=pairwise)
    problem = "no table of scores: needs prompt_id, score_api, score_open, or prompt_id, model, score"
    raise InputError(problem, path=document.path, line=line)


def is_table(document: Document) -> bool:
    """Whether its first line may be the header of such a table."""
    return _HEADER.search(document.text.lstrip().split("\n", 1)[0]) is not None


def _first(names: Sequence[str], known: Sequence[str]) -> str | None:
    return next((name for name in known if name in names), None)


def _model_of(column: str) -> str | None:
    found = _OF_MODEL.fullmatch(column)
    return (found["after"] or found["before"]) if found else None


def _with_point(cell: str) -> str:
    """A decimal comma, where commas do not separate."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _wide(rows: Iterator[Fields], names: Sequence[str], prompt: str, models: dict[str, str]) -> Iterator[Score]:
    for row in rows:
        for column, model in models.items():
            yield _score(row, names, _key(row, prompt), model, column)


def _long(rows: Iterator[Fields], names: Sequence[str], columns: tuple[str, str, str]) -> Iterator[Score]:
    prompt, model, score = columns
    for row in rows:
        if (name := row.text(model)) is None:
            raise row.wrong(model, row.get(model), "the name of a model")
        metric = str(row.data.get(_first(names, _METRIC) or "") or SCORE)[:100]
        yield _score(row, names, _key(row, prompt), name, score, metric)


def _key(row: Fields, column: str) -> str:
    value = str(row.data[column]).strip()
    if not value:
        raise row.wrong(column, None, "the name of a prompt")
    return fingerprint(value)


def _score(row: Fields, names: Sequence[str], key: str, model: str, column: str, metric: str = SCORE) -> Score:
    weight, cluster, failed = (_first(names, known) for known in (_WEIGHT, _CLUSTER, _ERROR))
    is_error = failed is not None and str(row.data[failed]).strip().casefold() in _YES
    heavy = row.number(weight) if weight else None
    return Score(
        prompt=key,
        model=model,
        metric=metric,
        value=None if is_error else value_of(row, column),
        weight=1.0 if heavy is None else heavy,
        cluster=fingerprint(row.data[cluster]) if cluster and str(row.data[cluster]).strip() else None,
    )
