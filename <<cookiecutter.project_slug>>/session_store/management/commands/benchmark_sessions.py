"""Time the session engine on this machine, next to others."""

import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

STEPS = ("load", "save", "change")

# What a visitor's session contains.
DATA = {"owner": None, "lines": {"TEA-1": 1, "POT-2": 1, "CUP-3": 4}}


class Command(BaseCommand):
    help = (
        "Time how long a session with a small cart takes to be loaded, saved, and "
        "changed in one step, in milliseconds and as multiples of the site's engine."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--engine",
            action="append",
            default=[],
            help="another engine, such as django.contrib.sessions.backends.file; "
            "can be given several times",
        )
        parser.add_argument(
            "--number", type=int, default=500, help="how often each is done"
        )

    def handle(self, *, engine: list[str], number: int, **options: Any) -> None:
        """Print a table with a row for each engine."""
        if number < 1:
            raise CommandError("--number is 1 or more")
        names = [settings.SESSION_ENGINE, *engine]
        stores = [store(name) for name in names]
        times = [measure(each, number) for each in stores]
        width = max(map(len, names))
        heads = "".join(f"{step + ', ms':>13}{'':>8}" for step in STEPS)
        self.stdout.write(f"{'':{width}}{heads}")
        for name, medians in zip(names, times, strict=True):
            cells = "".join(
                f"{medians[step]:13.3f}{medians[step] / times[0][step]:7.2f}x"
                for step in STEPS
            )
            self.stdout.write(f"{name:{width}}{cells}")


def store(engine: str) -> type[SessionBase]:
    """Return the engine's class. Raises `CommandError` if it cannot be used."""
    try:
        store = import_module(engine).SessionStore
        store()  # which looks for its folder or its cache
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise CommandError(f"{engine!r} is not a session engine: {error}") from error
    except ImproperlyConfigured as error:
        raise CommandError(f"{engine!r} is not set up: {error}") from error
    return store


def measure(store: type[SessionBase], number: int) -> dict[str, float]:
    """Return each step's median time in milliseconds, over `number` repetitions."""
    session = store()
    session["cart"] = DATA
    session.save()
    times: dict[str, list[float]] = {step: [] for step in STEPS}
    try:
        for count in range(number):
            # A new object each time, as in a request, which knows only the cookie.
            session = store(session.session_key)
            times["load"].append(seconds(session.get, "cart"))
            session["count"] = count
            times["save"].append(seconds(session.save))
            session = store(session.session_key)
            times["change"].append(seconds(change, session))
    finally:
        session.delete()
    return {step: statistics.median(taken) * 1000 for step, taken in times.items()}


def change(session: SessionBase) -> None:
    """Change a key as the cart does; an engine without `change()` may lose updates."""
    if hasattr(session, "change"):
        session.change("count", lambda count: count + 1)
    else:
        session["count"] += 1
    session.save()


def seconds(function: Callable[..., Any], *arguments: Any) -> float:
    """Return how many seconds a call takes."""
    begun = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begun
