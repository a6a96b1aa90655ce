"""What becomes of the cart when its visitor signs in, by the form they would use."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import login
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from accounts.middleware import AuthenticationMiddleware
from cart.models import SavedCart
from catalog.models import Product

from .helpers import (
    PASSWORD,
    SessionStore,
    add,
    badge_of,
    cart_of,
    cookie_of,
    copy_of,
    messages_of,
    session_of,
    sign_in,
    sign_out,
    stored,
)

pytestmark = pytest.mark.usefixtures("products")


def save_cart(user: AbstractUser, **lines: int) -> None:
    SavedCart.objects.update_or_create(user=user, defaults={"lines": lines})


def saved_cart(user: AbstractUser) -> dict[str, int]:
    return SavedCart.objects.get(user=user).lines


# The plain case


def test_an_anonymous_cart_becomes_the_users(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    page = sign_in(client, alice, follow=True)
    assert page.wsgi_request.user == alice
    assert cart_of(client) == saved_cart(alice) == {"CUP": 2}
    assert badge_of(client) == 2
    assert stored(client)["cart"]["owner"] == str(alice.pk)


def test_signing_in_changes_the_session_key(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    before = cookie_of(client)
    sign_in(client, alice)
    assert cookie_of(client) != before


def test_the_visitor_is_told_that_the_cart_came_along(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    page = sign_in(client, alice, follow=True)
    assert "Your cart came with you: it has 2 items." in messages_of(page)


def test_one_item_is_spoken_of_as_one(client: Client, alice: AbstractUser) -> None:
    add(client, "CUP")
    page = sign_in(client, alice, follow=True)
    assert "Your cart came with you: it has 1 item." in messages_of(page)


def test_the_visitor_is_told_nothing_when_there_is_nothing_to_tell(
    client: Client, alice: AbstractUser
) -> None:
    save_cart(alice, CUP=1)
    page = sign_in(client, alice, follow=True)
    assert not [text for text in messages_of(page) if "cart" in text or "most" in text]


def test_a_user_without_any_cart_has_an_empty_one(
    client: Client, alice: AbstractUser
) -> None:
    page = sign_in(client, alice, follow=True)
    assert page.wsgi_request.user == alice
    assert cart_of(client) == {}


# Merging with a saved cart


def test_of_a_product_in_both_carts_the_larger_quantity_stays(
    client: Client, alice: AbstractUser
) -> None:
    save_cart(alice, CUP=1, POT=5)
    add(client, "CUP", 3)
    add(client, "POT", 2)
    add(client, "TIN", 1)
    sign_in(client, alice)
    assert cart_of(client) == saved_cart(alice) == {"CUP": 3, "POT": 5, "TIN": 1}


def test_signing_out_hides_the_cart_and_signing_in_brings_it_back(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    sign_in(client, alice)
    sign_out(client)
    assert badge_of(client) == 0
    assert cart_of(client) == {}
    sign_in(client, alice)
    assert badge_of(client) == 2
    assert cart_of(client) == {"CUP": 2}


def test_what_is_added_after_signing_out_is_merged_at_the_next_sign_in(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    sign_in(client, alice)
    sign_out(client)
    add(client, "CUP", 1)
    add(client, "POT", 1)
    sign_in(client, alice)
    assert cart_of(client) == {"CUP": 2, "POT": 1}


def test_a_second_device_shows_the_saved_cart(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    sign_in(client, alice)
    phone = Client()
    sign_in(phone, alice)
    assert badge_of(phone) == 2
    assert cart_of(phone) == {"CUP": 2}


def test_after_a_new_password_signing_in_brings_the_cart_back(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    sign_in(client, alice)
    alice.set_password("another secret")
    alice.save()
    assert badge_of(client) == 0
    assert cart_of(client) == {}
    sign_in(client, alice, password="another secret")
    assert cart_of(client) == {"CUP": 2}


# Twice, and at the same time


def test_the_same_user_signing_in_again_changes_nothing(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    client.force_login(alice)
    client.get("/cart/")  # which shows that it came along
    client.force_login(alice)
    assert messages_of(client.get("/cart/")) == []
    assert cart_of(client) == saved_cart(alice) == {"CUP": 2}


def test_a_cart_that_was_made_smaller_is_not_made_larger_by_signing_in_again(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    client.force_login(alice)
    client.post("/cart/set/", {"sku": "CUP", "quantity": 1})
    client.force_login(alice)
    assert cart_of(client) == {"CUP": 1}


def test_a_sign_in_form_sent_twice_counts_the_cart_once(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    double = copy_of(client)
    sign_in(client, alice)
    sign_in(double, alice)
    assert cart_of(client) == cart_of(double) == saved_cart(alice) == {"CUP": 2}


def test_two_sign_ins_at_the_same_moment_count_the_cart_once(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    requests = [HttpRequest(), HttpRequest()]
    for request in requests:
        request.session = SessionStore(cookie_of(client))
        assert "cart" in request.session  # both have read it before one signs in
    for request in requests:
        login(request, alice)
    for request in requests:
        assert request.session["cart"]["lines"] == {"CUP": 2}
    assert saved_cart(alice) == {"CUP": 2}


# Another user at the same browser


def test_the_next_user_gets_nothing_of_the_last_one(
    client: Client, alice: AbstractUser, bob: AbstractUser
) -> None:
    add(client, "CUP", 2)
    sign_in(client, alice)
    sign_out(client)
    sign_in(client, bob)
    assert badge_of(client) == 0
    assert cart_of(client) == {}
    assert saved_cart(alice) == {"CUP": 2}


def test_another_user_on_a_live_session_gets_nothing_of_it(
    client: Client, alice: AbstractUser, bob: AbstractUser
) -> None:
    save_cart(bob, POT=1)
    add(client, "CUP", 2)
    client.force_login(alice)
    client.force_login(bob)
    assert cart_of(client) == saved_cart(bob) == {"POT": 1}
    assert saved_cart(alice) == {"CUP": 2}


def test_a_session_that_kept_another_users_cart_does_not_hand_it_over(
    client: Client, alice: AbstractUser, bob: AbstractUser
) -> None:
    with session_of(client) as session:
        session["cart"] = {"owner": str(alice.pk), "lines": {"CUP": 2}}
    save_cart(bob, POT=1)
    page = sign_in(client, bob, follow=True)
    assert cart_of(client) == {"POT": 1}
    assert not any("came with you" in text for text in messages_of(page))
    assert not SavedCart.objects.filter(lines__has_key="CUP").exists()


@pytest.fixture(params=["deactivated", "deleted"])
def gone(client: Client, alice: AbstractUser, request: Any) -> Iterator[str]:
    """Alice's account is no more, but her session still is in the browser."""
    add(client, "CUP", 2)
    sign_in(client, alice)
    with session_of(client) as session:
        session["note"] = "Alice's"
    if request.param == "deleted":
        alice.delete()
    else:
        alice.is_active = False
        alice.save()
    return request.param


