"""What visitors meet when a store is stopped, hung, full or gone, and once it is back.

The servers are real; they are stopped and started again, or halted by SIGSTOP.
"""

import re
import resource
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import services
from serving import Site, serving
from shopper import TOKEN, Shopper
from sites import Bake


@dataclass
class Shop:
    """A served site, the server that its sessions are on, and two of its visitors."""

    folder: Path
    site: Site
    store: services.Server | None
    user: Shopper
    guest: Shopper
    sku: str


@pytest.fixture
def open_shop(
    bake: Bake,
    pythons: dict[str, str],
    tmp_path: Path,
) -> Iterator[Callable[..., Shop]]:
    """Return a function that serves a site; a user and a guest have 2 of one product."""
    with ExitStack() as stack:

        def open_shop(
            service: str | None = None, workers: int = 2, **answers: str
        ) -> Shop:
            folder = bake(**answers)
            store, variables = None, {"WEB_CONCURRENCY": str(workers)}
            if service == "redis":
                store = stack.enter_context(services.valkey(tmp_path))
                variables["REDIS_URL"] = store.address
            elif service == "memcached":
                store = stack.enter_context(services.memcached())
                variables["MEMCACHED_SERVERS"] = store.address
            elif service == "postgresql":
                store = stack.enter_context(services.postgresql())
                variables["DATABASE_URL"] = store.address
            site = stack.enter_context(serving(folder, pythons["5.2"], **variables))
            user, guest = Shopper(site.url), Shopper(site.url)
            sku = guest.skus()[0]
            for visitor in (user, guest):
                visitor.add(sku, 2)
            user.sign_up("anna")
            stack.callback(lambda: print(*site.log, sep=""))
            return Shop(folder, site, store, user, guest, sku)

        yield open_shop


def form(visitor: Shopper, **fields: object) -> dict[str, object]:
    """Return the fields of a form, with the token that the visitor's pages have."""
    token = TOKEN.search(visitor.get("/cart/"))
    return {"csrfmiddlewaretoken": token[1], **fields}


def assert_unavailable(response: requests.Response) -> None:
    """A page that says what is going on, soon, and leaves the cookies alone."""
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "sessionid" not in response.headers.get("Set-Cookie", "")
    assert "Please reload the page in half a minute." in response.text


def assert_logged(shop: Shop, start: int, times: int, engine: str) -> None:
    """One line for each event: the engine, the cause, and a hash of the key."""
    deadline = time.monotonic() + 5  # a line may be read after the answer has come
    while len(events := errors(shop.site.log[start:])) < times:
        assert time.monotonic() < deadline, events
        time.sleep(0.05)
    assert len(events) == times, events
    pattern = rf"ERROR session_store: .*{engine} is unavailable: .+ \(session (\w{{12}}|none)\)"
    assert all(re.search(pattern, line) for line in events), events
    for visitor in (shop.user, shop.guest):
        assert visitor.http.cookies["sessionid"] not in "".join(shop.site.log)


def errors(log: list[str]) -> list[str]:
    return [line for line in log if " ERROR " in line]


