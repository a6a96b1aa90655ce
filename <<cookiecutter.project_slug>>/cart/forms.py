from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.models import CatalogVersion

from .contents import products_at


class SkuForm(forms.Form):
    """The line to act on."""

    sku = forms.CharField(
        max_length=32, error_messages={"required": _("Please choose a product.")}
    )


class LineForm(SkuForm):
    """A product that can be ordered, and its quantity.

    Once valid, `price_changed` is when the product's price last changed, or None.
    """

    quantity = forms.IntegerField(
        min_value=1,
        error_messages={
            "required": _("How many would you like?"),
            "invalid": _("The quantity must be a whole number."),
            "min_value": _(
                "The quantity must be 1 or more. To take it out, use Remove."
            ),
        },
    )

    def clean_sku(self) -> str:
        sku = self.cleaned_data["sku"]
        product = products_at([sku], CatalogVersion.current()).get(sku)
        if product is None or not product.active:
            raise forms.ValidationError(_("This product is no longer available."))
        if not product.in_stock:
            raise forms.ValidationError(_("This product is sold out at the moment."))
        self.price_changed = product.price_changed
        return sku

    def clean_quantity(self) -> int:
        quantity = self.cleaned_data["quantity"]
        if quantity > settings.CART_MAX_QUANTITY:
            raise forms.ValidationError(
                _("You can order at most %(limit)d of one product."),
                params={"limit": settings.CART_MAX_QUANTITY},
            )
        return quantity
