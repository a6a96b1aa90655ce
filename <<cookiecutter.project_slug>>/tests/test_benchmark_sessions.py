"""`manage.py benchmark_sessions`."""

from io import StringIO
from pathlib import Path

import pytest
from django.contrib.sessions.backends.file import SessionStore as FileStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from pytest_django import Settings

DB = "django.contrib.sessions.backends.db"


def test_each_engine_has_a_row_with_ratios(db: None, settings: Settings) -> None:
    out = StringIO()
    call_command("benchmark_sessions", engine=[DB], number=3, stdout=out)
    head, own, other = out.getvalue().splitlines()
    assert head.split() == ["load,", "ms", "save,", "ms", "change,", "ms"]
    name, *cells = own.split()
    assert name == settings.SESSION_ENGINE
    assert cells[1::2] == ["1.00x"] * 3
    name, *cells = other.split()
    assert name == DB
    assert all(float(cell.rstrip("x")) > 0 for cell in cells)
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"engine": ["nothing"]}, "'nothing' is not a session engine"),
        ({"engine": [".nothing"]}, "'.nothing' is not a session engine"),
        ({"number": 0}, "--number is 1 or more"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_told(
    db: None, options: dict[str, object], reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("benchmark_sessions", **options)


@pytest.mark.parametrize("engine", ["file", "cache"])
def test_an_engine_that_is_not_set_up_is_told(
    db: None,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    engine: str,
) -> None:
    monkeypatch.delattr(FileStore, "_storage_path", raising=False)  # kept once found
    settings.SESSION_ENGINE = DB
    settings.SESSION_FILE_PATH = str(tmp_path / "nothing")
    settings.SESSION_CACHE_ALIAS = "nothing"
    name = f"django.contrib.sessions.backends.{engine}"
    with pytest.raises(CommandError, match=f"{name}' is not set up: .*nothing"):
        call_command("benchmark_sessions", engine=[name])
