"""What could carry the work: what fits and what it costs, what is out and why, and rankings of one model or GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from planner import quantities
from planner.engine.specs import Catalog, Choice, Evaluation, Evidence, ExcludedOption, Offer, Pins, VramGib
from planner.quantities import (
    amount,
    change,
    count,
    decimals,
    fixed,
    interval,
    milliseconds,
    percent,
    price,
    significant,
)
from planner.report.document import Cell, Column, Described, Row, Segment, Table, muted, tabulate
from planner.report.tables.strategies import NONE
from planner.words.labels import UNPROVEN, marked, own_words, product_name
from planner.words.refusals import because

if TYPE_CHECKING:
    from planner.engine.replica.rank import Ranked

Option = Choice | ExcludedOption
Bar = Callable[[VramGib, bool], Row]
"""Memory and whether the candidate fits in it, as a picture."""
IDLE_WORDS = frozenset(
    {"NVIDIA", "AMD", "Intel", "GeForce", "Tesla", "Instinct", "Generation", "Edition", "Blackwell", "Instruct"}
)


def key_of(option: Option) -> str:
    """Identity of a candidate across evaluations."""
    parts = (option.model, option.weights, option.kv, option.engine, option.offer, option.gpus_per_replica)
    return "|".join(map(str, parts))


def model_name(catalog: Catalog, model: str) -> str:
    """The model's name, or its id where the catalogue does not know it."""
    return catalog.models[model].name if model in catalog.models else model


def offer_name(catalog: Catalog, option: Option) -> str:
    """GPUs of one replica and whose they are: "2x H100 SXM Lambda"."""
    if not option.gpu:
        return "any"
    gpu = short_name(catalog.gpus[option.gpu].name) if option.gpu in catalog.gpus else option.gpu
    provider = catalog.offers[option.offer].provider if option.offer in catalog.offers else option.offer
    return f"{option.gpus_per_replica}x {gpu} {provider}".strip()


def rent_of(offer: Offer) -> str:
    """Price of an offer and for how long: "$1.86 an hour"."""
    return f"{price(offer.price, offer.currency)} {'an' if offer.per == 'hour' else 'a'} {offer.per}"


def short_name(name: str) -> str:
    """A model's or card's name without the words that tell nothing apart in a table."""
    return " ".join(word for word in name.split() if word not in IDLE_WORDS)


def precisions(option: Option) -> str:
    """Number formats of the weights and of the KV cache: "awq/fp16"."""
    return f"{option.weights}/{option.kv}" if option.kv else option.weights


def licence_of(catalog: Catalog, model: str) -> str:
    """Licence of a model in a few words."""
    found = catalog.models.get(model)
    if found is None:
        return quantities.UNKNOWN
    note = {"yes": "", "conditions": " (conditions)", "no": " (not commercial)"}[found.commercial_use]
    return f"{found.licence}{note}"


def is_pinned(option: Option, pins: Pins) -> bool:
    """True where the plan pins at least a model, offer or card, and this option is what it pins."""
    pinned = (pins.model, pins.offer, pins.gpu)
    wanted = ((pins.weights, option.weights), (pins.kv, option.kv), (pins.engine, option.engine))
    found = (option.model, option.offer, option.gpu)
    return any(pinned) and all(
        want is None or want == have for want, have in (*zip(pinned, found, strict=True), *wanted)
    )


def used_kv_gib(vram: VramGib) -> float:
    """KV cache of the mean load: what `free` leaves of the usable memory."""
    return max(vram.usable - vram.weights - vram.overhead - vram.free, 0.0)


def vram_numbers(vram: VramGib) -> str:
    """Memory of one GPU in GiB: weights + KV of the mean load + overhead / total."""
    return f"{fixed(vram.weights)}+{fixed(used_kv_gib(vram))}+{fixed(vram.overhead)}/{fixed(vram.total)}"


def no_bar(_vram: VramGib, _fits: bool) -> Row:
    """In a report there is no room for pictures of memory."""
    return ()


