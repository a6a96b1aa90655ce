from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from .models import Category, Product, ProductQuerySet


@admin.register(Category)
class CategoryAdmin(TranslationAdmin):
    list_display = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]


@admin.register(Product)
class ProductAdmin(TranslationAdmin):
    list_display = ["picture", "name", "sku", "price", "in_stock", "active"]
    list_display_links = ["name"]
    list_editable = ["price", "in_stock", "active"]
    list_filter = ["in_stock", "active", "category"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name", "sku", "description"]

    def get_search_results(
        self, request: HttpRequest, queryset: ProductQuerySet, search_term: str
    ) -> tuple[ProductQuerySet, bool]:
        """Find what the shop finds, in all languages."""
        return queryset.search(search_term), False

    @admin.display(description=_("picture"))
    def picture(self, product: Product) -> str:
        if not product.image:
            return ""
        return format_html(
            '<img src="{}" alt="" width="48" height="48">', product.image.url
        )
