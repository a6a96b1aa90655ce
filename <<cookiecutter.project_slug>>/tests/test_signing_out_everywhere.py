"""What users can do about sessions that are in their browsers alone."""

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from pytest_django import Settings

from .helpers import PASSWORD, copy_of, is_signed_in, messages_of, sign_in, sign_out

pytestmark = pytest.mark.django_db


def test_the_page_says_what_it_cannot_list(client: Client, alice: AbstractUser) -> None:
    sign_in(client, alice)
    html = client.get("/accounts/sessions/").content.decode()
    assert "neither list your devices" in html
    assert "Sign out everywhere else" in html


def test_a_form_that_takes_a_recent_password_is_sent_once_more_after_it(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    data = {"email": "new@example.com", "action_add": ""}
    page = client.post("/accounts/email/", data, follow=True)
    assert page.redirect_chain == [
        ("/accounts/reauthenticate/?next=/accounts/email/", 302)
    ]
    assert "Confirm that it is you, then try again." in messages_of(page)
    data = {"password": PASSWORD, "next": "/accounts/email/"}
    page = client.post("/accounts/reauthenticate/", data, follow=True)
    assert page.redirect_chain == [("/accounts/email/", 302)]


def test_signing_out_signs_out_on_all_devices(
    client: Client, alice: AbstractUser, bob: AbstractUser
) -> None:
    phone, bobs = Client(), Client()
    sign_in(client, alice)
    sign_in(phone, alice)
    sign_in(bobs, bob)
    sign_out(client)
    assert not is_signed_in(phone)
    assert is_signed_in(bobs)


def test_who_only_looks_at_such_a_page_has_nothing_to_do_again(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    sign_in(client, alice)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    page = client.get("/accounts/2fa/totp/activate/", follow=True)
    assert "/accounts/reauthenticate/" in page.redirect_chain[0][0]
    assert "try again" not in " ".join(messages_of(page))


def test_signing_out_again_ends_copies_too(client: Client, alice: AbstractUser) -> None:
    for _ in range(2):
        sign_in(client, alice)
        copy = copy_of(client)
        assert is_signed_in(copy)
        sign_out(client)
        assert not is_signed_in(copy)
