"""Baked sites under gunicorn with production settings, each with its real servers."""

import gzip
import os
import re
import signal
import time
from collections.abc import Callable, Iterator

import pytest
import requests
import services
from serving import Site, serving
from shopper import TOKEN, Shopper
from sites import Bake

# session_engine, cache_service, database
ENGINES = [
    ("db", "redis", "sqlite"),
    ("db", "redis", "postgresql"),
    ("cached_db", "redis", "sqlite"),
    ("cached_db", "memcached", "sqlite"),
    ("cache", "redis", "sqlite"),
    ("cache", "memcached", "sqlite"),
    ("file", "redis", "sqlite"),
    ("signed_cookies", "redis", "sqlite"),
]


@pytest.fixture(scope="module", params=ENGINES, ids="-".join)
def url(
    bake: Bake,
    pythons: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """The address of a site that gunicorn serves over http."""
    engine, service, database = request.param
    site = bake(session_engine=engine, cache_service=service, database=database)
    data = tmp_path_factory.mktemp("data")
    with (
        services.running(engine, service, database, data) as addresses,
        serving(site, pythons["5.2"], **addresses) as served,
    ):
        yield served.url


def test_the_cart_goes_along_at_sign_in_and_stays_with_its_owner(url: str) -> None:
    shopper = Shopper(url)
    first, second, third = shopper.skus()[:3]

    shopper.add(first, 2)
    shopper.add(second)
    assert shopper.cart() == {first: 2, second: 1}

    anonymous_key = shopper.http.cookies["sessionid"]
    shopper.sign_up("anna")
    assert shopper.http.cookies["sessionid"] != anonymous_key
    assert shopper.cart() == {first: 2, second: 1}

    other_device = Shopper(url)
    other_device.add(first, 1)
    other_device.add(third, 4)
    other_device.sign_in("anna")
    merged = {first: 2, second: 1, third: 4}
    assert other_device.cart() == merged
    assert shopper.cart() == merged

    shopper.sign_out()
    assert shopper.cart() == {}
    shopper.sign_up("boris")
    assert shopper.cart() == {}
    shopper.sign_out()
    shopper.sign_in("anna")
    assert shopper.cart() == merged


def test_changes_are_shown_and_nonsense_changes_nothing(url: str) -> None:
    shopper = Shopper(url)
    first, second = shopper.skus()[:2]
    shopper.add(first, 3)
    shopper.add(second, 1)

    shopper.post("/cart/set/", sku=first, quantity=7)
    shopper.post("/cart/remove/", sku=second)
    assert shopper.cart() == {first: 7}

    token = TOKEN.search(shopper.get("/cart/"))[1]
    for path, fields in [
        ("/cart/add/", {"sku": "NO-SUCH-THING", "quantity": "1"}),
        ("/cart/add/", {"sku": first, "quantity": "-1"}),
        ("/cart/add/", {"sku": first, "quantity": "0"}),
        ("/cart/add/", {"sku": first, "quantity": "1000000000"}),
        ("/cart/add/", {"sku": first, "quantity": "many"}),
        ("/cart/add/", {"sku": first}),
        ("/cart/add/", {"sku": "\0", "quantity": "1"}),
        ("/cart/add/", {}),
        ("/cart/set/", {"sku": first, "quantity": ""}),
        ("/cart/remove/", {}),
    ]:
        answer = shopper.http.post(
            url + path, data={"csrfmiddlewaretoken": token, **fields}, timeout=20
        )
        assert 400 <= answer.status_code < 500, (path, fields)
    assert shopper.http.get(url + "/cart/add/", timeout=20).status_code == 405
    assert shopper.cart() == {first: 7}


def test_the_shop_window_weighs_little_and_loads_nothing_from_elsewhere(
    url: str,
) -> None:
    compressed = {"Accept-Encoding": "br, gzip"}
    page = requests.get(url + "/", headers=compressed, timeout=20)
    parts = set(
        re.findall(r'<(?:img|script|link)[^>]* (?:src|href)="([^"]+)"', page.text)
    )
    # Addresses for search engines are not loaded.
    parts -= {url + "/", url + "/ru/"}
    assert len(parts) > 24
    weight = len(gzip.compress(page.content))
    for part in parts:
        assert part.startswith("/"), part
        answer = requests.get(url + part, headers=compressed, stream=True, timeout=20)
        assert answer.status_code == 200
        weight += len(answer.raw.read(decode_content=False))
        if part.startswith("/static/"):
            assert "immutable" in answer.headers["Cache-Control"]
            assert re.search(r"\.[0-9a-f]{12}\.", part), part
            assert part.endswith(".svg") or answer.headers["Content-Encoding"] == "br"
    assert weight < 60_000


def test_wrong_passwords_are_counted_by_all_workers_together(
    bake: Bake, pythons: dict[str, str]
) -> None:
    with serving(bake(), pythons["5.2"]) as site:

        def guess() -> str:
            form = "/accounts/login/"
            return Shopper(site.url).post(form, page=form, login="anna", password="?")

        first, second = workers_of(site, lambda pids: len(pids) == 2)
        os.kill(first, signal.SIGSTOP)  # so that it is the second that answers
        try:
            for _ in range(5):
                assert "are not correct" in guess()
        finally:
            os.kill(first, signal.SIGCONT)
        os.kill(second, signal.SIGTERM)
        workers_of(site, lambda pids: second not in pids)
        assert "Too many failed login attempts" in guess()


def workers_of(site: Site, until: Callable[[list[int]], bool]) -> list[int]:
    """Wait until the pids of gunicorn's workers are as they should be; return them."""
    deadline = time.monotonic() + 20
    while not until(pids := services.children(site.gunicorn.process.pid)):
        assert time.monotonic() < deadline, pids
        time.sleep(0.05)
    return pids
