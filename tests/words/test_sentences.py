"""No sentence holds an id or a key of the file: what people read names things as they say them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from planner.tui.form.questions import STEPS, workload_fields
from tests.plain import ids_in

PLACE = re.compile(r"\{[^{}]*\}")
TABLES: dict[str, Any] = tomllib.loads((files("planner.words") / "sentences.toml").read_text("utf-8"))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


@pytest.mark.parametrize("name", TABLES)
def test_no_sentence_holds_an_id_or_a_key(name: str) -> None:
    for text in _strings(TABLES[name]):
        assert ids_in(PLACE.sub(" ", text)) == [], text


def test_no_question_holds_an_id_or_a_key() -> None:
    texts = [text for step in STEPS for text in (step.title, step.question, step.plain, step.why)]
    for field in (*(field for step in STEPS for field in step.fields), *workload_fields(0)):
        texts += [field.label, field.why, field.default_words, field.bounds, *dict(field.options).values()]
    assert [found for text in texts for found in ids_in(text)] == []


@pytest.mark.parametrize("name", ["notices", "routes", "today", "takes", "turns", "steps", "bound_steps", "cash"])
def test_what_stands_alone_is_a_sentence(name: str) -> None:
    """A capital or a name first, and a full stop or what continues it last."""
    for key, text in TABLES[name].items():
        if not text or key in ("retires", "payback"):
            continue
        assert re.match(r"[A-Z{*]", text), text
        assert text.rstrip().endswith((".", "?", "}")), text
