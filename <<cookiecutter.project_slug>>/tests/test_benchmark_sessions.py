"""`manage.py benchmark_sessions`."""

from io import StringIO

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

DB = "django.contrib.sessions.backends.db"


def test_each_engine_has_a_row_with_ratios(db: None) -> None:
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


def test_what_is_no_engine_is_told(db: None) -> None:
    with pytest.raises(CommandError, match="'nothing' is not a session engine"):
        call_command("benchmark_sessions", engine=["nothing"], number=1)
