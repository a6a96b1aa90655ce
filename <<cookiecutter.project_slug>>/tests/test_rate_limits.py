"""Nobody can try passwords, or send mails, without end; nobody is kept out for good."""

import re
import time

import pytest
from django.contrib.auth.models import AbstractUser
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from django.urls import clear_url_caches
from pytest_django import Settings

from .helpers import sign_in

pytestmark = pytest.mark.django_db

TOO_MANY = "Too many failed login attempts"


@pytest.fixture
def attacked(client: Client, alice: AbstractUser) -> None:
    """Somebody elsewhere has tried five passwords for alice's account."""
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    for number in range(5):
        page = sign_in(elsewhere, alice, follow=True, password=f"guess {number}")
        assert TOO_MANY not in page.content.decode()


def pass_seconds(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """Have the clock be so much later."""
    later = time.time() + seconds
    monkeypatch.setattr("time.time", lambda: later)


@pytest.mark.usefixtures("attacked")
def test_after_five_wrong_passwords_no_other_is_tried(
    client: Client, alice: AbstractUser
) -> None:
    page = sign_in(client, alice, follow=True)
    assert TOO_MANY in page.content.decode()
    assert page.wsgi_request.user.is_anonymous


@pytest.mark.usefixtures("attacked")
def test_the_same_users_e_mail_address_is_counted_for_itself(
    client: Client, alice: AbstractUser
) -> None:
    for number in range(5):
        data = {"login": alice.email, "password": f"guess {number}"}
        assert TOO_MANY not in sign_in(client, alice, **data).content.decode()
    page = sign_in(client, alice, follow=True, login=alice.email)
    assert TOO_MANY in page.content.decode()


@pytest.mark.usefixtures("attacked")
def test_but_five_minutes_later(
    client: Client, alice: AbstractUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_seconds(monkeypatch, 301)
    assert sign_in(client, alice).wsgi_request.user == alice


@pytest.mark.usefixtures("attacked")
def test_and_at_once_by_way_of_a_mail(
    client: Client, alice: AbstractUser, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/password/reset/", {"email": "alice@example.com"})
    link = re.search(r"https?://testserver(/accounts/\S+)", mailoutbox[0].body)
    form = client.get(link[1], follow=True)
    new = {"password1": "a brand new secret", "password2": "a brand new secret"}
    page = client.post(form.redirect_chain[-1][0], new, follow=True)
    assert page.wsgi_request.user == alice


@pytest.mark.usefixtures("attacked")
def test_other_users_are_not_kept_out(client: Client, bob: AbstractUser) -> None:
    assert sign_in(client, bob).wsgi_request.user == bob


def too_often(
    client: Client, address: str, data: dict[str, str], limit: int
) -> HttpResponse:
    """Send a form as often as is accepted, and return the answer to one more."""
    for _ in range(limit):
        assert client.post(address, data).status_code != 429
    return client.post(address, data)


@pytest.mark.parametrize(
    ("address", "data", "limit"),
    [
        ("/accounts/login/", {}, 30),
        ("/accounts/signup/", {}, 20),
        ("/accounts/password/reset/", {"email": "alice@example.com"}, 5),
        ("/accounts/password/reset/", {"email": "nobody@example.com"}, 5),
    ],
)
@pytest.mark.usefixtures("alice")
def test_forms_that_are_sent_too_often_are_refused_for_a_minute(
    client: Client,
    address: str,
    data: dict[str, str],
    limit: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    response = too_often(client, address, data, limit)
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert "Too many attempts" in response.content.decode()
    pass_seconds(monkeypatch, 61)
    assert client.post(address, data).status_code != 429


def test_the_refusal_is_in_the_language_of_the_shop(
    client: Client, settings: Settings, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(clear_url_caches)  # which have what was asked in that language
    settings.LANGUAGE_CODE = "ru"
    response = too_often(client, "/accounts/signup/", {}, 20)
    assert "Слишком много попыток" in response.content.decode()


def test_visitors_behind_a_proxy_are_told_apart_by_its_word(
    client: Client, settings: Settings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    address = "/accounts/signup/"
    for number in range(20):
        # All but the last address is what the visitor says of themselves.
        headers = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.7"}
        assert client.post(address, headers=headers).status_code == 200
    same = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7"}
    other = {"X-Forwarded-For": "203.0.113.7, 192.0.2.1"}
    assert client.post(address, headers=same).status_code == 429
    assert client.post(address, headers=other).status_code == 200


def test_the_admin_has_no_form_of_its_own_to_try_passwords_at(client: Client) -> None:
    response = client.post("/admin/login/", {"username": "boss", "password": "guess"})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
