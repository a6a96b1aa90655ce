"""Measure the pages of a baked site beside the limit and a tutorial's session cart.

    uv run python benchmarks/speed.py [--rounds 5] [--seconds 2] [db-sqlite ...]

For each engine, a baked site is served three times, by gunicorn with 2 sync workers: as
it is; as `limit.py`, views that only read or write the session; and as `tutorial/`, a
cart in the session as tutorials teach it. wrk sends requests to one after the other, in
several rounds. The medians go to standard output as a table in Markdown, and to
`docs/speed-<engine>.svg` as a chart.

wrk was chosen because it leaves nearly all of the CPU to the servers, because Debian
and Ubuntu have it (`apt install wrk`), and because a few lines of Lua make it send
forms as several visitors.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import requests

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

import services
import sites
from chart import chart
from lost_updates import ENGINES
from serving import host, serving
from shopper import TOKEN, Shopper

DOCS = Path(__file__).resolve().parent.parent / "docs"

# How many visitors' requests take turns, and how many connections are open.
VISITORS = 4

SYNC = {
    "WEB_CONCURRENCY": "2",
    "GUNICORN_THREADS": "1",
    "GUNICORN_CMD_ARGS": "--worker-class sync --max-requests 0 --graceful-timeout 5",
}

HEAD = """\
| {engine}, requests/s | limit | ours | ours / limit | tutorial | ours / tutorial |
|---|---|---|---|---|---|"""

LUA = """\
local visitors, requests, n = {{ {visitors} }}, {{}}, 0
init = function()
  for i, visitor in ipairs(visitors) do
    local headers = {{ ["Cookie"] = visitor.cookie }}
    if visitor.body then
      headers["Content-Type"] = "application/x-www-form-urlencoded"
    end
    local method = visitor.body and "POST" or "GET"
    requests[i] = wrk.format(method, nil, headers, visitor.body)
  end
end
request = function()
  n = n % #requests + 1
  return requests[n]
end
"""


@dataclass
class Load:
    """Requests of several visitors for one URL: their cookies, and forms if any."""

    url: str
    cookies: list[str]
    bodies: list[str] | None = None

    def per_second(self, folder: Path, seconds: int) -> float:
        """Send them for `seconds`; return how many were answered per second."""
        bodies = self.bodies or [None] * len(self.cookies)
        visitors = ", ".join(
            f'{{ cookie = "{cookie}", body = {f"{chr(34)}{body}{chr(34)}" if body else "nil"} }}'
            for cookie, body in zip(self.cookies, bodies, strict=True)
        )
        script = folder / "load.lua"
        script.write_text(LUA.format(visitors=visitors))
        command = [
            "wrk",
            "-t1",
            f"-c{VISITORS}",
            f"-d{seconds}s",
            "-s",
            script,
            self.url,
        ]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        assert "Non-2xx" not in answer.stdout, f"{self.url}\n{answer.stdout}"
        return float(re.search(r"Requests/sec:\s+([\d.]+)", answer.stdout)[1])


def cookies_of(visitor: Shopper) -> str:
    return "; ".join(
        f"{cookie.name}={cookie.value}"
        for cookie in visitor.http.cookies
        if cookie.name != "messages"
    )


def shop_loads(url: str, product: str, skus: list[str]) -> dict[str, Load]:
    """Return the loads for a shop, ours or a tutorial's, with 3 lines in each cart."""
    visitors = [Shopper(url) for _ in range(VISITORS)]
    bodies = []
    for visitor in visitors:
        for sku in skus:
            visitor.post("/cart/add/", page=product, sku=sku, quantity=1)
        token = TOKEN.search(visitor.get(product))[1]
        fields = {
            "csrfmiddlewaretoken": token,
            "next": product,
            "sku": skus[0],
            "quantity": 1,
        }
        bodies.append(urlencode(fields))
    cookies = [cookies_of(visitor) for visitor in visitors]
    return {
        "list, no cart": Load(f"{url}/", [""] * VISITORS),
        "list": Load(f"{url}/", cookies),
        "product": Load(f"{url}{product}", cookies),
        "cart, 3 lines": Load(f"{url}/cart/", cookies),
        "add": Load(f"{url}/cart/add/", cookies, bodies),
    }


