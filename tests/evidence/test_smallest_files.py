"""The smallest files that help and README show are taken in as they stand there."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from planner.catalog.load import shipped_catalog
from planner.evidence.understand import SMALLEST, Asking, Kind, NeedsError, understand
from planner.tui.flows.evidence import smallest_files
from tests.evidence.evaluations.test_names import plan as three_works
from tests.tui.conftest import AS_OF

GIVEN = {"gpu": "h100-sxm", "tensor_parallel": 1, "weights": "fp8", "engine": "vllm"}
README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("kind", SMALLEST)
def test_it_is_taken_in(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "mine"
    path.write_text(SMALLEST[kind].lstrip(), encoding="utf-8")
    asking = Asking(
        catalog=shipped_catalog(), day=AS_OF, plan=three_works(), given=GIVEN if kind == "benchmark" else None
    )
    found = understand(path, asking)
    assert found.kind == kind
    assert found.into(three_works())[0] != three_works()


def test_what_a_load_test_lacks_is_the_set_up(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_text(SMALLEST["benchmark"], encoding="utf-8")
    with pytest.raises(NeedsError) as asked:
        understand(path, Asking(catalog=shipped_catalog(), day=AS_OF))
    assert set(asked.value.fields) <= GIVEN.keys()


@pytest.mark.parametrize("kind", SMALLEST)
def test_help_and_readme_show_it(kind: Kind) -> None:
    text = SMALLEST[kind].strip()
    assert text in smallest_files()
    assert textwrap.indent(text, "  ") in README.read_text(encoding="utf-8")
    assert len(text.splitlines()) == 3
