"""A site on two hosts, and what its visitors notice when a part of it goes."""

import http.server
import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests
import services
from proxy import Proxy, proxying
from serving import host, serving
from shopper import TOKEN, Shopper, lines
from sites import Bake

SHOPPERS = 200
# As many as one address may sign up in a minute.
USERS = 20

# What a visitor may be told for a while: by nginx, whose POST was on the host that went,
# and by the site. Of that host they may have half an answer.
RETRIED = {502: "502", 503: "503"}
HALF = "half"


class Day:
    """What is going on at the moment, and what came of all the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Counter[str]] = {}
        self.served: set[Shopper] = set()
        self.changed = threading.Condition()
        self.shopping: list[Future[None]] = []
        self.is_over = threading.Event()
        self.signing_up = threading.Lock()

    def begin(self, phase: str) -> None:
        with self.changed:
            self.answers[phase] = self.now = Counter()
            self.served.clear()

    def note(self, shopper: Shopper, answer: str) -> None:
        with self.changed:
            self.now[answer] += 1
            if answer == "added":
                self.served.add(shopper)
            self.changed.notify_all()

    def everybody_is_served(self) -> None:
        """Wait until each of them has added something in this phase."""
        self.wait_until(lambda: len(self.served) == SHOPPERS)

    def refused(self, times: int) -> None:
        """Wait until the site has said so many times in this phase that it cannot."""
        self.wait_until(lambda: self.now["503"] >= times)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 120
        with self.changed:
            while not condition():
                assert time.monotonic() < deadline
                self.changed.wait(timeout=1)
                for future in self.shopping:
                    if future.done():
                        future.result()  # raises, as the day is not over

    def table(self) -> str:
        kinds = ["added", "seen", *RETRIED.values(), HALF]
        rows = [["", *kinds]]
        rows += [
            [phase, *map(now.__getitem__, kinds)] for phase, now in self.answers.items()
        ]
        return "\n".join(
            f"{row[0]:<20}" + "".join(f"{it:>8}" for it in row[1:]) for row in rows
        )


class Customer(Shopper):
    """A shopper who tries again what has failed, and knows what should be in the cart."""

    def __init__(self, proxy: Proxy, day: Day, number: int) -> None:
        super().__init__(proxy.outside)
        proxy.trust(self.http)
        self.day, self.number = day, number
        self.name = f"customer-{number:02}" if number < USERS else ""
        # An add that has failed may have been done all the same.
        self.tried: Counter[str] = Counter()
        self.confirmed: Counter[str] = Counter()

    def arrive(self) -> None:
        """Get a session, and sign up if they have a name."""
        self.products = self.skus()
        self.token = TOKEN.search(self.get("/"))[1]
        self.put_in(self.products[0])
        if self.name:
            # One by one: allauth counts them so, and refuses who waits for a second.
            with self.day.signing_up:
                self.sign_up(self.name)
        self.key = self.http.cookies["__Host-sessionid"]

    def shop(self) -> None:
        """Put in one thing after the other, and look at the cart now and then."""
        for number in itertools.count(self.number):
            if self.day.is_over.is_set():
                break
            self.put_in(self.products[number % len(self.products)])
            if number % 5 == 0:
                self.look()

    def put_in(self, sku: str) -> None:
        fields = {
            "csrfmiddlewaretoken": self.token,
            "sku": sku,
            "quantity": 1,
        }
        headers = {"Referer": f"{self.url}/"}
        _, tries = self.ask("added", "POST", "/cart/add/", data=fields, headers=headers)
        self.tried[sku] += tries
        self.confirmed[sku] += 1

    def look(self) -> None:
        """See that nothing is missing from the cart, and that they are who they were."""
        page, _ = self.ask("seen", "GET", "/cart/")
        cart = lines(page)
        assert cart.keys() == self.confirmed.keys()
        for sku, quantity in cart.items():
            assert self.confirmed[sku] <= quantity <= self.tried[sku]
        assert self.name in page
        assert self.http.cookies["__Host-sessionid"] == self.key

    def ask(
        self, done: str, method: str, path: str, **options: object
    ) -> tuple[str, int]:
        """Send a request until it is done; return the page, and how often it was sent."""
        for tries in range(1, 60):
            try:
                answer = self.http.request(
                    method,
                    self.url + path,
                    allow_redirects=False,
                    timeout=60,
                    **options,
                )
            except requests.exceptions.ChunkedEncodingError:
                self.day.note(self, HALF)
                continue
            if answer.status_code not in RETRIED:
                answer.raise_for_status()
                self.day.note(self, done)
                return answer.text, tries
            self.day.note(self, RETRIED[answer.status_code])
            time.sleep(0.5)
        raise AssertionError(f"{path} is refused for good")


@pytest.mark.parametrize("engine", ["cached_db", "cache"])
def test_of_two_hosts_and_their_servers_any_may_go(
    bake: Bake, pythons: dict[str, str], tmp_path: Path, engine: str
) -> None:
    site, python = bake(session_engine=engine, database="postgresql"), pythons["5.2"]
    (site / ".env").unlink()  # it is a laptop's
    day = Day()
    with ExitStack() as stack:
        redis = stack.enter_context(services.valkey(tmp_path))
        postgresql = stack.enter_context(services.postgresql())
        variables = {
            # By default a third of a second, and the machine is busy.
            "REDIS_URL": f"{redis.address}?socket_timeout=10",
            "DATABASE_URL": postgresql.address,
            "BEHIND_TLS_PROXY": "True",
            "ALLOWED_HOSTS": "localhost",
            "CART_MAX_QUANTITY": "1000",
        }
        first = stack.enter_context(serving(site, python, **variables))
        port = services.free_port()
        second = stack.enter_context(host(site, python, port, **variables))
        ports = first.gunicorn.port, port
        proxy = stack.enter_context(proxying(site, tmp_path, *ports))

        day.begin("they arrive")
        customers = [Customer(proxy, day, number) for number in range(SHOPPERS)]
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(Customer.arrive, customers))
        stack.callback(lambda: print(day.table()))
        pool = stack.enter_context(ThreadPoolExecutor(SHOPPERS))
        stack.callback(day.is_over.set)

        day.begin("two hosts")
        day.shopping = [pool.submit(customer.shop) for customer in customers]
        day.everybody_is_served()

        day.begin("a host is killed")
        second.gunicorn.kill()
        day.everybody_is_served()

        day.begin("the host is back")
        log = stack.enter_context(proxy.log.open())
        log.seek(0, os.SEEK_END)
        stack.enter_context(host(site, python, port, **variables))
        day.everybody_is_served()
        day.wait_until(lambda: f'"web":"127.0.0.1:{port}"' in log.read())

        day.begin("Redis is stopped")
        redis.stop()
        if engine == "cache":
            day.refused(SHOPPERS)
        else:
            day.everybody_is_served()
        day.begin("Redis is back")
        redis.start()
        day.everybody_is_served()

        day.begin("PostgreSQL is stopped")
        postgresql.stop()
        day.refused(16)
        day.begin("PostgreSQL is back")
        postgresql.start()
        day.everybody_is_served()

        day.is_over.set()
        for future in day.shopping:
            future.result()
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(Customer.look, customers))
    # Each had one request at the most on the host that was killed.
    lost = [now["502"] + now[HALF] for now in day.answers.values()]
    assert sum(lost) <= SHOPPERS
    calm = {"two hosts", "the host is back"}
    if engine == "cached_db":  # for which Redis has but copies
        calm |= {"Redis is stopped", "Redis is back"}
    for phase in calm:
        assert day.answers[phase].keys() <= {"added", "seen"}, phase
    assert not any("no other machine has" in line for line in first.log)


class Web(http.server.BaseHTTPRequestHandler):
    """A web server that gives one answer, or goes away with a request that it has got."""

    def do_GET(self) -> None:
        self.server.methods.append(self.command)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.status:
            self.send_response(self.server.status)
            self.end_headers()

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def web(status: int | None) -> Iterator[http.server.ThreadingHTTPServer]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        server.status, server.methods = status, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("first", "method", "path", "status", "next_sees"),
    [
        ("leaves", "GET", "/", 200, ["GET"]),
        ("leaves", "POST", "/", 502, []),
        ("refuses", "POST", "/", 200, ["POST"]),
        ("is gone", "POST", "/", 200, ["POST"]),
        ("has not", "GET", "/static/new.css", 200, ["GET"]),
        ("has not", "GET", "/", 404, []),
    ],
)
def test_nginx_asks_the_next_host_unless_the_first_may_have_done_it(
    bake: Bake,
    tmp_path: Path,
    first: str,
    method: str,
    path: str,
    status: int,
    next_sees: list[str],
) -> None:
    with web(404 if first == "has not" else None) as one, web(200) as other:
        port = services.free_port() if first == "refuses" else one.server_port
        if first == "is gone":
            services.cut(one.socket)
        with (
            proxying(bake(), tmp_path, port, other.server_port) as proxy,
            requests.Session() as client,
        ):
            proxy.trust(client)
            answer = client.request(method, proxy.outside + path, timeout=20)
        assert (answer.status_code, other.methods) == (status, next_sees)


def test_a_postgresql_that_is_gone_without_a_word_is_not_waited_for(
    bake: Bake, pythons: dict[str, str]
) -> None:
    site = bake(database="postgresql")
    with ExitStack() as stack:
        postgresql = stack.enter_context(services.postgresql())
        relay = stack.enter_context(services.Relay(postgresql.port))
        here, there = f":{relay.port}/", f":{postgresql.port}/"
        served = stack.enter_context(
            serving(
                site,
                pythons["5.2"],
                WEB_CONCURRENCY="1",
                DATABASE_URL=postgresql.address.replace(there, here),
            )
        )
        pool = stack.enter_context(ThreadPoolExecutor())

        def ask() -> int:
            # By default it would be minutes, or hours.
            return requests.get(served.url, timeout=20).status_code

        def mend() -> None:
            relay.mend()
            deadline = time.monotonic() + 20
            while ask() != 200:
                assert time.monotonic() < deadline

        assert ask() == 200
        relay.cut()
        assert ask() == 503
        mend()

        # Now it has got a question already.
        postgresql.hang()
        relay.is_used.clear()
        answer = pool.submit(ask)
        assert relay.is_used.wait(timeout=20)
        relay.cut()
        assert answer.result() == 503
        postgresql.resume()
        mend()
