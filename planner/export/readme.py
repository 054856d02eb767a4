"""`README.md`: what the folder is, in which order it is started, what is not proven yet, what to watch for 30 days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from planner.engine.specs import Evaluation
from planner.engine.specs.replica import LORA_RANK
from planner.engine.specs.verdict import TESTS_OF_MODELS
from planner.engine.units import MTOK
from planner.export import compose, smoke
from planner.export.flags import SERVE_PORT, repository_of
from planner.export.gateway import LEAST, PORT
from planner.export.groups import Group, Setting
from planner.export.kubernetes import RENDER
from planner.export.serving import NAMES
from planner.export.signals import tracked
from planner.export.yaml import quoted
from planner.quantities import count, decimals, fixed, money
from planner.words.answer import verdict_line
from planner.words.exported import said
from planner.words.labels import gpu_name, model_name
from planner.words.next_steps import step_words
from planner.words.warnings import notices

NAME: Final = "README.md"


def readme(setting: Setting, files: Sequence[str]) -> str:
    """The text; `files` are those beside it."""
    evaluation = setting.evaluation
    parts = [
        f"# {_plain(evaluation.inputs.name)}",
        said("readme", "what", setting.plan_id),
        f"> {_plain(verdict_line(evaluation))}",
        _section("names", _names(setting)),
        _section("order", _numbered(_steps(setting, files))),
        *_fleet(setting),
        _section("unproven", _bullets(_unproven(setting))),
        _section("watch", _bullets(_watched(setting))),
        _section("track", "\n\n".join(_tracked(setting))),
        _section("files", _bullets(_files(files))),
        _section("again", said("readme", "again_text")),
    ]
    return "\n\n".join(parts) + "\n"


def _section(key: str, text: str) -> str:
    return f"## {said('readme', key)}\n\n{text}"


def code(text: str) -> str:
    """A name between backticks, on one line; what would end them or a cell of a table is replaced."""
    return f"`{quoted(' '.join(text.split()))[1:-1].replace('`', chr(39)).replace('|', '/')}`"


def _plain(text: str) -> str:
    """A sentence that may hold names: no markup of it counts."""
    one = quoted(" ".join(text.split()))[1:-1].replace('\\"', '"')
    return "".join(f"\\{char}" if char in "<>[]*_`#|" else char for char in one)


def _bullets(lines: Iterator[str] | Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _numbered(lines: Iterator[str]) -> str:
    return "\n".join(f"{place}. {line}" for place, line in enumerate(lines, start=1))


def _names(setting: Setting) -> str:
    rows = [said("readme", "names_head"), "|---|---|---|---|"]
    return "\n".join([*rows, *(_row(setting.evaluation, group) for group in setting.groups)])


def _row(evaluation: Evaluation, group: Group) -> str:
    name = code(group.name) if group.served else said("readme", "unserved")
    if group.on_replicas:
        first = said("readme", "replicas", model_name(evaluation, group.route.model))
        then = said("readme", "then", group.overflow.id) if group.overflow is not None else said("readme", "nobody")
    else:
        first = code(group.outside.id) if group.outside is not None else said("readme", "nobody")
        then = said("readme", "nobody")
    kept = said("readme", f"kept_{group.setup.kept}")
    return f"| {code(group.workload.name)} | {name} | {first}; {then} | {kept} |"


def _steps(setting: Setting, files: Sequence[str]) -> Iterator[str]:
    """Only what the folder holds is told to be used."""
    if compose.ENVIRONMENT in files:
        model = said("readme", "step_environment_model") if setting.runs_engine else ""
        yield said("readme", "step_environment", compose.ENVIRONMENT, model)
    if setting.runs_engine and setting.engine != "llama-cpp":
        repository = repository_of(setting) or "$MODEL_REPOSITORY"
        yield said("readme", "step_download", code(repository).strip("`"))
    elif setting.runs_engine:
        yield said("readme", "step_file")
    elif setting.rollout.choice is not None:
        key = "step_host" if setting.at_host else "step_engine"
        yield said("readme", key, setting.rollout.choice.provider, setting.rollout.choice.engine)
    if compose.NAME in files:
        key = "step_compose_replica" if setting.runs_engine else "step_compose"
        yield said("readme", key, setting.prefix(0))
    if smoke.NAME in files:
        yield said("readme", "step_smoke" if setting.rollout.choice is not None else "step_smoke_plain", PORT)
    if setting.runs_engine:
        yield said("readme", "step_one", NAMES[setting.engine])
    if any(path.startswith("kubernetes/") for path in files):
        yield " ".join(_on_kubernetes(setting))
    if any(path.startswith("monitoring/") for path in files):
        pods = said("readme", "step_monitoring_pods") if setting.runs_engine else ""
        yield f"{said('readme', 'step_monitoring')} {pods}".strip()
    yield from map(_plain, _told(setting, tests=True))
    yield said("readme", "step_share")


def _told(setting: Setting, *, tests: bool) -> Iterator[str]:
    """What the plan says to do next: tests come before real traffic, the rest beside it."""
    for step in setting.evaluation.verdict.next_steps:
        if (step.kind in TESTS_OF_MODELS) is tests:
            yield step_words(setting.evaluation, step)


def _on_kubernetes(setting: Setting) -> Iterator[str]:
    yield said("readme", "step_kubernetes", RENDER)
    yield said("readme", "step_kubernetes_file" if setting.engine == "llama-cpp" else "step_kubernetes_download")
    if any(pool.scales for pool in setting.rollout.pools):
        yield said("readme", "step_kubernetes_scaling")


def _tracked(setting: Setting) -> Iterator[str]:
    """How the plan is held against what happens."""
    yield said("readme", "track_log", said("readme", "track_kubernetes") if setting.runs_engine else "")
    yield said("readme", "track_database")
    yield said("readme", "track_command")
    if (asked := tracked(setting)) is not None:
        yield said("readme", "track_range", asked)
        yield said("readme", "track_scrapes", SERVE_PORT)
    yield said("readme", "track_into")


def _fleet(setting: Setting) -> Iterator[str]:
    """What has to stand, month by month where that changes."""
    choice, replica, evaluation = setting.rollout.choice, setting.rollout.replica, setting.evaluation
    if choice is None or replica is None:
        return
    model, gpu = model_name(evaluation, choice.model), gpu_name(evaluation, choice.gpu)
    month = money(replica.monthly_cost, evaluation.inputs.currency)
    prices = (decimals(price * MTOK, 4) for price in (replica.usd_per_input_token, replica.usd_per_output_token))
    lines = [
        said("readme", "fleet_of", model, choice.weights, gpu, choice.gpus_per_replica, choice.provider),
        said("readme", "fleet_cost", month, *prices),
    ]
    for pool in setting.rollout.pools:
        where = f" ({pool.region})" if pool.region and len(setting.rollout.pools) > 1 else ""
        figures = map(count, (pool.replicas, pool.spare_replicas, pool.in_flight))
        lines.append(said("readme", "fleet_pool", *figures, where))
    months = choice.replicas_by_month
    if len(set(months)) > 1:
        lines.append(said("readme", "fleet_months", ", ".join(map(count, months))))
    if not months[0]:
        lines.append(said("readme", "fleet_later", count(next(m for m, n in enumerate(months, start=1) if n))))
    yield _section("fleet", _bullets(lines))


def _unproven(setting: Setting) -> Iterator[str]:
    evaluation = setting.evaluation
    for model in evaluation.answer.untested:
        yield said("readme", "untested", _plain(model_name(evaluation, model)))
    if setting.rollout.choice is not None:
        if not any(run.model == setting.rollout.choice.model for run in evaluation.inputs.benchmark):
            yield said("readme", "speed")
        if setting.tuned == "adapters":
            yield said("readme", "adapters", LORA_RANK)
        yield said("readme", "start", fixed(setting.fleet[1].start_minutes.high))
    crowded_out = ", ".join(code(group.name) for group in setting.groups if group.crowded_out)
    if crowded_out:
        yield said("readme", "crowded_out", crowded_out)
    yield said("readme", "gateway_release", f"{LEAST[0]}.{LEAST[1]}")
    yield from map(_plain, notices(evaluation))


def _watched(setting: Setting) -> Iterator[str]:
    yield from map(_plain, _told(setting, tests=False))
    yield said("readme", "watch_alerts" if setting.rollout.choice is not None else "watch_spend")


def _files(files: Sequence[str]) -> Iterator[str]:
    tops = dict.fromkeys(path.partition("/")[0] + ("/" if "/" in path else "") for path in files)
    for top in tops:
        yield f"`{top}`: {said('files', top)}"
