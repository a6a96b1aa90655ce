"""An app other than the cart can have its data carried over at sign-in, too."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.test import Client

from catalog.models import Category
from session_store.carry_over import Function, carry_over

from .helpers import session_of, sign_in, stored


@pytest.fixture
def register() -> Iterator[Callable[[Function], None]]:
    """Register functions for as long as the test runs."""
    registered = []

    def register(function: Function) -> None:
        registered.append(carry_over(function))

    yield register
    for function in registered:
        assert user_logged_in.disconnect(dispatch_uid=function)


def test_a_registered_function_carries_its_data_over(
    client: Client, alice: AbstractUser, register: Callable[[Function], None]
) -> None:
    def carry_over_wishlist(request: HttpRequest, user: AbstractUser) -> None:
        wishlist = request.session["wishlist"]
        request.session["wishlist"] = [*wishlist, f"{user.username}'s own wish"]

    register(carry_over_wishlist)
    with session_of(client) as session:
        session["wishlist"] = ["a kettle"]
    sign_in(client, alice)
    assert stored(client)["wishlist"] == ["a kettle", "alice's own wish"]


def test_the_decorator_returns_the_function_itself(
    register: Callable[[Function], None],
) -> None:
    def function(request: HttpRequest, user: AbstractUser) -> None:
        pass

    assert carry_over(function) is function
    user_logged_in.disconnect(dispatch_uid=function)


def test_a_function_that_fails_is_logged_and_what_it_did_is_undone(
    client: Client,
    alice: AbstractUser,
    register: Callable[[Function], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(request: HttpRequest, user: AbstractUser) -> None:
        Category.objects.create(name="Half done", slug="half-done")
        request.session["wishlist"].append("half done")
        request.session["half done"] = True
        raise RuntimeError("out of wishes")

    register(fail)
    with session_of(client) as session:
        session["wishlist"] = ["a kettle"]
    page = sign_in(client, alice, follow=True)
    assert page.wsgi_request.user == alice
    assert not Category.objects.exists()
    assert stored(client)["wishlist"] == ["a kettle"]
    assert "half done" not in stored(client)
    assert "fail failed at sign-in" in caplog.text
    assert "out of wishes" in caplog.text


def test_after_a_function_that_fails_the_others_run(
    client: Client, alice: AbstractUser, register: Callable[[Function], None]
) -> None:
    def fail(request: HttpRequest, user: AbstractUser) -> None:
        raise RuntimeError

    def note(request: HttpRequest, user: AbstractUser) -> None:
        request.session["noted"] = True

    register(fail)
    register(note)
    sign_in(client, alice)
    assert stored(client)["noted"] is True
