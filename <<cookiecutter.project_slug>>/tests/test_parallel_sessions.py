"""Requests of one visitor at the same time: no update is lost, no session comes back.

Here, as in two requests, two objects have the same key. Those of Django's cases
`test_session_save_does_not_resurrect_session_logged_out_in_other_context` and the
asynchronous `test_session_asave_...` are among them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from threading import Thread
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.core.cache import close_caches
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

from catalog.models import Product
from session_store.backends import base
from session_store.exceptions import SessionFull, SessionStoreUnavailable

from .helpers import (
    SessionStore,
    add,
    cart_of,
    cookie_of,
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]


@pytest.fixture
def session() -> SessionBase:
    """A session with something in it, as a request has read it."""
    session = SessionStore()
    session.update({"number": 1, "pets": ["Tom"], "note": "old"})
    session.save()
    return another(session)


def another(session: SessionBase) -> SessionBase:
    """Return what another request reads of the session at this moment."""
    other = SessionStore(session.session_key)
    other.load()
    assert other.get("number")
    return other


def set_elsewhere(session: SessionBase, **data: Any) -> None:
    other = another(session)
    other.update(data)
    other.save()


def loaded(session: SessionBase) -> dict[str, Any]:
    return dict(SessionStore(session.session_key).items())


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What has been written to the store over what was there, from here on."""
    writes = []
    replace = SessionStore.replace

    def spy(self: SessionBase, data: Any, token: Any) -> bool:
        writes.append(data)
        return replace(self, data, token)

    monkeypatch.setattr(SessionStore, "replace", spy)
    # As outside of the transaction that a test is in.
    monkeypatch.setattr(SessionStore, "is_final", lambda self: True, raising=False)
    return writes


# Saving


def test_of_two_who_write_different_keys_both_are_heard(
    session: SessionBase, call: Call
) -> None:
    other = another(session)
    session["mine"] = 1
    other["theirs"] = 2
    call(other, "save")
    call(session, "save")
    assert loaded(session) == {
        **{"number": 1, "pets": ["Tom"], "note": "old"},
        **{"mine": 1, "theirs": 2},
    }
    assert session["theirs"] == 2


