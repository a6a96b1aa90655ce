import logging

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from config.mail import log_not_sent

from .models import Order

logger = logging.getLogger(__name__)


def send_confirmation(order: Order, url: str) -> None:
    """Send a confirmation to the order's email address, if it has one.

    `url` is that of the order's page. A failure to send is logged, not raised.
    """
    names = {"number": order.number, "shop": settings.SITE_NAME}
    context = {"order": order, "url": url, "site_name": settings.SITE_NAME}
    subject = _("Your order %(number)s at %(shop)s") % names
    text = render_to_string("orders/confirmation.txt", context)
    try:
        send_mail(subject, text, None, [order.email])
    except OSError as error:  # the base of SMTPException and of network errors
        log_not_sent(logger, f"order {order.number}", error)