def test_nobody_sees_anything_of_a_user_who_is_gone(client: Client, gone: str) -> None:
    page = client.get("/")
    assert page.wsgi_request.user.is_anonymous
    assert badge_of(client) == 0
    assert cart_of(client) == {}
    assert client.session.is_empty()


def test_after_a_user_who_is_gone_another_takes_along_only_their_own(
    client: Client, gone: str, bob: AbstractUser
) -> None:
    save_cart(bob, TIN=1)
    add(client, "POT")
    assert cart_of(client) == {"POT": 1}
    sign_in(client, bob)
    assert cart_of(client) == saved_cart(bob) == {"POT": 1, "TIN": 1}
    assert "note" not in client.session


def test_right_after_a_user_who_is_gone_another_signs_in(
    client: Client, gone: str, bob: AbstractUser
) -> None:
    page = sign_in(client, bob, follow=True)
    assert page.wsgi_request.user == bob
    assert cart_of(client) == {}
    assert "note" not in client.session


def test_asynchronous_views_see_nothing_of_a_user_who_is_gone(
    client: Client, gone: str
) -> None:
    request = HttpRequest()
    request.session = SessionStore(cookie_of(client))
    AuthenticationMiddleware(lambda request: None).process_request(request)
    assert async_to_sync(request.auser)().is_anonymous
    assert request.session.is_empty()


def test_asynchronous_views_see_the_user(client: Client, alice: AbstractUser) -> None:
    sign_in(client, alice)
    request = HttpRequest()
    request.session = SessionStore(cookie_of(client))
    AuthenticationMiddleware(lambda request: None).process_request(request)
    assert async_to_sync(request.auser)() == alice
    assert "note" not in request.session
    assert not request.session.is_empty()


# What cannot stay


@pytest.mark.parametrize("where", ["anonymous", "saved"])
def test_a_product_that_is_gone_is_left_out_and_named(
    client: Client, alice: AbstractUser, where: str
) -> None:
    if where == "anonymous":
        add(client, "CUP", 2)
    else:
        save_cart(alice, CUP=2)
    add(client, "POT")
    Product.objects.filter(sku="CUP").update(active=False)
    page = sign_in(client, alice, follow=True)
    assert cart_of(client) == saved_cart(alice) == {"POT": 1}
    told = messages_of(page)
    assert "Your cart came with you: it has 1 item." in told
    assert "No longer available, so removed from your cart: Cup." in told
    assert not any("cart is full" in text for text in told)


