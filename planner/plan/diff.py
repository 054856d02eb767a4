"""What differs between two plans, key by key, as between two versions of a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planner.plan.schema import Plan
from planner.plan.write import IDENTITY, became, identity, plan_data, render_value
from planner.records import dataclass
from planner.toml.layout import KeyPath, dotted


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that differs. `old` is None where only the new plan has it, `new` is None where only the old one has."""

    path: tuple[str, ...]
    """Sections and keys; entries of a list stand by their name, not by their position."""
    old: Any
    new: Any

    @property
    def key(self) -> str:
        """The path as people read it: `workload "ticket triage" tokens_per_day`."""
        return dotted(self.path)

    def lines(self) -> tuple[str, ...]:
        """The change as a text comparison shows it: a line with minus, a line with plus."""
        marked = (("-", self.old), ("+", self.new))
        return tuple(f"{mark} {self.key} = {render_value(value)}" for mark, value in marked if value is not None)


def differences(old: Plan, new: Plan) -> tuple[Difference, ...]:
    """Every key that differs, in the order of the file. What was frozen as `[result]` is left out."""
    before, after = plan_data(old), plan_data(new)
    before.pop("result", None)
    after.pop("result", None)
    return tuple(_tables((), (), before, after))


def _tables(
    shown: tuple[str, ...], path: KeyPath, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Difference]:
    for key in (*new, *(key for key in old if key not in new)):  # what is gone comes last
        here = (*path, key)
        before, after = old.get(key), new.get(key)
        if here in IDENTITY:
            yield from _lists((*shown, key), here, before or (), after or ())
        elif _are_tables(before, after):
            yield from _tables((*shown, key), here, before or {}, after or {})
        elif before != after:
            yield Difference((*shown, key), before, after)


def _are_tables(*values: Any) -> bool:
    """Whether to look inside; a low / mid / high table is one value."""
    return all(isinstance(value, Mapping) and "mid" not in value for value in values if value is not None)


def _lists(
    shown: tuple[str, ...], path: KeyPath, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    pairs = {place: index for index, place in became(path, old, new).items()}
    inside = (*path, "*")  # an entry's own keys, such as an evaluation's `workload`, are not the plan's lists
    for place, entry in enumerate(new):
        name = _name(path, entry)
        yield from _tables((*shown, name), inside, old[pairs[place]] if place in pairs else {}, entry)
    for index in sorted(set(range(len(old))) - set(pairs.values())):
        yield from _tables((*shown, _name(path, old[index])), inside, old[index], {})


def _name(path: KeyPath, entry: Mapping[str, Any]) -> str:
    return " / ".join(str(part) for part in identity(path, entry) if part is not None)
