"""Measure what a session costs in each store with 10,000, 100,000, 1,000,000 of them.

    uv run python benchmarks/scale.py [10000 100000 1000000]

A baked site's store is filled with sessions, as the site's own engine writes them, each
of a visitor with three products in the cart. At each number of sessions it is measured
how much space they take up, how long it takes to load and to change one, and how much
goes over the network for that. Tables in Markdown go to standard output.
"""

import json
import os
import random
import socket
import stat
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

SIZES = ("10000", "100000", "1000000")

# How many different carts there are, how many sessions are written at a time, and how
# many are loaded and changed.
CARTS = 1000
BATCH = 500
SAMPLE = 500

SPACE = "bytes a session"
TIME = "milliseconds"
NETWORK = "bytes over the network"

# Results, by the title of their table and by what was measured.
Figures = dict[str, dict[str, float]]


def main(*sizes: str) -> None:
    """Bake the sites, run `inside_a_site()` in each, print the tables."""
    import services
    import sites

    # Only the tables go to standard output, not the messages of the tools.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    tables: dict[str, dict[str, list[str]]] = {SPACE: {}, TIME: {}, NETWORK: {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = sites.install(folder, "5.2")
        for store, (_, engine, service, database) in STORES.items():
            (folder / store).mkdir()
            answers = {"cache_service": service, "database": database}
            site = sites.bake(folder / store, session_engine=engine, **answers)
            with services.running(engine, service, database, site) as addresses:
                env = sites.environment(DEBUG="False", PYTHONPATH=".", **addresses)
                for command in (
                    [python, "manage.py", "migrate", "-v0"],
                    [python, __file__, store, *sizes],
                ):
                    result = subprocess.run(
                        command, cwd=site, env=env, check=True, stdout=subprocess.PIPE
                    )
            for line in result.stdout.splitlines():
                for title, figures in json.loads(line).items():
                    for what, figure in figures.items():
                        cells = tables[title].setdefault(f"{store}: {what}", [])
                        cells.append(f"{figure:,.{0 if figure >= 10 else 2}f}")
    for title, rows in tables.items():
        print(f"\n| {title} |", *(f"{int(size):,} |" for size in sizes), file=output)
        print("|---" * (1 + len(sizes)) + "|", file=output)
        for what, cells in rows.items():
            print(f"| {what} | {' | '.join(cells)} |", file=output)


