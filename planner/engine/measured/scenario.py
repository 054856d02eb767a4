"""How a benchmark loaded the server: read from a row's columns and notes, so that like is compared with like."""

from __future__ import annotations

import re
from typing import Literal

from planner.engine.measured.row import SkippedRowError
from planner.engine.specs import Measurement
from planner.records import dataclass

Mode = Literal["closed", "static", "offline", "burst", "rate", "bounded"]
MODES: tuple[Mode, ...] = ("closed", "static", "offline", "burst", "rate", "bounded")
"""closed: that many clients of a server at all times; static: one batch from start to end; offline: everything at once,
no end in sight; burst: a stated set of requests at once; rate: a stated arrival rate; bounded: the most within a
latency bound."""

DEFAULT_LENGTHS = (220.0, 220.0)
"""ShareGPT means: prompt and answer, where a row says nothing."""
TASK_LENGTHS: tuple[tuple[str, float, float], ...] = (
    (r"mlperf.*llama2-70b", 294.0, 294.0),
    (r"mlperf.*gpt-?j", 925.0, 69.0),
    (r"mlperf.*mixtral", 300.0, 145.0),
    (r"mlperf.*405b", 9400.0, 680.0),
    (r"mlperf.*llama3\.1-8b", 780.0, 90.0),
    (r"mlperf.*deepseek-r1", 800.0, 3880.0),
    (r"mlperf.*gpt-oss", 1100.0, 1300.0),
    (r"suite_a", 256.0, 349.0),
    (r"suite_c", 250.0, 350.0),
    (r"suite_d", 28644.0, 256.0),
    (r"suite_e", 247.0, 352.0),
    (r"suite_f", 95.0, 225.0),
    (r"suite_g", 305.0, 340.0),
)
"""Mean prompt and answer of named tasks (MLPerf data sets; AccelMark suites from their own totals)."""
DEFAULT_RUN_REQUESTS = 1000.0
"""What the common serving benchmarks send unless told otherwise."""
STATIC = re.compile(
    r"static batch|batch in the concurrency|batch latency|fixed batch|\bbatch (?:of |size )?\d|decode tokens/s"
)
"""Words for one batch that starts and ends together; "in-flight batching" and "batched tokens" are not among them."""
INFINITE = re.compile(r"infinite (?:request )?rate|request rate (?:of )?inf|\binf(?:inite)? qps")
"""Words for requests that are all sent at once: so many without a stated concurrency are a burst."""
DRAFTING = re.compile(
    r"(?<!no )(?<!without )(?<!w/o )(?<!non-)(?:\bmtp\b|specul|\beagle|\bmedusa|draft (?:model|tokens))"
)
"""Words for several tokens a step, guessed by a drafter and checked."""
DRAFTING_GAIN = (1.4, 2.2)
"""What drafting is worth to one stream: a stated range, no row behind the fit drafts. With concurrency nobody knows."""
POWER_LIMITED = re.compile(r"power[ -]?(?:limit|cap)|limited to \d+ ?w\b|\bpl ?[=:] ?\d+ ?w\b")
"""Words for a card held below its TDP: one stream, bound by memory, keeps its pace on the one machine seen."""
UNEQUAL = re.compile(r"jitter|sharegpt|mlperf|real mean|mean length|suite_|derived from totals")
"""Words for requests of different lengths."""
BEAM_TASKS = ((r"mlperf.*gpt-?j", 4.0),)
"""Tasks that decode several beams for one counted answer."""


@dataclass(frozen=True, slots=True)
class LoadScenario:
    """The load behind one row. `requests` is the run's length where it was finite."""

    mode: Mode
    isl: float
    osl: float
    concurrency: float
    """Of the whole system; sequences running, or the size of the set of a burst."""
    rate_per_s: float
    requests: float
    decode_only: bool
    """The rate counts time after the prompt only."""
    disaggregated_decode: float
    """Share of the GPUs that decode where prefill runs on others; 1 when it does not."""
    interactive: bool
    """A tight latency bound."""
    tuned: bool
    """A competition entry: every knob was searched for the best figure (MLPerf)."""
    beams: float
    """Sequences decoded for each answer that counts."""
    equal_lengths: bool
    """Every request has the stated lengths, so that clients who start together stay in step."""
    drafting: bool
    """Drafted tokens count: for figures of prompts they do not."""


