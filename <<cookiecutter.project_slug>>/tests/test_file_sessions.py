"""Sessions in files."""

import os
import stat
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from session_store.backends.file import SessionStore


@pytest.fixture(autouse=True)
def folder(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The folder for the sessions, which is not there yet."""
    folder = tmp_path / "var" / "sessions"
    settings.SESSION_FILE_PATH = str(folder)
    # The class remembers its folder.
    monkeypatch.delattr(SessionStore, "_storage_path", raising=False)
    yield folder
    monkeypatch.delattr(SessionStore, "_storage_path", raising=False)