def signed_in_loads(url: str, product: str, skus: list[str]) -> dict[str, Load]:
    """Return the loads for our pages as a signed-in user with 3 lines in the cart."""
    visitor = Shopper(url)
    visitor.sign_up("speedy")
    for sku in skus:
        visitor.post("/cart/add/", page=product, sku=sku, quantity=1)
    visitor.get("/cart/")
    addresses = {"list": "/", "product": product, "cart, 3 lines": "/cart/"}
    return {
        f"{name}, signed in": Load(f"{url}{address}", [cookies_of(visitor)])
        for name, address in addresses.items()
    }


def limit_loads(url: str) -> dict[str, Load]:
    """Return the loads with which each of our pages is compared, by its name."""
    cookies = []
    for _ in range(VISITORS):
        with requests.Session() as http:
            http.get(f"{url}/write/", timeout=20)
            cookies.append("; ".join(f"{c.name}={c.value}" for c in http.cookies))
    read = Load(f"{url}/read/", cookies)
    return {
        "list, no cart": Load(f"{url}/bare/", [""] * VISITORS),
        "add": Load(f"{url}/write/", cookies),
        **dict.fromkeys(["list", "product", "cart, 3 lines"], read),
        **dict.fromkeys(
            [f"{n}, signed in" for n in ("list", "product", "cart, 3 lines")], read
        ),
    }


def measure(
    name: str, python: str, folder: Path, rounds: int, seconds: int
) -> dict[str, dict[str, float]]:
    """Return the median requests per second, by page and by who serves it."""
    engine, service, database = ENGINES[name]
    site = sites.bake(
        folder, session_engine=engine, cache_service=service, database=database
    )
    with services.running(engine, service, database, folder) as addresses:
        variables = {
            **SYNC,
            **addresses,
            "CART_MAX_QUANTITY": "1000000",
            "PYTHONPATH": str(Path(__file__).parent),
        }
        with (
            serving(site, python, **variables) as ours,
            host(
                site,
                python,
                services.free_port(),
                DJANGO_SETTINGS_MODULE="limit",
                **variables,
            ) as limit,
            host(
                site,
                python,
                services.free_port(),
                DJANGO_SETTINGS_MODULE="tutorial.settings",
                **variables,
            ) as tutorial,
        ):
            visitor = Shopper(ours.url)
            skus = visitor.skus()[:3]
            product = re.search(r'href="(/products/[^"]+)"', visitor.get("/"))[1]
            loads = {
                "limit": limit_loads(limit.url),
                "ours": shop_loads(ours.url, product, skus)
                | signed_in_loads(ours.url, product, skus),
                "tutorial": shop_loads(tutorial.url, product, skus),
            }
            results = {page: {who: [] for who in loads} for page in loads["ours"]}
            for number in range(rounds + 1):
                for page, by_who in results.items():
                    for who in loads if number % 2 else reversed(loads):
                        if page in loads[who]:
                            load = loads[who][page]
                            # The first round is short: it warms the workers.
                            rate = load.per_second(folder, seconds if number else 1)
                            by_who[who] += [rate] if number else []
    return {
        page: {who: statistics.median(rates) for who, rates in by_who.items() if rates}
        for page, by_who in results.items()
    }


def row(page: str, rates: dict[str, float]) -> str:
    """Return the table's row for a page."""
    limit, ours, tutorial = (rates.get(who) for who in ("limit", "ours", "tutorial"))
    cells = [page, f"{limit:.0f}", f"{ours:.0f}", f"{ours / limit:.2f}"]
    cells += [f"{tutorial:.0f}", f"{ours / tutorial:.1f}"] if tutorial else ["", ""]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("engines", nargs="*", metavar="engine", choices=[*ENGINES, []])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing. To install it: sudo apt install wrk")
    # Only the table goes to standard output, not the messages of the tools.
    table = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with tempfile.TemporaryDirectory() as name:
        python = sites.install(Path(name), "5.2")
        for engine in options.engines or ENGINES:
            folder = Path(name) / engine
            folder.mkdir()
            results = measure(engine, python, folder, options.rounds, options.seconds)
            rows = [row(page, rates) for page, rates in results.items()]
            head = HEAD.format(engine=engine)
            print(head, *rows, sep="\n", end="\n\n", file=table, flush=True)
            (DOCS / f"speed-{engine}.svg").write_text(chart(engine, results))


if __name__ == "__main__":
    main()
