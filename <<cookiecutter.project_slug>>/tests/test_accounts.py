"""Signing up, in and out, "remember me", and a forgotten password."""

import re
import smtplib

import pytest
import time_machine
from allauth.account.forms import SignupForm
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from cart.models import SavedCart

from .helpers import (
    PASSWORD,
    add,
    cart_of,
    confirm_access,
    cookie_of,
    copy_of,
    is_signed_in,
    messages_of,
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.usefixtures("products")

SIGN_UP = {
    "email": "carol@example.com",
    "username": "carol",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


# Signing up


def test_signing_up_in_the_middle_keeps_the_cart(
    client: Client, django_user_model: type[AbstractUser]
) -> None:
    add(client, "CUP", 2)
    before = cookie_of(client)
    page = client.post("/accounts/signup/", SIGN_UP, follow=True)
    carol = django_user_model.objects.get(username="carol")
    assert page.wsgi_request.user == carol
    assert carol.email == "carol@example.com"
    assert cookie_of(client) != before
    assert cart_of(client) == SavedCart.objects.get(user=carol).lines == {"CUP": 2}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_name_at_the_same_moment_the_later_is_told_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(client, "CUP", 2)
    other = Client()
    save = SignupForm.save

    def save_late(form: SignupForm, request: HttpRequest) -> AbstractUser:
        monkeypatch.setattr(SignupForm, "save", save)
        other.post("/accounts/signup/", SIGN_UP)
        return save(form, request)

    monkeypatch.setattr(SignupForm, "save", save_late)
    page = client.post("/accounts/signup/", SIGN_UP)
    assert page.status_code == 200
    assert "A user with that username already exists." in page.content.decode()
    assert is_signed_in(other)
    assert cart_of(client) == {"CUP": 2}


def test_another_fault_of_the_database_is_an_error_of_the_site(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(SignupForm, "save", fail)
    with pytest.raises(IntegrityError):
        client.post("/accounts/signup/", SIGN_UP)


def test_signing_up_leads_back_to_where_the_visitor_was(client: Client) -> None:
    response = client.post("/accounts/signup/", {**SIGN_UP, "next": "/products/cup/"})
    assert response["Location"] == "/products/cup/"


def test_whoever_signs_up_is_asked_to_confirm_the_address(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/signup/", SIGN_UP)
    [mail] = mailoutbox
    assert mail.to == ["carol@example.com"]
    assert "/accounts/confirm-email/" in mail.body
    assert mail.body.endswith(f"\n\n{settings.SITE_NAME}\ntestserver")


def refuse(*args: object) -> None:
    raise TimeoutError("no mail server")


def test_a_mail_that_cannot_be_sent_fails_no_sign_up(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(EmailMessage, "send", refuse)
    response = client.post("/accounts/signup/", SIGN_UP, follow=True)
    assert response.wsgi_request.user.username == SIGN_UP["username"]
    assert "no mail server" in caplog.text
    assert "carol" not in caplog.text
    [told] = [m for m in response.context["messages"] if "mail" in m.message]
    assert "could not be sent" in told.message
    assert told.level_tag == "warning"


def test_the_log_does_not_say_whom_the_mail_server_refused(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(mail: EmailMessage, *args: object) -> None:
        raise smtplib.SMTPRecipientsRefused({mail.to[0]: (550, b"unknown")})

    monkeypatch.setattr(EmailMessage, "send", refuse)
    client.post("/accounts/signup/", SIGN_UP)
    assert "SMTPRecipientsRefused" in caplog.text
    assert "carol" not in caplog.text


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_whoever_asked_for_a_mail_is_told_that_it_could_not_be_sent(
    client: Client,
    alice: AbstractUser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    email: str,
) -> None:
    monkeypatch.setattr(EmailMessage, "send", refuse)
    response = client.post("/accounts/password/reset/", {"email": email})
    assert response.status_code == 503
    assert "Retry-After" in response
    assert "The email could not be sent" in response.text
    assert "no mail server" in caplog.text
    assert email not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_address_that_no_mail_can_be_sent_to_is_not_added(
    client: Client,
    alice: AbstractUser,
    bob: AbstractUser,
    monkeypatch: pytest.MonkeyPatch,
    mailoutbox: list[EmailMessage],
) -> None:
    def refuse(*args: object) -> None:
        # A mail server that does not answer keeps nobody from the database.
        assert not connection.in_atomic_block
        raise ConnectionRefusedError("no mail server")

    sign_in(client, alice)
    confirm_access(client)
    other = Client()
    sign_in(other, alice)
    data = {"email": "new@example.com", "action_add": ""}
    EmailAddress.objects.create(user=bob, email=data["email"])
    EmailAddress.objects.create(user=alice, email="old@example.com")
    with monkeypatch.context() as outage:
        outage.setattr(EmailMessage, "send", refuse)
        response = client.post("/accounts/email/", data)
    assert response.status_code == 503
    addresses = set(EmailAddress.objects.values_list("user__username", "email"))
    assert ("alice", data["email"]) not in addresses
    assert addresses >= {("alice", "old@example.com"), ("bob", data["email"])}
    assert is_signed_in(client) and is_signed_in(other)
    client.post("/accounts/email/", data)
    assert EmailAddress.objects.filter(user=alice, email=data["email"]).exists()
    assert [mail.to for mail in mailoutbox] == [[data["email"]]]
    assert is_signed_in(client) and not is_signed_in(other)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "alice"),
        ("username", ""),
        ("email", "no address"),
        ("email", ""),
        ("password1", "12345678"),
        ("password2", "something else"),
    ],
)
def test_a_sign_up_with_a_fault_makes_no_user_and_keeps_the_cart(
    client: Client,
    alice: AbstractUser,
    django_user_model: type[AbstractUser],
    field: str,
    value: str,
) -> None:
    add(client, "CUP", 2)
    page = client.post("/accounts/signup/", {**SIGN_UP, field: value})
    assert page.status_code == 200
    assert page.context["form"].errors
    assert list(django_user_model.objects.all()) == [alice]
    assert cart_of(client) == {"CUP": 2}


def test_whoever_signs_up_with_an_address_learns_nothing_of_its_owner(
    client: Client, alice: AbstractUser, mailoutbox: list[EmailMessage]
) -> None:
    EmailAddress.objects.create(
        user=alice, email=alice.email, primary=True, verified=True
    )
    taken, free = (
        copy_of(client).post("/accounts/signup/", {**SIGN_UP, **fields}, follow=True)
        for fields in [
            {"email": "alice@example.com"},
            {"email": "dora@example.com", "username": "dora"},
        ]
    )
    assert taken.redirect_chain == free.redirect_chain
    assert len(messages_of(taken)) == len(messages_of(free))
    assert sorted(mail.to for mail in mailoutbox) == [
        ["alice@example.com"],
        ["dora@example.com"],
    ]


# Signing in and out


@pytest.mark.parametrize("login", ["alice", "alice@example.com", "ALICE@EXAMPLE.COM"])
def test_signing_in_by_user_name_or_e_mail_address(
    client: Client, alice: AbstractUser, login: str
) -> None:
    assert sign_in(client, alice, login=login).wsgi_request.user == alice


@pytest.mark.parametrize("login", ["alice", "alice@example.com", "nobody"])
def test_a_wrong_password_is_told_without_telling_who_has_an_account(
    client: Client, alice: AbstractUser, login: str
) -> None:
    page = sign_in(client, alice, follow=True, login=login, password="wrong")
    assert page.wsgi_request.user.is_anonymous
    assert "password you specified are not correct" in page.content.decode()


def test_signing_in_leads_to_no_other_host_of_the_site(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    response = sign_in(client, alice, next="http://other.example/")
    assert "other.example" not in response["Location"]


def test_signing_in_leads_back_to_where_the_visitor_was(
    client: Client, alice: AbstractUser
) -> None:
    page = sign_in(client, alice, follow=True, next="/products/cup/")
    assert page.redirect_chain == [("/products/cup/", 302)]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "https://blog.shop.example/",
        "https://pay.example/",
        "http://testserver/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "https:evil.example",
        "https://testserver@evil.example/",
        "javascript:alert(1)",
        " //evil.example/",
        "\x00//evil.example/",
    ],
)
@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("/accounts/login/", {"login": "alice", "password": PASSWORD}),
        ("/accounts/signup/", SIGN_UP),
        ("/accounts/logout/", {}),
        ("/accounts/reauthenticate/", {"password": PASSWORD}),
    ],
)
def test_no_form_leads_to_another_site(
    client: Client,
    alice: AbstractUser,
    settings: Settings,
    form: str,
    data: dict[str, str],
    address: str,
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", ".shop.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://pay.example"]
    if form in ["/accounts/logout/", "/accounts/reauthenticate/"]:
        client.force_login(alice)
    response = client.post(form, {**data, "next": address}, secure=True)
    assert (response.status_code, response["Location"]) == (302, "/")


def test_signing_out_takes_a_form(client: Client, alice: AbstractUser) -> None:
    sign_in(client, alice)
    page = client.get("/accounts/logout/")
    assert page.wsgi_request.user == alice
    assert client.get("/").wsgi_request.user == alice
    assert sign_out(client).wsgi_request.user.is_anonymous
    assert client.get("/").wsgi_request.user.is_anonymous


def test_password_managers_are_asked_for_what_signs_in(client: Client) -> None:
    form = client.get("/accounts/login/").context["form"]
    assert 'autocomplete="username"' in str(form["login"])


# Remember me


def test_remembered_the_sign_in_lasts_as_long_as_the_settings_say(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    settings.SESSION_COOKIE_AGE = 5000
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    sign_in(client, alice, remember="on")
    assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 5000
    assert client.session.get_expiry_age() == 5000
    assert not client.session.get_expire_at_browser_close()


def test_not_remembered_the_sign_in_ends_with_the_browser(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    settings.SESSION_COOKIE_AGE = 5000
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    sign_in(client, alice)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert client.session.get_expire_at_browser_close()
    assert client.session.get_expiry_age() == 5000


@pytest.mark.parametrize("fields", [{}, {"remember": "on"}], ids=["not", "remembered"])
def test_later_changes_of_the_cart_keep_to_that(
    client: Client, alice: AbstractUser, settings: Settings, fields: dict[str, str]
) -> None:
    sign_in(client, alice, **fields)
    before = client.cookies[settings.SESSION_COOKIE_NAME]["max-age"]
    response = client.post("/cart/add/", {"sku": "CUP", "quantity": 1})
    assert response.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == before


def test_after_signing_out_the_settings_decide_again(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    settings.SESSION_COOKIE_AGE = 5000
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    sign_in(client, alice)
    sign_out(client)
    add(client, "CUP")
    assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 5000


# A forgotten password


def test_a_forgotten_password_is_replaced_by_way_of_a_mail(
    client: Client, alice: AbstractUser, mailoutbox: list[EmailMessage]
) -> None:
    add(client, "CUP", 2)
    client.post("/accounts/password/reset/", {"email": "alice@example.com"})
    [mail] = mailoutbox
    assert mail.to == ["alice@example.com"]
    assert mail.subject.startswith(f"[{settings.SITE_NAME}] ")
    assert settings.SITE_NAME in mail.body.splitlines()[0]
    link = re.search(r"https?://testserver(/accounts/password/reset/\S+)", mail.body)
    form = client.get(link[1], follow=True)
    address = form.redirect_chain[-1][0]
    new = {"password1": "a brand new secret", "password2": "a brand new secret"}
    client.post(address, new)
    page = sign_in(client, alice, follow=True, password="a brand new secret")
    assert page.wsgi_request.user == alice
    assert cart_of(client) == {"CUP": 2}


def test_whoever_asks_for_an_unknown_address_learns_nothing(
    client: Client, alice: AbstractUser, mailoutbox: list[EmailMessage]
) -> None:
    known, unknown = (
        client.post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in ["alice@example.com", "nobody@example.com"]
    )
    assert known.redirect_chain == unknown.redirect_chain
    assert known.status_code == unknown.status_code == 200


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("/accounts/signup/", SIGN_UP),
        ("/accounts/password/reset/", {"email": "alice@example.com"}),
    ],
)
def test_following_a_mails_links_signs_nobody_in(
    client: Client,
    alice: AbstractUser,
    mailoutbox: list[EmailMessage],
    form: str,
    data: dict[str, str],
) -> None:
    client.post(form, data)
    [mail] = mailoutbox
    [address] = re.findall(r"https?://testserver(/\S+)", mail.body)
    browser = Client()
    page = browser.get(address, follow=True)
    assert page.status_code == 200
    assert b"<form" in page.content
    assert not is_signed_in(browser)


def test_following_the_link_in_somebody_elses_mail_signs_nobody_out(
    client: Client, alice: AbstractUser, mailoutbox: list[EmailMessage]
) -> None:
    Client().post("/accounts/signup/", SIGN_UP)
    [address] = re.findall(r"https?://testserver(/\S+)", mailoutbox[0].body)
    sign_in(client, alice)
    phone = Client()
    sign_in(phone, alice)
    page = client.get(address)
    assert b"carol@example.com" in page.content
    assert is_signed_in(client)
    assert is_signed_in(phone)
    client.post(address)
    assert EmailAddress.objects.get(email="carol@example.com").verified
    assert not is_signed_in(client)


# Changing how to sign in


def test_another_e_mail_address_takes_a_recent_password(
    client: Client, alice: AbstractUser
) -> None:
    client.force_login(alice)
    data = {"email": "new@example.com", "action_add": ""}
    response = client.post("/accounts/email/", data)
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


def test_a_code_by_e_mail_does_not_stand_in_for_the_password(
    client: Client, alice: AbstractUser, mailoutbox: list[EmailMessage]
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    client.force_login(alice)
    address = "/accounts/reauthenticate/code/"
    assert address not in client.get("/accounts/reauthenticate/").content.decode()
    response = client.post(address, {"recipient": alice.email})
    assert response.status_code == 403
    assert not mailoutbox


@pytest.mark.usefixtures("two_weeks")
def test_recent_is_five_minutes(client: Client, alice: AbstractUser) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(alice)
        confirm_access(client)
        clock.shift(299)
        assert client.post("/accounts/sessions/")["Location"] == "/accounts/sessions/"
        clock.shift(2)
        response = client.post("/accounts/sessions/")
        assert response["Location"].startswith("/accounts/reauthenticate/")


def test_a_new_password_takes_the_old_one(client: Client, alice: AbstractUser) -> None:
    client.force_login(alice)
    new = {"password1": "a brand new secret", "password2": "a brand new secret"}
    client.post("/accounts/password/change/", {"oldpassword": "a guess", **new})
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
