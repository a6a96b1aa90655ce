"""The checkout, from cart to order, and the orders that a user has placed."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cart import storage
from cart.contents import Contents

from . import payment
from .forms import AddressForm, ConfirmForm
from .models import Checkout
from .placing import NotAsSeen, as_seen, draw_up, place, to_order

ORDERS_PER_PAGE = 10

Step = Callable[..., HttpResponse]


def step(view: Step) -> Step:
    """Call `view(request, shown, ...)` with the contents of a signed-in user's cart.

    A visitor with nothing to order is told so. One who is not signed in is redirected
    to the sign-in page, and keeps the cart.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: object) -> HttpResponse:
        shown = to_order(storage.load(request))
        if not shown.available:
            context = {"lines": shown.lines}
            return render(request, "orders/nothing_to_order.html", context)
        if not request.user.is_authenticated:
            text = _("Please sign in or sign up to order. Your cart comes with you.")
            messages.info(request, text)
            return redirect_to_login(request.path)
        return view(request, shown, *args)

    return wrapper


@require_http_methods(["GET", "HEAD", "POST"])
@step
def address(request: HttpRequest, shown: Contents) -> HttpResponse:
    """Ask for the delivery address, suggesting the last one."""
    checkout = Checkout.objects.filter(user=request.user).first()
    form = AddressForm(
        request.POST or None,
        instance=checkout,
        initial={"full_name": request.user.get_full_name()} if not checkout else None,
    )
    if form.is_valid():
        if form.has_changed() or not checkout:
            # The new token invalidates review pages in other tabs, which are stale.
            Checkout.objects.update_or_create(
                user=request.user,
                defaults={**form.cleaned_data, "token": uuid.uuid4()},
            )
        return redirect("orders:review")
    context = {"form": form, "total": shown.total}
    status = 422 if form.errors else 200
    return render(request, "orders/address.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """Show the order for review; a POST places it, if nothing has changed."""
    if request.method != "POST" or not request.user.is_authenticated:
        return _show(request, [])
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _show(request, [_("Please check your order again.")])
    try:
        order, is_new = place(request, **form.cleaned_data)
    except NotAsSeen as error:
        return _show(request, error.reasons)
    if is_new:
        messages.success(request, _("Thank you! Your order has been placed."))
    else:
        messages.info(request, _("This order is already placed. It counts only once."))
    return redirect(payment.begin(order))


@step
def _show(request: HttpRequest, shown: Contents, reasons: list[str]) -> HttpResponse:
    """Render the review page, the last one before the order."""
    checkout = Checkout.objects.filter(user=request.user).first()
    if checkout is None:
        return redirect("orders:checkout")
    lines = draw_up(shown)
    context = {
        "address": checkout,
        "form": ConfirmForm.for_order(checkout, as_seen(lines)),
        "lines": lines,
        "reasons": reasons,
        "total": shown.total,
        "unavailable": [line for line in shown.lines if not line.available],
    }
    status = 409 if reasons else 200
    return render(request, "orders/review.html", context, status=status)


@require_safe
@login_required
def order_list(request: HttpRequest) -> HttpResponse:
    """Show the user's orders, the latest first."""
    orders = request.user.orders.prefetch_related("lines")
    page = Paginator(orders, ORDERS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "orders/list.html", {"page": page})


@require_safe
@login_required
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one of the user's orders."""
    orders = request.user.orders.prefetch_related("lines")
    order = get_object_or_404(orders, number=number)
    return render(request, "orders/detail.html", {"order": order})
