"""Puts a log into a plan: measured volumes in place of guesses, and beside them where they came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from planner.engine.specs import Catalog
from planner.evidence.usage.matching import NOTHING_SAID, Matched, matched, plain_name
from planner.evidence.usage.money import main_model, words_of
from planner.evidence.usage.read import Usage
from planner.evidence.usage.summary import grain_of, to_json
from planner.evidence.usage.volumes import History, WorkloadVolume, days_of, history_of, workloads_of
from planner.plan.edit import NEW_WORKLOAD, set_values
from planner.plan.schema import VOLUMES, Plan
from planner.plan.write import plan_data
from planner.quantities import to_digits
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.layout import KeyPath

DIGITS: Final = 6
"""To which measured values are kept: no log is more exact, and a file is read by people."""
_SUMMED: Final = ("input", "cached_input", "cache_write", "output", "reasoning", "batch_total")


@dataclass(frozen=True, slots=True)
class Taken:
    """The plan with the log in it, and what became of its workloads."""

    plan: Plan
    volumes: tuple[WorkloadVolume, ...]
    history: History | None
    updated: tuple[str, ...]
    added: tuple[str, ...]
    untouched: tuple[str, ...]
    """Workloads of the plan that the log does not tell."""
    matched: Matched
    """Which of them the log is about, where it calls them otherwise."""


def taken_into(
    plan: Plan, usage: Usage, catalog: Catalog, imported: dt.date, said: Mapping[str, str] = NOTHING_SAID
) -> Taken:
    """The plan with the log in it; `said`: of what work something in it is. Raises `InputError` where it holds no
    tokens."""
    known = matched(plan, usage, said)
    usage = known.usage
    volumes, history = workloads_of(usage), history_of(usage)
    if not volumes:
        raise InputError(
            f"{usage.format.name} tells no tokens, so there is no volume to put into a plan", path=usage.path
        )
    entries: list[dict[str, Any]] = [dict(entry) for entry in plan_data(plan)["workload"]]
    places = places_of(entries, volumes)
    updated, added = [], []
    for volume in volumes:
        at = places.get(volume.name)
        if at is None:
            entries.append({**NEW_WORKLOAD, "name": volume.name})
            added.append(volume.name)
            at = len(entries) - 1
        else:
            if _is_blank(entries[at]):
                entries[at]["name"] = volume.name
            updated.append(str(entries[at]["name"]))
        entries[at] = _measured(entries[at], volume, catalog)
    values: dict[KeyPath, Any] = {
        ("workload",): entries,
        ("volume", "known"): "yes",
        **of_all(history, days_of(usage)),
    }
    if ("volume", "baseline_api") not in values and "api_model" in entries[0] and not _says(plan, "baseline_api"):
        values["volume", "baseline_api"] = entries[0]["api_model"]
    values[("evidence",)] = _evidence(plan, usage, history, imported)
    told = {*updated, *added}
    untouched = tuple(str(entry["name"]) for entry in entries if entry["name"] not in told)
    return Taken(
        plan=set_values(plan, values), volumes=volumes, history=history, updated=tuple(updated), added=tuple(added),
        untouched=untouched, matched=known,
    )  # fmt: skip


def _says(plan: Plan, key: str) -> bool:
    return key in plan.volume.model_fields_set


def places_of(entries: Sequence[Mapping[str, Any]], volumes: Sequence[WorkloadVolume]) -> dict[str, int]:
    """Which workload of the plan each of the log is: that of its name, spelt as it is or as a gateway's name, the only
    one for the only one, or the one that a new plan begins with."""
    names, places = [str(entry["name"]) for entry in entries], dict[str, int]()
    for spelt in (str.casefold, plain_name):
        known = {spelt(name): at for at, name in enumerate(names) if at not in places.values()}
        for volume in volumes:
            if volume.name not in places and spelt(volume.name) in known:
                places[volume.name] = known.pop(spelt(volume.name))
    left = [volume.name for volume in volumes if volume.name not in places]
    free = [at for at in range(len(entries)) if at not in places.values()]
    if not (len(left) == len(entries) == 1):
        free = [at for at in free if _is_blank(entries[at])]
    return places | dict(zip(left, free, strict=False))


def _is_blank(entry: Mapping[str, Any]) -> bool:
    """Whether it is all that somebody pays for, under the name that a new plan begins with: now it is known apart."""
    return bool(entry["name"] == NEW_WORKLOAD["name"])


def _measured(entry: Mapping[str, Any], volume: WorkloadVolume, catalog: Catalog) -> dict[str, Any]:
    """An entry with what was measured; what the log cannot know stays as it was."""
    work = {key: value for key, value in entry.items() if key not in VOLUMES}
    work["tokens_per_day"] = to_digits(volume.tokens_per_day, DIGITS)
    told, output = volume.input_tokens, volume.output_tokens
    if (told is None or output is None) and volume.input_share is not None:
        # only the mix is known: the request keeps its size
        size = float(work["input_tokens"]) + float(work["output_tokens"])
        told, output = size * volume.input_share, size * (1 - volume.input_share)
    measured = {
        "input_tokens": told,
        "output_tokens": output,
        "input_tokens_p95": volume.input_tokens_p95,
        "output_tokens_p95": volume.output_tokens_p95,
        "cached_input_fraction": volume.cached_share,
        "cache_write_fraction": volume.write_share,
        "batch_fraction": volume.batch_share,
    }
    work |= {key: min(to_digits(value, DIGITS), _most(key)) for key, value in measured.items() if value is not None}
    if volume.write_share:
        work["cache_life"] = "hour" if volume.hour_writes else "minutes"
    if (model := main_model(volume.models, catalog)) is not None and words_of(model) != words_of(
        str(work.get("api_model", ""))  # at whichever endpoint the plan has it
    ):
        work["api_model"] = model
    return _within_one(work)


def _most(key: str) -> float:
    return 1.0 if key.endswith("fraction") else 1e12


def _within_one(work: dict[str, Any]) -> dict[str, Any]:
    """Cached and written shares are of one input: what rounding puts above 1 is taken off."""
    over = float(work.get("cached_input_fraction", 0)) + float(work.get("cache_write_fraction", 0)) - 1
    if over > 0:
        work["cache_write_fraction"] = max(0.0, float(work["cache_write_fraction"]) - over)
    return work


def of_all(history: History | None, days: float) -> dict[KeyPath, Any]:
    """What holds for all workloads: growth, noise, the week, and how long it was watched."""
    values: dict[KeyPath, Any] = {("volume", "history_days"): to_digits(days, DIGITS)}
    if history is None:
        return values
    if history.growth is not None:
        growth = history.growth
        ends = {"low": growth.low, "mid": growth.mid, "high": growth.high}
        values["volume", "growth_per_month"] = {key: round(value, 4) for key, value in ends.items()}
    if history.day_noise_cv is not None:
        values["volume", "day_noise_cv"] = round(history.day_noise_cv, 4)
        values["volume", "p95_tokens_per_day"] = None  # it would set another noise than the measured one
    if history.week is not None:
        values["volume", "profile_weights"] = tuple(round(weight, 4) for weight in history.week)
    return values


def _evidence(plan: Plan, usage: Usage, history: History | None, imported: dt.date) -> list[dict[str, Any]]:
    """The plan's list of evidence with this file in it, in place of an earlier import of the same."""
    said = to_json(usage)
    span = said["span"] or {}
    summary: dict[str, float | str] = {"format": usage.format.name, "grain": grain_of(usage)}
    summary |= {f"{key}_tokens": float(v) for key in _SUMMED if (v := said["tokens"][key]) is not None}
    summary |= {key: float(said[key]) for key in ("requests", "failed_requests") if said[key] is not None}
    if history is not None:
        summary |= {"mean_tokens_per_day": round(history.mean, 1), "p95_tokens_per_day": round(history.p95, 1)}
    if said["cost"] is not None:
        summary |= {"cost": float(said["cost"]["amount"]), "currency": str(said["cost"]["currency"])}
    entry: dict[str, Any] = {
        "kind": "usage",
        "file": usage.path.name,
        "imported": imported,
        "rows_read": usage.read,
        "rows_skipped": usage.read - usage.used,
        "skipped": {reason: count for reason, count in usage.skipped.items() if count},
        "summary": summary,
    }
    if span.get("first"):
        entry |= {edge: dt.date.fromisoformat(span[edge][:10]) for edge in ("first", "last")}
        entry["missing_days"] = len(span["missing_days"])
    if said["zone"]:
        entry["zone"] = said["zone"]
    others = [e for e in plan_data(plan).get("evidence", ()) if (e["kind"], e["file"]) != ("usage", usage.path.name)]
    return [*others, entry]
