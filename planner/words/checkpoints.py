"""How the bytes of a checkpoint are known, in words: published, described by its quantiser, or by rule alone."""

from __future__ import annotations

from planner.engine.replica.formats import weight_format
from planner.engine.replica.weights import basis_of, checkpoint_of
from planner.engine.specs import Model
from planner.words.sentences import sentence


def weights_mark(model: Model, weights: str) -> str:
    """For a table: one or two words."""
    return sentence("weights_mark", basis_of(checkpoint_of(model, weights)))


def weights_words(model: Model, weights: str) -> str:
    """Which build was sized and what its bytes rest on."""
    checkpoint, label = checkpoint_of(model, weights), weight_format(weights).label
    if checkpoint is None:
        return sentence("weights", "unnamed", label, model.name)
    basis = basis_of(checkpoint)
    if basis == "published":
        stated = (checkpoint.file_gb, checkpoint.stated_on, checkpoint.stated_by)
        draft = sentence("weights", "draft", checkpoint.draft_gb) if checkpoint.draft_gb else ""
        return sentence("weights", basis, checkpoint.repo, *stated) + draft
    told = checkpoint.described_by if basis == "described" else label
    return sentence("weights", basis, checkpoint.repo, told)
