"""Place an order exactly once, and only as the visitor has seen it.

The form on the last page of the checkout carries the order's token and what the page
showed. The lines move from the cart to the order in one transaction, under the row lock
of the user's saved cart. So submitting the form again, concurrently or later, finds the
order with this token; and if prices or products have changed in the meantime, nothing
is ordered and the visitor is told.
"""

import uuid
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.forms import model_to_dict
from django.http import HttpRequest
from django.utils.translation import gettext as _

from cart import storage
from cart.cart import Cart
from cart.contents import Contents, contents
from catalog.templatetags.money import money

from .mail import send_confirmation
from .models import ADDRESS_FIELDS, Checkout, Order, OrderLine


class SeenLine(NamedTuple):
    """A line as the visitor has seen it."""

    name: str
    quantity: int
    price: str


Seen = dict[str, SeenLine]


class NotAsSeen(Exception):
    """The order would differ from what the visitor has seen; `reasons` say how."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


def to_order(cart: Cart) -> Contents:
    """Return the cart's contents, with quantities capped at the current limit."""
    return contents(cart.capped())


def draw_up(shown: Contents) -> list[OrderLine]:
    """Return the unsaved lines of the order."""
    return [
        OrderLine(
            sku=line.sku,
            name=line.product.name,
            price=line.product.price,
            quantity=line.quantity,
        )
        for line in shown.available
    ]


def as_seen(lines: list[OrderLine]) -> Seen:
    """Return what the visitor agrees to in these lines, serializable as JSON."""
    return {
        line.sku: SeenLine(line.name, line.quantity, str(line.price)) for line in lines
    }


def place(request: HttpRequest, token: uuid.UUID, seen: Seen) -> tuple[Order, bool]:
    """Place the order that the user has seen; return it, and whether it is new.

    Lines that are not available stay in the cart. Raises `NotAsSeen`.
    """
    order, is_new = None, False

    def take_out(cart: Cart) -> Cart:
        nonlocal order, is_new
        order = Order.objects.filter(user=request.user, token=token).first()
        if order:
            return cart
        lines = draw_up(to_order(cart))
        checkout = Checkout.objects.filter(user=request.user).first()
        if reasons := _reasons(checkout, token, seen, lines):
            raise NotAsSeen(reasons)
        order, is_new = _create(request.user, checkout, lines), True
        url = request.build_absolute_uri(order.get_absolute_url())
        # No error in sending the mail may fail the order.
        transaction.on_commit(lambda: send_confirmation(order, url), robust=True)
        return cart.keep(set(cart.lines) - {line.sku for line in lines})

    storage.change(request, take_out)
    return order, is_new


def _create(
    user: AbstractBaseUser, checkout: Checkout, lines: list[OrderLine]
) -> Order:
    order = Order.objects.create(
        user=user,
        email=user.email,
        token=checkout.token,
        **model_to_dict(checkout, ADDRESS_FIELDS),
    )
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines)
    Checkout.objects.filter(pk=checkout.pk).update(token=uuid.uuid4())
    return order


def _reasons(
    checkout: Checkout | None, token: uuid.UUID, seen: Seen, lines: list[OrderLine]
) -> list[str]:
    """Return sentences that say what differs from what was seen."""
    reasons = []
    if checkout is None or checkout.token != token:
        reasons.append(_("The address has changed."))
    now = as_seen(lines)
    for sku in sorted(seen.keys() | now.keys()):
        old, new = seen.get(sku), now.get(sku)
        if new is None:
            text = _("%(name)s is no longer in the order.")
            reasons.append(text % {"name": old.name})
        elif old is None:
            text = _("%(name)s is new in the order.")
            reasons.append(text % {"name": new.name})
        else:
            reasons += _line_reasons(old, new)
    return reasons


def _line_reasons(old: SeenLine, new: SeenLine) -> list[str]:
    reasons = []
    if old.name != new.name:
        names = {"new": new.name, "old": old.name}
        reasons.append(_("%(old)s is now called %(new)s.") % names)
    if old.price != new.price:
        prices = {"new": money(Decimal(new.price)), "old": money(Decimal(old.price))}
        text = _("%(name)s now costs %(new)s, not %(old)s.")
        reasons.append(text % {"name": new.name, **prices})
    if old.quantity != new.quantity:
        quantities = {"new": new.quantity, "old": old.quantity}
        text = _("%(name)s: the quantity is now %(new)d, not %(old)d.")
        reasons.append(text % {"name": new.name, **quantities})
    return reasons
