"""`planner size`: does one replica fit, how fast is it, and what would change the answer."""

from __future__ import annotations

import argparse
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.catalog.lookup import find
from planner.catalog.weight_files import file_checkpoint, is_gguf_file
from planner.cli.grammar import LOOPBACK, PORT, SUBJECTS
from planner.cli.loading import find_gpu, find_model, load_catalog
from planner.cli.options import deliver, format_of, say
from planner.engine.measured.nearest import nearest
from planner.engine.replica.fit import fit
from planner.engine.replica.formats import (
    FORMAT_ALIASES,
    KV_ALIASES,
    KV_VALUE_BYTES,
    WEIGHT_FORMATS,
    fp8_cache_problem,
    weight_format,
)
from planner.engine.replica.layouts import valid_tensor_parallel
from planner.engine.replica.paging import keeps_fp8_unasked
from planner.engine.replica.performance import Objectives
from planner.engine.replica.rank import Wanted, rank_gpus, rank_models
from planner.engine.replica.size import size
from planner.engine.replica.weights import checkpoint_of, preferring
from planner.engine.specs import Catalog, Deployment, Gpu, Model, RequestShape, ServingEngine, ServingSettings, Sizing
from planner.quantities import count
from planner.report.size import ranking_json, ranking_text, sizing_json, sizing_text
from planner.report.values import as_json
from planner.toml.errors import InputError, described, did_you_mean
from planner.words.refusals import skip_words

if TYPE_CHECKING:
    from planner.engine.measured.own import OwnRuns

EXIT_DOES_NOT_FIT = 1
DEFAULT_KV = "fp16"
OUTPUT_TOKENS = 500.0
"""Of a mean request, where nobody says."""


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
    catalog = load_catalog(args)
    deployment, settings = deployment_of(args, catalog), settings_of(args)
    own = _measured(args, catalog, deployment)
    given = catalog, deployment, settings, shape_of(args, deployment.model), args.concurrency, objectives_of(args)
    answer = size(*given) if own is None else own.size(*given)
    if own is not None:
        answer = replace(answer, caveats=(*answer.caveats, *own.unmatched(deployment)))
        if answer.measured is None and answer.performance is not None:
            say(f"planner: no row of {args.measured} speaks for this set-up: its speed is a prediction")
    if args.benchmark_command:
        deliver(_commands(args, answer, catalog), args.output, args, *_read(args))
        return 0 if answer.memory.fits else EXIT_DOES_NOT_FIT
    running = answer.performance.concurrency if answer.performance is not None else 1.0
    if deployment.writes:  # what is published of models that write says nothing of others
        answer = replace(answer, evidence=nearest(catalog, deployment, answer.shape, running))
    written = as_json(sizing_json(answer)) if format_of(args) == "json" else sizing_text(answer)
    deliver(written, args.output, args, *_read(args))
    return 0 if answer.memory.fits else EXIT_DOES_NOT_FIT


def _commands(args: argparse.Namespace, answer: Sizing, catalog: Catalog) -> str:
    """What measures this replica, and what reads it back."""
    from planner.engine.replica.performance import predict
    from planner.evidence.benchmarks.command import commands, reading_back

    on, speed, calibration = answer.deployment, answer.performance, catalog.calibration
    if speed is None or calibration is None or not answer.memory.fits:
        raise InputError("there is nothing to measure: this replica does not run")
    if not on.writes:
        raise InputError(f"{on.model.name} writes no tokens, and the load tools measure written ones")
    lengths = answer.shape.input_tokens, answer.shape.output_tokens
    endpoint = args.endpoint or f"http://{LOOPBACK}:{PORT}"
    lines = commands(
        on.model.id,
        endpoint,
        lengths,
        speed.concurrency,
        lambda load: predict(on, answer.shape, load, calibration).output_tok_s.mid,
    )
    set_up = {"model": on.model.id, "gpu": on.gpu.id, "tp": on.tensor_parallel, "weights": on.weights}
    return "\n".join((*lines, reading_back(speed.concurrency, set_up | {"engine": on.engine.id}))) + "\n"


