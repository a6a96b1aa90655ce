"""Users' sessions in the admin."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.db import SessionStore as DjangoSessionStore
from django.test import Client

from accounts import session_admin
from session_store.log import hashed

from .helpers import add, cart_of, cookie_of, is_signed_in, sign_in

pytestmark = pytest.mark.usefixtures("products")

ADDRESS = "/admin/usersessions/usersession/"


@pytest.fixture
def visitor(alice: AbstractUser) -> Client:
    """Alice, with something in the cart."""
    visitor = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/145.0"})
    sign_in(visitor, alice)
    add(visitor, "CUP", 7)
    return visitor


def test_it_tells_of_each_session_but_not_its_key(
    admin_client: Client, visitor: Client
) -> None:
    row = UserSession.objects.get(user__username="alice")
    for address in (f"{ADDRESS}?q=alice", f"{ADDRESS}{row.pk}/change/"):
        html = admin_client.get(address).content.decode()
        assert "alice" in html and "Firefox" in html and "bytes" in html
        assert ">7</" in html
        assert cookie_of(visitor) not in html


def test_a_session_that_has_ended_is_called_so(
    admin_client: Client, visitor: Client
) -> None:
    visitor.session.delete()
    html = admin_client.get(f"{ADDRESS}?q=alice").content.decode()
    assert "has ended" in html


def test_of_djangos_own_engine_it_does_not_know_the_size(
    admin_client: Client, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_admin, "_session", lambda row: DjangoSessionStore())
    html = admin_client.get(f"{ADDRESS}?q=alice").content.decode()
    assert '<td class="field-size">-</td>' in html


@pytest.mark.parametrize("way", ["one", "selected"])
def test_deleting_ends_the_session(
    admin_client: Client,
    visitor: Client,
    caplog: pytest.LogCaptureFixture,
    way: str,
) -> None:
    key = cookie_of(visitor)
    row = UserSession.objects.get(user__username="alice")
    data = {"post": "yes"}
    if way == "selected":
        data |= {"action": "delete_selected", "_selected_action": row.pk}
        admin_client.post(ADDRESS, data)
    else:
        admin_client.post(f"{ADDRESS}{row.pk}/delete/", data)
    assert not is_signed_in(visitor)
    assert cart_of(visitor) == {}
    assert not UserSession.objects.filter(pk=row.pk).exists()
    assert f"session {hashed(key)}: ended by user" in caplog.text


def test_a_session_cannot_be_changed(admin_client: Client, visitor: Client) -> None:
    row = UserSession.objects.get(user__username="alice")
    data = {"ip": "192.0.2.9"}
    response = admin_client.post(f"{ADDRESS}{row.pk}/change/", data)
    assert response.status_code == 403
    assert admin_client.get(f"{ADDRESS}add/").status_code == 403
