"""Baked sites, and what they run on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import services
from cookiecutter.main import cookiecutter
from sites import TEMPLATE, Bake, interpreters, run_uv


@pytest.fixture(scope="session")
def bake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bake]:
    """Return a function that bakes a site with the given answers, without a network.

    Answers that are not given are the defaults, and the slug is "shop".
    """
    home = tmp_path_factory.mktemp("home")
    config = home / "config.yaml"
    config.write_text(f"replay_dir: {home}\ncookiecutters_dir: {home}\n")

    def bake_site(**answers: object) -> Path:
        return Path(
            cookiecutter(
                str(TEMPLATE),
                no_input=True,
                extra_context={"project_slug": "shop", **answers},
                output_dir=str(tmp_path_factory.mktemp("bake")),
                config_file=str(config),
            )
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        yield bake_site


@pytest.fixture(scope="session")
def pythons(tmp_path_factory: pytest.TempPathFactory, bake: Bake) -> dict[str, str]:
    """Return for each version of Django a Python that has all that any site needs."""
    sites = [
        bake(session_engine="cache", cache_service=service, database="postgresql")
        for service in ("redis", "memcached")
    ]
    requirements = [f"--requirements={site / 'pyproject.toml'}" for site in sites]
    found = {}
    for django_version, interpreter in interpreters().items():
        venv = tmp_path_factory.mktemp("venv") / django_version
        python = str(venv / "bin" / "python")
        found[django_version] = python
        run_uv("venv", "--python", interpreter, str(venv))
        run_uv("pip", "install", "--python", python, *requirements, "ruff")
        run_uv("pip", "install", "--python", python, f"django~={django_version}.0")
    return found


@pytest.fixture(scope="session")
def memcached() -> Iterator[str]:
    """A Memcached of our own, as `host:port`."""
    with services.memcached() as address:
        yield address


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """A Valkey of our own, as a `redis://` URL."""
    with services.valkey() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL of our own, as the URL of an empty database."""
    with services.postgresql() as url:
        yield url