def _rank(args: argparse.Namespace) -> int:
    """`--all`: the side that is not named varies."""
    if args.benchmark_command:
        raise InputError("--benchmark-command measures one replica; leave out --all")
    if bool(args.model) == bool(args.gpu):
        raise InputError("--all needs either --model or --gpu: the other one varies")
    if args.concurrency is not None or args.pp is not None or args.dcp != 1:
        raise InputError("--all finds the layout and the concurrency itself; leave out --concurrency, --pp and --dcp")
    catalog = load_catalog(args)
    wanted, own = _wanted(args, catalog), _measured(args, catalog)
    measured = None if own is None else own.size
    for skip, unused in () if own is None else own.unusable:
        say(f"planner: rows of {args.measured} that do not count: {unused}, {skip_words(skip)}")
    if args.model:
        rows = rank_gpus(catalog, find_model(catalog, args.model, "--model")[0], wanted, measured)
    else:
        gpu, most = _gpu(args, catalog)
        rows = rank_models(catalog, gpu, replace(wanted, at_most=most or wanted.at_most), measured)
    kind = "gpus" if args.model else "models"
    written = as_json(ranking_json(rows)) if format_of(args) == "json" else ranking_text(rows, kind)
    deliver(written, args.output, args, *_read(args))
    return 0 if any(row.sizing.memory.fits for row in rows) else EXIT_DOES_NOT_FIT


def _measured(args: argparse.Namespace, catalog: Catalog, of: Deployment | None = None) -> OwnRuns | None:
    """What the user measured, where a file of it was named; what a load tool left open is as in the replica `of`."""
    if args.measured is None:
        return None
    from planner.catalog.measured import directory_of  # none of it where nothing was measured
    from planner.cli import load_tools
    from planner.cli.validate import load_runs, read_measurements
    from planner.engine.measured.own import own_runs

    directory = directory_of(catalog)
    if (runs := load_runs(args.measured, load_tools.NOTHING_GIVEN)) is None:
        return own_runs(read_measurements(args.measured, strict=True)[0], directory)
    rows, without = load_tools.as_rows([load_tools.of_replica(run, of, directory) for run in runs])
    return own_runs(rows, directory, [problem for _, problem in without])


def _read(args: argparse.Namespace) -> tuple[Path, ...]:
    return () if args.measured is None else (args.measured,)


def _wanted(args: argparse.Namespace, catalog: Catalog) -> Wanted:
    names = (args.engine,) if args.engine else ("vllm", "llama-cpp")
    return Wanted(
        weights=_weights(args.weights) if args.weights else None,
        kv=_kv(args.kv or DEFAULT_KV),
        engines=tuple(_engine(args, catalog, name) for name in names),
        gpus=args.count or args.tp,
        settings=settings_of(args),
        shape=shape_of(args, find_model(catalog, args.model, "--model")[0] if args.model else None),
        objectives=objectives_of(args),
    )


def deployment_of(args: argparse.Namespace, catalog: Catalog) -> Deployment:
    """The replica that the options describe, with every name looked up."""
    model, published = find_model(catalog, args.model, "--model")
    gpu, present = _gpu(args, catalog)
    if args.weights and is_gguf_file(args.weights):
        own = file_checkpoint(args.weights, model)
        model, published = preferring(model, own), own.format
    weights = published if args.weights and is_gguf_file(args.weights) else _weights(args.weights or published)
    wanted = args.engine or ("llama-cpp" if weight_format(weights).is_gguf or gpu.vendor == "Apple" else "vllm")
    engine = _engine(args, catalog, wanted)
    tensor, pipeline = _layout(args.count, args.tp, args.pp)
    deployment = Deployment(
        model=model,
        weights=weights,
        kv=_kv(args.kv) if args.kv else _own_kv(model, weights, gpu, engine),
        gpu=gpu,
        engine=engine,
        tensor_parallel=tensor,
        pipeline_parallel=pipeline,
        decode_context_parallel=args.dcp,
    )
    is_open = not (args.count or args.tp or args.pp)
    return _on_fewest(deployment, present, args) if present is not None and is_open else deployment


def _gpu(args: argparse.Namespace, catalog: Catalog) -> tuple[Gpu, int | None]:
    """The GPU that is named; with `here` a card of this machine and how many it has of them."""
    if args.gpu.strip().casefold() != "here":
        return find_gpu(catalog, args.gpu, "--gpu"), None
    from planner.cli.here import cards_here  # starts programs, which nothing else here does

    return cards_here(catalog, "--gpu")


def _on_fewest(deployment: Deployment, cards: int, args: argparse.Namespace) -> Deployment:
    """On the fewest of that many cards on which it fits; on as many as its heads divide over where it fits on none."""
    degrees = valid_tensor_parallel(deployment.model, cards)
    cut = [replace(deployment, tensor_parallel=degree) for degree in degrees]
    settings, shape = settings_of(args), shape_of(args, deployment.model)
    return next((chosen for chosen in cut if fit(chosen, settings, shape).fits), cut[-1])


