from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import get_translation_fields

from config.admin import ListEditableMixin

from .models import Category, Product


@admin.register(Category)
class CategoryAdmin(TranslationAdmin):
    list_display = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = get_translation_fields("name")


@admin.register(Product)
class ProductAdmin(ListEditableMixin, TranslationAdmin):
    list_display = ["picture", "name", "sku", "price", "in_stock", "active"]
    list_display_links = ["name"]
    list_editable = ["price", "in_stock", "active"]
    list_filter = ["in_stock", "active", "category"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = [*get_translation_fields("name", "description"), "sku"]

    @admin.display(description=_("picture"))
    def picture(self, product: Product) -> str:
        if not product.image:
            return ""
        return format_html(
            '<img src="{}" alt="" width="48" height="48">', product.image.url
        )
