"""Many requests of one visitor at the same time, and none undoes what another did."""

import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import services
from serving import Site, serving
from shopper import Shopper
from sites import Bake

# session_engine, cache_service, database
ENGINES = [
    ("db", "redis", "sqlite"),
    ("db", "redis", "postgresql"),
    ("cached_db", "redis", "sqlite"),
    ("cached_db", "memcached", "postgresql"),
    ("cache", "redis", "sqlite"),
    ("cache", "memcached", "sqlite"),
    ("file", "redis", "sqlite"),
]

ADDS = 100
OTHERS = {f"other-{number}": f"other-{number}" for number in range(50)}


@pytest.fixture(scope="module", params=ENGINES, ids="-".join)
def site(
    bake: Bake,
    pythons: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Site]:
    """A site with 4 workers of 4 threads, and with the views of the probe."""
    engine, service, database = request.param
    folder = bake(session_engine=engine, cache_service=service, database=database)
    data = tmp_path_factory.mktemp("data")
    variables = {
        "WEB_CONCURRENCY": "4",
        "GUNICORN_THREADS": "4",
        "CART_MAX_QUANTITY": "1000",
        "PYTHONPATH": str(Path(__file__).parent),
        "DJANGO_SETTINGS_MODULE": "probe.settings",
    }
    with (
        services.running(engine, service, database, data) as addresses,
        serving(folder, pythons["5.2"], **variables, **addresses) as site,
    ):
        yield site


@pytest.fixture
def shopper(site: Site) -> Iterator[Shopper]:
    """A visitor who has a session."""
    shopper = Shopper(site.url)
    shopper.add(shopper.skus()[0])
    site.log.clear()
    yield shopper
    print(*site.log, sep="")


def stored(shopper: Shopper, key: str) -> dict[str, Any] | None:
    return shopper.http.get(f"{shopper.url}/probe/stored/{key}/", timeout=20).json()


def another_tab(shopper: Shopper) -> Shopper:
    tab = Shopper(shopper.url)
    tab.http.cookies.update(shopper.http.cookies)
    return tab


@contextmanager
def held_up(tab: Shopper, view: str) -> Iterator[list[requests.Response]]:
    """Have a view of the probe read the session before the context and go on after it.

    Its answer is then in the list.
    """
    answers = []
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        ThreadPoolExecutor() as pool,
    ):
        server.settimeout(20)
        address = f"{tab.url}/probe/{view}/{server.getsockname()[1]}/"
        answer = pool.submit(tab.http.get, address, timeout=40)
        with server.accept()[0]:
            yield answers
        answers.append(answer.result())


def test_of_many_requests_none_is_lost(shopper: Shopper) -> None:
    first, sku, *_ = shopper.skus()
    add = ("/cart/add/", {"sku": sku, "quantity": 1})
    others = [(f"/probe/write/{key}/", {}) for key in OTHERS]

    answers = shopper.post_at_once([form for it in others for form in (add, it, add)])

    assert [answer.status_code for answer in answers if not answer.ok] == []
    assert shopper.cart() == {first: 1, sku: ADDS}
    session = stored(shopper, shopper.http.cookies["sessionid"])
    assert {key: session.get(key) for key in OTHERS} == OTHERS


def test_of_many_adds_of_a_user_none_is_lost(shopper: Shopper) -> None:
    first, sku, *_ = shopper.skus()
    shopper.sign_up(uuid.uuid4().hex)
    add = ("/cart/add/", {"sku": sku, "quantity": 1})

    answers = shopper.post_at_once([add] * ADDS)

    assert [answer.status_code for answer in answers if not answer.ok] == []
    assert shopper.cart() == {first: 1, sku: ADDS}
    shopper.sign_out()
    assert shopper.cart() == {}


def test_a_write_after_the_sign_out_does_not_bring_the_session_back(
    shopper: Shopper,
) -> None:
    shopper.sign_up(uuid.uuid4().hex)
    key = shopper.http.cookies["sessionid"]
    tab = another_tab(shopper)
    assert stored(shopper, key)

    with held_up(tab, "write-late") as answers:
        shopper.sign_out()

    assert answers[0].status_code == 400
    assert stored(shopper, key) is None
    assert tab.cart() == {}
    assert "/accounts/login/" in tab.get("/")


def test_a_deleted_session_is_over_at_once(shopper: Shopper) -> None:
    key = shopper.http.cookies["sessionid"]

    # This request has read the session, and the cache may still get a copy from it.
    with held_up(another_tab(shopper), "read-late"):
        shopper.get(f"/probe/delete/{key}/")
        # As many as reach every worker.
        assert [another_tab(shopper).cart() for _ in range(16)] == [{}] * 16

    assert stored(shopper, key) is None
    assert another_tab(shopper).cart() == {}
