"""Every file of an export, by its path: the parts that a plan has use for, or one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from planner.engine.specs import Evaluation
from planner.export import compose, gateway, kubernetes, monitoring, readme, serving, smoke, usage_log
from planner.export.folder import SECTIONS, section_of
from planner.export.groups import Setting, setting_of
from planner.toml.files import digest_of
from planner.toml.text import printable

PLAN: Final = "plan.toml"
REPORT: Final = "report.html"
ID_LENGTH: Final = 12


def files_of(
    evaluation: Evaluation, plan_text: str, report: str, sections: Collection[str] = SECTIONS
) -> Mapping[str, str]:
    """The texts of these parts; the same arguments give the same bytes. `report`: the answer as HTML.

    A plan that runs no replicas of its own has nothing to serve and no manifests. README.md tells of all parts,
    whichever were asked for.
    """
    setting = setting_of(evaluation, digest_of(plan_text.encode())[:ID_LENGTH])
    written = {path: printable(text) for path, text in _written(setting).items()}
    listed = (readme.NAME, *written, PLAN, REPORT)
    found = {readme.NAME: printable(readme.readme(setting, listed)), **written, PLAN: plan_text, REPORT: report}
    return {path: text for path, text in found.items() if section_of(path) in sections}


def _written(setting: Setting) -> dict[str, str]:
    found = {gateway.NAME: gateway.gateway(setting), usage_log.NAME: usage_log.usage_log(setting)}
    if setting.runs_engine:
        found[f"serve/{serving.NAMES[setting.engine]}"] = serving.serving(setting)
    found |= {compose.NAME: compose.compose(setting), compose.ENVIRONMENT: compose.environment(setting)}
    if setting.runs_engine:
        found |= kubernetes.kubernetes(setting)
    return found | monitoring.monitoring(setting) | {smoke.NAME: smoke.smoke_test(setting)}
