"""Three lines a command, as its help shows them; a test types each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "app": ("planner", "planner bulk-classifier", "planner app hospital --at costs/risk"),
    "demo": ("planner demo", "planner demo hospital", "planner demo coding-agent"),
    "new": (
        "planner new --bill 14000EUR --on gpt-5.4",
        "planner new Chat --bill '$8k a month' --on 'sonnet 4.6' --kind rag --growth '8 %'",
        "planner new Two --work chat --bill 5000EUR --on gpt-5.4 --work mail --requests 12k --on gpt-4.1-mini",
    ),
    "report": (
        "planner report claude-8k-a-month",
        "planner report hospital -o hospital.html",
        "planner report - --format json < plan.toml",
    ),
    "export": (
        "planner export bulk-classifier --to deploy",
        "planner export hospital --to deploy --only gateway",
        "planner export claude-8k-a-month --to deploy --format json",
    ),
    "size": (
        "planner size qwen3-8b h100",
        "planner size gpt-oss-120b --all",
        "planner size --model qwen3-32b --gpu rtx-4090 --count 2 --weights fp8 --concurrency 8",
    ),
    "compare": (
        "planner compare bulk-classifier hospital",
        "planner compare article-1m article-10m article-100m",
        "planner compare before.toml after.toml -o compared.html",
    ),
    "catalog": ("planner catalog gpus h100", "planner catalog apis claude", "planner catalog add-model Qwen/Qwen3-8B"),
    "import": (
        "planner import usage spendlogs.csv.gz",
        "planner import benchmark benchmarks.json --gpu h100 --tp 1 --engine vllm",
        "planner import evaluation api.json open.json --margin 0.05",
    ),
    "usage": (
        "planner import usage ~/.claude/projects --into team.toml",
        "planner import usage pages/ --workload-by project --since 2026-09-01",
        "zcat spans.jsonl.gz | planner import usage - --format json",
    ),
    "track": (
        "planner track team.toml --usage spendlogs.csv.gz",
        "planner track hospital --usage range.json --metrics range.json",
        "planner track team --usage logs/ --metrics before.prom after.prom --seconds 3600 --format json",
    ),
    "validate": (
        "planner validate measured.csv",
        "planner validate benchmarks.json --gpu h100 --tp 1 --weights fp8",
        "planner validate --memory vllm.log --gpu h100",
    ),
    "benchmark": (
        "planner import benchmark benchmarks.json",
        "planner import benchmark result.jsonl --model qwen3-8b --gpu l40s --tp 1 --engine sglang --format json",
        "planner import benchmark before.txt after.txt --seconds 120",
    ),
    "evaluation": (
        "planner import evaluation results.json --api sonnet --open qwen",
        "planner import evaluation api.eval open.eval --metric exact",
        "planner import evaluation scores.csv --into hospital --workload reports --model qwen3-32b",
    ),
    "serve": ("planner serve", "planner serve hospital", "planner serve --port 0"),
    "config": ("planner config", "planner config -o ~/.config/planner/config.toml", "planner config | less"),
    "completion": (
        'eval "$(planner completion bash)"',
        'eval "$(planner completion zsh)"',
        "planner completion fish | source",
    ),
}
