"""The folder of an export: what would change, and writing that never takes an edit away unasked.

A manifest keeps the digest of every file as it was written. What still has it is ours to replace; what has another was
edited by hand, or was there before, and stays until somebody asks for it to be replaced.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from planner.quantities import count
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.files import decode, digest_of, erase, locked, make_folder, parse_json, read_bytes, write_whole
from planner.toml.paths import exists, is_file, is_folder, real
from planner.toml.text import printable
from planner.words.exported import said

MANIFEST: Final = ".planner-export.json"
SCHEMA: Final = 1
LONG_DIFF: Final = 400
"""Lines of a file's diff that are shown."""
State = Literal["new", "same", "changed", "edited", "gone", "left"]
"""`edited`: by hand, or there before us, and the plan says something else; `gone`: no longer part of the plan; `left`:
nor that, but edited by hand."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file."""

    path: str
    state: State
    before: str | None = None
    after: str | None = None

    @property
    def kept(self) -> bool:
        """Only written, or removed, when somebody asks for it."""
        return self.state in ("edited", "left")

    @property
    def diff(self) -> str:
        """What differs, as a patch without colours or control characters; empty where nothing does."""
        before, after = (self.before or "").splitlines(), (self.after or "").splitlines()
        names = (f"{self.path} (there)", f"{self.path} (plan)")
        return printable("".join(f"{line}\n" for line in difflib.unified_diff(before, after, *names, lineterm="")))


def export_to(
    folder: Path, files: Mapping[str, str], sections: Iterable[str], *, overwrite: bool = False
) -> tuple[Change, ...]:
    """Write what is new or changed, remove what the plan no longer has, and say what became of each file.

    `sections`: the parts of the folder that `files` are all of. What was edited by hand stays, unless `overwrite`.
    Raises `InputError`, before anything is written, where the folder is none or a file in it cannot be judged.
    """
    _judge(folder)
    make_folder(folder)
    with locked(folder / MANIFEST):
        written = _manifest(folder)
        found = tuple(_changes(folder, files, set(sections), written))
        for change in found:
            if not change.kept or overwrite:
                _apply(folder, change, written)
        state = {"schema": SCHEMA, "files": dict(sorted(written.items()))}
        raw = (json.dumps(state, indent=2) + "\n").encode()
        if _there(folder, MANIFEST) != raw:
            write_whole(folder / MANIFEST, raw)
    return found


def changes(folder: Path, files: Mapping[str, str], sections: Iterable[str]) -> tuple[Change, ...]:
    """What `export_to` would do, of which nothing is done. Raises `InputError`, too."""
    _judge(folder)
    return tuple(_changes(folder, files, set(sections), _manifest(folder)))


def _judge(folder: Path) -> None:
    if exists(folder) and not is_folder(folder):
        raise InputError("this is no folder; name one to export to", path=folder)


def differences(found: Iterable[Change]) -> list[str]:
    """What differs, a patch for each file that was there, but of the report, which is no text for people."""
    lines: list[str] = []
    for change in found:
        if change.state not in ("new", "same") and not change.path.endswith(".html"):
            diff = change.diff.splitlines()
            lines += ["", *diff[:LONG_DIFF]]
            if len(diff) > LONG_DIFF:
                lines.append(said("export", "more", count(len(diff) - LONG_DIFF)))
    return lines


def _apply(folder: Path, change: Change, written: dict[str, str]) -> None:
    file = folder / change.path
    if change.state in ("gone", "left"):
        erase(file)
        del written[change.path]
        return
    raw = (change.after or "").encode()
    if change.state != "same":
        write_whole(file, raw)
    written[change.path] = digest_of(raw)


def _changes(
    folder: Path, files: Mapping[str, str], sections: set[str], written: Mapping[str, str]
) -> Iterator[Change]:
    for path, text in files.items():
        yield _change(folder, path, text, written.get(path))
    for path in sorted(set(written) - set(files)):
        raw = _there(folder, path) if section_of(path) in sections else None
        if raw is not None:
            state: State = "gone" if digest_of(raw) == written[path] else "left"
            yield Change(path, state, _text(folder, path, raw), "")


def _change(folder: Path, path: str, text: str, written: str | None) -> Change:
    raw = _there(folder, path)
    if raw is None:
        return Change(path, "new", None, text)
    if raw == text.encode():
        return Change(path, "same", text, text)
    return Change(path, "changed" if digest_of(raw) == written else "edited", _text(folder, path, raw), text)


def _text(folder: Path, path: str, raw: bytes) -> str:
    try:
        return decode(raw)
    except InputError as error:
        raise error.at(folder / path) from None


def _there(folder: Path, path: str) -> bytes | None:
    """What the file holds; None where there is none. A link that leads out of the folder is refused."""
    file = folder / path
    if not real(file).is_relative_to(real(folder)):
        raise InputError("this leads out of the folder; remove the link", path=file)
    if not exists(file):
        return None
    if not is_file(file):
        raise InputError("this is no file; move it away", path=file)
    return read_bytes(file)


def _manifest(folder: Path) -> dict[str, str]:
    """Digests by path; empty without a manifest."""
    file = folder / MANIFEST
    if not is_file(file):
        return {}
    try:
        data: Any = parse_json(decode(read_bytes(file)))
    except InputError as error:
        raise error.at(file) from None
    held = data.get("files") if isinstance(data, dict) else None
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        raise InputError("this is no manifest of an export; remove it, and every file counts as edited", path=file)
    return {path: digest for path, digest in held.items() if _is_plain(path)}


def _is_plain(path: str) -> bool:
    """Names a place inside the folder."""
    return not Path(path).is_absolute() and ".." not in Path(path).parts and path != MANIFEST


def section_of(path: str) -> str:
    """The part of the export that a file belongs to."""
    top = path.partition("/")[0]
    return _SECTIONS.get(top, "")


_SECTIONS: Final[Mapping[str, str]] = {
    "litellm.yaml": "gateway",
    "usage_log.py": "gateway",
    "serve": "serving",
    "compose.yaml": "compose",
    "env.example": "compose",
    "kubernetes": "kubernetes",
    "monitoring": "monitoring",
    "smoke-test.sh": "smoke-test",
    "README.md": "report",
    "plan.toml": "report",
    "report.html": "report",
}
SECTIONS: Final = tuple(dict.fromkeys(_SECTIONS.values()))