def test_each_product_that_was_deleted_is_named_by_its_sku(
    client: Client, alice: AbstractUser
) -> None:
    skus = [f"OLD-{number:02}" for number in range(40)]
    save_cart(alice, **dict.fromkeys(skus, 1))
    add(client, "CUP", 2)
    Product.objects.filter(sku="CUP").delete()
    page = sign_in(client, alice, follow=True)
    assert cart_of(client) == {}
    names = ", ".join(["CUP", *skus])
    text = f"No longer available, so removed from your cart: {names}."
    assert text in messages_of(page)


@pytest.mark.parametrize("entry", [{"owner": None}, {"owner": None, "lines": {}}])
def test_an_empty_cart_did_not_come_along(
    client: Client, alice: AbstractUser, entry: dict[str, Any]
) -> None:
    save_cart(alice, CUP=1)
    with session_of(client) as session:
        session["cart"] = entry
    page = sign_in(client, alice, follow=True)
    assert cart_of(client) == {"CUP": 1}
    assert not any("came with you" in text for text in messages_of(page))


def test_a_quantity_above_the_limit_is_lowered_and_the_product_named(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    save_cart(alice, CUP=8, POT=5)
    settings.CART_MAX_QUANTITY = 5
    page = sign_in(client, alice, follow=True)
    assert cart_of(client) == saved_cart(alice) == {"CUP": 5, "POT": 5}
    assert (
        "You can order at most 5 of one product, so that is the quantity now: Cup."
        in messages_of(page)
    )


def test_lines_beyond_the_limit_are_left_out_and_named(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    settings.CART_MAX_LINES = 2
    save_cart(alice, POT=1, TIN=1)
    add(client, "CUP")
    page = sign_in(client, alice, follow=True)
    assert cart_of(client) == saved_cart(alice) == {"CUP": 1, "POT": 1}
    text = "Your cart is full, so these were removed from it: Tin."
    assert text in messages_of(page)
    assert not any("No longer available" in text for text in messages_of(page))


# When something breaks


@pytest.mark.parametrize("part", ["Product", "storage", "_tell"])
def test_a_fault_in_the_carry_over_keeps_nobody_from_signing_in_and_loses_nothing(
    client: Client,
    alice: AbstractUser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    part: str,
) -> None:
    save_cart(alice, POT=1)
    add(client, "CUP", 2)
    with monkeypatch.context() as broken:
        broken.setattr(f"cart.signals.{part}", None)
        page = sign_in(client, alice, follow=True)
    assert page.wsgi_request.user == alice
    assert "carry_over_cart failed at sign-in" in caplog.text
    assert cart_of(client) == saved_cart(alice) == {"CUP": 2, "POT": 1}
    assert badge_of(client) == 3


def test_a_wrong_password_leaves_the_cart_where_it_is(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    data = {"login": "alice", "password": f"not {PASSWORD}"}
    page = client.post("/accounts/login/", data)
    assert page.status_code == 200
    assert page.wsgi_request.user.is_anonymous
    assert cart_of(client) == {"CUP": 2}
    assert not SavedCart.objects.exists()


def test_of_a_cart_of_which_nothing_is_left_it_is_not_said_that_it_came_along(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", follow=True)
    Product.objects.filter(sku="CUP").update(active=False)
    texts = " ".join(messages_of(sign_in(client, alice, follow=True)))
    assert "No longer available" in texts
    assert "came with you" not in texts


@pytest.mark.parametrize("lines", [{"CUP": 1, "GONE": 1}, {"CUP": 1000}])
def test_the_cart_is_carried_over_where_nobody_can_be_told(
    client: Client, alice: AbstractUser, lines: dict[str, int]
) -> None:
    with session_of(client) as session:
        session["cart"] = {"owner": None, "lines": lines}
    client.force_login(alice)  # by a request without messages
    assert SavedCart.objects.get(user=alice).lines == {"CUP": min(lines["CUP"], 99)}


@pytest.mark.parametrize("address", ["/", "/orders/", "/accounts/email/"])
def test_every_page_has_the_shops_name_the_users_and_the_carts_number(
    client: Client, alice: AbstractUser, settings: Settings, address: str
) -> None:
    settings.SITE_NAME = "Tea & Things"
    sign_in(client, alice)
    add(client, "CUP", 2)
    html = client.get(address).text
    assert "Tea &amp; Things</title>" in html
    assert '<span class="user-name">alice</span>' in html
    assert re.search(r'data-testid="cart-count"[^>]*>2<', html)
