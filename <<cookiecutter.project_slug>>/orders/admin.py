from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.templatetags.money import money
from config.admin import ListEditableMixin, LookOnlyMixin

from .models import ADDRESS_FIELDS, Order, OrderLine


class OrderLineInline(LookOnlyMixin, admin.TabularInline):
    model = OrderLine
    fields = readonly_fields = ["sku", "name", "price", "quantity", "line_total"]

    @admin.display(description=_("total"))
    def line_total(self, line: OrderLine) -> str:
        return money(line.total)

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Order)
class OrderAdmin(ListEditableMixin, admin.ModelAdmin):
    """Show orders as they were placed; only the status can be changed."""

    list_display = ["number", "placed_at", "full_name", "total", "status"]
    list_editable = ["status"]
    list_filter = ["status", "placed_at"]
    date_hierarchy = "placed_at"
    search_fields = ["number", "full_name", "email", "user__username", "lines__name"]
    fieldsets = [
        (None, {"fields": ["number", "status", "placed_at", "user", "email", "total"]}),
        (_("Address"), {"fields": ADDRESS_FIELDS}),
    ]
    readonly_fields = ["number", "placed_at", "user", "email", "total", *ADDRESS_FIELDS]
    inlines = [OrderLineInline]
    # Only the customer may see the order's page.
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description=_("total"))
    def total(self, order: Order) -> str:
        return money(order.total)

    def has_add_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
