"""The scores of two models on the same prompts: which is which, on what scale, and what counts as a failure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Final

from planner.evidence.evaluations.scores import LOWER_IS_BETTER, Score, Scores, VerdictRemark, is_lower_better
from planner.records import dataclass
from planner.toml.errors import InputError, nearest

_SIDES: Final = {"api": "api", "closed": "api", "baseline": "api", "today": "api", "open": "open", "candidate": "open"}
"""Words of a model's label that say which side it is on."""


class ScaleUnknownError(InputError):
    """Scores of which nobody can tell what the best would be."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One prompt: means over the repeats of each model, on a scale from 0 to 1. `failed`: the open model gave none."""

    api: float
    open: float
    weight: float
    cluster: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Paired:
    """All prompts that both models were scored on, by one metric."""

    metric: str
    scale: str
    """`pass/fail`, `0-1`, `1-5`, ...: what the scores were taken for."""
    pairs: tuple[Pair, ...]
    only_api: int
    only_open: int
    api_errors: int
    open_errors: int
    """Prompts."""
    runs: float
    """Repeats a prompt, at most."""

    @property
    def is_binary(self) -> bool:
        """Whether each prompt is passed or failed, so that a test of unlike pairs has a meaning."""
        return all(value in (0.0, 1.0) for pair in self.pairs for value in (pair.api, pair.open))

    @property
    def clusters(self) -> int:
        return len({pair.cluster for pair in self.pairs})


Roles = tuple[str, str]


def sides(
    scores: Scores,
    api: str | None,
    open: str | None,
    is_api: Callable[[str], bool],
    is_open: Callable[[str], bool],
    of_plan: Callable[[Sequence[str]], Roles | None] = lambda labels: None,
) -> tuple[str, str, tuple[VerdictRemark, ...]]:
    """The labels of the model in use today and of the candidate, and whether that was guessed from the order of files.

    What is named wins; then a label that says it; then the plan, by what runs and what is proposed; then what the
    catalogue knows of each: an open model is the candidate beside a closed one. Raises `InputError`.
    """
    labels = scores.models
    told = {"--api": api, "--open": open}
    found = {side: _label(labels, name, side) for side, name in told.items() if name is not None}
    rest = [label for label in labels if label not in found.values()]
    if len(rest) != 2 and not found and (roles := of_plan(labels)) is not None:
        return (*roles, ())
    if len(rest) + len(found) < 2 or (len(rest) > 2 - len(found) and len(found) < 2):
        problem = f"found {len(labels)} models ({', '.join(labels[:8])}), expected two: name them with --api and --open"
        raise InputError(problem)
    if len(found) == 1:
        side = next(iter(found))
        return (found[side], rest[0], ()) if side == "--api" else (rest[0], found[side], ())
    if found:
        return found["--api"], found["--open"], ()
    return _of_two(rest[0], rest[1], (_word, partial(_known, is_api, is_open)), of_plan)


def _of_two(
    one: str,
    other: str,
    sides_of: tuple[Callable[[str], str], Callable[[str], str]],
    of_plan: Callable[[Sequence[str]], Roles | None],
) -> tuple[str, str, tuple[VerdictRemark, ...]]:
    for side_of in sides_of:
        said = side_of(one), side_of(other)
        if said in (("api", "open"), ("api", ""), ("", "open")):
            return one, other, ()
        if said in (("open", "api"), ("open", ""), ("", "api")):
            return other, one, ()
        if side_of is _word and (roles := of_plan((one, other))) is not None:
            return (*roles, ())
    return one, other, (VerdictRemark("order_of_files", (one, other)),)


def _known(is_api: Callable[[str], bool], is_open: Callable[[str], bool], label: str) -> str:
    return "api" if is_api(label) else "open" if is_open(label) else ""


def _label(labels: Sequence[str], name: str, option: str) -> str:
    folded = {label.casefold(): label for label in labels}
    if name.casefold() in folded:
        return folded[name.casefold()]
    within = [label for label in labels if name.casefold() in label.casefold()]
    if len(within) == 1:
        return within[0]
    near = nearest(name, labels)
    hint = f'; did you mean "{near}"?' if near else f"; there are: {', '.join(labels[:8])}"
    raise InputError(f"the files name no such model{hint}", field=option)


