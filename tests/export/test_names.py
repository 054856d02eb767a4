"""Whatever plans, work, models and providers are called, it stays a name in every file."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.engine.specs import ApiModel, FineTuning
from planner.export import bundle
from planner.export.groups import Group, Setting, unique
from planner.export.readme import readme
from planner.export.signals import signals_of
from tests.export.exported import read_all, setting

PIECES = (
    "'", '"', "\n", "\r\n", "\t", "\\", "`", "$", "${", "}", ":?}", "$(", ")", "${HOME}", "${LITELLM_DIGEST:?}", "$$",
    "$(touch evil)", "`touch evil`", "{{ . }}", "{", "[", "]", "- ", ": ", "# ", "#", "&a", "*a", "!x", "|", ">", "%",
    "@", "---", "\n---\n", "...", "no", "~", "1e5", "0x1f", "2026-11-29", "os.environ/PATH", ")\n)\n", "|", "</b>", ";",
    "&&", "\u2028", "\x85", "\x1b[31m", "\ufeff", "é", "日本", "🙂", "a" * 200, "3d", "é" * 200, " ", "EOF",
)  # fmt: skip
NAME = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
ASKED = re.compile(r"\$\{[A-Z_][A-Z0-9_]*:(\?|-[a-z0-9:/-]*)\}")


def _api(api: ApiModel | None, name: str) -> ApiModel | None:
    return None if api is None else replace(api, id=name, model_id=name, provider=name, name=name)


def _named(there: Setting, plan: str, work: str, model: str) -> Setting:
    """The same with other names. Adapters, so that work names variables, too."""
    names = unique([work] * len(there.groups))
    groups: list[Group] = []
    for name, group in zip(names, there.groups, strict=True):
        called = replace(group.workload, name=work)
        overflow, outside = _api(group.overflow, model), _api(group.outside, model)
        groups.append(replace(group, name=name, workload=called, overflow=overflow, outside=outside))
    inputs = replace(there.evaluation.inputs, name=plan, fine_tuning=FineTuning("yes", None, 2))
    return replace(there, groups=tuple(groups), evaluation=replace(there.evaluation, inputs=inputs))


def _texts(held: Any) -> Iterator[str]:
    if isinstance(held, dict):
        for key, value in held.items():
            yield from (str(key), *_texts(value))
    elif isinstance(held, list):
        for value in held:
            yield from _texts(value)
    elif isinstance(held, str):
        yield held


def _shape(held: Any) -> Any:
    """What a document is made of, without what its texts say."""
    if isinstance(held, dict):
        return [_shape(value) for value in held.values()]
    return [_shape(value) for value in held] if isinstance(held, list) else type(held)


@pytest.mark.parametrize("name", ["bulk-classifier", "claude-8k-a-month"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(NAME, NAME, NAME)
def test_a_name_is_never_structure(name: str, plan: str, work: str, model: str) -> None:
    plain = bundle._written(_named(setting(name), "plan", "work", "model"))
    there = _named(setting(name), plan, work, model)
    found = bundle._written(there)
    assert set(found) == set(plain)
    for path, text in found.items():
        if path.endswith(".yaml"):
            assert _shape(read_all(text)) == _shape(read_all(plain[path])), path
        elif path.endswith(".json"):
            assert _shape(json.loads(text)) == _shape(json.loads(plain[path])), path
        elif path.endswith(".sh"):
            assert _without_comments(text).count("\n") == _without_comments(plain[path]).count("\n"), path
            done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), path
        elif path.endswith(".py"):
            compile(text, path, "exec")
    for text in _texts(read_all(found["compose.yaml"])):
        assert "$" not in ASKED.sub("", text.replace("$$", "")), text
    for line in found["env.example"].splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Z_][A-Z0-9_]*=", line)
    for signal in signals_of(there):
        for held in re.findall(r'"((?:[^"\\]|\\.)*)"', signal.query):
            assert re.fullmatch(r"[a-z0-9|-]*", held)
        assert "{{" not in signal.title + signal.meaning
    assert readme(there, list(found)).count("\n## ") == readme(setting(name), list(found)).count("\n## ")


def _without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))


def test_a_plan_s_name_asks_for_no_variable_and_runs_nothing(tmp_path: Path) -> None:
    there = _named(setting("bulk-classifier"), "${EVIL:?} ${x$(touch evil):?} ${LITELLM_DIGEST:?}", "work", "model")
    (tmp_path / "kubernetes").mkdir()
    for path, text in bundle._written(there).items():
        if path.startswith("kubernetes/"):
            (tmp_path / path).write_text(text)
    needed = {"LITELLM_DIGEST": "d", "VLLM_DIGEST": "d", "MODEL_REVISION": "r", "MODEL_REPOSITORY": "m"}
    env = {"PATH": "/usr/bin:/bin", **needed}
    command = ["bash", str(tmp_path / "kubernetes/render.sh")]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert not list(tmp_path.rglob("evil"))


def test_a_variable_begins_with_no_digit() -> None:
    there = _named(setting("bulk-classifier"), "plan", "3d models", "4all")
    for line in bundle._written(there)["env.example"].splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Z_][A-Z0-9_]*=", line)
