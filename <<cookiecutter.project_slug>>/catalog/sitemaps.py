"""The pages listed for search engines."""

from django.contrib.sitemaps import GenericSitemap, Sitemap
from django.urls import reverse

from .models import Category, Product


class ShopWindow(Sitemap):
    """The shop's start page."""

    i18n = alternates = True

    def items(self) -> list[str]:
        return ["catalog:product_list"]

    def location(self, item: str) -> str:
        return reverse(item)


class TranslatedSitemap(GenericSitemap):
    """The pages of database objects, in each language."""

    i18n = alternates = True


SITEMAPS = {
    "shop": ShopWindow,
    "categories": TranslatedSitemap(
        {"queryset": Category.objects.filter(products__active=True).distinct()}
    ),
    "products": TranslatedSitemap({"queryset": Product.objects.active()}),
}
