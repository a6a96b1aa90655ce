"""The cart page, and the forms that change the cart.

Every form works without JavaScript: the response is a redirect, or the cart page with
the reason why nothing was changed. For htmx the same views return only the parts of the
page that have changed.

Removing a line also returns the page, as it includes a form that puts the line back.
That form carries the removed lines, signed, so the server stores nothing for visitors
who never submit it.
"""

from collections.abc import Callable, Collection
from functools import partial, wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import CatalogVersion
from catalog.templatetags.money import money
from config import pages
from config.context_processors import translations
from config.memory import Memory
from session_store.exceptions import SessionFull

from . import storage
from .cart import Cart, CartFull
from .contents import Line, contents_at, line_of, products_at
from .forms import LineForm, SkuForm

SALT = "cart.restore"

# Separates the rendered lines of the cart, so that they can be split.
END = pages.mark("end")

# The rendered lines.
LINES = Memory(3 * settings.CART_MAX_LINES)

View = Callable[[HttpRequest], HttpResponse]


@require_safe
def detail(request: HttpRequest) -> HttpResponse:
    """Show the cart."""
    return _show(request, storage.load(request))


def post_only(view: View) -> View:
    """Answer anything but a POST with the cart page and status 405."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            return view(request)
        text = _("Nothing was changed: please use the buttons on the page.")
        response = _refuse(request, [text], status=405)
        response["Allow"] = "POST"
        return response

    return wrapper


def same_session(view: View) -> View:
    """Change nothing if the session in which the visitor got the page has ended.

    That session had another cart: what is removed from the current one would come back
    from it at the next sign-in.
    """

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        # Evaluating `request.user` sets `has_lost_session` if the session has ended.
        if request.user.is_anonymous and hasattr(request, "has_lost_session"):
            return _refuse(request, [_("Nothing was changed: your session has ended.")])
        return view(request)

    return wrapper


@post_only
def add(request: HttpRequest) -> HttpResponse:
    """Add `quantity` units of `sku` to the cart."""
    form = LineForm(request.POST)
    if not form.is_valid():
        return _refuse(request, _errors(form))
    sku, quantity = form.cleaned_data["sku"], form.cleaned_data["quantity"]
    before = 0

    def put_in(cart: Cart) -> Cart:
        nonlocal before
        before = cart.lines.get(sku, 0)
        return _dated(cart.add(sku, quantity), cart, form)

    try:
        cart = storage.change(request, put_in)
    except (CartFull, SessionFull):
        return _refuse(request, [_("Your cart is full: please split your order.")])
    if cart.lines[sku] < before + quantity:
        text = _(
            "You can order at most %(limit)d of one product, so that is the quantity now."
        )
        messages.warning(request, text % {"limit": cart.limits.quantity})
    else:
        messages.success(request, _("Added to your cart."))
    return _done(request, cart)


@post_only
@same_session
def set_quantity(request: HttpRequest) -> HttpResponse:
    """Set the quantity of `sku` in the cart."""
    form = LineForm(request.POST)
    if not form.is_valid():
        return _refuse(request, _errors(form))
    sku, quantity = form.cleaned_data["sku"], form.cleaned_data["quantity"]

    def put_in(cart: Cart) -> Cart:
        return _dated(cart.set(sku, quantity), cart, form)

    try:
        cart = storage.change(request, put_in)
    except (CartFull, SessionFull):
        return _refuse(request, [_("Your cart is full: please split your order.")])
    messages.success(request, _("Your cart was updated."))
    return _done(request, cart)


@post_only
@same_session
def remove(request: HttpRequest) -> HttpResponse:
    """Remove the line of `sku` from the cart."""
    form = SkuForm(request.POST)
    if not form.is_valid():
        return _refuse(request, _errors(form))
    sku = form.cleaned_data["sku"]
    text = _("Removed from your cart.")
    return _take_out(request, lambda cart: cart.remove(sku), text)


@post_only
@same_session
def clear(request: HttpRequest) -> HttpResponse:
    """Remove everything from the cart."""
    return _take_out(request, Cart.clear, _("Your cart is empty."))


@post_only
def restore(request: HttpRequest) -> HttpResponse:
    """Put removed lines back, unless the cart has larger quantities by now."""
    try:
        entry = signing.loads(request.POST.get("lines", ""), salt=SALT)
    except signing.BadSignature:
        entry = None
    taken_out = storage.cart_of(entry, storage.owner_of(request.user))
    if not taken_out:
        return _refuse(request, [_("That can no longer be undone.")])

    def put_back(cart: Cart) -> Cart:
        cart = cart.merge(taken_out)
        if len(cart) > cart.limits.lines:
            raise CartFull
        return cart

    try:
        cart = storage.change(request, put_back)
    except (CartFull, SessionFull):
        return _refuse(request, [_("Your cart is full: please split your order.")])
    messages.success(request, _("Back in your cart."))
    return _done(request, cart, restored=taken_out.lines)


def _dated(cart: Cart, before: Cart, form: LineForm) -> Cart:
    """Record when the line was added, if it was not in the cart before."""
    sku = form.cleaned_data["sku"]
    if sku in before.lines:
        return cart
    return cart.priced_at(sku, timezone.now(), form.price_changed)


def _take_out(
    request: HttpRequest, operation: storage.Operation, text: str
) -> HttpResponse:
    """Change the cart, and show it with a form to put the removed lines back."""
    before = Cart()

    def take_out(cart: Cart) -> Cart:
        nonlocal before
        before = cart
        return operation(cart)

    cart = storage.change(request, take_out)
    messages.success(request, text)
    taken_out = before.keep(set(before.lines) - set(cart.lines))
    entry = storage.entry_for(taken_out, storage.owner_of(request.user))
    undo = signing.dumps(entry, salt=SALT, compress=True) if taken_out else None
    return _show(request, cart, undo=undo)


def _done(request: HttpRequest, cart: Cart, **context: Any) -> HttpResponse:
    """Respond to a change: the changed parts for htmx, otherwise a redirect."""
    if request.htmx:
        return _show(request, cart, **context)
    url = request.POST.get("next", "")
    if not url.startswith("/") or not url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        url = reverse("cart:detail")
    return HttpResponseRedirect(url)


def _refuse(
    request: HttpRequest, reasons: list[str], status: int = 422
) -> HttpResponse:
    """Say why nothing was changed, and show the cart as it is."""
    for reason in reasons:
        messages.error(request, reason)
    return _show(request, storage.load(request), status)


def _show(
    request: HttpRequest, cart: Cart, status: int = 200, **context: Any
) -> HttpResponse:
    """Render the cart page, or for htmx the parts that may have changed."""
    words = {}
    if not request.htmx or request.htmx.target == "cart-contents":
        version = CatalogVersion.current()
        shown = contents_at(cart, version)
        restored = context.get("restored", ())
        words["lines"] = _lines(request, shown.lines, version, restored)
        words["total"] = money(shown.total)
        context["lines"] = pages.mark("lines") if cart else ""
        context["total"] = pages.mark("total")
    if request.htmx and request.htmx.target == "in-cart":
        sku = request.POST.get("sku")
        product = products_at([sku], CatalogVersion.current()).get(sku)
        context["in_cart"] = product and line_of(cart, product)
    if request.htmx:
        page = pages.render(request, "cart/_update.html", context)
    else:
        version = None if request.META["QUERY_STRING"] else bool(cart)
        page = pages.keep(request, version, partial(_page, context=context))
    return pages.fill(request, page, status, **words)


def _page(request: HttpRequest, context: dict[str, Any]) -> pages.Page:
    # This is also the response to forms, whose URLs have no page of their own.
    context["translations"] = translations(request, reverse("cart:detail"))
    return pages.render(request, "cart/detail.html", context)


def _lines(
    request: HttpRequest, lines: list[Line], version: Any, restored: Collection[str]
) -> bytes:
    """Return the rendered lines, cached except for those just changed."""
    about = (request.LANGUAGE_CODE, bool(request.htmx))
    keys = [(*about, line.sku, line.quantity, line.price_before) for line in lines]
    by_key = dict(zip(keys, lines, strict=True))
    changed = request.POST.get("sku")
    context = {
        "max_quantity": settings.CART_MAX_QUANTITY,
        "sku": changed,
        "restored": restored,
        "end": END,
    }

    def make(missing: list[tuple]) -> dict[tuple, bytes]:
        context["lines"] = [by_key[key] for key in missing]
        text = pages.render(request, "cart/_lines.html", context).text
        # The last piece, after the last separator, is no line.
        return dict(zip(missing, text.split(END.encode()), strict=False))

    own_skus = {changed, *restored}
    own = [key for key in keys if by_key[key].sku in own_skus]
    common = [key for key in keys if by_key[key].sku not in own_skus]
    html = LINES.get_or_set_many(common, version, make)
    if own:
        html |= make(own)
    return b"".join(html[key] for key in keys)


def _errors(form: forms.Form) -> list[str]:
    return [error for errors in form.errors.values() for error in errors]
