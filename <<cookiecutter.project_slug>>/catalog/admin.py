from django.contrib import admin
from modeltranslation.admin import TranslationAdmin

from .models import Category, Product


@admin.register(Category)
class CategoryAdmin(TranslationAdmin):
    list_display = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]


@admin.register(Product)
class ProductAdmin(TranslationAdmin):
    list_display = ["name", "sku", "category", "price", "active"]
    list_editable = ["price", "active"]
    list_filter = ["active", "category"]
    list_select_related = ["category"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name", "sku", "description"]