@pytest.mark.parametrize("outage", ["hang", "stop"])
@pytest.mark.parametrize("service", ["redis", "memcached"])
def test_without_its_cache_the_engine_cache_says_so_and_keeps_everyone_signed_in(
    open_shop: Callable[..., Shop], service: str, outage: str
) -> None:
    shop = open_shop(service, session_engine="cache", cache_service=service)
    url, http = shop.site.url, shop.user.http
    add = form(shop.user, sku=shop.sku, quantity=1)
    keys = [visitor.http.cookies["sessionid"] for visitor in (shop.user, shop.guest)]
    start = len(shop.site.log)

    getattr(shop.store, outage)()
    waits = []
    for send in (
        lambda: http.get(url + "/cart/"),
        lambda: http.post(url + "/cart/add/", data=add),
        lambda: http.post(url + "/accounts/logout/", data=add),
        lambda: shop.guest.http.get(url + "/"),
    ):
        begun = time.monotonic()
        assert_unavailable(send())
        waits.append(time.monotonic() - begun)
    # The machine may be busy for one of them.
    assert statistics.median(waits) < 1, waits
    assert_logged(shop, start, 4, "session_store.backends.cache")
    # What needs no session goes on.
    page = requests.get(url + "/", timeout=5)
    assert page.status_code == 200
    icon = re.search(r'"(/static/favicon\.\w+\.svg)"', page.text)[1]
    assert http.get(url + icon, timeout=5).status_code == 200

    if outage == "hang":
        shop.store.resume()
    else:
        shop.store.start()
    kept = outage == "hang" or service == "redis"
    # The cart of a user is in the database, if only they are still signed in.
    assert shop.user.cart() == ({shop.sku: 2} if kept else {})
    assert shop.guest.cart() == ({shop.sku: 2} if kept else {})
    if kept:
        assert "anna" in shop.user.get("/")
        assert keys == [
            visitor.http.cookies["sessionid"] for visitor in (shop.user, shop.guest)
        ]


def full(store: services.Server) -> Callable[[], None]:
    """Have Redis refuse every write, and return what ends that."""
    _valkey(store, "CONFIG SET maxmemory 1")
    return lambda: _valkey(store, "CONFIG SET maxmemory 0")


def flushed(store: services.Server) -> Callable[[], None]:
    """Empty the cache."""
    if "://" in store.address:
        _valkey(store, "FLUSHALL")
    else:
        _say(store, "flush_all\r\nquit\r\n")
    return lambda: None


def hung(store: services.Server) -> Callable[[], None]:
    store.hang()
    return store.resume


def stopped(store: services.Server) -> Callable[[], None]:
    store.stop()
    return store.start


def _valkey(store: services.Server, command: str) -> None:
    assert "OK" in _say(store, f"{command}\r\nQUIT\r\n")


def _say(store: services.Server, text: str) -> str:
    with services.connected(store.port) as connection:
        connection.sendall(text.encode())
        return connection.makefile().read()