def inside_a_site(name: str, *sizes: str) -> None:
    """Fill the store up to each size, and print the `Figures` of each as JSON."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    store = STORES[name][0]()
    before = store.space()
    for size in map(int, sizes):
        begun = time.perf_counter()
        store.grow(size)
        seconds = time.perf_counter() - begun
        space = {what: (n - before[what]) / size for what, n in store.space().items()}
        line = json.dumps({SPACE: space, **store.work()})
        print(f"{name} {size} {seconds:.0f} s {line}", file=sys.stderr)
        print(line, flush=True)


class Store:
    """Where a site keeps its sessions."""

    def __init__(self) -> None:
        from django.conf import settings

        self.engine = import_module(settings.SESSION_ENGINE).SessionStore
        self.keys: list[str] = []
        self.records = [self.record({"cart": new_cart()}) for _ in range(CARTS)]

    def record(self, data: dict[str, Any]) -> Any:
        """Return what `write()` takes for a session with this data."""
        return data

    def write(self, records: dict[str, Any]) -> None:
        """Write new sessions, given by their keys, as the engine would write each."""
        raise NotImplementedError

    def space(self) -> dict[str, int]:
        """Return how many bytes the store takes up, by where they are."""
        raise NotImplementedError

    def grow(self, size: int) -> None:
        """Write new sessions until there are `size`."""
        while len(self.keys) < size:
            keys = [new_key() for _ in range(min(BATCH, size - len(self.keys)))]
            self.write({key: random.choice(self.records) for key in keys})
            self.keys += keys

    def actions(self) -> dict[str, Callable[[str], None]]:
        """Return what is timed on a sample of the sessions, in this order."""
        return {"load": self.load, "change": self.change}

    def load(self, key: str) -> None:
        self.engine(key).load()

    def change(self, key: str) -> None:
        session = self.engine(key)
        session.change("cart", lambda cart: {**cart, "since": time.time()})
        session.save()

    def work(self) -> Figures:
        """Return what each action costs: the median time, and bytes on the network."""
        keys = random.sample(self.keys, SAMPLE)
        figures: Figures = {TIME: {}, NETWORK: {}}
        for what, action in self.actions().items():
            action(keys[0])  # connects
            times, bytes_before = [], traffic()
            for key in keys[1:]:
                begun = time.perf_counter()
                action(key)
                times.append(time.perf_counter() - begun)
            figures[TIME][what] = statistics.median(times) * 1000
            if bytes_sent := traffic() - bytes_before:
                figures[NETWORK][what] = bytes_sent / len(times)
        return figures

    def clearing(self) -> float:
        """Return how many milliseconds it takes to find that no session has expired."""
        begun = time.perf_counter()
        self.engine.clear_expired()
        return (time.perf_counter() - begun) * 1000


class SQLite(Store):
    def record(self, data: dict[str, Any]) -> str:
        return self.engine().encode(data)

    def write(self, records: dict[str, Any]) -> None:
        from django.utils import timezone

        model = self.engine.get_model_class()
        end = timezone.now() + timedelta(seconds=self.engine().get_store_age())
        model.objects.bulk_create(
            model(key, text, end) for key, text in records.items()
        )

    def space(self) -> dict[str, int]:
        ask("PRAGMA wal_checkpoint(TRUNCATE)")
        return {"the file": os.path.getsize("db.sqlite3")}

    def work(self) -> Figures:
        figures = super().work()
        figures[TIME]["clearsessions"] = self.clearing()
        return figures


class PostgreSQL(SQLite):
    def space(self) -> dict[str, int]:
        ask("VACUUM ANALYZE django_session")
        sizes = "SELECT pg_table_size('{0}'), pg_indexes_size('{0}')"
        table, indexes = ask(sizes.format("django_session"))
        return {"the table": table, "its indexes": indexes}

    def work(self) -> Figures:
        figures = super().work()
        ask("CHECKPOINT")
        before = self.log_position()
        for key in random.sample(self.keys, SAMPLE):
            self.change(key)
        logged = (self.log_position() - before) / SAMPLE
        figures[NETWORK]["change, its write-ahead log"] = logged
        return figures

    def log_position(self) -> int:
        return int(ask("SELECT pg_current_wal_insert_lsn() - '0/0'")[0])


class CachedPostgreSQL(PostgreSQL):
    def actions(self) -> dict[str, Callable[[str], None]]:
        return {"load without a copy": self.load, **super().actions()}


class Redis(Store):
    def __init__(self) -> None:
        super().__init__()
        from django_redis import get_redis_connection

        self.redis = get_redis_connection("sessions")

    def write(self, records: dict[str, Any]) -> None:
        entries = {self.engine(key).cache_key: data for key, data in records.items()}
        self.engine()._cache.set_many(entries, self.engine().get_store_age())

    def space(self) -> dict[str, int]:
        memory = self.redis.info("memory")
        self.redis.bgrewriteaof()
        while self.redis.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.1)
        return {
            "memory": memory["used_memory"],
            "memory, of the process": memory["used_memory_rss"],
            "its file": self.redis.info("persistence")["aof_current_size"],
        }

    def work(self) -> Figures:
        figures = super().work()
        fork = self.redis.info("stats")["latest_fork_usec"]
        figures[TIME]["pause at a rewrite of its file"] = fork / 1000
        return figures


class Memcached(Redis):
    def __init__(self) -> None:
        Store.__init__(self)
        from django.conf import settings
        from pymemcache.client.base import Client

        self.client = Client(settings.MEMCACHED_SERVERS[0])
        self.client.cache_memlimit(4096)  # megabytes

    def space(self) -> dict[str, int]:
        stats = self.client.stats()
        status = Path(f"/proc/{stats[b'pid']}/status").read_text()
        kilobytes = status.partition("VmRSS:")[2].split()[0]
        return {
            "memory": stats[b"bytes"],
            "memory, of the process": int(kilobytes) * 1024,
        }

    def work(self) -> Figures:
        assert self.client.stats()[b"evictions"] == 0
        return Store.work(self)


class Files(Store):
    def write(self, records: dict[str, Any]) -> None:
        for key, data in records.items():
            session = self.engine(key)
            session._session_cache = data
            session.insert(data)

    def space(self) -> dict[str, int]:
        folder = self.engine._get_storage_path()
        files = sum(file.stat().st_blocks for file in os.scandir(folder)) * 512
        return {"the files": files, "their folder": os.stat(folder).st_blocks * 512}

    def work(self) -> Figures:
        figures = super().work()
        figures[TIME]["clearsessions"] = self.clearing()
        return figures


class Cookies(Store):
    def record(self, data: dict[str, Any]) -> str:
        session = self.engine()
        session._session_cache = data
        session.save()
        return session.session_key

    def grow(self, size: int) -> None:
        self.keys = random.choices(self.records, k=size)

    def space(self) -> dict[str, int]:
        return {"the cookie": sum(self.engine(key).size()[0] for key in self.keys)}


# The store; session_engine, cache_service, database.
STORES = {
    "db-sqlite": (SQLite, "db", "redis", "sqlite"),
    "db-postgresql": (PostgreSQL, "db", "redis", "postgresql"),
    "cached_db-redis": (CachedPostgreSQL, "cached_db", "redis", "postgresql"),
    "cache-redis": (Redis, "cache", "redis", "sqlite"),
    "cache-memcached": (Memcached, "cache", "memcached", "sqlite"),
    "file": (Files, "file", "redis", "sqlite"),
    "signed_cookies": (Cookies, "signed_cookies", "redis", "sqlite"),
}


def new_key() -> str:
    from django.contrib.sessions.backends.base import VALID_KEY_CHARS

    return "".join(random.choices(VALID_KEY_CHARS, k=32))


def new_cart() -> dict[str, Any]:
    """Return what a session keeps of a cart with three products in it."""
    from cart import storage
    from cart.cart import Cart
    from catalog.demo.products import PRODUCTS
    from django.utils import timezone

    lines = {p.sku: random.randint(1, 3) for p in random.sample(PRODUCTS, 3)}
    return storage.entry_for(Cart(lines, since=timezone.now()), owner=None)


def ask(sql: str) -> list[Any]:
    """Return the first row of the database's answer."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else []


def traffic() -> int:
    """Return how many bytes have gone over this process's open TCP connections."""
    total = 0
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # it is not a TCP connection
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                connection = socket.socket(fileno=descriptor)
                try:
                    # bytes_acked and bytes_received of the kernel's struct tcp_info.
                    info = connection.getsockopt(socket.SOL_TCP, socket.TCP_INFO, 136)
                finally:
                    connection.detach()
                total += sum(struct.unpack_from("QQ", info, 120))
    return total


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in STORES:
        inside_a_site(*sys.argv[1:])
    else:
        main(*(sys.argv[1:] or SIZES))
