"""An order is placed once, however often and in how many ways its form is sent."""

from threading import Thread

import pytest
from django.contrib.auth.models import AbstractUser
from django.core import mail
from django.core.cache import close_caches
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client

from cart import storage
from catalog.models import Product
from orders import payment
from orders.models import Order

from .helpers import add, cart_of, copy_of, messages_of, review, sign_in

pytestmark = pytest.mark.usefixtures("products")

ALREADY = ["This order is already placed. It counts only once."]


@pytest.fixture
def customer(client: Client, alice: AbstractUser) -> Client:
    """Alice, with two cups in her cart."""
    sign_in(client, alice)
    add(client, "CUP", 2)
    return client


def send(client: Client, form: dict[str, str]) -> HttpResponse:
    return client.post("/checkout/review/", form, follow=True)


def test_a_form_that_is_sent_again_takes_nothing_out_of_the_next_cart(
    customer: Client,
) -> None:
    form = review(customer)
    send(customer, form)
    add(customer, "CUP")
    send(customer, form)
    assert cart_of(customer) == {"CUP": 1}
    assert Order.objects.count() == 1


def test_a_form_that_is_sent_again_leads_to_the_same_order(customer: Client) -> None:
    form = review(customer)
    first, second = send(customer, form), send(customer, form)
    assert first.redirect_chain == second.redirect_chain
    assert messages_of(second) == ALREADY
    assert Order.objects.count() == 1


def test_of_two_tabs_with_the_same_order_the_second_finds_it(customer: Client) -> None:
    one, two = review(customer), review(customer)
    assert send(customer, one).redirect_chain == send(customer, two).redirect_chain
    assert Order.objects.count() == 1


def test_going_back_does_not_order_what_came_into_the_cart_since(
    customer: Client,
) -> None:
    form = review(customer)
    send(customer, form)
    add(customer, "TIN", follow=True)
    assert messages_of(send(customer, form)) == ALREADY
    assert cart_of(customer) == {"TIN": 1}
    assert Order.objects.count() == 1


def test_the_same_things_can_be_ordered_another_time(customer: Client) -> None:
    send(customer, review(customer))
    add(customer, "CUP", 2)
    send(customer, review(customer))
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("module", "name", "is_placed"),
    [(storage, "_copy", False), (payment, "begin", True)],
    ids=["before the order was placed", "after it"],
)
def test_the_form_can_be_sent_again_after_an_outage(
    customer: Client,
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    name: str,
    is_placed: bool,
) -> None:
    def fail(*args: object) -> None:
        raise OperationalError("the server went away")

    form = review(customer)
    with monkeypatch.context() as outage:
        outage.setattr(module, name, fail)
        assert send(customer, form).status_code == 503
    assert Order.objects.exists() == is_placed
    assert cart_of(customer) == ({} if is_placed else {"CUP": 2})
    assert send(customer, form).status_code == 200
    assert Order.objects.count() == 1
    assert cart_of(customer) == {}


@pytest.mark.django_db(transaction=True)
def test_of_forms_at_the_same_moment_one_places_the_order(
    customer: Client, products: list[Product]
) -> None:
    form = review(customer)
    pages = []

    def click(client: Client) -> None:
        response = client.post("/checkout/review/", form)
        pages.append((response.status_code, response.headers.get("Location")))
        close_caches()
        connection.close()

    clicks = [Thread(target=click, args=[copy_of(customer)]) for _ in range(6)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    order = Order.objects.get()
    assert pages == [(302, order.get_absolute_url())] * 6
    assert order.lines.get().quantity == 2
    assert len(mail.outbox) == 1
    assert cart_of(customer) == {}