@pytest.mark.parametrize(
    ("service", "outage"),
    [
        ("redis", hung),
        ("redis", stopped),
        ("redis", full),
        ("redis", flushed),
        ("memcached", hung),
        ("memcached", stopped),
        ("memcached", flushed),
    ],
)
def test_without_its_cache_the_engine_cached_db_goes_on(
    open_shop: Callable[..., Shop], service: str, outage: Callable
) -> None:
    shop = open_shop(service, session_engine="cached_db", cache_service=service)
    leaver = Shopper(shop.site.url)
    leaver.add(shop.sku, 5)
    leaver.sign_up("boris")
    old_cookies = leaver.http.cookies.copy()
    for visitor in (shop.user, shop.guest, leaver):  # so that the cache has them
        visitor.get("/cart/")

    end = outage(shop.store)
    out = time.monotonic()
    waits = []
    for quantity in range(3, 11):
        for visitor in (shop.user, shop.guest):
            begun = time.monotonic()
            visitor.add(shop.sku, 1)
            waits.append(time.monotonic() - begun)
            assert visitor.cart() == {shop.sku: quantity}
    leaver.sign_out()
    # An add is three requests, and few of them are the first to find out.
    assert statistics.median(waits) < 0.5, waits
    # Each of the two workers finds out, and again after each back-off; nobody else waits.
    errors = [line for line in shop.site.log if re.search("Error .* cache", line)]
    finds = 2 * (2 + (time.monotonic() - out) // 5)
    assert len(errors) <= (0 if outage is flushed else finds)

    end()
    # For longer than the workers leave the cache alone, if they do.
    deadline = time.monotonic() + (1 if outage is flushed else 7)
    while time.monotonic() < deadline:
        assert shop.user.cart() == shop.guest.cart() == {shop.sku: 10}
        copied = requests.get(shop.site.url + "/cart/", cookies=old_cookies, timeout=5)
        assert "boris" not in copied.text
        assert "cart-line" not in copied.text
        time.sleep(0.2)
    shop.guest.add(shop.sku, 1)
    assert shop.guest.cart() == {shop.sku: 11}
    assert not [line for line in shop.site.log if "django.request" in line]


def test_without_postgresql_every_page_says_so_and_nothing_is_lost(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop("postgresql", session_engine="db", database="postgresql")
    url, http = shop.site.url, shop.user.http
    add = form(shop.user, sku=shop.sku, quantity=1)
    start = len(shop.site.log)

    shop.store.stop()
    for send in (
        lambda: http.get(url + "/cart/"),
        lambda: http.post(url + "/cart/add/", data=add),
        lambda: http.post(url + "/accounts/logout/", data=add),
        lambda: requests.get(url + "/"),
    ):
        assert_unavailable(send())
    assert_logged(shop, start, 4, "session_store.backends.db")

    shop.store.start()
    assert shop.user.cart() == shop.guest.cart() == {shop.sku: 2}
    # The connections that were open before are not handed out again.
    shop.store.stop()
    shop.store.start()
    shop.user.add(shop.sku, 1)
    assert shop.user.cart() == {shop.sku: 3}


def test_a_locked_sqlite_is_waited_for_and_then_said(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop(session_engine="db", database="sqlite")
    url = shop.site.url
    add = form(shop.guest, sku=shop.sku, quantity=1)
    start = len(shop.site.log)

    with closing(sqlite3.connect(shop.folder / "db.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert_unavailable(shop.guest.http.post(url + "/cart/add/", data=add))
        # Who only reads does not wait.
        assert shop.guest.cart() == {shop.sku: 2}
        assert_logged(shop, start, 1, "session_store.backends.db")
        with ThreadPoolExecutor() as pool:
            adding = pool.submit(shop.guest.add, shop.sku, 1)
            time.sleep(1)
            assert not adding.done()
            other.rollback()
            adding.result()
    assert shop.guest.cart() == {shop.sku: 3}


def test_session_files_that_cannot_be_written_or_are_gone(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop(session_engine="file", workers=1)
    url, http = shop.site.url, shop.guest.http
    sessions = shop.folder / "var/sessions"
    add = form(shop.guest, sku=shop.sku, quantity=1)
    new = Shopper(url)
    token = {"csrfmiddlewaretoken": TOKEN.search(new.get("/"))[1]}
    [worker] = services.children(shop.site.gunicorn.process.pid)
    start = len(shop.site.log)

    with closing(sqlite3.connect(shop.folder / "db.sqlite3")) as reader:
        # With somebody else in the database, to read it needs no file to grow.
        reader.execute("SELECT count(*) FROM catalog_product").fetchone()
        limits = resource.prlimit(worker, resource.RLIMIT_FSIZE)
        # No file may grow, as on a full disk.
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, limits[1]))
        assert_unavailable(http.post(url + "/cart/add/", data=add))
        # A new visitor's cannot be made either.
        assert_unavailable(new.http.post(url + "/cart/add/", data={**add, **token}))
        resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)
    assert_logged(shop, start, 2, "session_store.backends.file")
    assert "File too large" in shop.site.log[start]
    assert shop.guest.cart() == {shop.sku: 2}
    assert not list(sessions.glob(".new-*"))

    sessions.rename(sessions.with_name("away"))
    assert_unavailable(http.get(url + "/cart/"))
    assert_unavailable(http.post(url + "/cart/add/", data=add))
    sessions.with_name("away").rename(sessions)
    assert_logged(shop, start, 4, "session_store.backends.file")
    shop.guest.add(shop.sku, 1)
    assert shop.guest.cart() == {shop.sku: 3}
