from decimal import Decimal

from django import template
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    """Format an amount for the page's language, such as €1,250.00."""
    # Translators: turn the two around where the sign follows the amount.
    return _("%(sign)s%(amount)s") % {
        "sign": settings.CURRENCY,
        "amount": number_format(amount, decimal_pos=2, force_grouping=True),
    }
