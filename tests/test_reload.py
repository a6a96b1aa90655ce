"""gunicorn's workers are replaced by HUP while visitors shop."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from threading import Event

import pytest
import services
from serving import Site, serving
from shopper import Shopper
from sites import Bake

SHOPPERS = 8
RELOADS = 3


@pytest.mark.parametrize("engine", ["db", "file"])
def test_a_reload_drops_no_request_and_loses_no_cart(
    bake: Bake, pythons: dict[str, str], engine: str
) -> None:
    site = bake(session_engine=engine)
    over = Event()
    # Longer than any of them takes on a busy machine.
    options = {"GUNICORN_CMD_ARGS": "--graceful-timeout 20"}
    with serving(site, pythons["5.2"], **options) as served:
        shoppers = [Shopper(served.url) for _ in range(SHOPPERS)]
        skus = shoppers[0].skus()

        def shop(shopper: Shopper) -> Counter[str]:
            """Add one after the other until it is over; return what was added."""
            added = Counter()
            for sku in cycle(skus):
                if over.is_set():
                    break
                shopper.add(sku)  # raises if an answer is missing, or not 200
                added[sku] += 1
            return added

        with ThreadPoolExecutor(SHOPPERS) as pool:
            adding = [pool.submit(shop, shopper) for shopper in shoppers]
            try:
                for _ in range(RELOADS):
                    replace_workers(served)
            finally:
                over.set()
            carts = [future.result() for future in adding]
        assert all(carts)
        log = "".join(served.log)
        assert ("no other machine has them" in log) == (engine == "file")
        assert "no other machine has it" in log
        assert [shopper.cart() for shopper in shoppers] == carts


def replace_workers(site: Site) -> None:
    """Send HUP, and wait until all workers are new ones."""
    before = workers(site)
    site.gunicorn.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(workers(site)) == 2 and not before & workers(site))


def workers(site: Site) -> set[int]:
    return set(services.children(site.gunicorn.process.pid))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
