"""Every checkpoint of the catalogue and how its bytes are known: `python -m tests.checkpoints [--list] [--misses]`.

The rule is scored with the published bytes switched off: by the quantiser's description where one was read, else by the
format alone.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from planner.catalog.load import shipped_catalog
from planner.engine.replica.weights import Basis, basis_of, file_bytes, preferring
from planner.engine.specs import Checkpoint, Model
from planner.engine.units import GB

WITHIN, WORST = 0.02, 0.05


@dataclass(frozen=True)
class Row:
    model: Model
    checkpoint: Checkpoint

    @property
    def state(self) -> Basis:
        return basis_of(self.checkpoint)

    @property
    def rule_bytes(self) -> float:
        return file_bytes(preferring(self.model, self.checkpoint), self.checkpoint.format, use_published=False)

    @property
    def error(self) -> float | None:
        """Of the rule, as a fraction of the published bytes."""
        loaded = self.checkpoint.loaded_bytes
        return None if loaded is None else self.rule_bytes / loaded - 1


def rows() -> list[Row]:
    return [Row(model, found) for model in shipped_catalog().models.values() for found in model.checkpoints]


def misses(found: list[Row]) -> list[Row]:
    """Published ones that the rule alone misses by more than 2 %, the worst first."""
    far = [row for row in found if row.error is not None and abs(row.error) > WITHIN]
    return sorted(far, key=lambda row: -abs(row.error or 0.0))


def summary(found: list[Row]) -> Iterator[str]:
    counts = Counter((row.checkpoint.format, row.state) for row in found)
    yield f"{'format':<12}{'published':>11}{'described':>11}{'rule only':>11}"
    states: tuple[Basis, ...] = ("published", "described", "rule")
    for name in sorted({row.checkpoint.format for row in found}):
        yield f"{name:<12}" + "".join(f"{counts[name, state]:>11}" for state in states)
    yield f"{'all':<12}" + "".join(f"{sum(row.state == state for row in found):>11}" for state in states)
    errors = sorted(abs(row.error) for row in found if row.error is not None)
    near, far = sum(error <= WITHIN for error in errors), sum(error > WORST for error in errors)
    yield (
        f"rule alone on {len(errors)} published: median {errors[len(errors) // 2]:.2%},"
        f" {near} within {WITHIN:.0%} ({near / len(errors):.1%}), {far} beyond {WORST:.0%}, worst {errors[-1]:.1%}"
    )


def line(row: Row) -> str:
    found = row.checkpoint
    loaded = "" if found.loaded_bytes is None else f"{found.loaded_bytes / GB:,.3f} GB"
    error = "" if row.error is None else f"{row.error:+.2%}"
    return f"{row.state:<10}{found.format:<12}{row.rule_bytes / GB:>12,.3f} GB{loaded:>16}{error:>9}  {found.repo}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="one line a checkpoint: state, format, rule, published")
    parser.add_argument("--misses", action="store_true", help="those that the rule alone misses by more than 2 %%")
    args = parser.parse_args()
    found = rows()
    shown = found if args.list else misses(found) if args.misses else []
    print("\n".join([*map(line, shown), *summary(found)]))


if __name__ == "__main__":
    main()
