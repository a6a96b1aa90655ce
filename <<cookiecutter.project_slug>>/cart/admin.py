from django.contrib import admin

from .models import SavedCart


@admin.register(SavedCart)
class SavedCartAdmin(admin.ModelAdmin):
    """For looking only: a cart is changed by the person whose cart it is."""

    list_display = ["user", "updated"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
