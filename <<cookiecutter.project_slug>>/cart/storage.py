"""Where a cart is stored, and the only way to change it.

An anonymous visitor's cart is in the session. A signed-in user's cart is their
`SavedCart` row; the session has a copy of it for the number in the header.

The session key "cart" holds `{"owner": str | None, "lines": {sku: quantity}}`, plus
"since" and `"times": {sku: time}` if the cart has them, as Unix timestamps. The owner
is the primary key of the cart's user. A session's cart is merged into a saved one only
if it has no owner, so one user's cart never ends up in another's.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest

from config.rows import row
from session_store.exceptions import SessionFull

from .cart import Cart, Limits
from .models import SavedCart

SESSION_KEY = "cart"

Operation = Callable[[Cart], Cart]
AnyUser = AbstractBaseUser | AnonymousUser


def load(request: HttpRequest) -> Cart:
    """Return the visitor's current cart."""
    session, user = request.session, request.user
    if not user.is_authenticated:
        return in_session(session, owner=None)
    if has_anonymous(session):
        # Left by a failed carry-over, or by another tab during sign-in: merge it now.
        return change(request, lambda cart: cart)
    cart = saved_cart(row(SavedCart, user.pk))
    if session.get(SESSION_KEY) != entry_for(cart, owner_of(user)):
        _copy(session, cart, user)
    return cart


def glance(request: HttpRequest) -> Cart:
    """Return the visitor's cart, from the session if it is there.

    On a second device this may be stale until that device shows the cart page.
    """
    owner = owner_of(request.user)
    entry = request.session.get(SESSION_KEY)
    if owner is None or _is_of(entry, owner):
        return cart_of(entry, owner)
    return load(request)


def count(request: HttpRequest) -> int:
    """Return the total quantity in the visitor's cart, which may be stale."""
    return glance(request).units


def change(request: HttpRequest, operation: Operation) -> Cart:
    """Replace the visitor's cart with `operation(cart)` and return the new cart.

    An exception from `operation` propagates, and nothing changes. For an anonymous
    visitor `operation` may be called more than once, if another request changes the
    cart concurrently. For a user it is called once, in the transaction that saves the
    cart, so what it writes to the database is committed or rolled back with it. Raises
    `SessionFull` if the session cannot hold the cart.
    """
    return change_for(request.session, request.user, operation)


def change_for(session: SessionBase, user: AnyUser, operation: Operation) -> Cart:
    """Do what `change()` does, where `request.user` may not be set yet: at sign-in.

    A view sets it first, but a test's `Client.force_login()` makes a bare request.
    A user's cart is changed under a row lock. A cart without an owner that is still in
    the session is merged into it first.
    """
    if not user.is_authenticated:
        entry = _change_entry(
            session,
            lambda entry: entry_for(operation(cart_of(entry, owner=None)), None),
        )
        return cart_of(entry, owner=None)
    with transaction.atomic():
        saved, _ = SavedCart.objects.select_for_update().get_or_create(user=user)
        anonymous = in_session(session, owner=None)
        before = saved_cart(saved)
        cart = operation(before.merge(anonymous))
        if cart != before or saved.lines != cart.to_json():
            saved.lines, saved.since = cart.to_json(), cart.since
            saved.times = _seconds(cart)
            saved.save()
        _copy(session, cart, user)
    return cart


def in_session(session: SessionBase, owner: str | None) -> Cart:
    """Return the session's cart if it belongs to `owner`, else an empty one."""
    return cart_of(session.get(SESSION_KEY), owner)


def has_anonymous(session: SessionBase) -> bool:
    """Return whether the session has a non-empty cart without an owner."""
    entry = session.get(SESSION_KEY)
    return _is_of(entry, owner=None) and bool(entry.get("lines"))


def entry_for(cart: Cart, owner: str | None) -> dict[str, Any] | None:
    """Return the session entry for the cart; None for an empty anonymous one."""
    if owner is None and not cart:
        return None
    entry = {"owner": owner, "lines": cart.to_json()}
    if cart.since:
        entry["since"] = cart.since.timestamp()
    if cart.times:
        entry["times"] = _seconds(cart)
    return entry


def cart_of(entry: Any, owner: str | None) -> Cart:
    """Return the cart of an `entry_for()` entry; an empty one if not `owner`'s."""
    if not _is_of(entry, owner):
        return _read(None)
    since = _time(entry.get("since"))
    return _read(entry.get("lines"), since, entry.get("times"))


def saved_cart(saved: SavedCart | None) -> Cart:
    """Return the cart stored in the row; without a row, an empty cart."""
    return _read(saved.lines, saved.since, saved.times) if saved else _read(None)


def owner_of(user: AnyUser) -> str | None:
    """Return the owner of the user's cart; None for an anonymous visitor."""
    return str(user.pk) if user.is_authenticated else None


def _copy(session: SessionBase, cart: Cart, user: AbstractBaseUser) -> None:
    """Store a copy of the user's cart in the session, if it fits."""
    try:
        _change_entry(session, lambda entry: entry_for(cart, owner_of(user)))
    except SessionFull:
        session.pop(SESSION_KEY, None)


def _change_entry(session: SessionBase, function: Callable[[Any], Any]) -> Any:
    """Replace the session's cart entry with `function(entry)` and return it.

    With engines other than those of `session_store`, concurrent requests can overwrite
    each other's changes.
    """
    if hasattr(session, "change"):
        return session.change(SESSION_KEY, function)
    entry = function(session.get(SESSION_KEY))
    if entry is None:
        session.pop(SESSION_KEY, None)
    else:
        session[SESSION_KEY] = entry
    return entry


def _is_of(entry: Any, owner: str | None) -> bool:
    return isinstance(entry, dict) and entry.get("owner") == owner


def _read(lines: Any, since: datetime | None = None, seconds: Any = None) -> Cart:
    limits = Limits(settings.CART_MAX_QUANTITY, settings.CART_MAX_LINES)
    times = {}
    if isinstance(seconds, dict):
        found = {sku: _time(value) for sku, value in seconds.items()}
        times = {sku: time for sku, time in found.items() if time}
    return Cart.from_json(lines, limits, since, times)


def _seconds(cart: Cart) -> dict[str, float]:
    return {sku: time.timestamp() for sku, time in cart.times.items()}


def _time(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
