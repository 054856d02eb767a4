"""lm-evaluation-harness: the folder of a model (`results_*.json`, `samples_TASK_*.jsonl`), or its samples alone.

A document has a line for each filter: one filter is taken. Paired by task and `doc_hash`: prompt hashes differ between
chat and completions, those of targets repeat. Repeats of a document stand in one line, scored together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from planner.evidence.evaluations.scores import (
    LOWER_IS_BETTER,
    Score,
    Scores,
    VerdictRemark,
    all_of,
    is_lower_better,
    value_of,
)
from planner.evidence.files import Document, Fields, read_document
from planner.toml.errors import InputError

TOOL: Final = "lm-eval"
_SAMPLES: Final = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d{2}-\d{2})T[\d.:-]+\.jsonl")


def read_folder(folder: Path, wanted: str | None) -> Scores:
    """The newest samples of every task in the folder, or in the only folder within it."""
    newest: dict[str, Path] = {}
    for path in sorted(folder.glob("samples_*.jsonl")) or sorted(folder.glob("*/samples_*.jsonl")):
        found = _SAMPLES.fullmatch(path.name)
        newest[found["task"] if found else path.name] = path
    if not newest:
        problem = "no samples_*.jsonl in it: means alone cannot be paired, run lm_eval with --log_samples"
        raise InputError(problem, path=folder)
    if len({path.parent for path in newest.values()}) > 1:
        raise InputError("holds the folders of several models: name each", path=folder)
    return all_of(read(read_document(path), wanted) for path in newest.values())


def read(document: Document, wanted: str | None) -> Scores:
    """The samples of one task."""
    lines = list(document.fields())
    filters = list(dict.fromkeys(line.text("filter") or "none" for line in lines))
    if wanted is not None and wanted not in filters:
        raise InputError(f"there is no filter of that name; there are: {', '.join(filters)}", field="--filter")
    chosen, named = wanted or filters[0], _SAMPLES.fullmatch(document.name)
    task = named["task"] if named else document.name
    about = _about(document.path)
    kept = [line for line in lines if (line.text("filter") or "none") == chosen]
    return Scores(
        tool=TOOL,
        version=about.version("lm_eval_version"),
        date=named["date"] if named else None,
        scores=tuple(
            _scores(kept, task, about.text("model_name") or document.path.parent.name or document.name, about)
        ),
        remarks=(VerdictRemark("filters", (chosen, ", ".join(filters))),) if len(filters) > 1 else (),
    )


def _about(samples: Path) -> Fields:
    """The results beside the samples, which alone name the model."""
    for path in sorted(samples.parent.glob("results_*.json"), reverse=True):
        return Fields(read_document(path).first(), path)
    return Fields({}, samples)


def _scores(lines: list[Fields], task: str, model: str, about: Fields) -> Iterator[Score]:
    for line in lines:
        key = line.text("doc_hash") or line.text("doc_id")
        if key is None:
            raise line.wrong("doc_hash", line.get("doc_hash"), "the fingerprint of a document")
        metrics = [metric for metric in line.listed("metrics") if isinstance(metric, str)]
        low = [m for m in metrics if about.get(f"higher_is_better.{task}.{m}") is False or is_lower_better(m)]
        if low == metrics and low:
            raise InputError(LOWER_IS_BETTER, path=line.path, line=line.line, field=low[0])
        for metric in metrics:  # one of a whole corpus, such as BLEU, holds texts to be scored together
            if metric not in low and not isinstance(line.get(metric), list):
                yield Score(prompt=f"{task} {key}", model=model, metric=metric, value=value_of(line, metric))
