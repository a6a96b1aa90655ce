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


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"engine": ["nothing"]}, "'nothing' is not a session engine"),
        ({"number": 0}, "--number is 1 or more"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_told(
    db: None, options: dict[str, object], reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("benchmark_sessions", **options)
