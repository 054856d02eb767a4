"""How many tokens a model makes of a text.

A workload's volumes are counted by the tokenizer of the model it runs on today. Another model makes more or fewer
tokens of the same text, by kind of text: prose is within some 5 % on most, the same JSON a quarter more on some.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import get_args

from planner.engine.specs import ApiModel, Catalog, Inputs, Model, Tokenizer, Workload
from planner.engine.specs.inputs import Text

TEXTS: tuple[Text, ...] = get_args(Text)


@lru_cache(maxsize=4096)
def _by_text(tokenizer: Tokenizer | None, factor: float) -> tuple[float, ...]:
    return tuple(factor * (1.0 if tokenizer is None else getattr(tokenizer, text)) for text in TEXTS)


def tokens_by_text(tokenizers: Mapping[str, Tokenizer], model: Model | ApiModel) -> tuple[float, ...]:
    """Tokens that a model makes of each kind of `TEXTS`, against o200k; 1 where its tokenizer is not known."""
    return _by_text(tokenizers.get(model.tokenizer), model.tokenizer_factor)


def tokens_of(catalog: Catalog, model: Model | ApiModel, workload: Workload) -> float:
    """The same of a workload's kind of text."""
    return tokens_by_text(catalog.tokenizers, model)[TEXTS.index(workload.text)]


def tokens_there(inputs: Inputs, catalog: Catalog, model: Model | ApiModel, workload: Workload) -> float:
    """Tokens that a model makes of a workload's text for one of the model that it runs on today."""
    return tokens_of(catalog, model, workload) / tokens_today(inputs, catalog, workload)


def tokens_today(inputs: Inputs, catalog: Catalog, workload: Workload) -> float:
    """Of the model that it runs on today, whose tokens its volumes are counted in."""
    return tokens_of(catalog, catalog.apis[inputs.api_today(workload)], workload)
