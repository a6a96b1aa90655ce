from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from .models import Order


def send_confirmation(order: Order, url: str) -> None:
    """Write to whoever has placed the order, if they have an address.

    `url` leads to the order's page.
    """
    names = {"number": order.number, "shop": settings.SITE_NAME}
    context = {"order": order, "url": url, "site_name": settings.SITE_NAME}
    send_mail(
        _("Your order %(number)s at %(shop)s") % names,
        render_to_string("orders/confirmation.txt", context),
        None,
        [order.email],
    )
