"""The way from the cart to an order, and the orders that a user has placed."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth.models import AbstractUser
from django.core import mail, signing
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from catalog.models import Product
from orders.forms import SALT
from orders.models import Checkout, Order

from .helpers import (
    ADDRESS,
    PASSWORD,
    add,
    badge_of,
    cart_of,
    messages_of,
    review,
    sign_in,
    sign_out,
    stored,
    undo_of,
)

pytestmark = pytest.mark.usefixtures("products")


@pytest.fixture
def customer(client: Client, alice: AbstractUser) -> Client:
    """Alice, with two cups and a tin in her cart."""
    sign_in(client, alice)
    add(client, "CUP", 2)
    add(client, "TIN")
    return client


def place(client: Client, form: dict[str, str] | None = None) -> HttpResponse:
    """Press the button at the end of the checkout; return the page that follows."""
    form = review(client) if form is None else form
    return client.post("/checkout/review/", form, follow=True)


def queries_of(call: Callable[[], HttpResponse]) -> int:
    """Return how many queries it takes, beside those of the session.

    An engine with a cache has more of these once a copy has had its time.
    """
    with CaptureQueriesContext(connection) as queries:
        call()
    return sum("session" not in query["sql"] for query in queries)


def reasons_of(response: HttpResponse) -> str:
    return " ".join(response.context["reasons"])


# From the cart to the review


def test_a_guest_signs_in_on_the_way_and_the_cart_comes_along(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2, follow=True)
    response = client.get("/checkout/", follow=True)
    assert response.redirect_chain == [("/accounts/login/?next=/checkout/", 302)]
    assert "Your cart comes with you." in messages_of(response)[0]
    response = sign_in(client, alice, follow=True, next="/checkout/")
    assert response.request["PATH_INFO"] == "/checkout/"
    assert response.context["total"] == Decimal("16.00")
    assert cart_of(client) == {"CUP": 2}


def test_a_guest_signs_up_on_the_way_and_the_cart_comes_along(client: Client) -> None:
    add(client, "CUP", 2)
    page = client.get("/checkout/", follow=True).content.decode()
    assert 'href="/accounts/signup/?next=%2Fcheckout%2F"' in page
    data = {
        **{"email": "carol@example.com", "username": "carol", "next": "/checkout/"},
        **{"password1": PASSWORD, "password2": PASSWORD},
    }
    response = client.post("/accounts/signup/", data, follow=True)
    assert response.request["PATH_INFO"] == "/checkout/"
    place(client)
    assert Order.objects.get().user.username == "carol"


@pytest.mark.parametrize("address", ["/checkout/", "/checkout/review/"])
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_without_anything_in_the_cart_there_is_nothing_to_order(
    client: Client, alice: AbstractUser, address: str, is_signed_in: bool
) -> None:
    if is_signed_in:
        sign_in(client, alice)
    for response in (client.get(address), client.post(address, ADDRESS)):
        assert response.status_code == 200
        html = response.content.decode()
        assert "There is nothing to order" in html
        # Whose session has ended may have a cart all the same.
        sign_in_link = 'your cart is saved. <a href="/accounts/login/?next=/checkout/">'
        assert (sign_in_link in html) == (not is_signed_in)
    assert not Checkout.objects.exists()


def test_the_review_asks_for_the_address_first(customer: Client) -> None:
    assert customer.get("/checkout/review/")["Location"] == "/checkout/"


def test_the_review_shows_what_will_be_ordered(customer: Client) -> None:
    page = customer.post("/checkout/", ADDRESS, follow=True)
    lines = [(line.name, line.quantity, line.total) for line in page.context["lines"]]
    assert lines == [("Cup", 2, Decimal("16.00")), ("Tin", 1, Decimal("4.95"))]
    html = page.content.decode()
    assert "€20.95" in html
    assert all(text in html for text in ADDRESS.values())
    assert "alice@example.com" in html


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("full_name", "", "required"),
        ("street", " ", "required"),
        ("postal_code", "", "required"),
        ("city", "", "required"),
        ("country", "", "required"),
        ("city", "x" * 101, "at most 100"),
        ("phone", "1\x00", "Null characters"),
        ("full_name", "You won!\r\n\r\nhttps://example.com", "single line"),
        ("street", "Rabbit\u2028hole", "single line"),
    ],
)
def test_an_address_with_a_fault_is_not_kept_and_the_fault_is_at_its_field(
    customer: Client, name: str, value: str, reason: str
) -> None:
    response = customer.post("/checkout/", {**ADDRESS, name: value})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [name]
    assert reason in response.context["form"].errors[name][0]
    assert f'aria-describedby="id_{name}_error"' in response.content.decode()
    assert not Checkout.objects.exists()


def test_the_first_order_suggests_the_users_name(
    customer: Client, alice: AbstractUser
) -> None:
    alice.first_name, alice.last_name = "Alice", "Liddell"
    alice.save()
    assert 'value="Alice Liddell"' in customer.get("/checkout/").content.decode()


def test_the_next_order_suggests_the_address_of_the_last(customer: Client) -> None:
    place(customer)
    add(customer, "POT")
    html = customer.get("/checkout/").content.decode()
    assert all(f'value="{text}"' in html for text in ADDRESS.values())


def test_a_lower_limit_holds_for_what_is_in_the_cart_already(
    customer: Client, settings: Settings
) -> None:
    # That of lines is the cart's: whoever has more in it can still order them.
    settings.CART_MAX_QUANTITY = settings.CART_MAX_LINES = 1
    form = review(customer)
    place(customer, form)
    assert [line.quantity for line in Order.objects.get().lines.all()] == [1, 1]


def test_nobody_elses_address_is_suggested(customer: Client, bob: AbstractUser) -> None:
    place(customer)
    sign_out(customer)
    add(customer, "POT")
    sign_in(customer, bob)
    assert "Rabbit" not in customer.get("/checkout/").content.decode()


def test_the_address_is_not_in_the_session(customer: Client) -> None:
    review(customer)
    assert "Rabbit" not in str(stored(customer))


# The order


def test_an_order_is_what_was_in_the_cart(
    customer: Client, alice: AbstractUser
) -> None:
    response = place(customer)
    order = Order.objects.get()
    assert response.redirect_chain == [(f"/orders/{order.number}/", 302)]
    assert messages_of(response) == ["Thank you! Your order has been placed."]
    assert order.user == alice
    assert order.email == "alice@example.com"
    assert order.status == Order.Status.PLACED
    assert {name: getattr(order, name) for name in ADDRESS} == ADDRESS
    assert list(order.lines.values_list("sku", "name", "price", "quantity")) == [
        ("CUP", "Cup", Decimal("8.00"), 2),
        ("TIN", "Tin", Decimal("4.95"), 1),
    ]
    assert order.total == Decimal("20.95")
    assert cart_of(customer) == {}
    assert badge_of(customer) == 0


def test_an_order_stays_as_it_was(customer: Client, alice: AbstractUser) -> None:
    place(customer)
    Product.objects.filter(sku="CUP").update(name="Mug", price=Decimal("99.00"))
    Product.objects.filter(sku="TIN").delete()
    html = customer.get(Order.objects.get().get_absolute_url()).content.decode()
    assert "Cup" in html and "Tin" in html and "€20.95" in html
    alice.delete()
    assert Order.objects.get().total == Decimal("20.95")


def make_sold_out(tin: Product) -> None:
    tin.in_stock = False
    tin.save()


def make_inactive(tin: Product) -> None:
    tin.active = False
    tin.save()


GONE = [make_sold_out, make_inactive, Product.delete]


@pytest.mark.parametrize("make_gone", GONE)
def test_what_cannot_be_had_is_not_ordered_and_stays_in_the_cart(
    customer: Client, make_gone: Callable[[Product], None]
) -> None:
    make_gone(Product.objects.get(sku="TIN"))
    page = customer.post("/checkout/", ADDRESS, follow=True)
    name = "TIN" if make_gone is Product.delete else "Tin"
    assert f"stays in your cart: {name}<" in page.content.decode()
    assert page.context["total"] == Decimal("16.00")
    place(customer)
    assert [line.sku for line in Order.objects.get().lines.all()] == ["CUP"]
    assert cart_of(customer) == {"TIN": None}


def test_where_nothing_can_be_had_there_is_nothing_to_order(customer: Client) -> None:
    form = review(customer)
    Product.objects.update(in_stock=False)
    for response in (customer.get("/checkout/"), place(customer, form)):
        assert "is available at the moment" in response.content.decode()
    assert not Order.objects.exists()
    assert cart_of(customer) == {"CUP": None, "TIN": None}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda client: Product.objects.filter(sku="CUP").update(price="9.50"),
            "Cup now costs €9.50, not €8.00.",
        ),
        (
            lambda client: Product.objects.filter(sku="CUP").update(name="Red cup"),
            "Cup is now called Red cup.",
        ),
        (
            lambda client: Product.objects.filter(sku="CUP").update(in_stock=False),
            "Cup is no longer in the order.",
        ),
        (
            lambda client: Product.objects.filter(sku="CUP").delete(),
            "Cup is no longer in the order.",
        ),
        (lambda client: add(client, "POT"), "Teapot is new in the order."),
        (lambda client: add(client, "CUP"), "Cup: the quantity is now 3, not 2."),
        (lambda client: review(client, city="London"), "The address has changed."),
    ],
    ids=["price", "name", "sold out", "deleted", "new", "quantity", "address"],
)
def test_nothing_is_ordered_that_the_customer_has_not_seen(
    customer: Client, change: Callable[[Client], None], reason: str
) -> None:
    form = review(customer)
    change(customer)
    cart = cart_of(customer)
    response = place(customer, form)
    assert response.status_code == 409
    assert reasons_of(response) == reason
    assert reason in response.content.decode()
    assert not Order.objects.exists()
    assert cart_of(customer) == cart
    place(customer, response.context["form"].initial)
    assert Order.objects.get().total == response.context["total"]


@pytest.mark.parametrize(
    "forged",
    [
        {"token": ""},
        {"token": "1"},
        {"token": "00000000-0000-0000-0000-000000000000"},
        {"seen": ""},
        {"seen": "nonsense"},
        {"seen": "e30:1:x"},
    ],
    ids=str,
)
def test_a_forged_form_orders_nothing(customer: Client, forged: dict[str, str]) -> None:
    response = place(customer, {**review(customer), **forged})
    assert response.status_code == 409
    assert not Order.objects.exists()


def test_nobody_sees_another_users_address(customer: Client, bob: AbstractUser) -> None:
    Checkout.objects.create(user=bob, **{**ADDRESS, "street": "1 Bob Street"})
    page = customer.get("/checkout/review/", follow=True)
    assert b"1 Bob Street" not in page.content
    review(customer)
    assert b"1 Bob Street" not in customer.get("/checkout/review/").content


def test_what_has_become_less_is_spoken_of_too(customer: Client) -> None:
    form = review(customer)
    Product.objects.filter(sku="CUP").update(price="7.00")
    assert place(customer, form).status_code == 409
    form = review(customer)
    customer.post("/cart/set/", {"sku": "CUP", "quantity": 1})
    assert place(customer, form).status_code == 409
    assert not Order.objects.exists()


def test_a_form_of_an_older_release_orders_nothing(customer: Client) -> None:
    seen = signing.dumps({"CUP": ["Cup"]}, salt=SALT)
    response = place(customer, {**review(customer), "seen": seen})
    assert response.status_code == 409
    assert not Order.objects.exists()


def test_nobody_orders_with_another_users_form(
    customer: Client, bob: AbstractUser
) -> None:
    form = review(customer)
    place(customer, form)
    other = Client()
    sign_in(other, bob)
    add(other, "CUP", 2)
    add(other, "TIN")
    review(other)
    assert place(other, form).status_code == 409
    assert Order.objects.count() == 1


def test_a_long_order_takes_as_many_queries_as_a_short_one(customer: Client) -> None:
    counts = []
    for skus in (["CUP"], ["CUP", "POT", "TIN"]):
        customer.post("/cart/clear/")
        for sku in skus:
            add(customer, sku)
        form = review(customer)
        counts.append(queries_of(partial(customer.post, "/checkout/review/", form)))
    assert Order.objects.count() == 2
    assert counts[0] == counts[1] < 20


# The confirmation


@pytest.mark.django_db(transaction=True)
def test_the_customer_gets_a_mail(customer: Client) -> None:
    place(customer, review(customer, full_name="Anne & <Bob>"))
    order = Order.objects.get()
    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    assert order.number in message.subject
    assert f"http://testserver/orders/{order.number}/" in message.body
    for text in ["2 × Cup: €16.00", "Total: €20.95", "Anne & <Bob>", "Llanfair"]:
        assert text in message.body


@pytest.mark.django_db(transaction=True)
def test_without_an_address_there_is_no_mail(
    customer: Client, alice: AbstractUser
) -> None:
    alice.email = ""
    alice.save()
    place(customer)
    assert Order.objects.exists()
    assert not mail.outbox


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_cannot_be_sent_fails_no_order(
    customer: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*args: object) -> None:
        # A mail server that does not answer keeps nobody from the database.
        assert not connection.in_atomic_block
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("orders.mail.send_mail", refuse)
    response = place(customer)
    assert messages_of(response) == ["Thank you! Your order has been placed."]
    assert "a mail could not be sent: order" in caplog.text
    assert "no mail server" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_nor_does_a_fault_in_the_mail(
    customer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise LookupError("no such template")

    monkeypatch.setattr("orders.mail.render_to_string", fail)
    assert messages_of(place(customer)) == ["Thank you! Your order has been placed."]


# The orders of a user


def test_users_see_their_orders_the_latest_first(customer: Client) -> None:
    place(customer)
    add(customer, "POT")
    place(customer)
    html = customer.get("/orders/").content.decode()
    assert 0 < html.index("€32.50") < html.index("€20.95")


def test_nobody_sees_anyone_elses_orders(customer: Client, bob: AbstractUser) -> None:
    place(customer)
    order = Order.objects.get()
    sign_out(customer)
    for address in ["/orders/", order.get_absolute_url()]:
        response = customer.get(address)
        assert response["Location"] == f"/accounts/login/?next={address}"
    sign_in(customer, bob)
    assert customer.get(order.get_absolute_url()).status_code == 404
    html = customer.get("/orders/").content.decode()
    assert "You have not ordered anything yet." in html
    assert order.number not in html


@pytest.mark.parametrize("number", ["nothing", "%00", "7F3K2-92MDX"])
def test_an_order_that_there_is_not(customer: Client, number: str) -> None:
    assert customer.get(f"/orders/{number}/").status_code == 404


def test_a_long_list_takes_as_many_queries_as_a_short_one(customer: Client) -> None:
    counts = []
    for sku in ["CUP", "POT", "TIN"]:
        add(customer, sku)
        place(customer)
        counts.append(queries_of(partial(customer.get, "/orders/")))
    assert counts[0] == counts[1] == counts[2] < 10


def test_a_long_list_of_orders_has_pages(
    customer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.views.ORDERS_PER_PAGE", 1)
    place(customer)
    add(customer, "POT")
    place(customer)
    assert "€20.95" not in customer.get("/orders/").content.decode()
    assert "€20.95" in customer.get("/orders/?page=2").content.decode()


def test_who_was_signed_out_meanwhile_is_asked_to_sign_in(customer: Client) -> None:
    form = review(customer)
    sign_out(customer)
    add(customer, "CUP")
    response = customer.post("/checkout/review/", form)
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/checkout/review/"
    assert not Order.objects.exists()


def test_what_the_cart_has_signed_is_no_order_that_was_seen(customer: Client) -> None:
    undo = undo_of(customer.post("/cart/remove/", {"sku": "TIN"}))
    form = {**review(customer), "seen": undo["lines"]}
    assert customer.post("/checkout/review/", form).status_code == 409
    assert not Order.objects.exists()
