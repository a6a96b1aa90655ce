"""Signing in with a code as well as a password."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import AbstractUser
from django.test import Client
from pytest_django import Settings

from .helpers import (
    TOTP_SECRET,
    add,
    badge_of,
    cart_of,
    confirm_access,
    cookie_of,
    is_signed_in,
    sign_in,
    totp_code,
)

pytestmark = pytest.mark.usefixtures("products")


@pytest.fixture(autouse=True)
def tolerance(settings: Settings) -> None:
    """Take a code of the half-minute before: it may end while a test runs."""
    settings.MFA_TOTP_TOLERANCE = 1


@pytest.fixture
def protected(alice: AbstractUser) -> AbstractUser:
    """Alice, who has an authenticator app and recovery codes."""
    TOTP.activate(alice, TOTP_SECRET)
    RecoveryCodes.activate(alice)
    return alice


def send_code(client: Client, code: str) -> Any:
    return client.post("/accounts/2fa/authenticate/", {"code": code}, follow=True)


def test_the_password_alone_signs_nobody_in(
    client: Client, protected: AbstractUser
) -> None:
    page = sign_in(client, protected, follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    send_code(client, "000000")
    assert not is_signed_in(client)


def test_the_cart_comes_along_once_the_code_is_right(
    client: Client, protected: AbstractUser
) -> None:
    add(client, "CUP", 2)
    sign_in(client, protected)
    assert badge_of(client) == 2
    before = cookie_of(client)
    page = send_code(client, totp_code(TOTP_SECRET))
    assert page.wsgi_request.user == protected
    assert cookie_of(client) != before
    assert cart_of(client) == {"CUP": 2}


def test_a_recovery_code_signs_in_once(client: Client, protected: AbstractUser) -> None:
    codes = Authenticator.objects.get(type="recovery_codes").wrap()
    code = codes.get_unused_codes()[0]
    sign_in(client, protected)
    assert send_code(client, code).wsgi_request.user == protected
    other = Client()
    sign_in(other, protected)
    assert send_code(other, code).wsgi_request.user.is_anonymous


def test_the_admin_asks_for_the_code_as_well(
    client: Client, protected: AbstractUser
) -> None:
    protected.is_staff = True
    protected.save()
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0].startswith("/accounts/login/")
    data = {"username": "alice", "password": "correct horse battery staple"}
    client.post("/admin/login/", data)
    assert not is_signed_in(client)


def turn_on(client: Client) -> None:
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": totp_code(secret)})


def turn_off(client: Client) -> None:
    client.post("/accounts/2fa/totp/deactivate/")


def renew_codes(client: Client) -> None:
    client.post("/accounts/2fa/recovery-codes/generate/")


# allauth tells of the change when it is committed.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [turn_on, turn_off, renew_codes])
def test_a_change_takes_a_recent_password_and_ends_the_other_sessions(
    client: Client, alice: AbstractUser, change: Callable[[Client], None]
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    if change is not turn_on:
        TOTP.activate(alice, TOTP_SECRET)
    client.force_login(alice)
    phone = Client()
    phone.force_login(alice)
    before = list(Authenticator.objects.values("type", "data"))
    for address in ["totp/activate", "totp/deactivate", "recovery-codes/generate"]:
        client.post(f"/accounts/2fa/{address}/", {"code": totp_code(TOTP_SECRET)})
    assert list(Authenticator.objects.values("type", "data")) == before
    confirm_access(client)
    change(client)
    assert list(Authenticator.objects.values("type", "data")) != before
    assert is_signed_in(client)
    assert not is_signed_in(phone)


def test_it_takes_a_confirmed_address(client: Client, alice: AbstractUser) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=False)
    client.force_login(alice)
    confirm_access(client)
    response = client.get("/accounts/2fa/totp/activate/")
    assert response["Location"] == "/accounts/2fa/"