def fitting(evaluation: Evaluation, bar: Bar = no_bar) -> tuple[Described[Choice], ...]:
    """The table of what fits; the keys of its columns are those of the app's filter."""
    catalog, inputs = evaluation.catalog, evaluation.inputs
    symbol = quantities.currency_symbol(inputs.currency)
    chosen = "" if evaluation.choice is None else key_of(evaluation.choice)

    def strong(text: str, option: Choice) -> Row:
        return (Segment(text, "strong" if key_of(option) == chosen else "text"),)

    return (
        (Column("mark", " ", kept=True), lambda row: _mark(row, key_of(row) == chosen, inputs.choice)),
        (_MODEL, lambda row: strong(short_name(model_name(catalog, row.model)), row)),
        (_WEIGHTS, precisions),
        (_OFFER, lambda row: offer_name(catalog, row)),
        (Column("n", "replicas", right=True, kept=True, brief="n"), lambda row: count(row.replicas)),
        (_BAR, lambda row: bar(row.memory.vram_gib, True)),
        (Column("vram", "weights+KV+rest/GiB", brief="GiB"), lambda row: muted(vram_numbers(row.memory.vram_gib))),
        (Column("tok", "tok/s [80 %]", right=True), lambda row: interval(row.fleet_tok_s)),
        (Column("ttft", "TTFT p95", right=True), lambda row: _latency(row.ttft_ms_p95, inputs.objectives.ttft_ms_p95)),
        (
            Column("cost", f"{symbol}/mo", right=True, kept=True),
            lambda row: strong(
                marked(amount(row.monthly_cost, inputs.currency), untested=row.quality_provisional), row
            ),
        ),
        (
            Column("mtok", f"{symbol}/Mtok", right=True),
            lambda row: marked(_unit_cost(row.cost_per_mtok), untested=row.quality_provisional),
        ),
        (Column("tpot", "TPOT", right=True), lambda row: _tpot(row, inputs.objectives.tpot_ms)),
        (Column("util", "busy", right=True), lambda row: percent(row.utilisation)),
        (_LICENCE, lambda row: muted(licence_of(catalog, row.model))),
        (Column("engine", "engine"), lambda row: muted(row.engine)),
    )


_MODEL = Column("model", "model", kept=True, at_most=28, least=14, ideal=15)
_WEIGHTS = Column("weights", "weights/KV", kept=True, brief="wts/KV")
_OFFER = Column("offer", "GPU offer", kept=True, at_most=36, least=18, ideal=19)
_BAR = Column("bar", "VRAM per GPU")
_LICENCE = Column("licence", "licence", at_most=28)


def excluded(evaluation: Evaluation, bar: Bar = no_bar) -> tuple[Described[ExcludedOption], ...]:
    """The table of what is out, with the reason."""
    catalog = evaluation.catalog

    def memory(option: ExcludedOption, shown: Bar) -> Cell:
        return "" if option.vram_gib is None else shown(option.vram_gib, option.short_by_gib <= 0)

    return (
        (Column("mark", " ", kept=True), lambda _: (Segment("✗", "bad"),)),
        (_MODEL, lambda row: short_name(model_name(catalog, row.model))),
        (_WEIGHTS, precisions),
        (_OFFER, lambda row: offer_name(catalog, row)),
        (Column("why", "why not", kept=True, at_most=76, least=20, ideal=56), lambda row: because(row.refusal)),
        (_BAR, lambda row: memory(row, bar)),
        (Column("vram", "GiB"), lambda row: memory(row, lambda vram, _: muted(vram_numbers(vram)))),
        (_LICENCE, lambda row: muted(licence_of(catalog, row.model))),
    )


def _mark(option: Choice, is_choice: bool, pins: Pins) -> Row:
    """▸ the plan's choice, ◉ pinned by hand, ~ quality not proven yet."""
    if is_pinned(option, pins):
        return (Segment("◉", "accent"),)
    if is_choice:
        return (Segment("▸", "accent"),)
    return (Segment(UNPROVEN if option.quality_provisional else " ", "warn"),)


def _latency(found_ms: float, objective_ms: float) -> Row:
    """`!` where it is over the objective: fine for background work, not for people who wait."""
    over = found_ms > objective_ms
    return (Segment(f"{'! ' if over else ''}{milliseconds(found_ms)}", "warn" if over else "text"),)


def _tpot(option: Choice, objective_ms: float) -> Row:
    return _latency(option.tpot_ms, objective_ms) if option.deployment.writes else muted(NONE)


def _unit_cost(cost_per_mtok: float) -> str:
    return decimals(cost_per_mtok, 2) if cost_per_mtok < 1000 else count(cost_per_mtok)


