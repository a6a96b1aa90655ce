"""How much work the pages are: queries, calls of Python functions, bytes, growth."""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from types import FrameType
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from cart import storage
from cart.cart import Cart
from cart.models import SavedCart
from catalog.models import Category, Product

from .helpers import PASSWORD, SessionStore, add, session_of, sign_in

LINES = [1, 10, 100, min(1000, settings.CART_MAX_LINES)]

# Of a session in a database, and of a transaction.
get_model = getattr(SessionStore, "get_model_class", lambda: Session)
NOT_OURS = (get_model()._meta.db_table, "SAVEPOINT", "BEGIN", "COMMIT")


def queries(request: Callable[[], Any]) -> list[str]:
    """Return the queries that a request takes besides those for its session."""
    with CaptureQueriesContext(connection) as captured:
        request()
    every = [query["sql"] for query in captured]
    return [sql for sql in every if not any(word in sql for word in NOT_OURS)]


def warm(client: Client, address: str) -> Callable[[], HttpResponse]:
    """Return the request for a page that this process has rendered before."""
    client.get(address)
    return lambda: client.get(address)


def stock(number: int) -> list[str]:
    """Have that many products; return their SKUs, of 8 characters."""
    category = Category.objects.create(name="Many things", slug="many")
    skus = [f"SKU-{index:04}" for index in range(number)]
    Product.objects.bulk_create(
        Product(
            sku=sku, slug=sku.lower(), name=sku, price=Decimal(1), category=category
        )
        for sku in skus
    )
    return skus


# Queries


@pytest.mark.parametrize(
    "address",
    ["/", "/?category=tea-things", "/ru/", "/products/cup/", "/products/tin/"],
)
@pytest.mark.parametrize("has_cart", [False, True])
@pytest.mark.parametrize("is_user", [False, True])
def test_the_shop_takes_one_query_beside_those_for_session_and_user(
    client: Client,
    products: list[Product],
    alice: AbstractUser,
    address: str,
    has_cart: bool,
    is_user: bool,
) -> None:
    if has_cart:
        add(client, "CUP")
    if is_user:
        sign_in(client, alice)
    if has_cart or is_user:
        client.get("/cart/")  # which shows the messages
    assert len(queries(warm(client, address))) == 1 + is_user


@pytest.mark.parametrize(
    "address",
    [
        "/?page=01",
        "/?page=1&page=1",
        "/?page=1000",
        "/?category=tea-things&page=1&x=",
        "/?page=1&category=tea-things",
        "/products/cup/?gclid=1",
        "/products/cup/?&",
    ],
)
def test_of_addresses_that_visitors_make_up_no_page_is_kept(
    client: Client, products: list[Product], address: str
) -> None:
    assert any("catalog_product" in sql for sql in queries(warm(client, address)))


@pytest.mark.parametrize("lines", LINES)
def test_the_cart_takes_one_query_beside_the_session(
    client: Client, db: None, lines: int
) -> None:
    with session_of(client) as session:
        cart = dict.fromkeys(stock(lines), 1)
        session["cart"] = {"owner": None, "lines": cart}
    assert len(queries(warm(client, "/cart/"))) == 1


def test_the_cart_of_a_user_takes_three(
    client: Client, products: list[Product], alice: AbstractUser
) -> None:
    sign_in(client, alice)
    add(client, "CUP")
    client.get("/cart/")  # which shows the messages
    # The user, their cart, and what is new.
    assert len(queries(warm(client, "/cart/"))) == 3


def test_without_a_cart_a_page_takes_no_query_for_a_session(
    client: Client, products: list[Product]
) -> None:
    for address in ["/", "/products/cup/"]:
        page = warm(client, address)
        with CaptureQueriesContext(connection) as captured:
            response = page()
        assert len(captured) == 1
        assert settings.SESSION_COOKIE_NAME not in response.cookies


def test_an_add_takes_few_queries(
    client: Client, products: list[Product], alice: AbstractUser
) -> None:
    data = {"sku": "CUP", "quantity": 1}
    add(client, "CUP")
    assert len(queries(lambda: client.post("/cart/add/", data))) == 1
    sign_in(client, alice)
    # The product, the user, their cart as it is, and as it is then.
    assert len(queries(lambda: client.post("/cart/add/", data))) == 4


def test_carrying_a_cart_over_takes_three_queries_beside_the_session(
    client: Client, products: list[Product], alice: AbstractUser
) -> None:
    SavedCart.objects.create(user=alice, lines={"TIN": 3})
    add(client, "CUP")
    data = {"login": "alice", "password": PASSWORD}
    made = queries(lambda: client.post("/accounts/login/", data))
    # The cart as it is, what of it is sold, and the cart as it is then.
    assert len([sql for sql in made if "cart_" in sql or "catalog_" in sql]) == 3


# Calls of Python functions


def calls(function: Callable[[], Any]) -> int:
    """Return how many Python functions are called."""
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def calls_for_page(client: Client, address: str) -> int:
    """Return how many it takes to answer, once the page was rendered before.

    What the test client itself does around the site's handler is not counted.
    """
    cookies = "; ".join(f"{name}={item.value}" for name, item in client.cookies.items())
    environ = RequestFactory().get(address, headers={"cookie": cookies}).environ
    client.handler(environ)
    return calls(lambda: client.handler(environ))


def test_the_shop_window_is_hardly_any_work_for_a_visitor_without_cookies(
    client: Client, db: None
) -> None:
    stock(24)
    assert calls_for_page(client, "/") <= 500


@pytest.mark.parametrize(
    ("address", "limit"), [("/", 1200), ("/products/sku-0001/", 1800), ("/cart/", 2500)]
)
@pytest.mark.parametrize("signed_in", [False, True])
def test_a_page_is_little_work(
    client: Client, alice: AbstractUser, address: str, limit: int, signed_in: bool
) -> None:
    for sku in stock(24)[:3]:
        add(client, sku)
    if signed_in:
        sign_in(client, alice)
        limit *= 1.5
    client.get("/cart/")  # which shows the messages
    assert calls_for_page(client, address) <= limit


# Growth


def test_a_line_takes_few_bytes_of_the_session(db: None) -> None:
    lines = dict.fromkeys(stock(100), 12)
    sizes = [
        len(json.dumps(storage.entry_for(Cart(some), None), separators=(",", ":")))
        for some in ({}, lines)
    ]
    assert (sizes[1] - sizes[0]) / len(lines) <= 16


def test_a_sign_in_is_little_more_work_for_long_carts(alice: AbstractUser) -> None:
    most = LINES[-1]
    skus = stock(most)

    def work(lines: int) -> int:
        client = Client()
        cart = dict.fromkeys(skus[:lines], 1)
        SavedCart.objects.update_or_create(user=alice, defaults={"lines": cart})
        with session_of(client) as session:
            session["cart"] = {"owner": None, "lines": dict.fromkeys(cart, 2)}
        data = {"login": "alice", "password": PASSWORD}
        count = calls(lambda: client.post("/accounts/login/", data))
        assert SavedCart.objects.get().lines == dict.fromkeys(cart, 2)
        return count

    work(1)
    assert (work(most) - work(1)) / most <= 20
