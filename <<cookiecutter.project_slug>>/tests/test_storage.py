"""Where a cart is kept, and what a change to it does there."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as DjangoSessionStore
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from cart import storage
from cart.cart import Cart
from cart.contents import contents
from cart.models import SavedCart
from catalog.models import Product

from .helpers import SessionStore, add, badge_of, cart_of, session_of, sign_in, stored

Visit = Callable[..., SimpleNamespace]


@pytest.fixture
def visit(db: None) -> Visit:
    """Return a request of a visitor with a session that has nothing in it."""

    def make(user: Any = None, **session: Any) -> SimpleNamespace:
        store = SessionStore()
        store.update(session)
        store.modified = False
        return SimpleNamespace(session=store, user=user or AnonymousUser())

    return make


def saved_lines(user: AbstractUser) -> dict[str, int]:
    return SavedCart.objects.get(user=user).lines


def add_one(sku: str) -> storage.Operation:
    return lambda cart: cart.add(sku, 1)


def refuse(cart: Cart) -> Cart:
    raise ValueError("refused")


# Anonymous visitors


def test_an_anonymous_cart_is_in_the_session_and_has_no_owner(visit: Visit) -> None:
    request = visit()
    cart = storage.change(request, add_one("CUP"))
    assert cart.lines == {"CUP": 1}
    assert request.session["cart"] == {"owner": None, "lines": {"CUP": 1}}
    assert request.session.modified
    assert storage.load(request) == cart
    assert not SavedCart.objects.exists()


def test_a_change_begins_with_what_is_there(visit: Visit) -> None:
    request = visit()
    storage.change(request, add_one("CUP"))
    assert storage.change(request, add_one("POT")).lines == {"CUP": 1, "POT": 1}


def test_looking_at_no_cart_writes_nothing(visit: Visit) -> None:
    request = visit()
    assert not storage.load(request)
    assert storage.count(request) == 0
    assert not request.session.modified
    assert request.session.is_empty()


def test_clearing_no_cart_writes_nothing(visit: Visit) -> None:
    request = visit()
    storage.change(request, Cart.clear)
    assert not request.session.modified


def test_taking_out_the_last_line_leaves_no_cart_in_the_session(visit: Visit) -> None:
    request = visit()
    storage.change(request, add_one("CUP"))
    storage.change(request, lambda cart: cart.remove("CUP"))
    assert request.session.is_empty()


def test_a_change_that_changes_nothing_does_not_save_the_session(visit: Visit) -> None:
    request = visit(cart={"owner": None, "lines": {"CUP": 1}})
    storage.change(request, lambda cart: cart.set("CUP", 1))
    assert not request.session.modified


def test_a_refused_change_leaves_an_anonymous_cart_as_it_was(visit: Visit) -> None:
    entry = {"owner": None, "lines": {"CUP": 1}}
    request = visit(cart=entry)
    with pytest.raises(ValueError, match="refused"):
        storage.change(request, refuse)
    assert request.session["cart"] == entry
    assert not request.session.modified


def test_the_cart_is_stored_with_the_session(
    client: Client, products: list[Product]
) -> None:
    add(client, "CUP", 2)
    entry = stored(client)["cart"]
    assert time.time() - 60 < entry.pop("since") < time.time()
    assert entry == {"owner": None, "lines": {"CUP": 2}}


def test_a_carts_times_are_kept_to_the_microsecond(
    visit: Visit, alice: AbstractUser
) -> None:
    since = datetime(2030, 4, 1, 12, 30, 15, 123457, tzinfo=UTC)
    times = {"POT": since + timedelta(days=1, microseconds=1)}
    expected = Cart({"CUP": 1, "POT": 1}, since=since, times=times)
    for request in [visit(), visit(alice)]:
        storage.change(request, lambda cart: expected)
        assert storage.glance(request) == expected
        assert storage.load(request) == expected


@pytest.mark.parametrize("since", [None, "", "x", [], 1e300, float("nan"), -1e18])
def test_a_time_that_is_none_is_left_out(visit: Visit, since: Any) -> None:
    entry = {"owner": None, "lines": {"CUP": 1}, "since": since, "times": {"CUP": 1e9}}
    request = visit(cart=entry)
    cart = storage.load(request)
    assert (cart.lines, cart.since, cart.times) == ({"CUP": 1}, None, {})


@pytest.mark.parametrize("times", [[], "x", {"CUP": None}, {"CUP": "x"}, {"POT": 2e9}])
def test_a_lines_time_that_is_none_is_left_out(visit: Visit, times: Any) -> None:
    entry = {"owner": None, "lines": {"CUP": 1}, "since": 1e9, "times": times}
    cart = storage.load(visit(cart=entry))
    assert (cart.lines, cart.times) == ({"CUP": 1}, {})
    assert cart.since


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/products/cup/",
        "/cart/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/logout/",
        "/accounts/password/reset/",
        "/accounts/sessions/",
        "/accounts/confirm-email/key/",
    ],
)
def test_someone_who_only_looks_around_gets_no_session(
    client: Client, products: list[Product], settings: Settings, address: str
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    response = client.get(address, follow=True)
    assert response.status_code == 200
    assert settings.SESSION_COOKIE_NAME not in client.cookies


# Signed-in users


def test_a_users_cart_is_saved_and_the_session_has_a_copy(
    visit: Visit, alice: AbstractUser
) -> None:
    request = visit(alice)
    cart = storage.change(request, add_one("CUP"))
    assert cart.lines == {"CUP": 1}
    assert saved_lines(alice) == {"CUP": 1}
    assert request.session["cart"] == {"owner": str(alice.pk), "lines": {"CUP": 1}}


def test_what_is_saved_counts_not_the_copy(visit: Visit, alice: AbstractUser) -> None:
    SavedCart.objects.create(user=alice, lines={"POT": 3})
    stale = {"owner": str(alice.pk), "lines": {"CUP": 1}}
    assert storage.load(visit(alice, cart=stale)).lines == {"POT": 3}
    changed = storage.change(visit(alice, cart=stale), add_one("TIN"))
    assert changed.lines == {"POT": 3, "TIN": 1}
    assert saved_lines(alice) == {"POT": 3, "TIN": 1}


def test_looking_at_the_cart_brings_the_copy_up_to_date(
    visit: Visit, alice: AbstractUser
) -> None:
    SavedCart.objects.create(user=alice, lines={"POT": 3})
    stale = {"owner": str(alice.pk), "lines": {"CUP": 1}}
    request = visit(alice, cart=stale)
    assert storage.count(request) == 1
    storage.load(request)
    assert storage.count(request) == 3
    assert request.session["cart"] == {"owner": str(alice.pk), "lines": {"POT": 3}}


def test_looking_at_a_cart_that_is_up_to_date_writes_nothing(
    visit: Visit, alice: AbstractUser
) -> None:
    SavedCart.objects.create(user=alice, lines={"POT": 3})
    request = visit(alice, cart={"owner": str(alice.pk), "lines": {"POT": 3}})
    storage.load(request)
    assert not request.session.modified


def test_neither_does_it_with_an_engine_of_djangos_own(alice: AbstractUser) -> None:
    SavedCart.objects.create(user=alice, lines={"POT": 3})
    request = SimpleNamespace(session=DjangoSessionStore(), user=alice)
    assert storage.load(request).lines == {"POT": 3}
    assert request.session["cart"] == {"owner": str(alice.pk), "lines": {"POT": 3}}
    request.session.modified = False
    storage.load(request)
    assert not request.session.modified


def test_that_a_user_has_nothing_in_the_cart_is_in_the_session_too(
    visit: Visit,
    alice: AbstractUser,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    request = visit(alice)
    storage.load(request)
    with django_assert_num_queries(0):
        assert storage.count(request) == 0


def test_a_change_that_changes_nothing_does_not_save_the_saved_cart(
    visit: Visit, alice: AbstractUser
) -> None:
    saved = SavedCart.objects.create(user=alice, lines={"POT": 3})
    storage.change(visit(alice), lambda cart: cart)
    assert SavedCart.objects.get(user=alice).updated == saved.updated


def test_the_number_in_the_header_costs_no_query(
    visit: Visit,
    alice: AbstractUser,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for request in [
        visit(),
        visit(cart={"owner": None, "lines": {"CUP": 2}}),
        visit(alice, cart={"owner": str(alice.pk), "lines": {"CUP": 2}}),
    ]:
        with django_assert_num_queries(0):
            storage.count(request)


def test_the_number_in_the_header_is_of_the_users_own_cart(
    visit: Visit, alice: AbstractUser, bob: AbstractUser
) -> None:
    SavedCart.objects.create(user=alice, lines={"POT": 3})
    of_bob = {"owner": str(bob.pk), "lines": {"CUP": 1}}
    assert storage.count(visit(alice)) == 3
    assert storage.count(visit(alice, cart=of_bob)) == 3
    assert storage.count(visit(cart=of_bob)) == 0


def test_another_users_cart_in_the_session_is_not_read(
    visit: Visit, alice: AbstractUser, bob: AbstractUser
) -> None:
    of_bob = {"owner": str(bob.pk), "lines": {"CUP": 1}}
    assert storage.load(visit(alice, cart=of_bob)).lines == {}
    assert storage.change(visit(alice, cart=of_bob), add_one("POT")).lines == {"POT": 1}
    assert storage.load(visit(cart=of_bob)).lines == {}
    assert storage.change(visit(cart=of_bob), add_one("POT")).lines == {"POT": 1}


def test_a_refused_change_leaves_a_saved_cart_as_it_was(
    visit: Visit, alice: AbstractUser
) -> None:
    SavedCart.objects.create(user=alice, lines={"POT": 3})
    request = visit(alice, cart={"owner": None, "lines": {"CUP": 1}})
    with pytest.raises(ValueError, match="refused"):
        storage.change(request, refuse)
    assert saved_lines(alice) == {"POT": 3}
    assert request.session["cart"] == {"owner": None, "lines": {"CUP": 1}}


def test_a_refused_change_makes_no_saved_cart(
    visit: Visit, alice: AbstractUser
) -> None:
    with pytest.raises(ValueError, match="refused"):
        storage.change(visit(alice), refuse)
    assert not SavedCart.objects.exists()


@pytest.mark.parametrize(
    "act",
    [storage.load, storage.count, lambda request: storage.change(request, lambda c: c)],
    ids=["load", "count", "change"],
)
def test_a_cart_that_was_not_carried_over_at_sign_in_is_carried_over_later(
    visit: Visit, alice: AbstractUser, act: Callable[[Any], Any]
) -> None:
    SavedCart.objects.create(user=alice, lines={"CUP": 3, "POT": 1})
    request = visit(alice, cart={"owner": None, "lines": {"CUP": 1, "TIN": 2}})
    act(request)
    lines = {"CUP": 3, "POT": 1, "TIN": 2}
    assert saved_lines(alice) == lines
    assert request.session["cart"] == {"owner": str(alice.pk), "lines": lines}


def test_a_change_by_a_user_begins_with_what_was_not_carried_over(
    visit: Visit, alice: AbstractUser
) -> None:
    request = visit(alice, cart={"owner": None, "lines": {"CUP": 1}})
    assert storage.change(request, add_one("CUP")).lines == {"CUP": 2}


def test_two_devices_of_one_user_have_the_same_cart(
    products: list[Product], alice: AbstractUser
) -> None:
    laptop, phone = Client(), Client()
    sign_in(laptop, alice)
    sign_in(phone, alice)
    add(laptop, "CUP")
    add(phone, "POT", 2)
    assert cart_of(laptop) == cart_of(phone) == {"CUP": 1, "POT": 2}
    assert badge_of(laptop) == badge_of(phone) == 3


@pytest.mark.django_db(transaction=True)
def test_of_additions_at_the_same_moment_on_several_devices_none_is_lost(
    alice: AbstractUser, visit: Visit
) -> None:
    def device() -> None:
        request = visit(alice)
        for _ in range(5):
            storage.change(request, add_one("CUP"))
        connection.close()

    devices = [Thread(target=device) for _ in range(4)]
    for thread in devices:
        thread.start()
    for thread in devices:
        thread.join()
    assert saved_lines(alice) == {"CUP": 20}


# What an older release or somebody else has left in the session

FORGED = [
    {"CUP": 2},
    ["CUP"],
    "CUP",
    7,
    None,
    {},
    {"owner": None},
    {"owner": None, "lines": ["CUP"]},
    {"owner": None, "lines": {"CUP": "2", "POT": -1, "TIN": True}},
    {"owner": ["x"], "lines": {"CUP": 2}},
    {"owner": "", "lines": {"CUP": 2}},
    {"owner": 0, "lines": {"CUP": 2}},
    {"lines": 5},
]


@pytest.mark.parametrize("entry", FORGED, ids=repr)
def test_a_session_entry_of_another_format_is_an_empty_cart(
    client: Client, products: list[Product], entry: Any
) -> None:
    with session_of(client) as session:
        session["cart"] = entry
    assert badge_of(client) == 0
    assert cart_of(client) == {}
    add(client, "CUP")
    assert cart_of(client) == {"CUP": 1}


@pytest.mark.parametrize("entry", FORGED, ids=repr)
def test_a_session_entry_of_another_format_does_no_harm_at_sign_in(
    client: Client, products: list[Product], alice: AbstractUser, entry: Any
) -> None:
    SavedCart.objects.create(user=alice, lines={"POT": 1})
    with session_of(client) as session:
        session["cart"] = entry
    sign_in(client, alice)
    assert cart_of(client) == {"POT": 1}


@pytest.mark.parametrize("lines", [["CUP"], "CUP", {"CUP": "2"}, 7, {}], ids=repr)
def test_a_saved_cart_of_another_format_is_an_empty_cart(
    visit: Visit, alice: AbstractUser, lines: Any
) -> None:
    SavedCart.objects.create(user=alice, lines=lines)
    assert not storage.load(visit(alice))
    assert storage.change(visit(alice), add_one("POT")).lines == {"POT": 1}


# The limits, and the cart as it is shown


def test_the_limits_are_those_of_the_settings(visit: Visit, settings: Settings) -> None:
    settings.CART_MAX_QUANTITY = 7
    settings.CART_MAX_LINES = 3
    limits = storage.load(visit()).limits
    assert (limits.quantity, limits.lines) == (7, 3)


def test_a_lower_limit_changes_no_line_but_the_one_that_is_changed(
    visit: Visit, alice: AbstractUser, settings: Settings
) -> None:
    for request in [visit(), visit(alice)]:
        settings.CART_MAX_QUANTITY = 9
        storage.change(request, lambda cart: cart.set("CUP", 9))
        settings.CART_MAX_QUANTITY = 5
        assert storage.load(request).lines == {"CUP": 9}
        assert storage.change(request, add_one("POT")).lines == {"CUP": 9, "POT": 1}


def test_a_saved_cart_knows_when_it_was_last_changed(
    visit: Visit, alice: AbstractUser
) -> None:
    storage.change(visit(alice), add_one("CUP"))
    before = SavedCart.objects.get().updated
    storage.change(visit(alice), add_one("CUP"))
    assert SavedCart.objects.get().updated > before


def test_of_a_line_that_was_taken_out_no_time_is_kept(
    visit: Visit, alice: AbstractUser
) -> None:
    since = datetime(2030, 4, 1, tzinfo=UTC)
    times = {"POT": since + timedelta(days=1)}
    cart = Cart({"CUP": 1, "POT": 1}, since=since, times=times)
    request = visit(alice)
    storage.change(request, lambda _: cart)
    storage.change(request, lambda cart: cart.remove("POT"))
    assert SavedCart.objects.get().times == {}


def test_what_cannot_be_had_stays_in_its_place(products: list[Product]) -> None:
    Product.objects.filter(sku="CUP").update(in_stock=False)
    shown = contents(Cart({"POT": 1, "CUP": 1}))
    assert [line.sku for line in shown.lines] == ["CUP", "POT"]


def test_showing_a_cart_takes_one_query_however_long_it_is(
    products: list[Product], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        shown = contents(Cart({"CUP": 1, "POT": 2, "TIN": 3, "GONE": 1}))
    assert [line.sku for line in shown.lines] == ["CUP", "POT", "TIN", "GONE"]


def test_lines_of_the_same_name_are_in_the_order_of_their_skus(
    products: list[Product],
) -> None:
    Product.objects.update(name="Cup")
    skus = [line.sku for line in contents(Cart({"TIN": 1, "CUP": 1, "POT": 1})).lines]
    assert skus == ["CUP", "POT", "TIN"]


def test_what_is_no_line_goes_out_of_the_saved_cart_at_the_next_sign_in(
    client: Client, alice: AbstractUser, products: list[Product]
) -> None:
    SavedCart.objects.create(user=alice, lines={"CUP": 1, "POT": -1})
    sign_in(client, alice)
    assert saved_lines(alice) == {"CUP": 1}


def test_a_session_that_has_no_room_for_the_copy_has_no_old_one(
    client: Client, alice: AbstractUser, products: list[Product], settings: Settings
) -> None:
    sign_in(client, alice)
    add(client, "CUP", 2)
    settings.SESSION_MAX_BYTES = 1
    add(client, "POT")
    assert cart_of(client) == {"CUP": 2, "POT": 1}
    assert badge_of(client) == 3