def _word(label: str) -> str:
    """What the last part of a label says of its side: `openai-api/mock/open-mid` is the open one."""
    words = re.split(r"[^a-z]+", re.split(r"[/:]", label.casefold())[-1])
    found = {_SIDES[word] for word in words if word in _SIDES}
    return found.pop() if len(found) == 1 else ""


def paired(scores: Sequence[Score], metric: str, api: str, open: str, scale: str | None, drop: bool = False) -> Paired:
    """Means of each prompt of both models, by one metric.

    An answer that the open model failed to give is its worst score; `drop` leaves such prompts out, to show what that
    would flatter. Where the API model gave none there is nothing to compare with, and the prompt is left out.
    """
    if is_lower_better(metric):
        raise InputError(LOWER_IS_BETTER, field=metric)
    chosen = [score for score in scores if score.metric == metric]
    name, low, high = _scale([score.value for score in chosen if score.value is not None], scale, metric)
    both = {label: _by_prompt(scores, label, metric) for label in (api, open)}
    pairs, api_errors, open_errors = [], 0, 0
    for prompt, of_api in both[api].items():
        of_open = both[open].get(prompt)
        if of_open is None:
            continue
        failed = any(score.error for score in of_open)
        open_errors += failed
        if all(score.error for score in of_api):
            api_errors += 1
        elif not (failed and drop):
            pairs.append(_pair(prompt, of_api, of_open, (low, high), failed))
    only_api, only_open = (len(both[one].keys() - both[other].keys()) for one, other in ((api, open), (open, api)))
    runs = max((len(found) for side in both.values() for found in side.values()), default=0)
    return Paired(metric, name, tuple(pairs), only_api, only_open, api_errors, open_errors, runs)


def _by_prompt(scores: Iterable[Score], model: str, metric: str) -> Mapping[str, list[Score]]:
    """A model's scores by one metric; a prompt that it failed on before any metric was asked is failed for each."""
    found: dict[str, list[Score]] = {}
    failed: dict[str, Score] = {}
    for score in scores:
        if score.model == model and score.metric == metric:
            found.setdefault(score.prompt, []).append(score)
        elif score.model == model and score.error:
            failed[score.prompt] = score
    return {prompt: [score] for prompt, score in failed.items() if prompt not in found} | found


def _pair(prompt: str, api: Sequence[Score], open: Sequence[Score], scale: tuple[float, float], failed: bool) -> Pair:
    low, high = scale
    known = [(score.value - low) / (high - low) for score in api if score.value is not None]
    counted = [0.0 if score.value is None else (score.value - low) / (high - low) for score in open]
    cluster = next((score.cluster for score in (*api, *open) if score.cluster), prompt)
    return Pair(fmean(known), fmean(counted), max(score.weight for score in (*api, *open)), cluster, failed)


def _scale(values: Sequence[float], asked: str | None, metric: str) -> tuple[str, float, float]:
    """What the scores are taken for, with its ends. Raises `InputError` where they do not show it."""
    if not values:
        raise InputError("no score of it can be read", field=metric)
    low, high = min(values), max(values)
    if asked is not None:
        least, most = scale_of(asked)
        if not least <= low <= high <= most:
            raise InputError(f"found scores beyond {asked}", field="--scale")
        return asked, least, most
    if set(values) <= {0.0, 1.0}:
        return "pass/fail", 0.0, 1.0
    if low >= 0 and high <= 1:
        return "0-1", 0.0, 1.0
    if low >= 1 and high <= 5:
        return "1-5", 1.0, 5.0
    if low >= 0 and 10 < high <= 100:
        return "0-100", 0.0, 100.0
    raise ScaleUnknownError("its scores do not show their scale: give it, as --scale 0-10", field=metric)


def scale_of(text: str) -> tuple[float, float]:
    """`0-10` as its ends. Raises `InputError`."""
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*-\s*(-?\d+(?:\.\d+)?)\s*", text)
    if found is None or float(found[1]) >= float(found[2]):
        raise InputError("expected the lowest and the highest score, such as 0-10", field="--scale")
    return float(found[1]), float(found[2])
