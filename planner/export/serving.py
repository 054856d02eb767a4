"""`serve/`: how one replica starts without a container, one option a line with its reason."""

from __future__ import annotations

import shlex
from typing import Final

from planner.export.flags import Flag, flags_of, required
from planner.export.groups import Setting
from planner.export.images import COMMANDS, environment_of, key_variable
from planner.export.yaml import bare, comment, quoted
from planner.words.exported import said

NAMES: Final = {"vllm": "vllm.sh", "sglang": "sglang.sh", "llama-cpp": "llama-cpp.sh"}


def serving(setting: Setting) -> str:
    """The script of the engine that the plan chose."""
    choice, _ = setting.fleet
    engine = choice.deployment.engine
    head = said("serve", "head", engine.name, engine.version, quoted(setting.evaluation.inputs.name), setting.plan_id)
    lines = ["#!/usr/bin/env bash", *comment(head), *comment(said("serve", "machine", choice.gpus_per_replica))]
    lines += ["set -euo pipefail", ""]
    for name, value in bare(environment_of(setting)).items():
        if name != "HF_HOME":  # the machine's own
            lines.append(f"export {name}={shlex.quote(value)}")
    variable, option = key_variable(setting)
    if variable:
        lines.append(f"export {variable}={_shell(required(_key(setting)))}")
    lines += ["", "options=("]
    for flag in flags_of(setting):
        lines += comment(flag.reason, "  ")
        lines.append(f"  {_words(flag)}")
    if option:
        lines += comment(said("serve", "api_key"), "  ")
        lines.append(f"  {option} {_shell(required(_key(setting)))}")
    lines += comment(said("serve", "host"), "  ")
    lines += ['  --host "${SERVE_HOST:-127.0.0.1}"', ")", ""]
    command = " ".join(COMMANDS[setting.engine])
    return "\n".join([*lines, f'exec {command} "${{options[@]}}"', ""])


def _key(setting: Setting) -> str:
    return f"{setting.prefix(None)}_API_KEY"


def _words(flag: Flag) -> str:
    if flag.variable:
        return f"{flag.name} {_shell(required(flag.variable))}"
    return " ".join([flag.name, *(shlex.quote(word) for word in flag.words[1:])])


def _shell(variable: str) -> str:
    return f'"{variable}"'
