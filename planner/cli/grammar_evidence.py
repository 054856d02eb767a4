"""What can be typed to bring results of load tools and evaluations, and what shells offer for plans and records.

`grammar` has the commands that it belongs to.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from planner.cli.options import Subparsers, add_command, add_output_options, fraction, quantity, whole


def completed(action: argparse.Action, kind: str) -> None:
    """What a shell offers for it: `kind` names a function of `planner.cli.completion`, imported when a shell asks."""

    def offered(**asked: Any) -> list[str]:
        from planner.cli import completion

        found: list[str] = getattr(completion, kind)(**asked)
        return found

    action.completer = offered  # type: ignore[attr-defined]


def add_into(parser: argparse.ArgumentParser) -> None:
    """The plan that a file is put into."""
    words = "a plan file, or the name of a saved plan, to put it into"
    completed(parser.add_argument("--into", metavar="PLAN", help=words), "plans")


def add_set_up(parser: Any) -> None:
    """What files of load tools do not hold."""
    completed(
        parser.add_argument("--model", metavar="ID", help="the model, where the file calls it otherwise"), "models"
    )
    completed(parser.add_argument("--gpu", metavar="ID", help="the card that it ran on"), "gpus")
    parser.add_argument("--tp", type=whole, metavar="N", help="on how many of them")
    parser.add_argument("--weights", metavar="FORMAT", help="bf16, fp8, q4_k_m, ...")
    parser.add_argument("--engine", metavar="ID", help="vllm, sglang, llama-cpp, ...")
    parser.add_argument("--concurrency", type=quantity, metavar="N", help="requests at a time")


def import_benchmark(kinds: Subparsers) -> None:
    """`import benchmark FILE ...`."""
    parser = add_command(kinds, "benchmark", "results of load tools, such as guidellm, vllm bench or aiperf")
    words = "as the tool wrote it; two scrapes of /metrics are one run"
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help=words)
    add_into(parser)
    group = parser.add_argument_group("what the file does not hold")
    add_set_up(group)
    group.add_argument("--input-tokens", type=quantity, metavar="N", help="of a mean request")
    group.add_argument("--output-tokens", type=quantity, metavar="N", help="of a mean request")
    group.add_argument("--seconds", type=quantity, metavar="S", help="between two scrapes of /metrics")
    add_output_options(parser)


def import_evaluation(kinds: Subparsers) -> None:
    """`import evaluation FILE ...`."""
    parser = add_command(
        kinds, "evaluation", "two models on the same prompts, by promptfoo, inspect_ai, lm-eval or deepeval"
    )
    words = "as the tool wrote it, or a folder of lm-eval; one file a model where it writes so"
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help=words)
    add_into(parser)
    group = parser.add_argument_group("what is compared")
    group.add_argument(
        "--margin", type=fraction, metavar="F", help="relative gap allowed (default: 0.10, or the plan's)"
    )
    group.add_argument("--api", metavar="NAME", help="the model in use today, as the file calls it")
    group.add_argument("--open", metavar="NAME", help="the candidate, open or API, as the file calls it")
    group.add_argument("--metric", metavar="NAME", help="which of several scores")
    group.add_argument("--filter", metavar="NAME", help="which filter of lm-eval (default: the first)")
    group.add_argument("--scale", metavar="LOW-HIGH", help="of the scores, where they do not show it: 0-10")
    group = parser.add_argument_group("in the plan")
    group.add_argument(
        "--workload", metavar="NAME", help="the work that it stands for (default: what the plan tells, or all)"
    )
    completed(group.add_argument("--model", metavar="ID", help="the candidate, by its name in the catalogue"), "models")
    completed(
        group.add_argument("--api-model", metavar="ID", help="the model in use today (default: the plan's)"), "apis"
    )
    add_output_options(parser)
