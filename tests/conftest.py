"""Fixtures for baked sites, and for the Pythons and servers that they run on."""

import fcntl
import json
import os
from collections.abc import Iterator

import pytest
import services
import sites
from sites import Bake


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each worker begin with its share of `test_sites`, which takes longest."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.path.stem == "test_sites"]
    short = [item for item in items if item not in long]
    share = -(-len(short) // workers)
    items[:] = [
        item
        for number in range(workers)
        for item in long[number::workers] + short[number * share :][:share]
    ]


@pytest.fixture(scope="session")
def bake(tmp_path_factory: pytest.TempPathFactory) -> Bake:
    """Return a function that bakes a site with the given answers (`sites.bake()`)."""
    return lambda **answers: sites.bake(tmp_path_factory.mktemp("bake"), **answers)


@pytest.fixture(scope="session")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return, by version of Django, a Python with all packages that any site needs.

    The workers share them.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    known = folder / "pythons.json"
    with open(folder / "pythons.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            installed = {
                version: sites.install(tmp_path_factory.mktemp("venv"), version)
                for version in sites.interpreters()
            }
            known.write_text(json.dumps(installed))
    return json.loads(known.read_text())


@pytest.fixture(scope="session")
def memcached() -> Iterator[str]:
    """Run a Memcached, and yield its `host:port`."""
    with services.memcached() as server:
        yield server.address


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL, and yield the URL of an empty database."""
    with services.postgresql() as server:
        yield server.address
