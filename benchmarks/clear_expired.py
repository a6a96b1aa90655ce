"""Time `clearsessions` on a table of expired sessions, and a visitor's waits meanwhile.

    uv run python benchmarks/clear_expired.py [rows]

On SQLite and on PostgreSQL, a baked site's table is filled with expired sessions,
1,000,000 if no number is given, and cleared, by Django's engine and by ours. Meanwhile
one visitor's session is changed again and again. A table in Markdown goes to standard
output.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

HEAD = """\
| database | engine | rows | cleared in | longest write of a visitor meanwhile | failed |
|---|---|---|---|---|---|"""


def main(rows: str = "1000000") -> None:
    """Bake the sites, run `inside_a_site()` in each twice, print the table."""
    import services
    import sites

    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = sites.install(folder, "5.2")
        for database in ("sqlite", "postgresql"):
            (folder / database).mkdir()
            site = sites.bake(folder / database, database=database)
            with services.running("db", "redis", database, folder) as addresses:
                env = sites.environment(**addresses)
                subprocess.run(
                    [python, "manage.py", "migrate", "-v0"], cwd=site, env=env
                )
                for package in ("django.contrib.sessions", "session_store"):
                    command = [python, __file__, rows, database, package]
                    subprocess.run(
                        command, cwd=site, env={**env, "PYTHONPATH": "."}, check=True
                    )


def inside_a_site(rows: int, database: str, package: str) -> None:
    """Fill the table, clear it with the package's engine, print the row of results."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.contrib.sessions.models import Session
    from django.db import OperationalError
    from django.utils import timezone
    from session_store.backends.db import SessionStore

    now = timezone.now()
    data = SessionStore().encode({"cart": {"owner": None, "lines": {"CUP-BLUE": 2}}})
    Session.objects.bulk_create(
        (
            Session(f"{n:032}", data, now - timedelta(seconds=1 + n % 1209600))
            for n in range(rows)
        ),
        batch_size=10_000,
    )
    visitor = SessionStore()
    visitor["clicks"] = 0
    visitor.save()
    waits, failed, done = [], 0, threading.Event()

    def click() -> None:
        nonlocal failed
        while not done.wait(0.01):
            begun = time.perf_counter()
            try:
                visitor.change("clicks", lambda clicks: clicks + 1)
            except OperationalError:  # the table was locked for too long
                failed += 1
            waits.append(time.perf_counter() - begun)

    thread = threading.Thread(target=click)
    thread.start()
    while not waits:
        time.sleep(0.01)
    begun = time.perf_counter()
    import_module(f"{package}.backends.db").SessionStore.clear_expired()
    seconds = time.perf_counter() - begun
    done.set()
    thread.join()
    assert Session.objects.count() == 1
    visitor.delete()
    engine = "ours" if package == "session_store" else "Django's"
    print(
        f"| {database} | {engine} | {rows:,} | {seconds:.1f} s | {max(waits):.2f} s "
        f"| {failed} |",
        flush=True,
    )


if __name__ == "__main__":
    if len(sys.argv) == 4:
        inside_a_site(int(sys.argv[1]), *sys.argv[2:])
    else:
        main(*sys.argv[1:])
