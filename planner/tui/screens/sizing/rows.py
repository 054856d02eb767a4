"""Candidates as table lines: what fits with its cost and speed, and what is out with the reason.

The candidates of one evaluation as lines, each built once: filtering and sorting only choose among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner import quantities
from planner.engine.specs import Catalog, Choice, Evaluation, ExcludedOption, Offer, Pins, VramGib
from planner.records import dataclass
from planner.tui.charts.canvas import Row, Segment, ascii_only
from planner.tui.charts.vram_bar import vram_bar, vram_numbers
from planner.tui.screens.sizing.filter import Filter, FilterFacts
from planner.tui.widgets.fact_table import Column, Line
from planner.words.refusals import because

BAR_CELLS = 12
IDLE_WORDS = frozenset(
    {"NVIDIA", "AMD", "Intel", "GeForce", "Tesla", "Instinct", "Generation", "Edition", "Blackwell", "Instruct"}
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One option, in or out, ready to be filtered, sorted and shown."""

    key: str
    option: Choice | ExcludedOption
    facts: FilterFacts
    is_choice: bool
    is_pinned: bool

    @property
    def choice(self) -> Choice | None:
        return self.option if isinstance(self.option, Choice) else None


def key_of(option: Choice | ExcludedOption) -> str:
    """Identity of a candidate across evaluations."""
    parts = (option.model, option.weights, option.kv, option.engine, option.offer, option.gpus_per_replica)
    return "|".join(map(str, parts))


def model_name(catalog: Catalog, model: str) -> str:
    """The model's name, or its id where the catalogue does not know it."""
    return catalog.models[model].name if model in catalog.models else model


def offer_name(catalog: Catalog, option: Choice | ExcludedOption) -> str:
    """GPUs of one replica and whose they are: "2x H100 SXM Lambda"."""
    if not option.gpu:
        return "any"
    gpu = short_name(catalog.gpus[option.gpu].name) if option.gpu in catalog.gpus else option.gpu
    provider = catalog.offers[option.offer].provider if option.offer in catalog.offers else option.offer
    return f"{option.gpus_per_replica}x {gpu} {provider}".strip()


def rent_of(offer: Offer) -> str:
    """Price of an offer and for how long: "$1.86 an hour"."""
    return f"{quantities.price(offer.price, offer.currency)} {'an' if offer.per == 'hour' else 'a'} {offer.per}"


def short_name(name: str) -> str:
    """A model's or card's name without the words that tell nothing apart in a table."""
    return " ".join(word for word in name.split() if word not in IDLE_WORDS)


def is_pinned(option: Choice | ExcludedOption, pins: Pins) -> bool:
    """True where the plan pins at least a model, offer or card, and this option is what it pins."""
    pinned = (pins.model, pins.offer, pins.gpu)
    wanted = ((pins.weights, option.weights), (pins.kv, option.kv), (pins.engine, option.engine))
    found = (option.model, option.offer, option.gpu)
    return any(pinned) and all(
        want is None or want == have for want, have in (*zip(pinned, found, strict=True), *wanted)
    )


def candidates(evaluation: Evaluation, excluded: bool, more: Sequence[Choice] = ()) -> list[Candidate]:
    """The options that fit, the plan's choice before the others by their cost, or those that do not fit."""
    found: Sequence[Choice | ExcludedOption] = evaluation.excluded if excluded else _best_first(evaluation, more)
    chosen = key_of(evaluation.choice) if evaluation.choice is not None and not excluded else ""
    unique = {key_of(option): option for option in reversed(found)}
    if evaluation.choice is not None and not excluded:
        unique[chosen] = evaluation.choice
    listed = [
        Candidate(key, option, _facts(evaluation, option), key == chosen, is_pinned(option, evaluation.inputs.choice))
        for key, option in reversed(unique.items())
    ]
    return sorted(listed, key=lambda candidate: not candidate.is_choice)


def _best_first(evaluation: Evaluation, more: Sequence[Choice]) -> Sequence[Choice]:
    options = evaluation.options
    return sorted((*options, *more), key=_rank) if more else options


def _rank(option: Choice) -> tuple[bool, float, float]:
    """What pays by its cost; of what does not, a fleet that takes less of the work is cheaper for that alone."""
    return not option.pays, 0.0 if option.pays else -option.work_fraction, option.monthly_cost


