"""A browser, and the site for it to visit."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    Error,
    Playwright,
    expect,
)
from pytest_django.live_server_helper import LiveServer

# The first has no window to draw, and takes a third less of the processor.
SYSTEM_BROWSERS = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
]


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """Playwright keeps an event loop running, in which Django would refuse to work."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield playwright
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def launch_browser(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Callable[..., Browser]:
    """Launch Playwright's own Chromium if it is installed, else the system's."""

    def launch(**kwargs: Any) -> Browser:
        options = {**browser_type_launch_args, **kwargs}
        try:
            return browser_type.launch(**options)
        except Error as error:
            for name in SYSTEM_BROWSERS:
                if path := shutil.which(name):
                    return browser_type.launch(**options, executable_path=path)
            raise RuntimeError(
                "There is no browser to run the tests in. To get one:\n"
                "    uv run playwright install --with-deps chromium"
            ) from error

    return launch


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Wait for no animation."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def live_server(live_server: LiveServer) -> LiveServer:
    """Send answers at once; else most wait 40 ms for the browser's "delayed ACK"."""
    WSGIRequestHandler.disable_nagle_algorithm = True
    return live_server


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Have `page.goto("/")` lead to the site."""
    return live_server.url


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """Have what is not there after ten seconds be a fault."""
    context.set_default_timeout(10_000)
    expect.set_options(timeout=10_000)
    return context
