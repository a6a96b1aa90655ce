"""Take the README's screenshots; `make screenshots` runs this in a new baked site."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

PICTURES = Path(__file__).resolve().parent / "screenshots"
DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def main() -> None:
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    with serving() as url, sync_playwright() as playwright:
        # Playwright's own Chromium, unless the system has one.
        path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if os.getuid() == 0 else []
        )
        take_shop(browser, url)
        take_story(browser, url)
        browser.close()


@contextmanager
def serving() -> Iterator[str]:
    """Serve the site in the current folder for as long as the context lasts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], check=True)
    subprocess.run([*manage, "seed_demo"], check=True)
    server = subprocess.Popen([*manage, "runserver", "--noreload", address])
    try:
        host, port = address.split(":")
        for _ in range(200):
            with socket.socket() as client:
                if client.connect_ex((host, int(port))) == 0:
                    break
            time.sleep(0.1)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def take_shop(browser: Browser, url: str) -> None:
    """Take the pages that a visitor sees first."""
    for scheme in ("light", "dark"):
        page = open_page(browser, url, **DESKTOP, color_scheme=scheme)
        page.goto("/")
        take(page, f"shop-{scheme}")
    page.goto("/products/round-teapot/")
    take(page, "product-dark")
    page = open_page(browser, url, **DESKTOP)
    page.goto("/products/round-teapot/")
    take(page, "product")
    page = open_page(browser, url, **PHONE)
    page.goto("/ru/")
    take(page, "shop-russian-phone")


def take_story(browser: Browser, url: str) -> None:
    """Take a cart that is filled before sign-in, and what becomes of it."""
    laptop = open_page(browser, url, **DESKTOP)
    fill_in(laptop)
    send(laptop)
    add(laptop, "garden-earl-grey")

    page = open_page(browser, url, **DESKTOP)
    add(page, "round-teapot")
    add(page, "dipped-mug", quantity=2)
    page.goto("/cart/")
    take(page, "story-1-anonymous-cart")
    fill_in(page)
    take(page, "story-2-sign-in")
    send(page)
    take(page, "story-3-merged-cart")

    phone = open_page(browser, url, **PHONE)
    fill_in(phone)
    send(phone)
    take(phone, "story-4-on-a-phone")

    page.set_viewport_size({"width": 1280, "height": 1560})
    page.goto("/session/")
    take(page, "session")


def open_page(browser: Browser, url: str, **options: object) -> Page:
    """Return a page in the browser of a visitor who has never been here."""
    context = browser.new_context(base_url=url, reduced_motion="reduce", **options)
    return context.new_page()


def add(page: Page, slug: str, quantity: int = 1) -> None:
    """Put a product in the cart, from its own page."""
    count = page.get_by_test_id("cart-count")
    page.goto(f"/products/{slug}/")
    before = int(count.text_content())
    form = page.locator("form[action='/cart/add/']").first
    form.locator("[name=quantity]").fill(str(quantity))
    form.locator("[type=submit]").click()
    expect(count).to_have_text(str(before + quantity))


def fill_in(page: Page) -> None:
    """Fill in the sign-in form, which leads to the cart."""
    page.goto("/accounts/login/?next=/cart/")
    page.locator("[name=login]").fill("alice")
    page.locator("[name=password]").fill("demo-pass-1")


def send(page: Page) -> None:
    """Submit the form that has the focus, and wait for the cart."""
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("cart-total")).to_be_visible()


def take(page: Page, name: str) -> None:
    """Save a screenshot of what is visible of the page."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    path = PICTURES / f"{name}.webp"
    picture.save(path, quality=80, method=6)
    print(f"{path.name}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
