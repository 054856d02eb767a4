"""The report in the format that was asked for, for the command line and the app alike.

Each renderer is imported when it is asked for: JSON, which programs wait for, does without the sections that text,
Markdown, HTML and CSV are made of, a twentieth of its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from planner.engine.specs import Evaluation
from planner.report.json import to_json
from planner.report.values import as_json
from planner.toml.text import printable

if TYPE_CHECKING:
    from planner.words.answer import Audience

ENDINGS: Final = {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json", ".csv": "csv", ".txt": "text"}
"""The format that the ending of a file says."""


def rendered(
    evaluation: Evaluation,
    form: str,
    path: str | None,
    *,
    full: bool = False,
    audience: Audience = "",
    called: str | None = None,
) -> str:
    """The report as text, markdown, json, csv or html; JSON names the plan's file.

    `full`: with everything behind the answer page, which JSON and CSV have in any case. `audience`: for whom.
    `called`: how commands name the plan, where that is not its path; empty where none can.
    """
    name = (path or "") if called is None else called
    return printable(_rendered(evaluation, form, path, full, audience, name))


def _rendered(evaluation: Evaluation, form: str, path: str | None, full: bool, audience: Audience, called: str) -> str:
    if form == "json":
        return as_json(to_json(evaluation, evaluation.inputs.name, path))
    if form == "csv":
        from planner.report.csv import to_csv

        return to_csv(evaluation)
    from planner.report.sections import View

    view = View(full, audience, called=called)
    if form == "html":
        from planner.report.html import to_html

        return to_html(evaluation, view)
    if form == "markdown":
        from planner.report.markdown import to_markdown

        return to_markdown(evaluation, view)
    from planner.report.text import to_text

    return to_text(evaluation, view)
