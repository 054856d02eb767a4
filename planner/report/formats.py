"""The report in the format that was asked for, for the command line and the app alike."""

from __future__ import annotations

from planner.engine.specs import Evaluation
from planner.report.csv import to_csv
from planner.report.html import to_html
from planner.report.json import as_json, to_json
from planner.report.markdown import to_markdown
from planner.report.text import to_text

_RENDERERS = {"text": to_text, "markdown": to_markdown, "csv": to_csv, "html": to_html}


def rendered(evaluation: Evaluation, form: str, path: str | None) -> str:
    """The whole report as text, markdown, json, csv or html; JSON names the plan's file."""
    if form == "json":
        return as_json(to_json(evaluation, evaluation.inputs.name, path))
    return _RENDERERS[form](evaluation)
