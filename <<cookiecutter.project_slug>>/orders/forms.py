import re

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from .models import ADDRESS_FIELDS, Checkout
from .placing import Seen, SeenLine

SALT = "orders.seen"

# Line breaks, which browsers' text inputs strip, and other control characters.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class AddressForm(forms.ModelForm):
    """The delivery address, with `autocomplete` hints for browsers."""

    class Meta:
        model = Checkout
        fields = ADDRESS_FIELDS
        widgets = {
            name: forms.TextInput({"autocomplete": autocomplete})
            for name, autocomplete in {
                "full_name": "name",
                "street": "address-line1",
                "details": "address-line2",
                "postal_code": "postal-code",
                "city": "address-level2",
                "country": "country-name",
            }.items()
        } | {"phone": forms.TextInput({"autocomplete": "tel", "type": "tel"})}
        labels = {
            "details": _("Flat, floor or company (optional)"),
            "phone": _("Phone number, for the delivery (optional)"),
        }

    def clean(self) -> None:
        """Reject line breaks, which could inject paragraphs into the shop's mail."""
        for name, text in [*self.cleaned_data.items()]:
            if CONTROLS.search(text):
                self.add_error(name, _("Please use a single line."))


class ConfirmForm(forms.Form):
    """The token of the order to place, and what the visitor has seen of it."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)

    @classmethod
    def for_order(cls, checkout: Checkout, seen: Seen) -> "ConfirmForm":
        """Return the form for the page that shows `seen`."""
        signed = signing.dumps(seen, salt=SALT, compress=True)
        return cls(initial={"token": checkout.token, "seen": signed})

    def clean_seen(self) -> Seen:
        try:
            seen = signing.loads(self.cleaned_data["seen"], salt=SALT)
            return {sku: SeenLine(*line) for sku, line in seen.items()}
        except (signing.BadSignature, TypeError):  # or signed by an older release
            raise forms.ValidationError(_("Please check your order again.")) from None
