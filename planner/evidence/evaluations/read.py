"""Which tool wrote the files of an evaluation, and the scores in them."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final

from planner.evidence.evaluations import frameworks, inspect_ai, lm_eval, promptfoo, table
from planner.evidence.evaluations.scores import Scores, all_of
from planner.evidence.files import LARGEST_FILE_BYTES, Document, document_of
from planner.toml.errors import InputError
from planner.toml.files import read_bytes
from planner.toml.paths import is_folder

KNOWN: Final = "promptfoo, inspect_ai, lm-eval, deepeval, OpenAI evals, or a table of scores"
_MEANS_ONLY: Final = "holds means only, which cannot be paired: {}"


def read_evaluation(paths: Sequence[Path], filter: str | None = None, first: Document | None = None) -> Scores:
    """The scores of all files; `first`: the first of them, where it was read already. Raises `InputError` for a file of
    no known tool, or of another than the first."""
    known = [] if first is None else [_by_keys(first, filter)]
    parts = [*known, *(_read(path, filter) for path in paths[len(known) :])]
    for path, part in zip(paths, parts, strict=True):
        if part.tool != parts[0].tool:
            raise InputError(f"written by {part.tool}, and {paths[0].name} by {parts[0].tool}", path=path)
        if not part.scores:
            raise InputError("found no score in it", path=path)
    return all_of(_told_apart(paths, parts))


def _told_apart(paths: Sequence[Path], parts: Sequence[Scores]) -> Sequence[Scores]:
    """Files that call their only model the same are told apart by their own names, or by those of their folders."""
    labels = [part.models[0] for part in parts]
    if len(parts) == 1 or len(set(labels)) > 1 or any(len(part.models) > 1 for part in parts):
        return parts
    stems = [path.stem for path in paths]
    names = stems if len(set(stems)) == len(stems) else [path.resolve().parent.name for path in paths]
    return [
        replace(part, scores=tuple(replace(score, model=name) for score in part.scores))
        for part, name in zip(parts, names, strict=True)
    ]


def _read(path: Path, filter: str | None) -> Scores:
    if is_folder(path):
        return lm_eval.read_folder(path, filter)
    raw = read_bytes(path, LARGEST_FILE_BYTES)
    if raw[:4] == b"PK\x03\x04" or zipfile.is_zipfile(BytesIO(raw)):
        return inspect_ai.read_zip(raw, path)
    return _by_keys(document_of(raw, path), filter)


def _by_keys(document: Document, filter: str | None) -> Scores:
    first = document.first()
    if not document.records:
        if "[" in document.text.split("\n", 1)[0] and "Grader Reason" in document.text[:100_000]:
            return promptfoo.read(document)
        if table.is_table(document):
            return table.read(document)
    elif "doc_hash" in first or "filtered_resps" in first:
        return lm_eval.read(document, filter)
    elif {"evalId", "results"} <= set(first) or {"testIdx", "provider"} <= set(first):
        return promptfoo.read(document)
    elif {"eval", "samples"} <= set(first):
        return inspect_ai.read(next(document.fields()))
    elif "testCases" in first or "test_cases" in first:
        return frameworks.read_deepeval(document)
    elif "spec" in first or "sample_id" in first:
        return frameworks.read_openai_evals(document)
    elif "higher_is_better" in first:
        raise InputError(_MEANS_ONLY.format("run lm_eval with --log_samples, name its folder"), path=document.path)
    elif {"eval", "plan", "status"} <= set(first):
        raise InputError(_MEANS_ONLY.format("evaluate with log_samples on"), path=document.path)
    raise InputError(f"not a result of {KNOWN}", path=document.path)
