"""What the plan says, written as files that run, into a folder that is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan.places import file_stem, off_limits
from planner.plan.write import layout_for, render
from planner.toml.paths import exists, expanded, is_folder
from planner.tui.dialogs.ask import AskDialog, differences_dialog
from planner.tui.flows.files import said
from planner.words.sentences import sentence

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.export.folder import Change
    from planner.tui.host import Host


async def export_files(host: Host) -> None:
    """Ask for a folder and write it. What is there and differs is shown first; an edit by hand is replaced only where
    that is asked for."""
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
        files = await asyncio.to_thread(partial(_files, evaluation, text, path))
        overwrite = await _asked(host, folder, await asyncio.to_thread(partial(_changes, folder, files)))
        if overwrite is None:
            return
        found = await asyncio.to_thread(partial(_written, folder, files, overwrite))
        kept = [change.path for change in found if change.kept and not overwrite]
        told = sentence("exporting", "done", count=len(found) - len(kept), folder=folder)
        left = sentence("exporting", "kept", files=", ".join(kept)) if kept else ""
        words = f"{told} {left}".strip()
        host.notify(words, title="Exported", severity="warning" if kept else "information", timeout=8, markup=False)


async def _asked(host: Host, folder: Path, found: tuple[Change, ...]) -> bool | None:
    """Whether edits are to be replaced, asked with all that differs; None: nothing is to be written."""
    from planner.export.folder import differences
    from planner.words.exported import said as exported

    if all(change.state in ("new", "same") for change in found):
        return False
    edited = [change.path for change in found if change.kept]
    states = [exported("export", "told", change.state, change.path) for change in found if change.state != "same"]
    dialog = differences_dialog(str(folder), "\n".join([*states, *differences(found)]), edited)
    answer = await host.push_screen_wait(dialog)
    return None if answer in (None, "leave") else answer == "replace"


def _files(evaluation: Evaluation, text: str, path: str | None) -> Mapping[str, str]:
    """In a thread, as the two below."""
    from planner.export.bundle import files_of
    from planner.report.formats import rendered

    return files_of(evaluation, text, rendered(evaluation, "html", path))


def _changes(folder: Path, files: Mapping[str, str]) -> tuple[Change, ...]:
    from planner.export.folder import SECTIONS, changes

    return changes(folder, files, SECTIONS)


def _written(folder: Path, files: Mapping[str, str], overwrite: bool) -> tuple[Change, ...]:
    from planner.export.folder import SECTIONS, export_to

    return export_to(folder, files, SECTIONS, overwrite=overwrite)


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
