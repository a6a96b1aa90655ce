"""The place for a payment provider: there is none yet, and orders are paid otherwise."""

from .models import Order


def begin(order: Order) -> str:
    """Return the address where a visitor goes on who has just placed the order.

    With a payment provider that is the address of its page: have it made there for
    `order.total`, with `order.number` for a reference, unless the order is paid by now:
    whoever sends the form twice comes here twice. When the provider reports the payment,
    at an address of its own in urls.py, set the order's status to `PAID`.
    """
    return order.get_absolute_url()
