"""What the plan says, written as files that run, into a folder that is asked for."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan.places import file_stem, off_limits
from planner.plan.write import layout_for, render
from planner.toml.paths import exists, expanded, is_folder
from planner.tui.dialogs.ask import AskDialog
from planner.tui.flows.files import said
from planner.words.sentences import sentence

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.export.folder import Change
    from planner.tui.host import Host


async def export_files(host: Host) -> None:
    """Ask for a folder and write it; a file in it that was edited by hand stays as it is, and that is said."""
    evaluation, plan = host.evaluation, host.plan
    if evaluation is None or plan is None:
        host.notify(sentence("exporting", "nothing"), timeout=3)
        return
    proposed = str(Path.cwd() / f"{file_stem(plan.name)}-files")
    dialog = AskDialog("Export", sentence("exporting", "where"), proposed, _problem, accept="Write")
    given = await host.push_screen_wait(dialog)
    if given is None:
        return
    folder, origin = expanded(given), host.session.origin
    text = render(plan, layout_for(plan, origin.text))
    path = None if origin.path is None else str(origin.path)
    with said(host, "Not written"):
        found = await asyncio.to_thread(partial(_written, evaluation, text, path, folder))
        kept = [change.path for change in found if change.kept]
        told = sentence("exporting", "done", count=len(found) - len(kept), folder=folder)
        left = sentence("exporting", "kept", files=", ".join(kept)) if kept else ""
        words = f"{told} {left}".strip()
        host.notify(words, title="Exported", severity="warning" if kept else "information", timeout=8, markup=False)


def _written(evaluation: Evaluation, text: str, path: str | None, folder: Path) -> tuple[Change, ...]:
    """In a thread."""
    from planner.export.bundle import files_of
    from planner.export.folder import SECTIONS, export_to
    from planner.report.formats import rendered

    files = files_of(evaluation, text, rendered(evaluation, "html", path), SECTIONS)
    return export_to(folder, files, SECTIONS, overwrite=False)


def _problem(text: str) -> str:
    folder = expanded(text.strip())
    if not text.strip():
        return sentence("exporting", "no_name")
    if problem := off_limits(folder):
        return problem
    if exists(folder) and not is_folder(folder):
        return sentence("exporting", "a_file", folder=folder)
    return (
        "" if exists(folder) or is_folder(folder.parent) else sentence("exporting", "no_folder", folder=folder.parent)
    )
