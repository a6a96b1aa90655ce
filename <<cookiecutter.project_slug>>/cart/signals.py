"""What happens to the cart when its visitor signs in."""

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Product
from session_store.carry_over import LATE_KEYS, carry_over

from . import storage
from .cart import Cart

LATE_KEYS.add(storage.SESSION_KEY)


@carry_over
def carry_over_cart(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Merge the anonymous cart into the user's saved one, and tell them.

    For a product in both carts, the larger quantity is kept. Products no longer sold,
    and anything beyond the limits of a cart, are dropped.
    """
    had_anonymous = storage.has_anonymous(request.session)
    merged = sold = Cart()

    def tidy(cart: Cart) -> Cart:
        nonlocal merged, sold
        price_changes = Product.still_sold(cart.lines)
        merged, sold = cart, cart.keep(price_changes)
        return sold.within_limits().without_needless_times(price_changes)

    cart = storage.change_for(request.session, user, tidy)
    _tell(request, had_anonymous, merged, sold, cart)


def _tell(
    request: HttpRequest, had_anonymous: bool, merged: Cart, sold: Cart, cart: Cart
) -> None:
    """Add messages about what was kept, what was dropped and what was reduced."""
    gone = sorted(merged.lines.keys() - sold.lines.keys())
    too_many = sorted(sold.lines.keys() - cart.lines.keys())
    capped = [sku for sku, units in cart.lines.items() if units < merged.lines[sku]]
    if had_anonymous and cart:
        text = ngettext(
            "Your cart came with you: it has %(count)d item.",
            "Your cart came with you: it has %(count)d items.",
            cart.units,
        )
        messages.success(request, text % {"count": cart.units}, fail_silently=True)
    for skus, text in [
        (gone, _("No longer available, so removed from your cart: %(products)s.")),
        (
            too_many,
            _("Your cart is full, so these were removed from it: %(products)s."),
        ),
    ]:
        if skus:
            names = {"products": _names(skus)}
            messages.warning(request, text % names, fail_silently=True)
    if capped:
        text = _(
            "You can order at most %(limit)d of one product, so that is the quantity "
            "now: %(products)s."
        )
        messages.warning(
            request,
            text % {"limit": cart.limits.quantity, "products": _names(capped)},
            fail_silently=True,
        )


def _names(skus: list[str]) -> str:
    names = dict(Product.objects.filter(sku__in=skus).values_list("sku", "name"))
    return ", ".join(names.get(sku, sku) for sku in skus)
