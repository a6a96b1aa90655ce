"""Redis as production has it: with a password, over TLS, by a socket, and with sentinels.

All that a site is told is a URL. The servers are real; primaries are killed or halted
while shoppers shop.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest
import requests
import trustme
from services import Server, free_port, get_binary_path
from serving import serving
from shopper import Shopper
from sites import Bake

PASSWORD = "p@ss:w/rd,#1?"
SHOPPERS = 4
# Seconds. A primary that has no word of a replica for so long takes no writes; so what is
# older than that, when it is gone, is with a replica.
WINDOW = 1


@dataclass
class Redis:
    """Servers and sentinels that are run the same way, and the way to ask them."""

    program: str
    folder: Path
    password: str = ""
    authority: Path | None = None
    certificate: Path | None = None

    def server(self, name: str, *options: object) -> Server:
        (self.folder / name).mkdir()
        return self._run(name, [], "--save", "", "--appendonly", "no", *options)

    def sentinel(self, name: str, primary: Server) -> Server:
        """Return a sentinel that takes two seconds to see that a primary is gone."""
        (self.folder / name).mkdir()
        file = self.folder / name / "sentinel.conf"
        lines = [
            f"sentinel monitor Shop.1 127.0.0.1 {primary.port} 2",
            "sentinel down-after-milliseconds Shop.1 2000",
            "sentinel failover-timeout Shop.1 3000",
        ]
        if self.password:
            lines.append(f'sentinel auth-pass Shop.1 "{self.password}"')
            lines.append(f'sentinel sentinel-pass "{self.password}"')
        file.write_text("".join(f"{line}\n" for line in lines))
        return self._run(name, [file, "--sentinel"])

    def ask(self, server: Server, *command: str) -> str:
        """Return what redis-cli prints."""
        options = ["--tls", "--cacert", self.authority] if self.authority else []
        return subprocess.run(
            ["redis-cli", "-p", str(server.port), *options, *command],
            env={**os.environ, "REDISCLI_AUTH": self.password},
            capture_output=True,
            text=True,
            timeout=20,
        ).stdout

    def _run(self, name: str, start: Sequence[object], *options: object) -> Server:
        port = free_port()
        ports = ["--port", port]
        if self.certificate:
            ports = ["--port", 0, "--tls-port", port, "--tls-replication", "yes"]
            ports += ["--tls-auth-clients", "no", "--tls-ca-cert-file", self.authority]
            ports += ["--tls-cert-file", self.certificate]
            ports += ["--tls-key-file", self.certificate]
        if self.password:
            options += ("--requirepass", self.password)
            if not start:
                options += ("--masterauth", self.password)
        command = [self.program, *start, "--bind", "127.0.0.1", *ports]
        command += ["--dir", self.folder / name, *options]
        return Server(
            [str(part) for part in command],
            port,
            f"127.0.0.1:{port}",
            stdout=subprocess.DEVNULL,
        )


@pytest.fixture
def plain(tmp_path: Path) -> Redis:
    return Redis(str(get_binary_path()), tmp_path)


@pytest.fixture
def protected(tmp_path: Path) -> Redis:
    """With a password, and over TLS alone."""
    authority, both = tmp_path / "authority.pem", tmp_path / "redis.pem"
    ca = trustme.CA()
    ca.cert_pem.write_to_path(authority)
    certificate = ca.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(both)
    return Redis("redis-server", tmp_path, PASSWORD, authority, both)


@dataclass
class Visitor(Shopper):
    """One who tries again after a 503, and remembers when an add was answered."""

    url: str
    sku: str
    answered: list[float] = field(default_factory=list)
    unavailable: int = 0

    def __post_init__(self) -> None:
        super().__init__(self.url)

    def shop(self, is_over: Event) -> None:
        while not is_over.is_set():
            self.try_to_add()

    def try_to_add(self) -> None:
        try:
            self.add(self.sku)
        except requests.HTTPError as error:
            assert error.response.status_code == 503, error.response.text
            self.unavailable += 1
        else:
            self.answered.append(time.monotonic())


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_with_a_password_and_over_tls(
    bake: Bake, pythons: dict[str, str], protected: Redis
) -> None:
    folder = bake(session_engine="cache", cache_service="redis")
    with protected.server("redis") as server:
        url = f"rediss://:{quote(PASSWORD, safe='')}@{server.address}/0"
        trusting = f"{url}?ssl_ca_certs={protected.authority}"
        with serving(folder, pythons["5.2"], REDIS_URL=trusting) as site:
            visitor = Shopper(site.url)
            sku = visitor.skus()[0]
            visitor.add(sku, 2)
            visitor.sign_up("anna")
            assert visitor.cart() == {sku: 2}
            assert "db1:keys=" in protected.ask(server, "info", "keyspace")
            check = [pythons["5.2"], "manage.py", "check_services"]
            env = site.gunicorn.options["env"]
            assert subprocess.run(check, cwd=folder, env=env).returncode == 0
            # Whose certificate nobody vouches for is not talked to.
            process = subprocess.run(
                check,
                cwd=folder,
                env={**env, "REDIS_URL": url},
                capture_output=True,
                text=True,
            )
            assert "certificate verify failed" in process.stderr
            assert process.returncode == 1


def test_a_fail_over_behind_one_address(
    bake: Bake, pythons: dict[str, str], plain: Redis
) -> None:
    """As managed ones do it: the address becomes that of the former replica.

    Here it is a socket. The connections to the former primary stay open.
    """
    folder = bake(session_engine="cache", cache_service="redis")
    socket = plain.folder / "redis.sock"
    other = plain.folder / "other.sock"
    with (
        plain.server("one", "--unixsocket", socket) as one,
        plain.server(
            "two", "--unixsocket", other, "--replicaof", "127.0.0.1", one.port
        ) as two,
        serving(
            folder, pythons["5.2"], REDIS_URL=f"unix://{socket}", WEB_CONCURRENCY="1"
        ) as site,
    ):
        visitor = Shopper(site.url)
        sku = visitor.skus()[0]
        visitor.add(sku)
        # So that there are several connections.
        visitor.post_at_once([("/cart/add/", {"sku": sku, "quantity": 1})] * 31)
        until(lambda: plain.ask(one, "wait", "1", "100").strip() == "1")
        plain.ask(two, "replicaof", "no", "one")
        plain.ask(one, "replicaof", "127.0.0.1", str(two.port))
        other.replace(socket)
        visitor.add(sku)
        visitor.add(sku)
        assert visitor.cart() == {sku: 34}
        one.stop()
        assert visitor.cart() == {sku: 34}


@pytest.fixture(params=["plain", "protected"])
def redis(request: pytest.FixtureRequest) -> Redis:
    return request.getfixturevalue(request.param)


@pytest.fixture
def group(redis: Redis) -> Iterator[tuple[list[Server], str]]:
    """Return a primary with two replicas, and the URL by three sentinels."""
    lag = ["--min-replicas-to-write", 1, "--min-replicas-max-lag", WINDOW]
    lag += ["--repl-diskless-sync-delay", 0]
    with ExitStack() as stack:
        primary = stack.enter_context(redis.server("primary", *lag))
        replicas = [
            stack.enter_context(
                redis.server(name, *lag, "--replicaof", "127.0.0.1", primary.port)
            )
            for name in ("replica1", "replica2")
        ]
        replicates = "min_slaves_good_slaves:2"
        until(lambda: replicates in redis.ask(primary, "info", "replication"))
        sentinels = [
            stack.enter_context(redis.sentinel(f"sentinel{number}", primary))
            for number in range(3)
        ]
        know_each_other = "slaves=2,sentinels=3"
        until(
            lambda: all(
                know_each_other in redis.ask(sentinel, "info", "sentinel")
                for sentinel in sentinels
            )
        )
        addresses = ",".join(sentinel.address for sentinel in sentinels)
        if redis.password:
            password = quote(redis.password, safe="")
            yield (
                [primary, *replicas],
                f"rediss+sentinel://:{password}@{addresses}/Shop.1/0"
                f"?ssl_ca_certs={redis.authority}&sentinel_password={password}",
            )
        else:
            yield [primary, *replicas], f"redis+sentinel://{addresses}/Shop.1"


@pytest.mark.parametrize(
    ("redis", "engine", "outage"),
    [
        ("plain", "cache", "hang"),
        ("protected", "cache", "kill"),
        ("plain", "cached_db", "kill"),
    ],
    indirect=["redis"],
)
def test_a_fail_over_by_sentinels(
    bake: Bake,
    pythons: dict[str, str],
    redis: Redis,
    group: tuple[list[Server], str],
    engine: str,
    outage: str,
) -> None:
    folder = bake(session_engine=engine, cache_service="redis")
    (primary, *replicas), url = group
    with serving(
        folder, pythons["5.2"], REDIS_URL=url, CART_MAX_QUANTITY="10000"
    ) as site:
        sku = Shopper(site.url).skus()[0]
        visitors = [Visitor(site.url, sku) for _ in range(SHOPPERS)]
        is_over = Event()
        with ThreadPoolExecutor() as pool:
            shopping = [pool.submit(visitor.shop, is_over) for visitor in visitors]
            try:
                begun = time.monotonic()
                _shop_on(visitors, begun + 2 * WINDOW)
                # Nothing is read from them.
                for replica in replicas:
                    stats = redis.ask(replica, "info", "commandstats")
                    assert "cmdstat_get:" not in stats, stats
                out = time.monotonic()
                if outage == "hang":
                    primary.hang()
                else:
                    primary.process.kill()
                _shop_on(visitors, out + 2 * WINDOW)
                if outage == "hang":
                    primary.resume()
                    # It does not know yet that there is another, and takes nothing.
                    role = redis.ask(primary, "role")
                    assert role.startswith("master"), role
                    answer = redis.ask(primary, "set", "key", "value")
                    assert answer.startswith("NOREPLICAS"), answer
                _shop_on(visitors, time.monotonic())
            finally:
                is_over.set()
            for result in shopping:
                result.result()

        for visitor in visitors:
            kept = visitor.cart()[sku]
            in_doubt = [at for at in visitor.answered if abs(at - out) < WINDOW]
            certain = len(visitor.answered) - len(in_doubt)
            assert certain <= kept <= len(visitor.answered) + visitor.unavailable
            print(
                f"{len(visitor.answered)} adds answered, {len(in_doubt)} of them in "
                f"the window, {visitor.unavailable} answers 503; the cart has {kept}"
            )
        answers = sorted(at for visitor in visitors for at in visitor.answered)
        gap = max(b - a for a, b in zip(answers, answers[1:], strict=False))
        print(f"for {gap:.1f} s no add was answered")
        unavailable = sum(visitor.unavailable for visitor in visitors)
        assert (unavailable > 0) == (engine == "cache")
        assert not [line for line in site.log if "Internal Server Error" in line]


def _shop_on(visitors: Sequence[Visitor], moment: float) -> None:
    """Return when each has been answered three adds after that moment."""
    for visitor in visitors:
        until(lambda v=visitor: len([at for at in v.answered if at > moment]) >= 3)
