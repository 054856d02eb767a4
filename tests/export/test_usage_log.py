"""What the folder leaves of its own use is what `planner track` and `planner import` read."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planner.engine.names import OWN_MODEL
from planner.evidence.benchmarks.read import read_benchmarks
from planner.evidence.track.held import held
from planner.evidence.track.served import read_served
from planner.evidence.usage.read import Asked, read_usage
from planner.export.gateway import row_id
from planner.export.signals import ENGINES, tracked
from planner.plan.places import example_path
from planner.plan.store import load
from tests.export.exported import EXAMPLES, HOSTILE, files, setting

MEASURED = [engine for engine, names in ENGINES.items() if "first" in names]
SECONDS, REQUESTS, WRITTEN = 600, 100, 60_000


def _rows(name: str) -> dict[str, tuple[str, str]]:
    """The table in the module that the gateway loads."""
    module = ast.parse(files(name)["usage_log.py"])
    values = {node.targets[0].id: node.value for node in module.body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]
    found: dict[str, tuple[str, str]] = ast.literal_eval(values["ROWS"])
    return found


@pytest.mark.parametrize("name", [*EXAMPLES, "hostile", "fine-tuned-8b", "embeddings"])
def test_every_row_is_told_by_the_plan_s_names(name: str) -> None:
    there, rows = setting(name), _rows(name)
    assert {work for work, _ in rows.values()} == {group.workload.name for group in there.groups if group.served}
    for group in there.groups:
        if group.overflow is not None:
            assert rows[row_id(group, group.overflow)] == (group.workload.name, group.overflow.id)


def test_names_that_want_to_be_code_are_only_texts() -> None:
    assert {work for work, _ in _rows("hostile").values()} == set(HOSTILE)
    assert files("hostile")["usage_log.py"].isascii()


def test_a_table_of_spend_is_told_apart_by_its_groups(tmp_path: Path) -> None:
    """As LiteLLM writes it: the user agent as its only tag, no team, and the model as the replicas call it."""
    plan, there = load(example_path("bulk-classifier")).plan, setting("bulk-classifier")
    lines = []
    for place, group in enumerate(there.groups):
        row: dict[str, Any] = {"request_id": str(place), "call_type": "acompletion", "team_id": "", "status": "success"}
        row |= {"startTime": "2026-11-29 09:00:00+00:00", "endTime": "2026-11-29 09:00:01+00:00", "spend": 0.1}
        row |= {"model": f"hosted_vllm/{OWN_MODEL}", "model_group": group.name, "request_tags": '["User-Agent: x"]'}
        lines.append(json.dumps(row | {"prompt_tokens": 900, "completion_tokens": 100 * (place + 1)}))
    (tmp_path / "spend.jsonl").write_text("\n".join(lines))
    usage = read_usage(tmp_path / "spend.jsonl", Asked(workload_by="group"))
    found = held(plan, usage, there.evaluation.catalog, there.evaluation.as_of)
    assert (found.together, found.not_in_log) == ((), ())
    seen = {work.name: work.seen[0] for work in found.works}
    assert {name: each.tokens_per_day for name, each in seen.items()} == {
        group.workload.name: 900 + 100 * (place + 1) for place, group in enumerate(there.groups)
    }
    assert {each.unpriced_share for each in seen.values()} == {0.0}


def _levels(engine: str, share: float) -> Mapping[tuple[str, str], float]:
    """Counters by the names that the dashboard asks for, after a share of a load: (name, upper end) -> value."""
    m = ENGINES[engine]
    found = {(m["written"], ""): WRITTEN * share, (m["read"], ""): 10 * WRITTEN * share}
    for name, mean in ((m["first"], 0.5), (m["between"], 0.02)):
        count = REQUESTS * share if name == m["first"] else (WRITTEN - REQUESTS) * share
        found |= {(f"{name}_sum", ""): mean * count, (f"{name}_count", ""): count}
        ends = {mean / 2: 0.0, mean: 0.5, mean * 2: 1.0, math.inf: 1.0}
        found |= {
            (f"{name}_bucket", "+Inf" if end == math.inf else str(end)): count * part for end, part in ends.items()
        }
    return found


def _scrape(engine: str, share: float) -> str:
    lines = []
    for (name, end), value in _levels(engine, share).items():
        labels = f'model_name="{OWN_MODEL}"' + (f',le="{end}"' if end else "")
        lines.append(f"{name}{{{labels}}} {value}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("engine", MEASURED)
def test_two_scrapes_by_the_dashboard_s_names_feed_track_and_import(engine: str, tmp_path: Path) -> None:
    before, after = tmp_path / "metrics-2026-11-29T09-00-00.txt", tmp_path / "metrics-2026-11-29T09-10-00.txt"
    before.write_text(_scrape(engine, 1))
    after.write_text(_scrape(engine, 2))
    served = read_served([before, after])
    assert (served.servers, served.seconds) == (1, SECONDS)
    _is_as_made(served)
    (run,) = read_benchmarks([before, after])
    assert run.ttft_ms == pytest.approx(500)
    assert run.chunk_ms == pytest.approx(20)


@pytest.mark.parametrize("engine", MEASURED)
def test_the_series_that_the_readme_asks_prometheus_for_feed_track(engine: str, tmp_path: Path) -> None:
    name = {"vllm": "bulk-classifier", "sglang": "sglang"}[engine]
    asked = tracked(setting(name)) or ""
    assert f"--data-urlencode 'query={asked}'" in files(name)["README.md"]
    wanted = re.compile(asked.removeprefix('{__name__=~"').removesuffix('"}'))
    series = [
        {
            "metric": {"__name__": metric, "instance": "a", **({"le": end} if end else {})},
            "values": [[0, str(value)], [SECONDS, str(2 * value)]],
        }
        for (metric, end), value in _levels(engine, 1).items()
        if wanted.fullmatch(metric)
    ]
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}}))
    served = read_served([path])
    assert served.seconds == SECONDS
    _is_as_made(served)


def _is_as_made(served: Any) -> None:
    assert served.ttft_ms == pytest.approx(500)
    assert served.tpot_ms == pytest.approx(20)
    assert 500 <= served.ttft_ms_p95 <= 1000
    assert 20 <= served.tpot_ms_p95 <= 40
    assert served.output_tok_s == pytest.approx(WRITTEN / SECONDS)
