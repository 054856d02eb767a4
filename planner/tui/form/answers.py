"""From a field's text to the next plan: reading, bounds, words that say what changed, what a pick list offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.engine.specs import LEVELS, ApiModel, Catalog, Evaluation, Inputs, Workload
from planner.plan.edit import get_value
from planner.plan.fields import LARGEST, GrowthSpread
from planner.plan.volumes import (
    ToldVolume,
    growth_in_words,
    may_be_fractions,
    read_growth,
    told_volume,
    untold,
)
from planner.quantities import bill, count, percent, price, scaled, significant, tokens_a_day
from planner.tui.dialogs.pick import Item
from planner.tui.form.fields import CODECS, Field
from planner.tui.form.questions import workload_fields
from planner.tui.open_plan.session import with_value
from planner.typed import parse_fraction, read_quantity

if TYPE_CHECKING:
    from planner.plan.schema import Plan, WorkloadEntry


def answer_in(plan: Plan, field: Field) -> Any:
    """The field's value in the plan."""
    if field.codec == "volume":
        return told_volume(get_value(plan, field.path[:-1]))
    return get_value(plan, field.path)


def is_about(plan: Plan, field: Field) -> bool:
    """False for a field of a workload that the plan does not have, or has no longer."""
    return field.path[0] != "workload" or int(field.path[1]) < len(plan.workload)


def with_answer(plan: Plan, field: Field, value: Any) -> Plan:
    """The plan with the field answered. Raises ValueError in one line where that plan would not be valid."""
    path = field.path
    if isinstance(value, ToldVolume):
        plan = _as_known(plan, int(path[1]), value)
        path, value = (*path[:-1], value.key), value.value
    changed = with_value(plan, path, value)
    if path == ("workload", 0, "api_model") and value is not None and len(plan.workload) == 1:
        return with_value(changed, ("volume", "baseline_api"), value)  # all there is runs on it
    return changed


BILLS_ARE_KNOWN = "A bill is paid, not guessed: “These volumes are” says “measured” now."


def _as_known(plan: Plan, index: int, told: ToldVolume) -> Plan:
    """A bill is paid, not guessed: once all work is told by its bill the volumes count as measured.

    Only when a bill is first told, so that a later answer to that very question stays.
    """
    work = plan.workload
    others = all(entry.bill is not None for i, entry in enumerate(work) if i != index)
    is_first = told.key == "bill" and work[index].bill is None and others
    return with_value(plan, ("volume", "known"), "yes") if is_first else plan


def read_answer(field: Field, text: str, habit: str | None = None) -> Any:
    """What the text means; `habit`: the currency by which a point is read. Raises ValueError with what is right."""
    if field.optional and not text.strip():
        return None
    value = CODECS[field.codec].read(text, habit)
    sizes = _sizes(value)
    if sizes and not all(_within(field, size) for size in sizes):
        raise ValueError(f"“{text.strip()}” is out of range: {field.bounds}")
    if max(sizes, default=0.0) > LARGEST:
        raise ValueError(f"“{text.strip()}” is more than a plan can hold: {scaled(LARGEST)} at most")
    return value


def _sizes(value: Any) -> tuple[float, ...]:
    """The numbers of an answer: one, or the three of a range."""
    if isinstance(value, GrowthSpread):
        return value.low, value.mid, value.high
    number = value.amount if isinstance(value, ToldVolume) else value
    return (float(number),) if isinstance(number, (int, float)) and not isinstance(number, bool) else ()


def _within(field: Field, value: float) -> bool:
    return (
        (field.low is None or value >= field.low)
        and (field.high is None or value <= field.high)
        and (field.above is None or value > field.above)
        and (field.below is None or value < field.below)
    )


def show_answer(field: Field, value: Any) -> str:
    """The value as it stands in the field."""
    return "" if value is None and field.codec != "tristate" else CODECS[field.codec].show(value)


P95 = ("volume", "p95_tokens_per_day")
NEARLY = 0.005
"""What three shown digits leave off."""
FAR_OFF = 1000.0
"""Times as much, or as little: more often a point taken for a comma, or a unit left out, than a change of mind."""


def is_far_off(before: Any, after: Any) -> bool:
    """Whether a value is a thousand times its predecessor or a thousandth of it, where the two can be compared."""
    first, second = _size(before), _size(after)
    if first is None or second is None or first[0] != second[0] or min(first[1], second[1]) <= 0:
        return False
    return max(first[1], second[1]) >= FAR_OFF * (1 - 1e-9) * min(first[1], second[1])