def scenario_of(row: Measurement) -> LoadScenario:
    """The scenario of a row; ValueError where the row says too little to predict its number."""
    text = f"{row.notes} {row.source}".lower()
    isl, osl = _lengths(row, text)
    drafting = _drafting(row, f"{text} {row.engine.lower()}")
    endless = INFINITE.search(text) is not None
    stated = None if endless else re.search(r"([\d.]+) ?(?:qps|req/s|rps)", text)
    rate = _number(stated) or _number(re.search(r"request rate ([\d.]+)", text))
    requests = _number(re.search(r"(\d+) (?:prompts|requests)", text))
    is_set = endless and requests is not None and row.concurrency is None and row.metric not in ("tpot_ms", "ttft_ms")
    mode = "burst" if is_set else _mode(row, text, rate)
    return LoadScenario(
        mode=mode,
        isl=max(isl, 1.0),
        osl=max(osl, 1.0),
        concurrency=requests if is_set and requests else _concurrency(row, text),
        rate_per_s=rate or 0.0,
        requests=requests or DEFAULT_RUN_REQUESTS,
        decode_only=row.metric == "decode_tok_s_single_stream" or re.search("after the prompt", text) is not None,
        disaggregated_decode=_decode_share(row, text),
        interactive="interactive;" in text,
        tuned="mlperf" in text,
        beams=next((beams for pattern, beams in BEAM_TASKS if re.search(pattern, text)), 1.0),
        equal_lengths=row.isl is not None and row.osl is not None and not UNEQUAL.search(text),
        drafting=drafting,
    )


def _drafting(row: Measurement, text: str) -> bool:
    """Whether tokens were drafted. `SkippedRowError` where that, or a power limit, leaves a figure nobody knows."""
    alone = row.metric == "decode_tok_s_single_stream" or row.concurrency == 1
    of_prompts = row.metric in ("ttft_ms", "prefill_tok_s_total")
    if POWER_LIMITED.search(text) and (of_prompts or not alone):
        raise SkippedRowError("power_limit")
    drafts = DRAFTING.search(text) is not None and not of_prompts
    if drafts and not alone:
        raise SkippedRowError("drafting")
    return drafts


def _lengths(row: Measurement, text: str) -> tuple[float, float]:
    task = next(((i, o) for pattern, i, o in TASK_LENGTHS if re.search(pattern, text)), None)
    typical = task or DEFAULT_LENGTHS
    isl = row.isl if row.isl is not None else typical[0]
    osl = row.osl if row.osl is not None else typical[1]
    jitter = _number(re.search(r"average about ([\d.]+) x nominal", text)) or 1.0
    return isl * jitter, osl * jitter


def _mode(row: Measurement, text: str, rate: float | None) -> Mode:
    if row.concurrency is None:
        if "latency bound" in text:
            return "bounded"
        if rate is not None:
            return "rate"
        return "offline" if row.metric not in ("tpot_ms", "ttft_ms") else "closed"
    if re.search(r"all (?:submitted )?at once|requests at once|offline,", text) and row.concurrency > 1:
        return "burst"
    if row.metric == "decode_tok_s_single_stream" or "splitwise" in text:
        return "static"
    return "static" if STATIC.search(text) else "closed"


def _concurrency(row: Measurement, text: str) -> float:
    if row.concurrency is not None:
        return row.concurrency
    return 1.0 if row.metric == "decode_tok_s_single_stream" else _number(re.search(r"max-num-seqs (\d+)", text)) or 0.0


def _decode_share(row: Measurement, text: str) -> float:
    found = re.search(r"(\d+) prefill \+ (\d+) decode", text)
    if found:
        prefill, decode = float(found.group(1)), float(found.group(2))
        return decode / (prefill + decode)
    return 0.5 if "disaggregat" in row.engine.lower() else 1.0


def _number(found: re.Match[str] | None) -> float | None:
    return float(found.group(1).rstrip(".")) if found else None
