"""A share of the campaign: changed inputs of every kind, and floods, end in an answer or in one line."""

from __future__ import annotations

import pytest

from tests.campaign.inputs import KINDS, Tally, campaign, flooded

SHARE = {"plans": 400, "catalogues": 80, "configs": 400, "headers": 400, "tables": 80, "drafts": 200, "logs": 400,
         "evaluations": 60}  # fmt: skip


def _faults(tally: Tally) -> tuple[list[str], list[str], dict[str, int]]:
    return tally.nameless, tally.slow, dict(tally.broken)


@pytest.mark.parametrize("kind", KINDS)
def test_changed_inputs_are_read_or_refused(kind: str) -> None:
    tally = campaign(kind, SHARE[kind], seed=1)
    assert _faults(tally) == ([], [], {})
    assert tally.accepted > 0
    assert tally.refused > 0


def test_floods_are_refused_soon() -> None:
    assert _faults(flooded(("plans", "configs", "headers", "tables"))) == ([], [], {})
