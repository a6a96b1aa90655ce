from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.templatetags.money import money
from config.admin import LookOnlyMixin

from . import storage
from .contents import contents
from .models import SavedCart


@admin.register(SavedCart)
class SavedCartAdmin(LookOnlyMixin, admin.ModelAdmin):
    """Show saved carts without editing them: only their owners change carts."""

    list_display = ["user", "items", "updated"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]
    fields = readonly_fields = ["user", "updated", "items", "products", "total"]

    @admin.display(description=_("items"))
    def items(self, saved: SavedCart) -> int:
        return storage.saved_cart(saved).units

    @admin.display(description=_("products"))
    def products(self, saved: SavedCart) -> SafeString:
        return format_html_join(
            "",
            "<p>{} × {} {}</p>",
            (
                (
                    line.quantity,
                    line.product or line.sku,
                    "" if line.available else _("(not available)"),
                )
                for line in contents(storage.saved_cart(saved)).lines
            ),
        )

    @admin.display(description=_("total"))
    def total(self, saved: SavedCart) -> str:
        return money(contents(storage.saved_cart(saved)).total)
