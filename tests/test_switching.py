"""A site gets another session engine while shoppers shop, and none of them loses a thing.

Its processes end and start again meanwhile, and a command moves the sessions of those
who do not come.
"""

import random
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import services
from serving import Site, serving
from shopper import Shopper
from sites import Bake

# The engine before, and the one after.
SWITCHES = [
    ("django.contrib.sessions.backends.db", "session_store.backends.cache"),
    ("django.contrib.sessions.backends.signed_cookies", "session_store.backends.cache"),
    ("session_store.backends.cache", "session_store.backends.db"),
]
# So many visitors, of whom some stay away until the command has moved their sessions.
VISITORS, IDLE = 15, 5
# For how long the others shop before the change, and after it.
SECONDS = 3
# How often one who has stayed away clicks at the same moment.
CLICKS = 24


class Browser(Shopper):
    """One whose user tries again when the site is away for a moment, and remembers."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.name: str | None = None
        # How often a product was put into the cart for certain, and perhaps.
        self.added: Counter[str] = Counter()
        self.lost_answers: Counter[str] = Counter()

    def patiently(self, do: Callable[..., Any], *arguments: str) -> Any:
        deadline = time.monotonic() + 30
        while True:
            try:
                return do(*arguments)
            except requests.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def shop(self, skus: list[str]) -> None:
        """Put a product into the cart, and look into the cart."""
        sku = random.choice(skus)
        try:
            self.add(sku)
            self.added[sku] += 1
        except requests.ConnectionError:
            self.lost_answers[sku] += 1
        self.check()

    def check(self) -> None:
        cart = Counter(self.patiently(self.cart))
        assert self.added <= cart <= self.added + self.lost_answers
        if self.name:
            assert self.name in self.patiently(self.get, "/")


@pytest.fixture
def folder(bake: Bake) -> Path:
    """A site with the engines cache and db."""
    site = bake(session_engine="cache", cache_service="redis")
    other = bake(session_engine="db")
    for name in ("db.py", "rows.py"):
        path = f"session_store/backends/{name}"
        shutil.copy(other / path, site / path)
    return site


@pytest.mark.parametrize(("before", "after"), SWITCHES)
def test_nobody_is_signed_out_and_no_cart_loses_a_line(
    folder: Path, pythons: dict[str, str], tmp_path: Path, before: str, after: str
) -> None:
    with (
        services.valkey(tmp_path) as redis,
        serving(
            folder,
            pythons["5.2"],
            REDIS_URL=redis.address,
            SESSION_ENGINE=before,
            CART_MAX_QUANTITY="1000",
        ) as site,
    ):
        browsers = [Browser(site.url) for _ in range(VISITORS)]
        skus = browsers[0].skus()[:5]
        for number, browser in enumerate(browsers):
            browser.shop(skus)
            if number % 2:
                browser.name = f"user{number}"
                browser.sign_up(browser.name)
        devices = listed(browsers[1])

        is_over = threading.Event()

        def shop(browser: Browser) -> None:
            while not is_over.is_set():
                browser.shop(skus)

        with ThreadPoolExecutor() as pool:
            shopping = [pool.submit(shop, browser) for browser in browsers[IDLE:]]
            try:
                time.sleep(SECONDS)
                restart(site, SESSION_ENGINE=after, SESSION_PREVIOUS_ENGINE=before)
                add_at_once(browsers[0], skus[0])
                time.sleep(SECONDS)
                if not before.endswith("signed_cookies"):
                    manage(site, folder, pythons["5.2"], "move_sessions")
            finally:
                is_over.set()
            for result in shopping:
                result.result()

        for browser in browsers:
            browser.check()
        if not before.endswith("signed_cookies"):
            count = manage(site, folder, pythons["5.2"], "move_sessions", "--count")
            assert count == "0 are still to move.\n"
            assert listed(browsers[1]) == devices == 1
        adds = sum(browser.added.total() for browser in browsers)
        unanswered = sum(browser.lost_answers.total() for browser in browsers)
        print(
            f"{adds} adds were answered and none of them is lost; {unanswered} were not"
        )
        assert not [line for line in site.log if "Traceback" in line], site.log


def add_at_once(browser: Browser, sku: str) -> None:
    """Come back, and click in many tabs at the same time."""
    clicks = [("/cart/add/", {"sku": sku, "quantity": 1})] * CLICKS
    answers = browser.post_at_once(clicks)
    assert [answer.status_code for answer in answers if not answer.ok] == []
    browser.added[sku] += CLICKS


def listed(browser: Browser) -> int:
    """Return how many devices the user sees on the list of theirs."""
    return browser.get("/accounts/sessions/").count('data-testid="session"')


def restart(site: Site, **variables: str) -> None:
    """Let gunicorn finish what it is doing, and start it anew with these variables."""
    server = site.gunicorn
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(timeout=20)
    server.options["env"].update(variables)
    server.start()
    lines = iter(server.process.stderr.readline, "")
    threading.Thread(target=site.log.extend, args=[lines]).start()


def manage(site: Site, folder: Path, python: str, *command: str) -> str:
    return subprocess.run(
        [python, "manage.py", *command],
        cwd=folder,
        env=site.gunicorn.options["env"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
