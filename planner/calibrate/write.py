"""The fitted constants as the TOML file the catalogue ships."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.calibrate import priors
from planner.calibrate.design import Design
from planner.calibrate.fit import LeftOut
from planner.engine.replica.column_readers import Floats
from planner.engine.specs.calibration import CONSTANTS, KINDS, RUN_CONSTANTS, GroupError
from planner.quantities import fixed

NEGLIGIBLE = 5e-4


def terms_of(design: Design, theta: Floats) -> dict[str, dict[str, float]]:
    """`Calibration.terms`: the start and the fitted pulls, without those that say nothing."""
    terms = {name: {"all": float(np.log(priors.START[name]))} for name in CONSTANTS}
    for term, value in zip(design.terms, theta, strict=False):
        mine = terms[CONSTANTS[term.constant]]
        if term.key == "all":
            mine["all"] += float(value)
        elif abs(value) >= NEGLIGIBLE:
            mine[term.key] = float(value)
    terms |= {name: {"all": float(np.log(priors.RUN_START[name]))} for name in RUN_CONSTANTS}
    for term, value in zip(design.run_terms, theta[len(design.terms) :], strict=True):
        mine = terms[RUN_CONSTANTS[term.constant]]
        if term.key == "all":
            mine["all"] += float(value)
        elif abs(value) >= NEGLIGIBLE:
            mine[term.key] = float(value)
    return terms


def rows_behind(design: Design) -> dict[str, int]:
    """Measured rows behind each key of the terms."""
    return {term.key: int(np.count_nonzero(design.matrix[:, i])) for i, term in reversed(list(enumerate(design.terms)))}


def document(
    design: Design, theta: Floats, errors: Sequence[GroupError], left_out: LeftOut, as_of: str, skipped: int
) -> str:
    """The whole file, numbers to four decimals so that the same rows give the same text."""
    lines = [
        "# Fitted constants of the throughput model, natural logarithms. Written by `python -m planner.calibrate`;",
        "# do not edit by hand. terms: a constant is exp(sum of the terms of its row's groups and slopes).",
        "# errors: on rows left out of the fit with their whole source, card or model; spread encloses 80 %.",
        f'as_of = "{as_of}"',
        f"rows = {design.rows}",
        f"rows_skipped = {skipped}",
        f"constants = {design.unknowns}",
        "",
        "[left_out]",
    ]
    for way, residuals in left_out.by.items():
        lines.append(f"{way} = {{ {_summary(design, residuals)} }}")
    lines += ["", "[terms]"]
    for name, terms in terms_of(design, theta).items():
        pairs = ", ".join(f'"{key}" = {fixed(value, 4)}' for key, value in terms.items())
        lines.append(f"{name} = {{ {pairs} }}")
    lines += ["", "[rows_behind]"]
    lines += [f'"{key}" = {rows}' for key, rows in sorted(rows_behind(design).items())]
    lines.append("")
    lines += ["errors = ["]
    lines += [f"  {_error(e)}," for e in errors]
    text = "\n".join([*lines, "]"])
    head, _, tail = text.partition("errors = [")
    top, _, rest = head.partition("\n[left_out]")
    return f"{top}\nerrors = [{tail}\n\n[left_out]{rest.rstrip()}\n"


def _summary(design: Design, residuals: Floats) -> str:
    parts = []
    for kind in KINDS:
        mine = residuals[design.kinds == kind]
        if mine.size:
            error, near = np.median(np.abs(np.expm1(-mine))), np.mean(np.abs(mine) < np.log(2.0))
            parts.append(
                f"{kind} = {{ rows = {mine.size}, median_error = {fixed(error, 4)}, within_2x = {fixed(near, 4)} }}"
            )
    return ", ".join(parts)


def _error(e: GroupError) -> str:
    return (
        f'{{ metric = "{e.metric}", group = "{e.group}", rows = {e.rows}, '
        f"median_error_fraction = {fixed(e.median_error_fraction, 4)}, "
        f"spread = [{fixed(e.spread[0], 4)}, {fixed(e.spread[1], 4)}] }}"
    )
