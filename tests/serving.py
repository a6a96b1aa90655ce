"""Baked sites under gunicorn, with production settings but, as .env says, over http."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services import Server, free_port
from sites import environment

# Where static files have been collected, by the Python and the sources that were used.
collected: dict[tuple[str | bytes, ...], Path] = {}


@dataclass
class Site:
    """A site that is served: its address, its gunicorn, and the lines of its log."""

    url: str
    gunicorn: Server
    log: list[str] = field(default_factory=list)


@contextmanager
def serving(folder: Path, python: str, **variables: str) -> Iterator[Site]:
    """Serve the site in the folder, with demo data, while the context lasts."""
    env = production(**variables)
    manage(folder, python, env, "migrate")
    collect_static(folder, python, env)
    manage(folder, python, env, "seed_demo", "--force")
    with host(folder, python, free_port(), **variables) as site:
        yield site


@contextmanager
def host(folder: Path, python: str, port: int, **variables: str) -> Iterator[Site]:
    """Serve a site whose tables and data exist, as one of several hosts does."""
    command = [Path(python).with_name("gunicorn"), "-c", "deploy/gunicorn.conf.py"]
    gunicorn = Server(
        command,
        port,
        f"http://127.0.0.1:{port}",
        cwd=folder,
        env=production(GUNICORN_BIND=f"127.0.0.1:{port}", **variables),
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with gunicorn:
        site = Site(gunicorn.address, gunicorn)
        reader = threading.Thread(
            target=lambda: site.log.extend(iter(gunicorn.process.stderr.readline, ""))
        )
        reader.start()
        yield site
    reader.join()


def manage(folder: Path, python: str, env: dict[str, str], *command: str) -> None:
    subprocess.run(
        [python, "manage.py", *command, "-v0"], cwd=folder, env=env, check=True
    )


def collect_static(folder: Path, python: str, env: dict[str, str]) -> None:
    """Collect the site's static files, or copy them from a site that has the same.

    Compressing them takes longer than most tests.
    """
    sources = sorted(path for path in folder.glob("static/**/*") if path.is_file())
    key = (python, *(path.read_bytes() for path in sources))
    static = folder / "var" / "static"
    if key in collected:
        shutil.copytree(collected[key], static)
    else:
        manage(folder, python, env, "collectstatic", "--no-input")
        collected[key] = static


def production(**variables: str) -> dict[str, str]:
    """Return the environment of a site with production settings."""
    return environment(
        **{
            "DEBUG": "False",
            "SECRET_KEY": "only-for-this-test-" * 4,
            "ALLOWED_HOSTS": "127.0.0.1",
            "WEB_CONCURRENCY": "2",
            "LOG_FORMAT": "text",
            # Do not wait long for a worker that does not stop.
            "GUNICORN_CMD_ARGS": "--graceful-timeout 5",
            **variables,
        }
    )
