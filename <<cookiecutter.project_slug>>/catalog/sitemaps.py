"""The pages that search engines should know."""

from django.contrib.sitemaps import GenericSitemap, Sitemap
from django.urls import reverse

from .models import Category, Product


class ShopWindow(Sitemap):
    """The page that the others start from."""

    def items(self) -> list[str]:
        return ["catalog:product_list"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {
    "shop": ShopWindow,
    "categories": GenericSitemap(
        {"queryset": Category.objects.filter(products__active=True).distinct()}
    ),
    "products": GenericSitemap({"queryset": Product.objects.active()}),
}
