"""Baked sites under gunicorn, with production settings but over http, as .env says."""

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services import Server, free_port
from sites import environment

PREPARATION = (
    ["migrate"],
    ["collectstatic", "--no-input"],
    ["seed_demo", "--force"],
)


@dataclass
class Site:
    """A site that is served: its address, its gunicorn, and the lines of its log."""

    url: str
    gunicorn: Server
    log: list[str] = field(default_factory=list)


@contextmanager
def serving(
    folder: Path,
    python: str,
    preparation: Sequence[list[str]] = PREPARATION,
    **variables: str,
) -> Iterator[Site]:
    """Serve the site in the folder, with demo data, for as long as the context lasts."""
    env = production(**variables)
    for command in preparation:
        subprocess.run(
            [python, "manage.py", *command, "-v0"], cwd=folder, env=env, check=True
        )
    with host(folder, python, free_port(), **variables) as site:
        yield site


@contextmanager
def host(folder: Path, python: str, port: int, **variables: str) -> Iterator[Site]:
    """Serve a site that has its tables and its data, as one host of several does."""
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


def production(**variables: str) -> dict[str, str]:
    """Return the environment of a site with production settings."""
    return environment(
        **{
            "DEBUG": "False",
            "SECRET_KEY": "only-for-this-test-" * 4,
            "ALLOWED_HOSTS": "127.0.0.1",
            "WEB_CONCURRENCY": "2",
            "LOG_FORMAT": "text",
            # A worker that does not stop is not waited for.
            "GUNICORN_CMD_ARGS": "--graceful-timeout 5",
            **variables,
        }
    )