def _facts(evaluation: Evaluation, option: Choice | ExcludedOption) -> FilterFacts:
    catalog = evaluation.catalog
    gpu = catalog.gpus.get(option.gpu)
    texts = {
        "model": f"{option.model} {model_name(catalog, option.model)}",
        "gpu": f"{option.gpu} {gpu.name if gpu else ''}",
        "weights": option.weights,
        "kv": option.kv,
        "engine": option.engine,
        "offer": f"{option.offer} {offer_name(catalog, option)}",
        "licence": licence_of(catalog, option.model),
    }
    if isinstance(option, ExcludedOption):
        vram = {} if option.vram_gib is None else {"vram": option.vram_gib.total}
        return FilterFacts(
            texts | {"why": because(option.refusal)}, {"gpus": option.gpus_per_replica, **vram}, frozenset()
        )
    words = {"fits"} | ({"provisional"} if option.quality_provisional else set())
    words |= {"pinned"} if is_pinned(option, evaluation.inputs.choice) else set()
    return FilterFacts(texts, figures_of(option), frozenset(words))


def figures_of(choice: Choice) -> dict[str, float]:
    """The figures a filter or a sort can use, in the units of the headings."""
    return {
        "cost": choice.monthly_cost,
        "mtok": choice.cost_per_mtok,
        "tok": choice.fleet_output_tok_s.mid,
        "ttft": choice.ttft_ms_p95,
        "tpot": choice.tpot_ms,
        "n": choice.replicas,
        "gpus": choice.gpus_per_replica * choice.replicas,
        "util": choice.utilisation * 100,
        "vram": choice.memory.vram_gib.total,
    }


def licence_of(catalog: Catalog, model: str) -> str:
    """Licence of a model in a few words."""
    found = catalog.models.get(model)
    if found is None:
        return quantities.UNKNOWN
    note = {"yes": "", "conditions": " (conditions)", "no": " (not commercial)"}[found.commercial_use]
    return f"{found.licence}{note}"


def columns_fitting(currency: str) -> tuple[Column, ...]:
    """Headings of the table of what fits; keys are those of the filter."""
    symbol = quantities.CURRENCY_SYMBOLS.get(currency, currency)
    return (
        Column("mark", " ", kept=True),
        Column("model", "model", kept=True, at_most=28, least=14, ideal=15),
        Column("weights", "weights/KV", kept=True, brief="wts/KV"),
        Column("offer", "GPU offer", kept=True, at_most=36, least=18, ideal=19),
        Column("n", "replicas", right=True, kept=True, brief="n"),
        Column("bar", "VRAM per GPU"),
        Column("vram", "weights+KV+rest/GiB", brief="GiB"),
        Column("tok", "tok/s [80 %]", right=True),
        Column("ttft", "TTFT p95", right=True),
        Column("cost", f"{symbol}/mo", right=True, kept=True),
        Column("mtok", f"{symbol}/Mtok", right=True),
        Column("tpot", "TPOT", right=True),
        Column("util", "busy", right=True),
        Column("licence", "licence", at_most=28),
        Column("engine", "engine"),
    )


COLUMNS_EXCLUDED = (
    Column("mark", " ", kept=True),
    Column("model", "model", kept=True, at_most=28, least=14, ideal=15),
    Column("weights", "weights/KV", kept=True, brief="wts/KV"),
    Column("offer", "GPU offer", kept=True, at_most=36, least=18, ideal=20),
    Column("why", "why not", kept=True, at_most=76, least=20, ideal=56),
    Column("bar", "VRAM per GPU"),
    Column("vram", "GiB"),
    Column("licence", "licence", at_most=28),
)


def line_fitting(evaluation: Evaluation, candidate: Candidate) -> Line:
    """One candidate that fits."""
    choice = candidate.choice
    assert choice is not None
    catalog = evaluation.catalog
    return Line(
        candidate.key,
        (
            mark_of(candidate),
            _strong(short_name(model_name(catalog, choice.model)), candidate.is_choice),
            precisions(choice),
            offer_name(catalog, choice),
            quantities.count(choice.replicas),
            _bar(choice.memory.vram_gib),
            (Segment(vram_numbers(choice.memory.vram_gib), "muted"),),
            quantities.interval(choice.fleet_output_tok_s),
            _latency(choice.ttft_ms_p95, evaluation.inputs.objectives.ttft_ms_p95),
            _strong(quantities.count(choice.monthly_cost), candidate.is_choice),
            _unit_cost(choice.cost_per_mtok),
            _latency(choice.tpot_ms, evaluation.inputs.objectives.tpot_ms),
            quantities.percent(choice.utilisation),
            (Segment(licence_of(catalog, choice.model), "muted"),),
            (Segment(choice.engine, "muted"),),
        ),
    )


def precisions(option: Choice | ExcludedOption) -> str:
    """Number formats of the weights and of the KV cache: "awq/fp16"."""
    return f"{option.weights}/{option.kv}" if option.kv else option.weights


