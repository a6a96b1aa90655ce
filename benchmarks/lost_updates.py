"""Count the adds that a cart loses, and time an add, compared with stock Django.

    uv run python benchmarks/lost_updates.py [db-sqlite cache-redis ...]

For each engine, one baked site is served twice, by gunicorn with 4 workers of 4
threads: with Django's engine of that name and with ours. To each, 16 clients with one
visitor's cookies send 100 concurrent adds; then a single client sends blocks of adds to
both in turn. A table in Markdown goes to standard output.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

import services
import sites
from serving import host, serving
from shopper import Shopper

# session_engine, cache_service, database
ENGINES = {
    "db-sqlite": ("db", "redis", "sqlite"),
    "db-postgresql": ("db", "redis", "postgresql"),
    "cached_db-redis": ("cached_db", "redis", "sqlite"),
    "cached_db-memcached": ("cached_db", "memcached", "postgresql"),
    "cache-redis": ("cache", "redis", "sqlite"),
    "cache-memcached": ("cache", "memcached", "sqlite"),
    "file": ("file", "redis", "sqlite"),
}

ADDS = 100
# How many pairs of blocks are sent, and how many adds are in a block.
PAIRS = 30
BLOCK = 20

HEAD = """\
| engine | adds kept of 100: Django | ours | p50: Django | ours | p95: Django | ours | alone: ours / Django |
|---|---|---|---|---|---|---|---|"""


def measure(name: str, python: str, folder: Path) -> str:
    """Return the table's row for an engine."""
    engine, service, database = ENGINES[name]
    site = sites.bake(
        folder, session_engine=engine, cache_service=service, database=database
    )
    with services.running(engine, service, database, folder) as addresses:
        variables = {
            "WEB_CONCURRENCY": "4",
            "GUNICORN_THREADS": "4",
            "CART_MAX_QUANTITY": "1000000",
            "PYTHONPATH": str(Path(__file__).parent),
            **addresses,
        }
        with (
            serving(site, python, **variables) as ours,
            host(
                site,
                python,
                services.free_port(),
                DJANGO_SETTINGS_MODULE="stock",
                **variables,
            ) as stock,
        ):
            shoppers = Shopper(stock.url), Shopper(ours.url)
            results = [in_parallel(shopper) for shopper in shoppers]
            ratio = alone(*shoppers)
    kept, p50, p95 = zip(*results, strict=True)
    cells = [name, *kept, *(f"{t * 1000:.0f} ms" for t in p50 + p95), f"{ratio:.2f}"]
    return f"| {' | '.join(map(str, cells))} |"


def in_parallel(shopper: Shopper) -> tuple[int, float, float]:
    """Return how many concurrent adds the cart has kept, and the p50 and p95 of one."""
    sku, other, *_ = shopper.skus()
    shopper.add(other)
    # The first requests of a worker are slow.
    shopper.post_at_once([("/cart/add/", {"sku": other, "quantity": 1})] * ADDS)
    answers = shopper.post_at_once([("/cart/add/", {"sku": sku, "quantity": 1})] * ADDS)
    times = statistics.quantiles([a.elapsed.total_seconds() for a in answers], n=20)
    return shopper.cart().get(sku, 0), times[9], times[18]


def alone(stock: Shopper, ours: Shopper) -> float:
    """Return the ratio of our time to stock Django's for adds without concurrency."""
    block = [("/cart/add/", {"sku": stock.skus()[0], "quantity": 1})] * BLOCK
    ratios = []
    for n in range(PAIRS):
        seconds = {}
        for shopper in (stock, ours) if n % 2 else (ours, stock):
            start = time.perf_counter()
            shopper.post_at_once(block, clients=1)
            seconds[shopper] = time.perf_counter() - start
        ratios.append(seconds[ours] / seconds[stock])
    return statistics.median(ratios)


def main(names: list[str]) -> None:
    # Only the table goes to standard output, not the messages of the tools.
    table = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with tempfile.TemporaryDirectory() as folder:
        python = sites.install(Path(folder), "5.2")
        print(HEAD, file=table, flush=True)
        for name in names or ENGINES:
            (Path(folder) / name).mkdir()
            print(measure(name, python, Path(folder) / name), file=table, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
