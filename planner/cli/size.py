"""`planner size`: does one replica fit, how fast is it, and what would change the answer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from planner.cli.options import (
    Subparsers,
    add_command,
    add_output_option,
    fraction,
    quantity,
    share,
    whole,
)
from planner.toml.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from planner.engine.replica.rank import Wanted
    from planner.engine.replica.size import Objectives
    from planner.engine.specs import Catalog, Deployment, RequestShape, ServingSettings

EXIT_DOES_NOT_FIT = 1
SUBJECTS = ("model", "gpu")
GGUF_FORMATS = ("q4_k_m", "q8_0")


def add_parser(subparsers: Subparsers) -> None:
    """`size --model ID --gpu ID ...`, or `size MODEL GPU ...`."""
    parser = add_command(subparsers, "size", "say whether a model fits a GPU and how fast it would be")
    for name in SUBJECTS:
        parser.add_argument(f"plain_{name}", nargs="?", metavar=name.upper(), help=f"the same as --{name}")
    _add_replica_options(parser)
    _add_load_options(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_output_option(parser)
    parser.set_defaults(run=run)


def _add_replica_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the replica")
    group.add_argument("--model", metavar="ID", help="id, name or alias of a model")
    group.add_argument("--gpu", metavar="ID", help="id, name or alias of a GPU")
    group.add_argument("--all", action="store_true", help="every GPU for the model, or every model for the GPU")
    group.add_argument("--count", type=whole, metavar="N", help="GPUs of the replica (default: tp x pp)")
    group.add_argument("--tp", type=whole, metavar="N", help="tensor parallel (default: count / pp)")
    group.add_argument("--pp", type=whole, metavar="N", help="pipeline parallel (default: 1)")
    group.add_argument("--dcp", type=whole, default=1, metavar="N", help="decode context parallel (default: 1)")
    group.add_argument("--weights", metavar="FORMAT", help="bf16, fp8, awq, ... (default: the maker's own)")
    group.add_argument("--kv", default="fp16", metavar="DTYPE", help="KV cache: fp16 or fp8 (default: fp16)")
    group.add_argument("--engine", metavar="ID", help="default: vllm, llama.cpp for GGUF weights")
    group.add_argument("--gpu-memory-utilization", type=fraction, metavar="F", help="default: the engine's")
    group.add_argument("--max-num-batched-tokens", type=whole, metavar="N", help="default: 8192")
    group.add_argument("--max-num-seqs", type=whole, metavar="N", help="default: what the cache holds, up to 256")
    group.add_argument("--lora-adapters", type=whole, metavar="N", help="adapters kept on the GPU (default: none)")
    group.add_argument("--lora-rank", type=whole, default=16, metavar="N", help="their largest rank (default: 16)")


def _add_load_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the load")
    group.add_argument("--input-tokens", type=quantity, default=1000.0, metavar="N", help="default: 1000")
    group.add_argument("--output-tokens", type=quantity, default=500.0, metavar="N", help="default: 500")
    group.add_argument("--cached", type=share, default=0.0, metavar="F", help="share of the prompt found in the cache")
    group.add_argument("--concurrency", type=quantity, metavar="N", help="default: the most that keeps the objectives")
    group.add_argument("--max-context", type=whole, metavar="N", help="longest prompt + output (default: their sum)")
    group.add_argument("--ttft-ms", type=quantity, default=2000.0, metavar="MS", help="objective (default: 2000)")
    group.add_argument("--tpot-ms", type=quantity, default=50.0, metavar="MS", help="objective (default: 50)")


def run(args: argparse.Namespace) -> int:
    """Size one replica, or rank them all; exit code 1 where nothing fits."""
    for name in SUBJECTS:
        plain, given = getattr(args, f"plain_{name}"), getattr(args, name)
        if plain is not None and given is not None:
            raise InputError(f"{plain!r} and --{name} {given!r}: name one {name}, with the option or without it")
        if plain is not None:
            setattr(args, name, plain)
    if args.all:
        return _rank(args)
    if not (args.model and args.gpu):
        raise InputError("size needs a model and a GPU (size MODEL GPU), or one of them and --all")
    return _size(args)


def _size(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from planner.cli.loading import load_catalog
    from planner.cli.options import deliver
    from planner.engine.measured.nearest import nearest
    from planner.engine.replica.size import size
    from planner.report.size import sizing_json, sizing_text

    catalog = load_catalog(args)
    deployment, settings = deployment_of(args, catalog), settings_of(args)
    answer = size(catalog, deployment, settings, shape_of(args), args.concurrency, objectives_of(args))
    running = answer.performance.concurrency if answer.performance is not None else 1.0
    answer = replace(answer, evidence=nearest(catalog, deployment, answer.shape, running))
    if args.format == "json":
        from planner.cli.report import as_json

        deliver(as_json(sizing_json(answer)), args.output)
    else:
        deliver(sizing_text(answer), args.output)
    return 0 if answer.memory.fits else EXIT_DOES_NOT_FIT


def _rank(args: argparse.Namespace) -> int:
    """`--all`: the side that is not named varies."""
    from planner.catalog.lookup import find
    from planner.cli.loading import load_catalog
    from planner.cli.options import deliver
    from planner.engine.replica.rank import rank_gpus, rank_models
    from planner.report.size import ranking_json, ranking_text

    if bool(args.model) == bool(args.gpu):
        raise InputError("--all needs either --model or --gpu: the other one varies")
    if args.concurrency is not None or args.pp is not None or args.dcp != 1:
        raise InputError("--all finds the layout and the concurrency itself; leave out --concurrency, --pp and --dcp")
    catalog = load_catalog(args)
    common = (_wanted(args, catalog), settings_of(args), shape_of(args), objectives_of(args))
    if args.model:
        rows = rank_gpus(catalog, find(catalog.models, args.model, "--model"), *common)
    else:
        rows = rank_models(catalog, find(catalog.gpus, args.gpu, "--gpu"), *common)
    if args.format == "json":
        from planner.cli.report import as_json

        deliver(as_json(ranking_json(rows)), args.output)
    else:
        deliver(ranking_text(rows, "gpus" if args.model else "models"), args.output)
    return 0 if any(row.sizing.memory.fits for row in rows) else EXIT_DOES_NOT_FIT


def _wanted(args: argparse.Namespace, catalog: Catalog) -> Wanted:
    from planner.catalog.lookup import find
    from planner.engine.replica.rank import Wanted

    names = (args.engine,) if args.engine else ("vllm", "llama-cpp")
    return Wanted(
        weights=_weights(args.weights) if args.weights else None,
        kv=_kv(args.kv),
        engines=tuple(find(catalog.engines, name, "--engine") for name in names),
        gpus=args.count or args.tp,
    )


def deployment_of(args: argparse.Namespace, catalog: Catalog) -> Deployment:
    """The replica that the options describe, with every name looked up."""
    from planner.catalog.lookup import find
    from planner.cli.loading import find_gpu, find_model
    from planner.engine.specs import Deployment

    model, published = find_model(catalog, args.model, "--model")
    gpu = find_gpu(catalog, args.gpu, "--gpu")
    weights = _weights(args.weights or published)
    wanted = args.engine or ("llama-cpp" if weights in GGUF_FORMATS else "vllm")
    tensor, pipeline = _layout(args.count, args.tp, args.pp)
    return Deployment(
        model=model,
        weights=weights,
        kv=_kv(args.kv),
        gpu=gpu,
        engine=find(catalog.engines, wanted, "--engine"),
        tensor_parallel=tensor,
        pipeline_parallel=pipeline,
        decode_context_parallel=args.dcp,
    )


def settings_of(args: argparse.Namespace) -> ServingSettings:
    """The engine's knobs that were given."""
    from planner.engine.specs import ServingSettings

    return ServingSettings(
        gpu_memory_utilization=args.gpu_memory_utilization,
        max_num_batched_tokens=args.max_num_batched_tokens,
        max_num_seqs=args.max_num_seqs,
        lora_adapters=args.lora_adapters or 0,
        lora_rank=args.lora_rank,
    )