def _engine(args: argparse.Namespace, catalog: Catalog, name: str) -> ServingEngine:
    """The engine of that name, at the release that was asked for."""
    engine = find(catalog.engines, name, "--engine")
    if args.engine_version is None:
        return engine
    version = args.engine_version.strip()
    if not re.match(r"v?\d{1,4}(\.\d{1,6})+", version):
        raise InputError(f"found {described(version)}, expected a release such as 0.19", field="--engine-version")
    return replace(engine, version=version.removeprefix("v"))


def settings_of(args: argparse.Namespace) -> ServingSettings:
    """The engine's knobs that were given."""
    return ServingSettings(
        gpu_memory_utilization=args.gpu_memory_utilization,
        max_num_batched_tokens=args.max_num_batched_tokens,
        max_num_seqs=args.max_num_seqs,
        lora_adapters=args.lora_adapters or 0,
        lora_rank=args.lora_rank,
        cuda_graphs=not args.enforce_eager,
    )


def shape_of(args: argparse.Namespace, model: Model | None) -> RequestShape:
    """The mean request and the longest context; embeddings write nothing. `model`: None where it varies."""
    longest, written = args.max_context, args.output_tokens
    if model is not None and model.is_embedding:
        if written is not None:
            raise InputError(f"{model.name} writes no tokens; leave it out", field="--output-tokens")
        written = 0.0
    elif written is None:
        written = OUTPUT_TOKENS
    if longest is not None and longest < args.input_tokens + written:
        needed = count(args.input_tokens + written)
        raise InputError(f"{count(longest)} is less than a mean request of {needed} tokens", field="--max-context")
    return RequestShape(args.input_tokens, written, args.cached, longest)


def objectives_of(args: argparse.Namespace) -> Objectives:
    """The latency to keep."""
    return Objectives(args.ttft_ms, args.tpot_ms)


def _weights(text: str) -> str:
    name = text.strip().lower()
    try:
        return weight_format(name).id
    except KeyError:
        return _known(name, (*WEIGHT_FORMATS, *FORMAT_ALIASES), f"format {text!r}", "--weights")


def _own_kv(model: Model, weights: str, gpu: Gpu, engine: ServingEngine) -> str:
    """What the checkpoint asks for, as vLLM does with `auto`, where card and planner know it; says what was taken."""
    checkpoint = checkpoint_of(model, weights)
    asked = checkpoint.kv if checkpoint is not None else ""
    if checkpoint is None or not asked:
        if keeps_fp8_unasked(model, gpu, engine):
            say(f"planner: {engine.name} {engine.version} keeps the cache of {model.id} in FP8 on {gpu.name}: taken")
            return "fp8"
        return DEFAULT_KV
    begin = f"planner: {checkpoint.repo} asks for KV cache {asked}"
    if asked not in KV_VALUE_BYTES:
        say(f"{begin}, which the planner does not size: {DEFAULT_KV} is taken")
        return DEFAULT_KV
    if asked == "fp8" and fp8_cache_problem(gpu, engine):
        say(f"{begin}, which {gpu.name} has no kernels for: {DEFAULT_KV} is taken")
        return DEFAULT_KV
    say(f"{begin}, which is taken; --kv {DEFAULT_KV} leaves it out")
    return asked


def _kv(text: str) -> str:
    name = text.strip().lower()
    return _known(KV_ALIASES.get(name, name), KV_VALUE_BYTES, f"KV cache dtype {text!r}", "--kv")


def _known(name: str, known: Collection[str], what: str, option: str) -> str:
    """The name, if it is one of those that are known; else InputError with the nearest, or with all of them."""
    if name not in known:
        raise InputError(f"there is no {what}{did_you_mean(name, known, len(known))}", field=option)
    return name


def _layout(count: int | None, tensor: int | None, pipeline: int | None) -> tuple[int, int]:
    """Tensor and pipeline degree from any of the three numbers; they must agree."""
    total = count or (tensor or 1) * (pipeline or 1)
    tensor = tensor or max(total // (pipeline or 1), 1)
    pipeline = pipeline or max(total // tensor, 1)
    if tensor * pipeline != total:
        raise InputError(f"{total} GPUs are not --tp {tensor} x --pp {pipeline}", field="--count")
    return tensor, pipeline