@pytest.mark.parametrize("name", ["create", "save"])
def test_who_has_begun_a_session_undoes_nothing_that_others_do_in_it(
    call: Call, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As outside of the transaction that a test is in.
    monkeypatch.setattr(SessionStore, "is_final", lambda self: True, raising=False)
    session = SessionStore()
    session["number"] = 1
    call(session, name)
    set_elsewhere(session, number=2)
    session["note"] = "mine"
    session.save()
    assert loaded(session) == {"number": 2, "note": "mine"}


def test_of_two_who_write_the_same_key_the_last_is_heard(session: SessionBase) -> None:
    other = another(session)
    session["note"] = "mine"
    other["note"] = "theirs"
    session.save()
    other.save()
    assert loaded(session)["note"] == "theirs"


def test_what_one_has_removed_the_other_does_not_bring_back(
    session: SessionBase,
) -> None:
    other = another(session)
    del session["note"]
    session.save()
    other["number"] = 2
    other.save()
    assert loaded(session) == {"number": 2, "pets": ["Tom"]}


def test_what_one_has_written_the_other_can_remove(session: SessionBase) -> None:
    other = another(session)
    session["note"] = "mine"
    session.save()
    del other["note"]
    other.save()
    assert "note" not in loaded(session)


def test_clearing_unread_removes_what_is_there_then(session: SessionBase) -> None:
    unread = SessionStore(session.session_key)
    unread.clear()
    unread["fresh"] = True
    set_elsewhere(session, note="newer")
    unread.save()
    assert loaded(session) == {"fresh": True}


def test_a_value_that_was_changed_in_place_is_written(session: SessionBase) -> None:
    session["pets"].append("Rex")
    session.modified = True
    set_elsewhere(session, number=2)
    session.save()
    assert loaded(session) == {"number": 2, "pets": ["Tom", "Rex"], "note": "old"}


def test_one_object_can_be_saved_again_and_again(session: SessionBase) -> None:
    for number in range(3):
        session["mine"] = number
        session.save()
        set_elsewhere(session, theirs=number)
    assert loaded(session)["mine"] == loaded(session)["theirs"] == 2
    session.save()
    assert loaded(session)["theirs"] == 2


def test_saving_without_a_change_is_a_write_that_renews_the_lifetime(
    session: SessionBase, writes: list[Any]
) -> None:
    session.save()
    assert len(writes) == 1


def test_what_has_just_been_written_is_not_written_again(
    session: SessionBase, writes: list[Any]
) -> None:
    session.change("number", lambda number: number + 1)
    session.save()
    assert len(writes) == 1
    session["note"] = "new"
    session.save()
    assert len(writes) == 2


def test_a_save_that_fails_can_be_tried_again(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    session["note"] = "new"
    with monkeypatch.context() as broken:
        broken.setattr(SessionStore, "replace", fail)
        with pytest.raises(SessionStoreUnavailable):
            session.save()
    assert loaded(session)["note"] == "old"
    session.save()
    assert loaded(session)["note"] == "new"


def fail(*args: Any) -> None:
    raise SessionStoreUnavailable


# change()


def test_what_is_saved_again_after_a_change_is_written_again(
    session: SessionBase, writes: list[Any]
) -> None:
    session.change("number", lambda number: number + 1)
    for _ in range(2):
        session.save()
    assert len(writes) == 2


def test_a_needless_change_undoes_nothing_that_others_write_later(
    session: SessionBase,
) -> None:
    set_elsewhere(session, note="theirs")
    session.change("number", lambda number: 1)
    set_elsewhere(session, note="newer")
    session["mine"] = 1
    session.save()
    assert loaded(session)["note"] == "newer"


def test_who_deletes_another_session_undoes_nothing_in_this_one(
    session: SessionBase,
) -> None:
    other = SessionStore()
    other.save()
    session.delete(other.session_key)
    set_elsewhere(session, theirs=1)
    session["mine"] = 1
    session.save()
    assert loaded(session)["theirs"] == 1


def test_what_an_asynchronous_request_has_only_read_it_does_not_write(
    session: SessionBase,
) -> None:
    late = SessionStore(session.session_key)
    async_to_sync(late.aget)("number")
    set_elsewhere(session, theirs=1)
    late["mine"] = 1
    async_to_sync(late.asave)()
    assert loaded(session)["theirs"] == 1


def test_a_change_begins_again_with_the_newer_value(
    session: SessionBase, call: Call
) -> None:
    values = []

    def add_one(number: int) -> int:
        values.append(number)
        if len(values) < 3:
            set_elsewhere(session, number=10 * number, theirs=number)
        return number + 1

    assert call(session, "change", "number", add_one) == 101
    assert values == [1, 10, 100]
    assert session["number"] == loaded(session)["number"] == 101
    assert session["theirs"] == loaded(session)["theirs"] == 10


def test_a_change_knows_what_others_have_written_since_the_session_was_read(
    session: SessionBase,
) -> None:
    set_elsewhere(session, number=10)
    assert session.change("number", lambda number: number + 1) == 11
    assert loaded(session)["number"] == 11


def test_a_change_may_be_made_in_place(session: SessionBase) -> None:
    def append(pets: list[str]) -> list[str]:
        pets.append("Rex")
        return pets

    session.change("pets", append)
    assert loaded(session)["pets"] == ["Tom", "Rex"]


def test_a_change_that_would_change_nothing_looks_once_more(
    session: SessionBase,
) -> None:
    set_elsewhere(session, number=10)
    assert session.change("number", lambda number: 1) == 1
    assert loaded(session)["number"] == 1


def test_a_change_is_stored_at_once_with_what_was_changed_before(
    session: SessionBase,
) -> None:
    session["mine"] = True
    del session["note"]
    session.change("number", lambda number: number + 1)
    assert loaded(session) == {"number": 2, "pets": ["Tom"], "mine": True}


def test_a_change_that_changes_nothing_writes_only_what_was_changed_before(
    session: SessionBase, writes: list[Any]
) -> None:
    session.change("number", lambda number: number)
    assert not writes
    session["mine"] = True
    session.change("number", lambda number: number)
    assert loaded(session)["mine"] is True


def test_after_it_saving_is_a_write_that_renews_the_lifetime(
    session: SessionBase, writes: list[Any]
) -> None:
    session.change("number", lambda number: number)
    session.save()
    assert len(writes) == 1


@pytest.mark.parametrize("who", ["the function", "the store"])
def test_a_change_that_fails_changes_nothing(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    def refuse(number: int) -> int:
        set_elsewhere(session, number=10)
        raise ValueError("refused")

    session["mine"] = True
    with monkeypatch.context() as broken:
        if who == "the store":
            broken.setattr(SessionStore, "replace", fail)
            with pytest.raises(SessionStoreUnavailable):
                session.change("number", lambda number: number + 1)
        else:
            with pytest.raises(ValueError, match="refused"):
                session.change("number", refuse)
    assert session["number"] == 1
    assert session["mine"] is True
    assert "mine" not in loaded(session)
    session.save()
    assert loaded(session)["mine"] is True


def test_a_change_that_has_become_needless_leaves_what_others_have_written(
    session: SessionBase,
) -> None:
    calls = []

    def empty_unless_empty(pets: list[str]) -> list[str]:
        if not calls:
            set_elsewhere(session, pets=[], number=7)
        calls.append(pets)
        return []

    assert session.change("pets", empty_unless_empty) == []
    assert calls == [["Tom"], []]
    assert session["number"] == 7
    session.save()
    assert loaded(session) == {"number": 7, "pets": [], "note": "old"}


def test_a_change_leaves_alone_what_the_view_holds_on_to(session: SessionBase) -> None:
    pets = session["pets"]
    session.change("number", lambda number: number + 1)
    pets.append("Kim")
    session.save()
    assert loaded(session) == {"number": 2, "pets": ["Tom", "Kim"], "note": "old"}


def test_a_function_that_fails_cannot_change_a_session_without_a_record() -> None:
    def spoil(pets: list[str]) -> None:
        pets.clear()
        raise ValueError

    session = SessionStore()
    session["pets"] = ["Tom"]
    with pytest.raises(ValueError):
        session.change("pets", spoil)
    assert session["pets"] == ["Tom"]


def test_with_a_new_key_goes_what_others_have_written_meanwhile(
    session: SessionBase,
) -> None:
    session["note"] = "new"
    set_elsewhere(session, number=7)
    session.cycle_key()
    assert loaded(session) == {"number": 7, "pets": ["Tom"], "note": "new"}


def test_who_has_changed_a_session_hears_later_that_it_was_ended(
    session: SessionBase,
) -> None:
    session.change("number", lambda number: number + 1)
    session.save()
    SessionStore().delete(session.session_key)
    with pytest.raises(UpdateError):
        session.save()


def test_a_session_does_not_grow_beyond_its_largest_size(
    session: SessionBase, settings: Settings
) -> None:
    settings.SESSION_MAX_BYTES = 100
    with pytest.raises(SessionFull):
        session.change("note", lambda note: "x" * 100)
    session["note"] = "x" * 100
    with pytest.raises(SessionFull):
        session.save()
    assert loaded(session) == {"number": 1, "pets": ["Tom"], "note": "old"}
    new = SessionStore()
    new["note"] = "x" * 100
    with pytest.raises(SessionFull):
        new.save()
    assert not new.exists(new.session_key)


def test_without_the_setting_there_is_no_largest_size(
    session: SessionBase, settings: Settings
) -> None:
    del settings.SESSION_MAX_BYTES
    session.change("note", lambda note: "x" * 100_000)
    assert loaded(session)["note"] == "x" * 100_000


def test_signing_in_may_fill_what_a_change_may_not(
    session: SessionBase, settings: Settings
) -> None:
    session["note"] = "x" * 40
    settings.SESSION_MAX_BYTES = session.size()[0]
    session.save()
    assert loaded(session)["note"] == "x" * 40
    with pytest.raises(SessionFull):
        session.change("number", lambda number: 10)


def test_a_full_cart_leaves_room_for_signing_in(
    client: Client, alice: AbstractUser, products: list[Product], settings: Settings
) -> None:
    settings.SESSION_MAX_BYTES = 3000
    Product.objects.bulk_create(
        Product(sku=sku, slug=sku, name=sku, price=1, category=products[0].category)
        for sku in (f"{number:032}" for number in range(100))
    )
    for product in Product.objects.all():
        if add(client, product.sku).status_code == 422:
            break
    cart = cart_of(client)
    assert 20 < len(cart) < 100
    assert sign_in(client, alice).status_code == 302
    assert cart_of(client) == cart


def test_what_was_too_large_before_can_be_changed(
    session: SessionBase, settings: Settings
) -> None:
    settings.SESSION_MAX_BYTES = 20
    session.change("number", lambda number: 2)
    session.cycle_key()
    session["note"] = "new"
    session.save()
    assert loaded(session) == {"number": 2, "pets": ["Tom"], "note": "new"}
    with pytest.raises(SessionFull):
        session.change("note", lambda note: "newer")


def test_a_change_that_others_always_come_before_is_given_up(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come_before(number: int) -> int:
        set_elsewhere(session, number=number + 10)
        return number + 1

    monkeypatch.setattr(base, "ATTEMPTS", 3)
    with pytest.raises(SessionStoreUnavailable):
        session.change("number", come_before)
    assert loaded(session)["number"] == 31


@pytest.mark.django_db(transaction=True)
def test_of_many_changes_at_the_same_moment_none_is_lost() -> None:
    session = SessionStore()
    session["number"] = 1
    session.save()

    def visit(name: str) -> None:
        for i in range(5):
            mine = SessionStore(session.session_key)
            mine[name] = i
            mine.change("number", lambda number: number + 1)
            mine[f"late {name}"] = i
            mine.save()
        connection.close()
        close_caches()

    threads = [Thread(target=visit, args=[name]) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    others = {**dict.fromkeys("abcd", 4), **{f"late {name}": 4 for name in "abcd"}}
    assert loaded(session) == {"number": 21, **others}


def test_what_was_removed_in_a_part_that_was_rolled_back_is_removed_after_it(
    session: SessionBase,
) -> None:
    mine = another(session)
    with suppress(ConnectionError), transaction.atomic():
        del mine["note"]
        mine.save()
        raise ConnectionError
    mine.save()
    assert "note" not in loaded(session)


@pytest.mark.django_db(transaction=True)
def test_what_was_changed_in_a_part_that_was_rolled_back_is_written_after_it(
    session: SessionBase,
) -> None:
    mine = another(session)
    with transaction.atomic():
        mine.change("note", lambda note: "new")
        with suppress(ConnectionError), transaction.atomic():
            mine.change("number", lambda number: number + 1)
            raise ConnectionError
    mine.save()
    assert loaded(session) == {"number": 2, "pets": ["Tom"], "note": "new"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_saved", [True, False], ids=["save", "change"])
def test_what_was_changed_in_a_transaction_is_not_written_again_after_it(
    is_saved: bool,
) -> None:
    session = SessionStore()
    session.update({"number": 1, "note": "old"})
    session.save()
    mine = another(session)
    with transaction.atomic():
        mine.change("number", lambda number: number + 1)
        mine["note"] = "new"
        if is_saved:
            mine.save()
    another(session).change("number", lambda number: number + 1)
    mine.save()
    assert loaded(session) == {"number": 3, "note": "new"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outer", [nullcontext, transaction.atomic])
def test_what_was_rolled_back_with_a_transaction_is_written_after_it(
    outer: Callable[[], AbstractContextManager],
) -> None:
    session = SessionStore()
    session["number"] = 1
    session.save()
    mine = another(session)
    with outer(), suppress(ConnectionError), transaction.atomic():
        mine.change("number", lambda number: number + 1)
        raise ConnectionError
    mine.save()
    assert loaded(session) == {"number": 2}


# Sessions that are over


@pytest.mark.parametrize("end", ["delete", "flush", "cycle_key"])
@pytest.mark.parametrize("act", ["save", "change", "cycle_key"])
def test_a_session_that_has_been_ended_does_not_come_back(
    session: SessionBase, call: Call, end: str, act: str
) -> None:
    call(another(session), end)
    session["number"] = 2
    args = ["number", lambda number: number + 1] if act == "change" else []
    key = session.session_key
    with nullcontext() if act == "cycle_key" else pytest.raises(UpdateError):
        call(session, act, *args)
    assert not session.exists(key)
    assert dict(SessionStore(key).items()) == {}
    # Under a new key goes what this request has set, and nothing of what has ended.
    assert loaded(session) == ({"number": 2} if act == "cycle_key" else {})


def test_whoever_is_signed_in_keeps_the_key_that_another_request_has_made(
    session: SessionBase,
) -> None:
    set_elsewhere(session, _auth_user_id="1")
    here, there = another(session), another(session)
    there.cycle_key()
    with pytest.raises(UpdateError):
        here.cycle_key()
    assert loaded(there)["_auth_user_id"] == "1"


def test_what_is_written_while_somebody_signs_in_goes_along(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "LATE_KEYS", {"number", "note"})
    here, there = another(session), another(session)
    here.keep_cycled = True
    here.cycle_key()
    here["note"] = "new"
    here.save()
    there.change("number", lambda number: number + 1)
    there.update({"pets": ["Rex"], "_auth_user_id": "1"})
    there.save()
    here.end_cycle()
    assert loaded(here) == {"number": 2, "pets": ["Tom"], "note": "new"}
    assert not here.exists(session.session_key)


def test_what_is_written_in_the_last_moment_goes_along(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "LATE_KEYS", {"number"})
    moments = iter([2, 1])
    remove = SessionStore.remove

    def remove_late(old: SessionBase, token: Any) -> bool:
        if number := next(moments, None):
            set_elsewhere(session, number=number)
        return remove(old, token)

    monkeypatch.setattr(SessionStore, "remove", remove_late)
    here = another(session)
    here.keep_cycled = True
    here.cycle_key()
    here.end_cycle()
    assert loaded(here)["number"] == 1
    assert not here.exists(session.session_key)


def test_after_a_failed_sign_in_the_session_is_the_one_before(
    session: SessionBase,
) -> None:
    before = loaded(session)
    session.keep_cycled = True
    key = session.session_key
    session.cycle_key()
    session["note"] = "new"
    session.save()
    session.undo_cycle()
    assert session.session_key == key
    assert dict(session.items()) == before


@pytest.mark.parametrize(
    "elsewhere", [{}, {"number": 2}, {"note": "before"}, {"pets": ["Kim"]}], ids=str
)
@pytest.mark.parametrize("is_set_here", [True, False])
def test_what_the_new_session_knows_already_is_not_late(
    session: SessionBase,
    monkeypatch: pytest.MonkeyPatch,
    is_set_here: bool,
    elsewhere: dict[str, Any],
) -> None:
    monkeypatch.setattr(base, "LATE_KEYS", {"number", "pets"})
    here = another(session)
    if is_set_here:
        here["number"] = 2
    set_elsewhere(session, **elsewhere)
    here.keep_cycled = True
    here.cycle_key()
    here["number"] = 3
    here["pets"].append("Rex")
    here.save()
    set_elsewhere(session, note="new")
    here.end_cycle()
    after = loaded(here)
    assert after["number"] == 3
    assert after["pets"] == [*elsewhere.get("pets", ["Tom"]), "Rex"]


def test_a_key_is_ended_once(session: SessionBase) -> None:
    set_elsewhere(session, _auth_user_id="1")
    here = another(session)
    here.keep_cycled = True
    here.cycle_key()
    for _ in range(2):
        here.end_cycle()
    assert loaded(here)["_auth_user_id"] == "1"


def test_a_user_who_is_signed_out_meanwhile_stays_signed_out(
    session: SessionBase,
) -> None:
    set_elsewhere(session, _auth_user_id="1")
    here, there = another(session), another(session)
    here.keep_cycled = True
    here.cycle_key()
    there.flush()
    with pytest.raises(UpdateError):
        here.end_cycle()
    here.undo_cycle()
    assert not here.exists(here.session_key)


def test_whoever_signs_in_and_out_at_once_leaves_nothing_behind(
    session: SessionBase, call: Call
) -> None:
    set_elsewhere(session, _auth_user_id="1")
    session = another(session)
    session.keep_cycled = True
    key = session.session_key
    session.cycle_key()
    call(session, "flush")
    session.end_cycle()
    assert not session.exists(key)


def test_of_a_session_that_is_ended_while_somebody_signs_in_all_goes_along(
    session: SessionBase,
) -> None:
    here, there = another(session), another(session)
    here.keep_cycled = True
    here.cycle_key()
    there.flush()
    here.end_cycle()
    assert loaded(here) == {"number": 1, "pets": ["Tom"], "note": "old"}


def test_what_was_cleared_unread_does_not_come_back_under_a_new_key(
    session: SessionBase, call: Call
) -> None:
    late = SessionStore(session.session_key)
    late.clear()
    late["number"] = 2
    call(late, "cycle_key")
    assert loaded(late) == {"number": 2}


def test_nor_if_it_was_never_read(session: SessionBase) -> None:
    late = SessionStore(session.session_key)
    late.clear()
    session.delete()
    with pytest.raises(UpdateError):
        late.save()
    assert not session.exists(session.session_key)


def test_nor_if_it_is_ended_in_the_middle_of_a_change(session: SessionBase) -> None:
    def end(number: int) -> int:
        another(session).delete()
        return number + 1

    with pytest.raises(UpdateError):
        session.change("number", end)
    assert not session.exists(session.session_key)


@pytest.mark.usefixtures("writes")
def test_nor_if_the_same_object_has_ended_it(session: SessionBase) -> None:
    session.change("number", lambda number: number + 1)
    session.delete()
    with pytest.raises(UpdateError):
        session.save()
    assert not session.exists(session.session_key)


@pytest.mark.parametrize("leave", ["sign out", "sign in"])
def test_a_late_request_changes_nothing_for_who_has_signed_in_or_out(
    client: Client, products: list[Product], alice: AbstractUser, leave: str
) -> None:
    add(client, "CUP")
    if leave == "sign out":
        sign_in(client, alice)
    key = cookie_of(client)
    late = SessionStore(key)
    assert "cart" in late
    (sign_out(client) if leave == "sign out" else sign_in(client, alice))
    late["note"] = "late"
    with pytest.raises(UpdateError):
        late.save()
    assert not late.exists(key)
    assert dict(SessionStore(key).items()) == {}
