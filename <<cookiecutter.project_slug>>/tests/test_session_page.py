"""The page that shows visitors their own session."""

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from pytest_django import Settings

from .helpers import add, cart_of, cookie_of, messages_of, session_of, sign_in, stored

pytestmark = pytest.mark.usefixtures("products")


@pytest.fixture
def development(settings: Settings) -> None:
    """Have DEBUG on."""
    settings.DEBUG = True


def test_it_is_not_for_the_visitors_of_a_live_site(
    client: Client, alice: AbstractUser
) -> None:
    for _ in ("anonymous", "signed in"):
        assert client.get("/session/").status_code == 404
        assert client.post("/session/expiry/", {"expiry": "soon"}).status_code == 404
        assert client.post("/session/key/").status_code == 404
        assert 'href="/session/"' not in client.get("/").content.decode()
        sign_in(client, alice)


def test_it_is_for_staff(admin_client: Client) -> None:
    assert admin_client.get("/session/").status_code == 200


@pytest.mark.usefixtures("development")
def test_looking_begins_no_session(client: Client, settings: Settings) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = False
    html = client.get("/session/").content.decode()
    assert "there is no session and no cookie" in html
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    assert 'href="/session/"' in client.get("/").content.decode()


@pytest.mark.usefixtures("development")
def test_it_shows_what_is_in_the_session_and_no_secret(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    add(client, "CUP", 3)
    sign_in(client, alice)
    page = client.get("/session/")
    html = page.content.decode()
    assert settings.SESSION_ENGINE in html
    assert "CUP: 3" in html
    assert f"_auth_user_id: &quot;{alice.pk}&quot;" in html
    session = stored(client)
    assert session["_auth_user_hash"] not in html
    assert cookie_of(client) not in html
    assert cookie_of(client)[:6] in html
    assert 0 < page.context["size"] < page.context["max_size"]
    assert len(page.context["time_outs"]) == 2
    assert "no-store" in page["Cache-Control"]


@pytest.mark.usefixtures("development")
def test_of_keys_that_it_does_not_know_it_shows_the_names_alone(
    client: Client, alice: AbstractUser, settings: Settings
) -> None:
    sign_in(client, alice)
    with session_of(client) as session:
        session["state"] = {"request": {"HTTP_COOKIE": "sesame"}, "step": "a step"}
    html = client.get("/session/").content.decode()
    assert "state: ***" in html
    assert "sesame" not in html and "a step" not in html


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize(
    "setting", ["SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SECURE"]
)
def test_it_shows_the_cookie_as_it_is_sent(
    client: Client, settings: Settings, setting: str
) -> None:
    setattr(settings, setting, not getattr(settings, setting))
    add(client, "CUP")
    sent = client.cookies[settings.SESSION_COOKIE_NAME].output()
    shown = client.get("/session/").context["set_cookie"]
    assert attributes(shown) == attributes(sent)
    assert shown.startswith(f"Set-Cookie: {settings.SESSION_COOKIE_NAME}=")


def attributes(header: str) -> list[str]:
    """Return what a Set-Cookie header says of the cookie, but the date."""
    return [part for part in header.split("; ")[1:] if not part.startswith("expires=")]


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize(
    ("expiry", "max_age", "text"),
    [
        ("browser", "", "set_expiry(0) was called"),
        ("soon", 600, "set_expiry(600) was called"),
    ],
)
def test_the_session_gets_another_lifetime_and_loses_it_again(
    client: Client, settings: Settings, expiry: str, max_age: int | str, text: str
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    add(client, "CUP", follow=True)
    page = client.post("/session/expiry/", {"expiry": expiry}, follow=True)
    assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == max_age
    assert text in messages_of(page)[0]
    assert page.context["has_own_expiry"]
    page = client.post("/session/expiry/", {"expiry": "site"}, follow=True)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["max-age"] == settings.SESSION_COOKIE_AGE
    assert not page.context["has_own_expiry"]
    assert cart_of(client) == {"CUP": 1}


@pytest.mark.usefixtures("development")
def test_another_lifetime_than_those_offered_is_not_given(client: Client) -> None:
    add(client, "CUP")
    page = client.post("/session/expiry/", {"expiry": "forever"}, follow=True)
    assert page.status_code == 200
    assert "_session_expiry" not in stored(client)


@pytest.mark.usefixtures("development")
def test_a_new_key_changes_nothing_else(client: Client, alice: AbstractUser) -> None:
    add(client, "CUP")
    sign_in(client, alice)
    before = stored(client)
    client.post("/session/key/")
    assert stored(client) == before


@pytest.mark.usefixtures("development", "two_weeks")
@pytest.mark.parametrize("name", ["key", "expiry"])
def test_looking_at_a_forms_address_changes_nothing(client: Client, name: str) -> None:
    add(client, "CUP")
    key, before = cookie_of(client), stored(client)
    response = client.get(f"/session/{name}/", {"expiry": "soon"})
    assert response["Location"] == "/session/"
    client.get("/session/")
    assert (cookie_of(client), stored(client)) == (key, before)


@pytest.mark.usefixtures("development")
def test_a_session_with_nothing_in_it_is_not_called_none(client: Client) -> None:
    add(client, "CUP")
    client.post("/cart/clear/")
    html = client.get("/session/").content.decode()
    is_there = "The log calls this session" in html
    assert ("there is no session and no cookie" in html) == (not is_there)
    assert ("The cookie as it is sent" in html) == is_there