def line_excluded(evaluation: Evaluation, candidate: Candidate) -> Line:
    """One candidate that is out."""
    option = candidate.option
    assert isinstance(option, ExcludedOption)
    catalog, vram = evaluation.catalog, option.vram_gib
    return Line(
        candidate.key,
        (
            (Segment("x" if ascii_only() else "✗", "bad"),),
            short_name(model_name(catalog, option.model)),
            precisions(option),
            offer_name(catalog, option),
            because(option.refusal),
            "" if vram is None else vram_bar(vram, BAR_CELLS, fits=option.short_by_gib <= 0, ascii_only=ascii_only()),
            "" if vram is None else (Segment(vram_numbers(vram), "muted"),),
            (Segment(licence_of(catalog, option.model), "muted"),),
        ),
    )


def mark_of(candidate: Candidate) -> Row:
    """▸ the plan's choice, ◉ pinned by hand, ~ quality not proven yet."""
    plain = ascii_only()
    choice = candidate.choice
    if candidate.is_pinned:
        return (Segment("P" if plain else "◉", "accent"),)
    if candidate.is_choice:
        return (Segment(">" if plain else "▸", "accent"),)
    return (Segment("~" if choice is not None and choice.quality_provisional else " ", "warn"),)


def _strong(text: str, is_choice: bool) -> Row:
    return (Segment(text, "strong" if is_choice else "text"),)


def _bar(vram: VramGib) -> Row:
    return vram_bar(vram, BAR_CELLS, ascii_only=ascii_only())


def _latency(found_ms: float, objective_ms: float) -> Row:
    """`!` where it is over the objective: fine for background work, not for people who wait."""
    over = found_ms > objective_ms
    return (Segment(f"{'! ' if over else ''}{quantities.milliseconds(found_ms)}", "warn" if over else "text"),)


def _unit_cost(cost_per_mtok: float) -> str:
    return quantities.decimals(cost_per_mtok, 2) if cost_per_mtok < 1000 else quantities.count(cost_per_mtok)


def ordered(found: Sequence[Candidate], column: str, descending: bool) -> list[Candidate]:
    """Sorted by a column: figures by value, texts by alphabet; an unknown column keeps the engine's order."""
    if not found or not column:
        return list(reversed(found)) if descending else list(found)

    def value(candidate: Candidate) -> tuple[int, float, str]:
        facts = candidate.facts
        if column in facts.figures:
            return (0, facts.figures[column], "")
        return (1, 0.0, facts.texts.get(column, "").casefold())

    key: Callable[[Candidate], tuple[int, float, str]] = value
    return sorted(found, key=key, reverse=descending)


MOST_ROWS = 5_000
"""Far above what the screening lets through; a guard, not a page."""


class Listing:
    """What fits and what is out. `more` are layouts beyond those that the evaluation holds."""

    def __init__(self, evaluation: Evaluation, more: Sequence[Choice] = ()) -> None:
        self.evaluation = evaluation
        self.more = tuple(more)
        self._candidates: dict[bool, list[Candidate]] = {}
        self._lines: dict[tuple[bool, str], Line] = {}

    def candidates(self, excluded: bool) -> list[Candidate]:
        """All that fit, or all that are out with their reasons."""
        if excluded not in self._candidates:
            self._candidates[excluded] = candidates(self.evaluation, excluded, self.more)
        return self._candidates[excluded]

    def rows(self, excluded: bool, wanted: Filter, column: str, descending: bool) -> list[Candidate]:
        """Those that match, in order."""
        matching = [candidate for candidate in self.candidates(excluded) if wanted.matches(candidate.facts)]
        return ordered(matching, column, descending)[:MOST_ROWS]

    def line(self, excluded: bool, candidate: Candidate) -> Line:
        """The candidate as a line of the table."""
        key = (excluded, candidate.key)
        if key not in self._lines:
            build = line_excluded if excluded else line_fitting
            self._lines[key] = build(self.evaluation, candidate)
        return self._lines[key]


def found_in_words(listing: Listing, excluded: bool, shown: int) -> str:
    """How many lines there are, of how many, and what is not among them."""
    evaluation = listing.evaluation
    every, considered = len(listing.candidates(excluded)), quantities.count(evaluation.options_considered)
    some = f"{quantities.count(shown)} of {quantities.count(every)}"
    if excluded:
        out = quantities.count(evaluation.options_considered - evaluation.options_fitting)
        return f"{some} reasons · {out} of {considered} layouts are out"
    pins = evaluation.inputs.choice
    if pins.model or pins.gpu or pins.offer:
        return f"{some} shown · pinned, u lists all again"
    if shown < every:
        return f"{some} shown"
    return f"{quantities.count(every)} best of {quantities.count(evaluation.options_fitting)} that fit"
