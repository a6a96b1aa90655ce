"""A visitor who knows the site only by its pages and its forms."""

import html
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

SKU = re.compile(r'name="sku" value="([^"]+)"')
LINE = re.compile(r'data-testid="cart-line"\s+data-sku="([^"]+)"(.*?)</li>', re.S)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def lines(page: str) -> dict[str, int]:
    """Return the quantities of the products that a cart's page shows."""
    return {
        sku: int(re.search(r'name="quantity"[^>]*?value="(\d+)"', line)[1])
        for sku, line in LINE.findall(page)
    }


class Shopper:
    """One browser: it keeps its cookies, and never runs a script."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()

    def get(self, path: str) -> str:
        response = self.http.get(self.url + path, timeout=20)
        response.raise_for_status()
        return html.unescape(response.text)

    def post(self, path: str, page: str = "/cart/", **fields: object) -> str:
        """Submit a form that is on `page`, and return the page that follows."""
        token = TOKEN.search(self.get(page))
        assert token, f"no form on {page}"
        response = self.http.post(
            self.url + path,
            data={"csrfmiddlewaretoken": token[1], **fields},
            headers={"Referer": self.url + page},
            timeout=20,
        )
        response.raise_for_status()
        return html.unescape(response.text)

    def post_at_once(
        self, forms: Sequence[tuple[str, dict[str, Any]]], clients: int = 16
    ) -> list[requests.Response]:
        """Submit forms, each a path and its fields, from several tabs concurrently.

        Return the responses, in no particular order; redirects are not followed.
        """

        token = {"csrfmiddlewaretoken": TOKEN.search(self.get("/"))[1]}

        def send(
            share: Sequence[tuple[str, dict[str, Any]]],
        ) -> list[requests.Response]:
            with requests.Session() as http:
                http.cookies.update(self.http.cookies)
                return [
                    http.post(
                        self.url + path,
                        data={**token, **fields},
                        allow_redirects=False,
                        timeout=60,
                    )
                    for path, fields in share
                ]

        with ThreadPoolExecutor(clients) as pool:
            shares = pool.map(send, [forms[n::clients] for n in range(clients)])
            return [answer for share in shares for answer in share]

    def skus(self) -> list[str]:
        """Return the SKUs of the products on the shop's first page."""
        return list(dict.fromkeys(SKU.findall(self.get("/"))))

    def add(self, sku: str, quantity: int = 1) -> None:
        self.post("/cart/add/", page="/", sku=sku, quantity=quantity)

    def cart(self) -> dict[str, int]:
        """Return the quantities that the cart's page shows."""
        return lines(self.get("/cart/"))

    def sign_up(self, name: str) -> None:
        self.post(
            "/accounts/signup/",
            page="/accounts/signup/",
            username=name,
            email=f"{name}@example.com",
            password1="demo-pass-1",
            password2="demo-pass-1",
        )

    def sign_in(self, name: str) -> None:
        self.post(
            "/accounts/login/",
            page="/accounts/login/",
            login=name,
            password="demo-pass-1",
        )

    def sign_out(self) -> None:
        self.post("/accounts/logout/", page="/accounts/logout/")