def shape_of(args: argparse.Namespace) -> RequestShape:
    """The mean request and the longest context."""
    from planner.engine.specs import RequestShape

    longest = args.max_context
    if longest is not None and longest < args.input_tokens + args.output_tokens:
        needed = args.input_tokens + args.output_tokens
        raise InputError(f"{longest:,} is less than a mean request of {needed:,.0f} tokens", field="--max-context")
    return RequestShape(args.input_tokens, args.output_tokens, args.cached, longest)


def objectives_of(args: argparse.Namespace) -> Objectives:
    """The latency to keep."""
    from planner.engine.replica.size import Objectives

    return Objectives(args.ttft_ms, args.tpot_ms)


def _weights(text: str) -> str:
    from planner.engine.replica.formats import FORMAT_ALIASES, WEIGHT_FORMATS

    name = text.strip().lower()
    name = FORMAT_ALIASES.get(name, name)
    if name not in WEIGHT_FORMATS:
        hint = did_you_mean(name, WEIGHT_FORMATS, len(WEIGHT_FORMATS))
        raise InputError(f"there is no format {text!r}{hint}", field="--weights")
    return name


def _kv(text: str) -> str:
    from planner.engine.replica.formats import KV_VALUE_BYTES

    name = {"auto": "fp16", "bf16": "fp16", "bfloat16": "fp16", "fp8_e4m3": "fp8", "fp8_e5m2": "fp8"}.get(text, text)
    if name not in KV_VALUE_BYTES:
        hint = did_you_mean(name, KV_VALUE_BYTES, len(KV_VALUE_BYTES))
        raise InputError(f"there is no KV cache dtype {text!r}{hint}", field="--kv")
    return name


def _layout(count: int | None, tensor: int | None, pipeline: int | None) -> tuple[int, int]:
    """Tensor and pipeline degree from any of the three numbers; they must agree."""
    total = count or (tensor or 1) * (pipeline or 1)
    tensor = tensor or max(total // (pipeline or 1), 1)
    pipeline = pipeline or max(total // tensor, 1)
    if tensor * pipeline != total:
        raise InputError(f"{total} GPUs are not --tp {tensor} x --pp {pipeline}", field="--count")
    return tensor, pipeline
