"""Sessions in files: who can read them, when they end, and when the disk is full.

Of Django's `FileSessionTests` and `FileSessionPathLibTests` it covers
test_configuration_check, test_invalid_key_backslash, test_invalid_key_forwardslash and
test_clearsessions_command.
"""

import errno
import fcntl
import os
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.file import SessionStore as DjangoSessionStore
from django.contrib.sessions.exceptions import InvalidSessionKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from catalog.models import Product
from session_store import previous
from session_store.backends.moving import takes_over
from session_store.exceptions import SessionStoreUnavailable

from .helpers import SessionStore, add, cart_of


@pytest.fixture
def session() -> SessionBase:
    """A session with something in it, not saved yet."""
    session = SessionStore()
    session["note"] = "kept"
    return session


def file_of(session: SessionBase) -> Path:
    name = f"{settings.SESSION_COOKIE_NAME}{session.session_key}"
    return Path(settings.SESSION_FILE_PATH, name)


def save_in_the_past(session: SessionBase, seconds: int) -> None:
    session.save()
    then = time.time() - seconds
    os.utime(file_of(session), (then, then))


def loaded(session: SessionBase) -> str | None:
    return SessionStore(session.session_key).get("note")


@pytest.fixture
def new_folder(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder for sessions that is not there yet."""
    folder = tmp_path / "sessions"
    settings.SESSION_FILE_PATH = str(folder)
    # The engine, and Django's, remember the folder that they have found.
    for store in (SessionStore, DjangoSessionStore):
        monkeypatch.delattr(store, "_storage_path", raising=False)
    yield folder
    for store in (SessionStore, DjangoSessionStore):
        if "_storage_path" in vars(store):
            del store._storage_path


def test_only_the_sites_own_user_can_read_the_files(new_folder: Path) -> None:
    old_mask = os.umask(0)
    try:
        session = SessionStore()
        session.save()
        session["note"] = "new"
        session.save()
    finally:
        os.umask(old_mask)
    assert new_folder.stat().st_mode & 0o777 == 0o700
    files = list(new_folder.iterdir())
    assert file_of(session) in files
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_new_file_is_for_the_sites_own_user_from_the_start(
    session: SessionBase,
) -> None:
    old_mask = os.umask(0)
    try:
        session.save()
    finally:
        os.umask(old_mask)
    assert file_of(session).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", [str, Path])
def test_the_folder_may_be_there_already(
    new_folder: Path, settings: Settings, kind: type
) -> None:
    new_folder.mkdir()
    settings.SESSION_FILE_PATH = kind(new_folder)
    session = SessionStore()
    session["note"] = "kept"
    session.save()
    assert loaded(session) == "kept"
    assert file_of(session).parent == new_folder


def test_a_folder_that_cannot_be_made_is_a_fault_of_the_settings(
    new_folder: Path, settings: Settings
) -> None:
    settings.SESSION_FILE_PATH = str(new_folder / "one" / "more")
    with pytest.raises(ImproperlyConfigured):
        SessionStore()


@pytest.mark.parametrize("key", ["a\\b\\c", "a/b/c", "../settings"])
def test_no_key_leads_out_of_the_folder(key: str) -> None:
    with pytest.raises(InvalidSessionKey):
        SessionStore().exists(key)
    with pytest.raises(InvalidSessionKey):
        SessionStore().delete(key)


def test_seconds_count_from_when_the_session_was_saved(session: SessionBase) -> None:
    session.set_expiry(60)
    save_in_the_past(session, 50)
    assert loaded(session) == "kept"
    save_in_the_past(session, 61)
    assert loaded(session) is None


def test_without_seconds_of_its_own_a_session_lasts_as_the_settings_say(
    session: SessionBase, settings: Settings
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    save_in_the_past(session, settings.SESSION_COOKIE_AGE - 30)
    assert loaded(session) == "kept"
    save_in_the_past(session, settings.SESSION_COOKIE_AGE + 1)
    assert loaded(session) is None


@pytest.mark.usefixtures("two_weeks")
def test_a_session_that_ends_with_the_browser_is_kept_as_the_settings_say(
    session: SessionBase,
) -> None:
    session.set_expiry(0)
    save_in_the_past(session, settings.SESSION_BROWSER_CLOSE_AGE - 30)
    assert loaded(session) == "kept"
    save_in_the_past(session, settings.SESSION_BROWSER_CLOSE_AGE + 1)
    assert loaded(session) is None


def test_a_session_that_is_over_is_removed_when_it_is_read(
    session: SessionBase,
) -> None:
    session.set_expiry(60)
    save_in_the_past(session, 61)
    assert loaded(session) is None
    assert not file_of(session).exists()


@pytest.mark.parametrize(
    "clear", [SessionStore.clear_expired, lambda: call_command("clearsessions")]
)
def test_clearing_expired_sessions_removes_their_files(
    session: SessionBase, clear: Callable[[], None]
) -> None:
    other = SessionStore()
    other.save()
    forgotten = SessionStore()
    save_in_the_past(forgotten, settings.SESSION_COOKIE_AGE + 1)
    session.set_expiry(60)
    save_in_the_past(session, 61)
    clear()
    assert not file_of(session).exists()
    assert not file_of(forgotten).exists()
    assert file_of(other).exists()


@pytest.mark.parametrize("cookie_name", ["sessionid", "."])
def test_clearing_expired_sessions_removes_what_broken_off_writes_have_left(
    settings: Settings, cookie_name: str
) -> None:
    settings.SESSION_COOKIE_NAME = cookie_name
    session = SessionStore()
    session["note"] = "kept"
    session.save()
    folder = file_of(session).parent
    left_over, in_use = folder / ".new-left_over", folder / ".new-in_use"
    for scratch, minutes in [(left_over, 61), (in_use, 59)]:
        scratch.touch()
        then = time.time() - minutes * 60
        os.utime(scratch, (then, then))
    SessionStore.clear_expired()
    assert not left_over.exists()
    assert in_use.exists()
    assert loaded(session) == "kept"


def test_two_may_clear_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Path(settings.SESSION_FILE_PATH, ".new-gone")
    monkeypatch.setattr(Path, "glob", lambda *args: [gone])
    SessionStore.clear_expired()


# Files that cannot be written or read


@pytest.fixture
def saved(session: SessionBase) -> SessionBase:
    """The session, saved and read again, with a change that is not saved yet."""
    session.save()
    session = SessionStore(session.session_key)
    session["note"] = "new"
    return session


def files() -> set[str]:
    return set(os.listdir(settings.SESSION_FILE_PATH))


@contextmanager
def disk_with_room_for(size: int) -> Iterator[None]:
    """Have the system write no file beyond so many bytes, as if there were no room."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_the_old_session_whole(saved: SessionBase) -> None:
    before = files()
    with (
        disk_with_room_for(20),
        pytest.raises(SessionStoreUnavailable, match="File too large"),
    ):
        saved.save()
    assert files() == before
    assert loaded(saved) == "kept"
    saved.save()
    assert loaded(saved) == "new"
    assert files() == before


def test_a_full_disk_keeps_no_half_of_a_new_session(session: SessionBase) -> None:
    before = files()
    with (
        disk_with_room_for(20),
        pytest.raises(SessionStoreUnavailable, match="File too large"),
    ):
        session.save()
    assert files() == before


def test_a_full_disk_loses_no_session_of_the_previous_engine(
    session: SessionBase, settings: Settings, db: None
) -> None:
    settings.SESSION_PREVIOUS_ENGINE = "django.contrib.sessions.backends.db"
    moving = takes_over(SessionStore)
    old = previous.session()
    old["note"] = note = os.urandom(500).hex()
    old.save()
    for size in (20, 300):
        with (
            disk_with_room_for(size),
            pytest.raises(SessionStoreUnavailable, match="File too large"),
        ):
            moving(old.session_key).load()
    assert moving(old.session_key)["note"] == note


def test_of_two_sessions_that_are_written_at_once_each_has_its_own(
    saved: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, other = os.replace, SessionStore()
    other.save()
    other["note"] = "another's"

    def begin_the_other(*args: Any) -> None:
        def end_both(*others: Any) -> None:
            replace(*args)
            replace(*others)

        monkeypatch.setattr(os, "replace", end_both)
        other.save()

    monkeypatch.setattr(os, "replace", begin_the_other)
    saved.save()
    assert loaded(saved) == "new"
    assert loaded(other) == "another's"


def test_a_new_session_is_there_as_a_whole_or_not_at_all(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def look_and_link(*args: Any) -> None:
        found.append(dict(SessionStore(session.session_key).items()))
        link(*args)
        found.append(dict(SessionStore(session.session_key).items()))

    found: list[dict[str, str]] = []
    monkeypatch.setattr(os, "link", look_and_link)
    session.save()
    assert found == [{}, {"note": "kept"}]


def test_a_write_that_has_begun_brings_no_session_back(
    saved: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def slowly(*args: Any) -> None:
        has_begun.set()
        # Without the lock, the session is deleted by then.
        deletion_done.wait(0.2)
        replace(*args)

    def delete() -> None:
        has_begun.wait(5)
        SessionStore(saved.session_key).delete()
        deletion_done.set()

    has_begun, deletion_done = Event(), Event()
    monkeypatch.setattr(os, "replace", slowly)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda function: function(), [saved.save, delete]))
    assert not file_of(saved).exists()


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("builtins.open", lambda session: session.load()),
        ("os.open", lambda session: session.save()),
        ("os.replace", lambda session: session.save()),
        ("fcntl.flock", lambda session: session.save()),
        ("os.link", lambda session: SessionStore().save()),
        ("os.unlink", lambda session: session.delete()),
        ("fcntl.flock", lambda session: session.flush()),
    ],
)
def test_a_folder_without_the_rights_to_it_is_an_outage(
    saved: SessionBase,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    act: Callable[[SessionBase], Any],
) -> None:
    def forbid(*args: Any, **kwargs: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    before = files()
    with monkeypatch.context() as forbidden:
        forbidden.setattr(name, forbid)
        with pytest.raises(SessionStoreUnavailable, match="Permission denied"):
            act(saved)
    assert files() == before
    assert loaded(saved) == "kept"


def test_a_folder_that_is_gone_is_an_outage(new_folder: Path) -> None:
    session = SessionStore()
    session["note"] = "kept"
    session.save()
    visit = SessionStore(session.session_key)
    assert visit["note"] == "kept"
    new_folder.rename(new_folder.with_name("moved"))
    visit["note"] = "new"
    with pytest.raises(SessionStoreUnavailable):
        visit.save()
    with pytest.raises(SessionStoreUnavailable):
        SessionStore(session.session_key).load()
    new_folder.with_name("moved").rename(new_folder)
    assert loaded(session) == "kept"


def test_a_visitor_hears_of_a_full_disk_and_keeps_the_cart(
    client: Client, products: list[Product]
) -> None:
    add(client, "CUP", 2)
    with disk_with_room_for(20):
        response = client.post("/cart/add/", {"sku": "POT", "quantity": 1})
    assert response.status_code == 503
    assert "Retry-After" in response
    assert not response.cookies
    assert cart_of(client) == {"CUP": 2}


@pytest.mark.parametrize("content", ["", "half a sess"])
def test_a_damaged_file_is_a_session_with_nothing_in_it(
    session: SessionBase, content: str
) -> None:
    session.save()
    file_of(session).write_text(content)
    visit = SessionStore(session.session_key)
    assert dict(visit.items()) == {}
    visit["note"] = "mended"
    visit.save()
    assert loaded(session) == "mended"


def test_what_is_no_text_is_no_session(
    client: Client, session: SessionBase, db: None
) -> None:
    session.save()
    file_of(session).write_bytes(b"\xff")
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert client.get("/cart/").status_code == 200


def test_a_session_that_is_over_but_cannot_be_removed_is_over(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*args: Any) -> None:
        raise PermissionError

    session.set_expiry(60)
    save_in_the_past(session, 61)
    monkeypatch.setattr(fcntl, "flock", forbid)
    assert loaded(session) is None


@pytest.mark.parametrize(("module", "name"), [(os, "stat"), (fcntl, "flock")])
def test_what_was_renewed_meanwhile_is_not_removed_as_over(
    session: SessionBase,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    name: str,
) -> None:
    session.set_expiry(60)
    save_in_the_past(session, 61)
    late = SessionStore(session.session_key)
    at_that_moment = getattr(module, name)

    def renewed_meanwhile(*args: Any) -> Any:
        result = at_that_moment(*args)
        monkeypatch.undo()
        renewed = file_of(session).with_name("renewed")
        renewed.write_text(session.encode({"note": "new"}), encoding="ascii")
        renewed.replace(file_of(session))
        return result

    monkeypatch.setattr(module, name, renewed_meanwhile)
    assert late["note"] == "new"
    assert loaded(session) == "new"