def _size(value: Any) -> tuple[str, float] | None:
    """What is counted, and how much of it a day."""
    if isinstance(value, ToldVolume):
        return f"{value.key} {value.currency}", value.a_day
    return ("", float(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def doubt_about(field: Field, text: str, before: Any, after: Any) -> str:
    """The question about a value that its writer may not mean; empty where nothing is odd about it.

    A share below 1 without a percent sign may be a fraction. Else it is far off the one before, or beyond what is
    usual, which a wrong unit more often is than an answer.
    """
    doubt = ""
    if field.codec in ("fraction", "growth") and may_be_fractions(text):
        doubt = f"“{text.strip()}” is read as {in_words(field, after)}, not as a fraction"
    elif is_far_off(before, after):
        doubt = f"{_large(in_words(field, before))} → {_large(in_words(field, after))}"
    elif field.usual is not None and not all(field.usual[0] <= size <= field.usual[1] for size in _sizes(after)):
        doubt = growth_in_words(after) if field.codec == "growth" else f"{_large(in_words(field, after))} is unusual"
    return f"{doubt}: is that right? Enter keeps it, Esc takes it back" if doubt else ""


def _large(shown: str) -> str:
    """As people write it: 10,000 for 10_000."""
    return shown.replace("_", ",")


def objection(field: Field, value: Any, plan: Plan, evaluation: Evaluation | None) -> str:
    """What the rest of the plan has against an answer; empty where nothing.

    `evaluation`: the newest there is; what it says of the volume is not changed by a p95.
    """
    try:
        with_answer(plan, field, value)
    except ValueError as problem:
        return str(problem)
    if field.path != P95 or value is None or evaluation is None:
        return ""
    mean = evaluation.demand.mean_tokens_per_day
    below = f"the mean of the next 12 months is {tokens_a_day(mean)}, and a p95 is no less; empty, it is computed"
    return below if value < mean * (1 - NEARLY) else ""


def read_as(field: Field, text: str, habit: str | None) -> str:
    """What is worth saying of how a text was read; else empty.

    `“14.000” is read as 14,000`, where three digits behind a mark were taken for thousands; `“8” is read as 8 %`; and
    of a growth what it comes to.
    """
    try:
        if field.codec == "growth":
            return f"= {growth_in_words(value)}" if (value := read_growth(text)) else ""
        if field.codec == "fraction":
            value = parse_fraction(text)
            return "" if "%" in text or not value else f"“{text.strip()}” is read as {in_words(field, value)}"
        if field.codec in ("number", "whole", "volume") and (found := read_quantity(text, habit)).grouped:
            return f"“{text.strip()}” is read as {count(found.value)}"
    except ValueError:
        pass
    return ""


def more_words(entry: WorkloadEntry) -> str:
    """`2,000 in / 200 out, no cache, English prose`: what is folded away, in one line."""
    shares = (("cached", entry.cached_input_fraction), ("cache writes", entry.cache_write_fraction))
    cache = [f"{percent(share)} {what}" for what, share in shares if share] or ["no cache"]
    told = ", ".join((
        f"{count(entry.input_tokens)} in / {count(entry.output_tokens)} out",
        *cache,
        f"{percent(entry.batch_fraction)} in batches" if entry.batch_fraction else "no batches",
        *(["reads images"] if entry.needs_vision else []),
    ))  # fmt: skip
    changed = (
        in_words(field, getattr(entry, str(field.path[-1])))
        for field in workload_fields(0)
        if field.path[-1] in ("thinking", "text", "route") and getattr(entry, str(field.path[-1])) != field.default
    )
    return ", ".join((told, *changed))


def told_of_p95(evaluation: Evaluation) -> str:
    """What a stated p95 contradicts; empty where nothing."""
    from planner.words.warnings import notice_words  # not needed for the first paint

    said = (notice for notice in evaluation.notices if notice.kind in ("p95_above", "p95_below"))
    return next((notice_words(evaluation, notice) for notice in said), "")


def echo_of(work: Workload, inputs: Inputs, catalog: Catalog | None) -> str:
    """`= €5,000 a month on GPT-5.4, 53.9M tokens a day`: what a volume was understood as."""
    tokens = tokens_a_day(work.tokens_per_day)
    if work.bill is None:
        return f"= {tokens}"
    api = catalog.apis.get(inputs.api_today(work)) if catalog is not None else None
    on = api.name if api is not None else inputs.api_today(work)
    return f"= {bill(work.bill.amount, work.bill.currency)} a {work.bill.per} on {on}, {tokens}"


def change_words(field: Field, before: Any, after: Any) -> str:
    """`growth a month 6 → 8 %`: what the edit was, for undo and for the panel."""
    old, new = in_words(field, before), in_words(field, after)
    if old.endswith(" %") and new.endswith(" %"):
        old = old.removesuffix(" %")
    return f"{_in_a_sentence(field.label)} {old} → {new}"


def _in_a_sentence(label: str) -> str:
    """Lower case at the front, but GPU stays GPU."""
    label = label.rstrip("?")
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def in_words(field: Field, value: Any) -> str:
    """The value as people say it: an option's label, a default's words, the text otherwise."""
    shown = show_answer(field, value)
    return dict(field.options).get(shown, shown) or field.default_words or "none"


def can_be_unknown(field: Field) -> bool:
    """True where "I don't know" has a stated answer to take."""
    return field.optional or field.default is not None or field.codec == "tristate"


def unknown_words(field: Field) -> str:
    """What "I don't know" takes, in words; empty where the question cannot be skipped."""
    return (field.default_words or in_words(field, field.default)) if can_be_unknown(field) else ""


PROFILE_NAMES = {
    "flat": "flat, around the clock",
    "office-hours": "office hours",
    "global": "global, follows the sun",
    "nightly-batch": "nightly batch",
}
NOT_KNOWN = ""
HOW_TO_ADD = {
    "apis": (
        "To add a model: its id, prices and source as [[prices.api]] in the plan's file, or as [apis.its-id] in a "
        "catalogue of your own (planner --catalog FILE)."
    ),
    "models": "To add a model: planner catalog add-model config.json, its own file or its Hugging Face id.",
}
"""Of a name that a list does not have, by the source of the list."""


def items_for(field: Field, plan: Plan, catalog: Catalog | None) -> tuple[Item, ...]:
    """Every value that may be picked; the first says "I don't know" where the field allows it."""
    if field.options:
        return tuple(Item(value, label) for value, label in field.options)
    unknown: tuple[Item, ...] = ()
    if field.optional:
        inherited = field.source in _INHERITED
        words = label_of(field, None, plan, catalog)
        unknown = (Item(NOT_KNOWN, words),) if inherited else (Item(NOT_KNOWN, "I don't know", words),)
    if catalog is None:
        return unknown
    return unknown + _SOURCES[field.source](plan, catalog)


def label_of(field: Field, value: str | None, plan: Plan, catalog: Catalog | None) -> str:
    """How the picked value is shown."""
    if value is None:
        return _INHERITED.get(field.source, _as_said)(field, plan, catalog)
    if field.source == "profiles":
        return _profile_name(value)
    if catalog is not None and field.source == "apis" and value in catalog.apis:
        api = catalog.apis[value]
        return f"{api.name}  {_token_prices(api)}"
    if catalog is not None and field.source == "models" and value in catalog.models:
        return catalog.models[value].name
    return dict(field.options).get(value, value)


def _apis(plan: Plan, catalog: Catalog) -> tuple[Item, ...]:
    own = (entry for entry in plan.prices.api if entry.id not in catalog.apis)
    listed = (api for api in catalog.apis.values() if api.status in ("active", "legacy", "retiring"))
    ranked = sorted(listed, key=lambda api: (api.is_hosted_open, api.is_embedding, api.provider, api.name))
    return (
        *(Item(entry.id, entry.name or entry.id, "in this plan") for entry in own),
        *(Item(api.id, api.name, f"{_token_prices(api)}  {api.provider}") for api in ranked),
    )


def _token_prices(api: ApiModel) -> str:
    return f"{price(api.input_usd_per_mtok)} / {price(api.output_usd_per_mtok)}"


def _models(plan: Plan, catalog: Catalog) -> tuple[Item, ...]:
    return tuple(
        Item(model.id, model.name, f"{significant(model.total_params_b)}B  {model.licence}")
        for model in sorted(catalog.models.values(), key=lambda model: (model.family, model.total_params_b))
    )


def _profiles(plan: Plan, catalog: Catalog) -> tuple[Item, ...]:
    return tuple(Item(name, _profile_name(name)) for name in catalog.profiles)


def _profile_name(profile: str) -> str:
    return PROFILE_NAMES.get(profile, profile.replace("-", " "))


LEVEL_WORDS = {
    "basic": "the smallest models do it",
    "routine": "small models do it",
    "solid": "most good models do it",
    "expert": "few models do it",
    "frontier": "only the newest do it",
}


def _levels(plan: Plan, catalog: Catalog) -> tuple[Item, ...]:
    return tuple(Item(level, level, LEVEL_WORDS[level]) for level in LEVELS)


_SOURCES = {"apis": _apis, "models": _models, "profiles": _profiles, "levels": _levels}


def _as_said(field: Field, plan: Plan, catalog: Catalog | None) -> str:
    return field.default_words


def _todays_level(field: Field, plan: Plan, catalog: Catalog | None) -> str:
    """`as today's model (frontier)`; of one without a rating what is taken instead."""
    work = plan.workload[int(field.path[1])]
    api = catalog.apis.get(work.api_model or plan.volume.baseline_api) if catalog is not None else None
    rated = "" if api is None else f" ({api.level})" if api.level else " (not rated: solid)"
    return f"{field.default_words}{rated}"


def _plans_api(field: Field, plan: Plan, catalog: Catalog | None) -> str:
    """`Claude Sonnet 4.6 (plan's)`."""
    api = catalog.apis.get(plan.volume.baseline_api) if catalog is not None else None
    return f"{api.name} (plan's)" if api is not None else field.default_words


_INHERITED = {"levels": _todays_level, "apis": _plans_api}
"""What an empty answer takes from elsewhere in the plan, in words."""


def not_yet(plan: Plan) -> str:
    """Before every work has a volume there is no verdict."""
    return f"{answered(plan)} of 6 answered; your verdict appears here."


def answered(plan: Plan) -> int:
    """How many of the six questions the plan answers; the first by the volume of all its work."""
    given = (plan.quality.answer, plan.fine_tuning.answer, plan.residency.answer, plan.rebenchmark.answer)
    told = [answer != "unknown" for answer in (*given, plan.operations.gpu_experience)]
    return sum(told) + (not untold(plan))
