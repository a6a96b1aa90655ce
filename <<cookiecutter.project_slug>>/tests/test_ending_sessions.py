"""How users, and administrators, end sessions on other devices, whatever the engine."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Permission
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import devices

from .helpers import (
    PASSWORD,
    TOTP_SECRET,
    add,
    cart_of,
    confirm_access,
    cookie_of,
    copy_of,
    is_signed_in,
    sign_in,
    sign_out,
    totp_code,
)

pytestmark = pytest.mark.usefixtures("products")


@pytest.fixture
def phone(alice: AbstractUser) -> Client:
    """Another device, on which Alice is signed in."""
    phone = Client()
    phone.force_login(alice)
    return phone


@pytest.fixture
def bobs(bob: AbstractUser) -> Client:
    """A device on which somebody else is signed in."""
    bobs = Client()
    bobs.force_login(bob)
    return bobs


# By the user


def test_signing_out_everywhere_else_ends_all_sessions_but_this_one(
    client: Client, alice: AbstractUser, phone: Client, bobs: Client
) -> None:
    add(client, "CUP", 2)
    sign_in(client, alice)
    confirm_access(client)
    page = client.post("/accounts/sessions/", follow=True)
    assert "You are signed out everywhere else." in page.content.decode()
    assert is_signed_in(client)
    assert cart_of(client) == {"CUP": 2}
    assert not is_signed_in(phone)
    assert cart_of(phone) == {}
    assert is_signed_in(bobs)


def test_it_ends_copies_of_this_session_too(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    confirm_access(client)
    thief = copy_of(client)
    client.post("/accounts/sessions/")
    assert is_signed_in(client)
    assert not is_signed_in(thief)


def test_it_takes_a_recent_password(
    client: Client, alice: AbstractUser, phone: Client
) -> None:
    sign_in(client, alice)
    response = client.post("/accounts/sessions/")
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert is_signed_in(phone)


def test_the_page_is_only_for_those_who_have_signed_in(client: Client) -> None:
    address = "/accounts/sessions/"
    for response in [client.get(address), client.post(address)]:
        assert response["Location"] == f"/accounts/login/?next={address}"


def change_password(client: Client) -> None:
    new = "a brand new secret"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post("/accounts/password/change/", data)


def add_email(client: Client) -> None:
    data = {"email": "new@example.com", "action_add": ""}
    client.post("/accounts/email/", data)


def change_email(client: Client) -> None:
    client.post("/accounts/email/", {"email": "b@example.com", "action_primary": ""})


def remove_email(client: Client) -> None:
    client.post("/accounts/email/", {"email": "b@example.com", "action_remove": ""})


@pytest.mark.parametrize(
    "change", [change_password, add_email, change_email, remove_email]
)
def test_a_new_password_or_e_mail_address_ends_the_other_sessions(
    client: Client,
    alice: AbstractUser,
    phone: Client,
    bobs: Client,
    change: Callable[[Client], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for email in ["alice@example.com", "b@example.com"]:
        EmailAddress.objects.create(user=alice, email=email, verified=True)
    sign_in(client, alice)
    confirm_access(client)
    assert is_signed_in(phone)
    change(client)
    assert is_signed_in(client)
    assert not is_signed_in(phone)
    assert is_signed_in(bobs)
    assert f"all sessions of user {alice.pk} but this one: ended" in caplog.text


def test_a_first_password_ends_the_other_sessions(
    client: Client,
    django_user_model: type[AbstractUser],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.MFA_TOTP_TOLERANCE = 1  # the half-minute may end meanwhile
    carol = django_user_model.objects.create_user("carol")
    TOTP.activate(carol, TOTP_SECRET)
    phone = Client()
    for device in [client, phone]:
        device.force_login(carol)
    client.post("/accounts/2fa/reauthenticate/", {"code": totp_code(TOTP_SECRET)})
    new = {"password1": "a brand new secret", "password2": "a brand new secret"}
    client.post("/accounts/password/set/", new)
    assert is_signed_in(client)
    assert not is_signed_in(phone)
    assert f"all sessions of user {carol.pk} but this one: ended" in caplog.text


def test_a_forgotten_password_that_was_replaced_ends_the_other_sessions(
    client: Client, alice: AbstractUser, phone: Client, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/password/reset/", {"email": "alice@example.com"})
    key = mailoutbox[0].body.partition("/accounts/password/reset/key/")[2].split()[0]
    form = client.get(f"/accounts/password/reset/key/{key}", follow=True)
    new = {"password1": "a brand new secret", "password2": "a brand new secret"}
    client.post(form.redirect_chain[-1][0], new)
    assert is_signed_in(client)
    assert not is_signed_in(phone)


# By an administrator


def test_the_sessions_of_selected_users_are_ended_once_that_is_confirmed(
    admin_client: Client, alice: AbstractUser, phone: Client, bobs: Client
) -> None:
    data = {"action": "end_sessions", "_selected_action": [alice.pk]}
    page = admin_client.post("/admin/accounts/user/", data)
    assert "signs out 1 user " in page.content.decode()
    assert is_signed_in(phone)
    page = admin_client.post("/admin/accounts/user/", {**data, "confirmed": "yes"})
    assert not is_signed_in(phone)
    assert is_signed_in(bobs)
    assert admin_client.get("/admin/accounts/user/").status_code == 200


def test_of_all_that_the_list_has_the_form_names_but_one(
    admin_client: Client, phone: Client, bobs: Client
) -> None:
    users = get_user_model().objects.filter(username__in=["alice", "bob"])
    keys = list(users.values_list("pk", flat=True))
    address = "/admin/accounts/user/?is_superuser__exact=0"
    data = {"action": "end_sessions", "select_across": "1", "_selected_action": keys}
    page = admin_client.post(address, data)
    assert "signs out 2 users " in page.content.decode()
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page.text))
    assert page.text.count("_selected_action") == 1
    admin_client.post(address, {**form, "confirmed": "yes"})
    assert not is_signed_in(phone)
    assert not is_signed_in(bobs)
    assert is_signed_in(admin_client)


def test_they_stay_ended_when_a_user_is_saved_who_was_read_before(
    admin_client: Client, alice: AbstractUser, phone: Client
) -> None:
    data = {"action": "end_sessions", "_selected_action": [alice.pk], "confirmed": "1"}
    admin_client.post("/admin/accounts/user/", data)
    alice.first_name = "Alice"
    alice.save()
    alice.refresh_from_db()
    assert alice.first_name == "Alice"
    assert not is_signed_in(phone)


def test_sessions_can_be_ended_again(client: Client, alice: AbstractUser) -> None:
    for _ in range(2):
        sign_in(client, alice)
        assert is_signed_in(client)
        devices.end_all(get_user_model().objects.filter(pk=alice.pk))
        assert not is_signed_in(client)


def test_a_database_from_a_backup_brings_no_ended_session_back(
    client: Client, alice: AbstractUser
) -> None:
    users = get_user_model().objects.filter(pk=alice.pk)
    before = users.get().session_epoch
    devices.end_all(users)
    sign_in(client, alice)
    thief = copy_of(client)
    assert is_signed_in(thief)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        devices.end_all(users)
        users.update(session_epoch=before)
        devices.end_all(users)
        assert not is_signed_in(thief)


def test_everyones_sessions_are_ended_once_that_is_confirmed(
    admin_client: Client, phone: Client, bobs: Client
) -> None:
    address = "/admin/accounts/user/end-sessions/"
    assert address in admin_client.get("/admin/accounts/user/").content.decode()
    page = admin_client.get(address)
    assert "signs out 3 users " in page.content.decode()
    assert is_signed_in(phone)
    admin_client.post(address, {"confirmed": "yes"})
    for client in [phone, bobs, admin_client]:
        assert not is_signed_in(client)


def test_staff_who_may_not_change_users_may_not_end_their_sessions(
    client: Client, bob: AbstractUser, phone: Client
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(bob)
    page = client.get("/admin/accounts/user/")
    assert page.status_code == 200
    assert "end-sessions" not in page.content.decode()
    data = {"action": "end_sessions", "_selected_action": [bob.pk], "confirmed": "yes"}
    client.post("/admin/accounts/user/", data)
    address = "/admin/accounts/user/end-sessions/"
    assert client.post(address, {"confirmed": "yes"}).status_code == 403
    assert is_signed_in(phone)
    assert is_signed_in(client)


# Signing out, and a new secret key


def test_a_copied_cookie_is_worth_nothing_after_signing_out(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    thief = copy_of(client)
    assert is_signed_in(thief)
    sign_out(client)
    assert not is_signed_in(thief)


def test_a_session_from_before_a_new_secret_key_goes_on(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    sign_in(client, alice)
    confirm_access(client)
    client.post("/accounts/sessions/")  # so that the user's epoch is not the first
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"
    before = cookie_of(client)
    assert is_signed_in(client)
    assert cookie_of(client) != before
    settings.SECRET_KEY_FALLBACKS = []
    assert is_signed_in(client)


def test_a_session_that_was_ended_does_not_go_on_by_an_old_secret_key(
    client: Client, alice: AbstractUser, phone: Client, settings: Settings
) -> None:
    sign_in(client, alice)
    confirm_access(client)
    client.post("/accounts/sessions/")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"
    assert not is_signed_in(phone)