def ranking(rows: Sequence[Ranked]) -> Table:
    """One line a deployment of one replica: size, speed, what an hour and a million tokens cost."""
    writes = all(row.sizing.deployment.writes for row in rows)  # a model is ranked over cards, or models that write
    return tabulate(
        rows,
        lambda row: f"{row.sizing.deployment.model.id} {row.sizing.deployment.gpu.id}",
        (Column("gpus", "GPU"), lambda row: row.sizing.deployment.gpu.id),
        (Column("models", "model"), lambda row: row.sizing.deployment.model.id),
        (Column("level", "level"), lambda row: row.sizing.deployment.model.level or NONE),
        (Column("n", "n", right=True), lambda row: str(row.sizing.deployment.gpus_per_replica)),
        (Column("weights", "weights"), lambda row: row.sizing.deployment.weights),
        (Column("engine", "engine"), lambda row: row.sizing.deployment.engine.id),
        (Column("tok", "output tok/s" if writes else "input tok/s", right=True), lambda row: _speed(row)[0]),
        (Column("concurrency", "Conc.", right=True), lambda row: _speed(row)[1]),
        (
            Column("hour", "$/h of n", right=True),
            lambda row: NONE if row.usd_per_replica_hour is None else _hourly(row.usd_per_replica_hour),
        ),
        (
            Column("mtok", "$/1M tok", right=True),
            lambda row: NONE if row.usd_per_mtok is None else f"${significant(row.usd_per_mtok)}",
        ),
        (Column("offer", "offer"), _ranked_offer),
        (
            Column("measured", "speed"),
            lambda row: NONE if row.sizing.measured is None else own_words(row.sizing.measured),
        ),
        (
            Column("because", "because"),
            lambda row: "" if row.sizing.memory.refusal is None else because(row.sizing.memory.refusal),
        ),
    )


def _hourly(usd: float) -> str:
    return quantities.money(usd, "USD", cents=True)


def _ranked_offer(row: Ranked) -> str:
    """What is rented; of an offer of more GPUs than the replica has, how many and for how much it is rented whole."""
    needed = row.sizing.deployment.gpus_per_replica
    if row.offer is None:
        gpus = "1 GPU" if needed == 1 else f"{needed} GPUs"
        return f"no offer of {gpus} in one machine" if row.is_offered else "not rented in the catalogue"
    name, held = product_name(row.offer), row.offer.gpu_count
    if held == needed or row.usd_per_hour is None:
        return name
    return f"{name}, whole: {held} GPUs for {_hourly(row.usd_per_hour)}/h"


def _speed(row: Ranked) -> tuple[str, str]:
    speed = row.sizing.performance
    if speed is None:
        return NONE, NONE
    asked = speed.output_tok_s if row.sizing.deployment.writes else speed.total_tok_s
    return interval(asked), significant(speed.concurrency)


METRICS = {
    "output_tok_s_total": "output tok/s",
    "output_tok_s_per_gpu": "output tok/s a GPU",
    "total_tok_s_total": "tok/s in and out",
    "decode_tok_s_single_stream": "tok/s alone",
    "prefill_tok_s_total": "prefill tok/s",
    "req_s_total": "requests/s",
    "tpot_ms": "ms TPOT",
    "ttft_ms": "ms TTFT",
}
"""What the metrics of published measurements are called."""


def measurement(evidence: Evidence) -> Row:
    """A published measurement: setting, value, what we would have said, source and date."""
    one = evidence.measurement
    shape = f", {count(one.isl)}/{count(one.osl)} tokens" if one.isl or one.osl else ""
    batch = f", concurrency {count(one.concurrency)}" if one.concurrency else ""
    named = one.engine_version.casefold().startswith(one.engine.casefold())
    engine = one.engine_version if named else f"{one.engine} {one.engine_version}".strip()
    off = change(evidence.ratio - 1)
    return (
        Segment(f"{one.gpus_total}x {one.gpu}, {evidence.model or one.model} {one.weights}, {engine}{shape}{batch}: "),
        Segment(f"{significant(one.value)} {METRICS.get(one.metric, one.metric)}", "strong"),
        Segment(f", {significant(evidence.predicted)} predicted ({off})"),
        Segment(f" · {one.citation.source}, {one.citation.as_of}", "muted"),
    )
