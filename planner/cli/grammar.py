"""What can be typed: every command with its options. Light, so that `planner --help` loads nothing else.

A command's parser names the module of `planner.cli` that does it. Its `run(args) -> int` is imported once the line has
been read; Textual, pydantic, numpy and the catalogue come with it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from planner.cli.grammar_evidence import add_into, add_set_up, completed, import_benchmark, import_evaluation
from planner.cli.options import (
    Subparsers,
    add_command,
    add_output_options,
    amount,
    fraction,
    iso_date,
    quantity,
    share,
    whole,
)

REPORT_FORMATS = ("text", "markdown", "json", "csv", "html")
COMPARE_FORMATS = ("text", "markdown", "json", "html")
DEFAULT_EXAMPLE = "claude-8k-a-month"
SUBJECTS = ("model", "gpu")
KINDS = {
    "models": "open-weight models",
    "gpus": "cards and chips",
    "offers": "rental offers",
    "apis": "token prices of closed and hosted open models",
    "engines": "serving engines",
}
"""Of records in the catalogue."""
WORKLOADS_BY = ("tag", "model", "key", "project", "group")
SQL_DIALECTS = ("duckdb", "postgres", "clickhouse", "spark", "bigquery", "snowflake", "trino")
SQL_SOURCES = ("litellm", "langfuse", "helicone", "otel", "mapping")
EXPORTED = ("gateway", "serving", "compose", "kubernetes", "monitoring", "smoke-test", "report")
GROUPINGS = ("source", "gpu", "engine", "precision")
LOOPBACK = "127.0.0.1"
PORT = 8000


MAIN_WORK = "main workload"
_WORK_OPTIONS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("--work", "name", {"metavar": "NAME", "help": "begins a workload; the options behind it are its own"}),
    ("--bill", "bill", {"metavar": "SUM", "help": "what it costs: 14000EUR, '$8k a month', '€60k a year'"}),
    ("--requests", "requests_per_day", {"metavar": "N", "type": quantity, "help": "a day, instead of a bill"}),
    ("--tokens", "tokens_per_day", {"metavar": "N", "type": quantity, "help": "a day, instead of a bill"}),
    ("--on", "on", {"metavar": "MODEL", "help": "the API model it runs on: gpt-5.4, 'sonnet 4.6'"}),
    ("--kind", "kind", {"metavar": "KIND", "help": "rag, extraction, coding_agent, ... (default: other)"}),
    ("--input-tokens", "input_tokens", {"metavar": "N", "type": quantity, "help": "of a mean request"}),
    ("--output-tokens", "output_tokens", {"metavar": "N", "type": amount, "help": "of a mean request"}),
    ("--cached", "cached_input_fraction", {"metavar": "F", "type": share, "help": "share of the prompt in the cache"}),
    ("--batch", "batch_fraction", {"metavar": "F", "type": share, "help": "share sent through a batch tier"}),
    ("--background", "latency", {"nargs": 0, "const": "background", "help": "nobody waits for it"}),
    ("--level", "level", {"metavar": "LEVEL", "help": "basic, routine, solid, expert, frontier"}),
    ("--text", "text", {"metavar": "TEXT", "help": "prose, german, code, json, ... (default: prose)"}),
)  # fmt: skip
"""Options of one workload, and the field of the plan that each sets."""
_YES_NO_OPTIONS: Final = (
    ("--simple-enough", "is the work simple enough for an open model?"),
    ("--fine-tuned", "do you need weights of your own?"),
    ("--gpu-experience", "does somebody run GPUs in production?"),
    ("--hiring-budget", "or is there a budget to hire somebody?"),
    ("--rebenchmark", "will you measure again every six months?"),
)


def _app(subparsers: Subparsers) -> None:
    """The command that is meant when none is named."""
    parser = add_command(subparsers, "app", "open the app, on a plan when one is given", usage="planner [PLAN.toml]")
    plan = parser.add_argument("plan", nargs="?", metavar="PLAN.toml", help="a plan file, or the name of a saved plan")
    completed(plan, "plans")
    parser.add_argument("--at", metavar="PLACE", help="begin at questions, costs/risk, assumptions/pue, ...")


def _demo(subparsers: Subparsers) -> None:
    """`demo [EXAMPLE]`."""
    parser = add_command(subparsers, "demo", "open the app on a built-in example")
    example = parser.add_argument("example", nargs="?", default=DEFAULT_EXAMPLE, help=f"default: {DEFAULT_EXAMPLE}")
    completed(example, "examples")


class _OfWork(argparse.Action):
    """An option of one workload: of the last one that `--work` began, or of the only one."""

    def __call__(self, parser: object, args: argparse.Namespace, value: Any, option: str | None = None) -> None:
        works = [dict(work) for work in args.work]
        key = self.dest.removeprefix("of_")
        if key == "name" or not works:
            works.append({"name": MAIN_WORK})
        if key in works[-1] and key != "name":
            raise argparse.ArgumentError(
                self, f"given twice for {works[-1]['name']!r}; a further one begins with --work"
            )
        works[-1][key] = self.const if self.nargs == 0 else value
        args.work = works


def _new(subparsers: Subparsers) -> None:
    """`new [NAME] --bill 14000EUR --on gpt-5.4 ...`."""
    parser = add_command(
        subparsers,
        "new",
        "make a plan from what you pay today",
        description="Make a plan from what you pay today, save it, and say what came out.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the plan (default: that of its first workload)")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: a new file in the folder of plans")
    group = parser.add_argument_group("what is used today, for each --work")
    parser.set_defaults(work=())
    for option, key, settings in _WORK_OPTIONS:
        action = group.add_argument(option, dest=f"of_{key}", action=_OfWork, default=argparse.SUPPRESS, **settings)
        if option == "--on":
            completed(action, "apis")
    _add_plan_answers(parser)


def _add_plan_answers(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the rest; what is not said can be answered in the app")
    group.add_argument("--growth", metavar="G", help="percent a month: 8, '8 %%', or '3 .. 6 .. 10 %%'")
    group.add_argument("--currency", metavar="CODE", help="of the plan (default: that of the first bill)")
    group.add_argument("--profile", metavar="SHAPE", help="of the week: flat, office-hours, global, nightly-batch")
    group.add_argument("--residency", choices=("no", "region", "inside"), help="must data stay in the EU, or inside?")
    group.add_argument("--eu-company", action="store_const", const=True, help="the company is in the EU")
    for option, words in _YES_NO_OPTIONS:
        group.add_argument(option, choices=("yes", "no", "unknown"), help=words)


def _report(subparsers: Subparsers) -> None:
    """`report PLAN [--full] [--for WHOM] [--format F] [-o FILE]`."""
    parser = add_command(subparsers, "report", "print the answer for a plan on one page")
    words = "a plan file, the name of a saved plan or example, or - for standard input"
    completed(parser.add_argument("plan", metavar="PLAN", help=words), "plans")
    parser.add_argument("--full", action="store_true", help="everything that the answer page rests on")
    words = "cfo: each GPU term explained; engineer: with the model, GPU, settings and speed"
    parser.add_argument("--for", choices=("cfo", "engineer"), metavar="WHOM", help=words)
    add_output_options(parser, REPORT_FORMATS)


def _export(subparsers: Subparsers) -> None:
    """`export PLAN --to DIR [--only PART]`."""
    parser = add_command(
        subparsers,
        "export",
        "write what the plan says as files that run",
        description=(
            "Write a folder: gateway, serving, compose, Kubernetes, monitoring, a smoke test and the report. A second"
            " export shows what differs; what you edited by hand stays as it is, and the exit code is then 1."
        ),
    )
    words = "a plan file, the name of a saved plan or example, or - for standard input"
    completed(parser.add_argument("plan", metavar="PLAN", help=words), "plans")
    parser.add_argument("--to", metavar="DIR", type=Path, required=True, help="folder; made where there is none")
    parser.add_argument("--only", choices=EXPORTED, metavar="PART", help=", ".join(EXPORTED))
    parser.add_argument("--overwrite", action="store_true", help="replace also what was edited by hand")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _size(subparsers: Subparsers) -> None:
    """`size --model ID --gpu ID ...`, or `size MODEL GPU ...`."""
    parser = add_command(subparsers, "size", "say whether a model fits a GPU and how fast it would be")
    for name in SUBJECTS:
        plain = parser.add_argument(f"plain_{name}", nargs="?", metavar=name.upper(), help=f"the same as --{name}")
        completed(plain, f"{name}s")
    _add_replica_options(parser)
    _add_load_options(parser)
    add_output_options(parser)


def _add_replica_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the replica")
    completed(group.add_argument("--model", metavar="ID", help="id, name or alias of a model"), "models")
    words = "id, name or alias of a GPU; here: this machine's cards"
    completed(group.add_argument("--gpu", metavar="ID", help=words), "gpus")
    group.add_argument("--all", action="store_true", help="every GPU for the model, or every model for the GPU")
    group.add_argument("--count", type=whole, metavar="N", help="GPUs of the replica (default: tp x pp)")
    group.add_argument("--tp", type=whole, metavar="N", help="tensor parallel (default: count / pp)")
    group.add_argument("--pp", type=whole, metavar="N", help="pipeline parallel (default: 1)")
    group.add_argument("--dcp", type=whole, default=1, metavar="N", help="decode context parallel (default: 1)")
    group.add_argument(
        "--weights", metavar="FORMAT", help="bf16, fp8, q5_k_m, 4.85bpw, a .gguf file, ... (default: the maker's)"
    )
    group.add_argument("--kv", metavar="DTYPE", help="KV cache: fp16, fp8, q8_0, ... (default: the checkpoint's own)")
    group.add_argument("--engine", metavar="ID", help="default: vllm; llama.cpp for GGUF weights or Apple")
    group.add_argument("--engine-version", metavar="V", help="its release, such as 0.19 (default: the catalogue's)")
    group.add_argument("--gpu-memory-utilization", type=fraction, metavar="F", help="default: the engine's")
    group.add_argument("--max-num-batched-tokens", type=whole, metavar="N", help="default: the release's, by memory")
    group.add_argument("--max-num-seqs", type=whole, metavar="N", help="default: the release's, by memory")
    group.add_argument("--enforce-eager", action="store_true", help="without CUDA graphs: less memory, slower answers")
    group.add_argument("--lora-adapters", type=whole, metavar="N", help="adapters kept on the GPU (default: none)")
    group.add_argument("--lora-rank", type=whole, default=16, metavar="N", help="their largest rank (default: 16)")


def _add_load_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the load")
    group.add_argument("--input-tokens", type=quantity, default=1000.0, metavar="N", help="default: 1000")
    group.add_argument("--output-tokens", type=quantity, metavar="N", help="default: 500; of embeddings none")
    group.add_argument("--cached", type=share, default=0.0, metavar="F", help="share of the prompt found in the cache")
    group.add_argument("--concurrency", type=quantity, metavar="N", help="default: the most that keeps the objectives")
    words = "measurements of your own, or a load tool's result: they set the level"
    group.add_argument("--measured", metavar="FILE", type=Path, help=words)
    group.add_argument("--benchmark-command", action="store_true", help="print how to measure it, in two minutes")
    group.add_argument("--endpoint", metavar="URL", help=f"your server, for it (default: http://{LOOPBACK}:8000)")
    group.add_argument("--max-context", type=whole, metavar="N", help="longest prompt + output (default: their sum)")
    group.add_argument("--ttft-ms", type=quantity, default=2000.0, metavar="MS", help="objective (default: 2000)")
    group.add_argument("--tpot-ms", type=quantity, default=50.0, metavar="MS", help="objective (default: 50)")


def _compare(subparsers: Subparsers) -> None:
    """`compare PLAN PLAN [PLAN]`."""
    parser = add_command(subparsers, "compare", "print two or three plans side by side, differences first")
    words = "two or three plan files, saved plans or examples"
    completed(parser.add_argument("plans", metavar="PLAN", nargs="+", help=words), "plans")
    add_output_options(parser, COMPARE_FORMATS)


def _catalog(subparsers: Subparsers) -> None:
    """`catalog`, `catalog KIND` and what plugs in beside them."""
    parser = add_command(subparsers, "catalog", "list the models, GPUs, offers, APIs and engines it knows")
    add_output_options(parser)
    kinds = parser.add_subparsers(metavar="KIND", dest="kind", title="kinds")
    for kind, summary in KINDS.items():
        _kind(kinds, kind, summary)
    _add_model(kinds)
    _prices(kinds)


def _prices(subparsers: Subparsers) -> None:
    """`catalog diff` and `catalog update`."""
    lists = "the price lists of genai-prices and litellm, as installed by the extra prices; nothing is looked up online"
    diff = add_command(
        subparsers, "diff", "show where installed price lists differ", description=f"Compare with {lists}."
    )
    diff.add_argument("--all", action="store_true", help="also what the catalogue states otherwise on purpose, and why")
    diff.add_argument("--format", choices=("text", "json"), default=argparse.SUPPRESS, help="default: text")
    diff.add_argument("-o", "--output", metavar="FILE", type=Path, default=argparse.SUPPRESS, help="write to FILE")
    update = add_command(
        subparsers,
        "update",
        "take over newer token prices from installed price lists",
        description=f"Write what differs as a dated file beside your own catalogue file, from {lists}.",
    )
    update.add_argument("--format", choices=("text", "json"), default=argparse.SUPPRESS, help="default: text")


def _kind(kinds: Subparsers, kind: str, summary: str) -> None:
    parser = add_command(kinds, kind, summary)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only records that hold every word")
    parser.add_argument("--format", choices=("text", "json"), default=argparse.SUPPRESS, help="default: text")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, default=argparse.SUPPRESS, help="write to FILE")


def _add_model(subparsers: Subparsers) -> None:
    """`catalog add-model`."""
    parser = add_command(
        subparsers,
        "add-model",
        "add a model from its config.json, its folder, or the Hugging Face hub",
        description=(
            "Read a model's config.json (and its safetensors headers or index where they lie beside it) and write what"
            " sizing needs to your own catalogue file. A Hugging Face id is looked up online; a path is not."
        ),
    )
    parser.add_argument("source", metavar="SOURCE", help="config.json, a folder with one, or an id: Qwen/Qwen3-8B")
    parser.add_argument("--id", metavar="ORG/NAME", dest="model_id", help="id of the record (default: from the source)")
    parser.add_argument("--like", metavar="MODEL", help="take this model's shape where the config cannot be read")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _import(subparsers: Subparsers) -> None:
    """`import usage` and what plugs in beside it."""
    parser = add_command(
        subparsers,
        "import",
        "take over what your own files say: usage logs, load tests, evaluations",
        description="Read files that you have and say what is in them; with --into, put it into a plan.",
    )
    kinds = parser.add_subparsers(metavar="WHAT", dest="what", title="what", required=True)
    for add in IMPORTS.values():
        add(kinds)


def _import_usage(kinds: Subparsers) -> None:
    """`import usage FILE`."""
    parser = add_command(
        kinds,
        "usage",
        "logs of gateways, vendors, agents, serving engines",
        description=(
            "Read a usage log, told by its keys whatever it is called: volumes, shares, the shape of the week. Prompts"
            " and keys are passed over and never kept."
        ),
    )
    words = "a file, a folder of pages, or - for standard input"
    parser.add_argument("source", metavar="FILE", type=Path, nargs="?", help=words)
    add_into(parser)
    _add_log_options(parser)
    words = "what the columns of an unknown log are, in JSON; kept for logs with the same columns"
    parser.add_argument("--mapping", metavar="FILE.json", type=Path, help=words)
    words = "with --into: which work of the plan something in the log is; without NAME: work of its own"
    parser.add_argument("--work", metavar="LOG=NAME", action="append", help=words)
    parser.add_argument("--rollup", metavar="FILE.csv", type=Path, help="also write the table of hours")
    add_output_options(parser)
    group = parser.add_argument_group("logs that stay where they are")
    words = "print the query that makes the table of hours there; FILE is then its answer, saved as CSV"
    group.add_argument("--sql", choices=SQL_DIALECTS, metavar="DIALECT", help=f"{words}: {', '.join(SQL_DIALECTS)}")
    words = (
        "or run it there, read-only, with the driver that is installed: postgresql://..., clickhouse://..., sc://..."
    )
    group.add_argument("--via", metavar="URI", help=words)
    group.add_argument("--of", choices=SQL_SOURCES, default="mapping", metavar="SOURCE", help=", ".join(SQL_SOURCES))
    group.add_argument("--table", metavar="NAME", help="of the rows (default: as the source calls it)")


def _add_log_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workload-by", choices=WORKLOADS_BY, metavar="WHAT", help=f"{', '.join(WORKLOADS_BY)}")
    parser.add_argument("--timezone", metavar="ZONE", help="whose days are counted (default: as the log counts, UTC)")
    parser.add_argument("--since", metavar="YYYY-MM-DD", type=iso_date, help="leave out what is older")


def _track(subparsers: Subparsers) -> None:
    """`track PLAN --usage FILE`."""
    parser = add_command(
        subparsers,
        "track",
        "hold a plan against what its first weeks say",
        description=(
            "Put actual beside planned for each work and week, say which deciding fact has moved and what to measure"
            " again, and answer anew with what was measured. The plan stays as it is; the exit code is 1 where the"
            " answer has changed."
        ),
    )
    words = "a plan file, the name of a saved plan or example, or - for standard input"
    completed(parser.add_argument("plan", metavar="PLAN", help=words), "plans")
    words = "a usage log, a folder of pages or scrapes, or a Prometheus range"
    parser.add_argument("--usage", metavar="FILE", type=Path, required=True, help=words)
    words = "two scrapes of /metrics, the earlier one first, or a Prometheus range"
    parser.add_argument("--metrics", metavar="FILE", type=Path, nargs="+", help=words)
    parser.add_argument("--seconds", type=quantity, metavar="S", help="between two scrapes that do not say it")
    _add_log_options(parser)
    add_output_options(parser)


IMPORTS: Final[Mapping[str, Callable[[Subparsers], None]]] = {
    "usage": _import_usage,
    "benchmark": import_benchmark,
    "evaluation": import_evaluation,
}
"""What can be imported; `planner.cli.import_<name>` does it."""


def _validate(subparsers: Subparsers) -> None:
    """`validate MEASURED.csv`."""
    parser = add_command(
        subparsers,
        "validate",
        "compare predictions with measurements",
        epilog="shares and errors are fractions (0.18 = 18 %); ratio = predicted / measured",
    )
    words = "measurements, one a line; or the result of a load tool"
    parser.add_argument("measured", nargs="?", metavar="MEASURED.csv", type=Path, help=words)
    parser.add_argument(
        "--memory",
        nargs="+",
        metavar="FILE",
        type=Path,
        help="start-ups instead: tables (CSV), or vLLM's start-up logs as they are",
    )
    group = parser.add_argument_group("what logs after --memory (--gpu) and files of load tools do not hold")
    add_set_up(group)
    parser.add_argument("--by", choices=GROUPINGS, help="what the second table tells apart (default: gpu)")
    parser.add_argument(
        "--measured-once",
        action="store_true",
        help="how close the rest of each set-up comes once one row of it, or three, are given",
    )
    parser.add_argument("--rows", metavar="FILE.csv", type=Path, help="also write one line for each row")
    add_output_options(parser)


def _serve(subparsers: Subparsers) -> None:
    """`serve [PLAN.toml] [--host HOST] [--port PORT]`."""
    parser = add_command(
        subparsers,
        "serve",
        "open the app in a browser on this machine",
        description=(
            "Serve the app to browsers on this machine, at an address with a random token, a process for each visitor."
            " Files are opened and written below the folder of plans only. Needs the extra web."
        ),
    )
    parser.add_argument("plan", nargs="?", metavar="PLAN.toml", help="a plan file, or the name of a saved plan")
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default: {LOOPBACK})")
    parser.add_argument("--port", type=port_number, default=PORT, help=f"default: {PORT}; 0 takes a free one")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="let other machines in: the address with its token is all they need, and goes unencrypted",
    )


def _config(subparsers: Subparsers) -> None:
    """`config`."""
    parser = add_command(
        subparsers,
        "config",
        "show what can be set once for every plan",
        description="Print your settings and what each means, as the file that holds them.",
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write to FILE, whole or not at all")


def _completion(subparsers: Subparsers) -> None:
    """`completion SHELL`."""
    parser = add_command(
        subparsers,
        "completion",
        "print what makes a shell complete commands, plans and models",
        description="Print what makes a shell complete commands, options, plans, models and cards.",
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def port_number(text: str) -> int:
    """0 to 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; write a number from 0 to 65535")
    return int(text)


COMMANDS: Final[Mapping[str, Callable[[Subparsers], None]]] = {
    "app": _app,
    "demo": _demo,
    "new": _new,
    "report": _report,
    "export": _export,
    "size": _size,
    "compare": _compare,
    "catalog": _catalog,
    "import": _import,
    "track": _track,
    "validate": _validate,
    "serve": _serve,
    "config": _config,
    "completion": _completion,
}
"""In the order of `planner --help`."""
