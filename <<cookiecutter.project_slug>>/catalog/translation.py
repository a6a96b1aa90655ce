"""The fields that have a text in each language of the site."""

from modeltranslation.translator import TranslationOptions, register

from .models import Category, Product


@register(Category)
class CategoryTranslation(TranslationOptions):
    fields = ["name"]


@register(Product)
class ProductTranslation(TranslationOptions):
    fields = ["name", "description"]
