"""Folders as people write them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from planner.toml.paths import told


def test_a_folder_is_told_as_people_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert told(home / "plans") == f"~{os.sep}plans"
    assert told(home) == "~"
    assert told(tmp_path / "home2" / "plans") == str(tmp_path / "home2" / "plans")
    monkeypatch.chdir(tmp_path)
    assert told(Path("plans")) == str(tmp_path / "plans")
