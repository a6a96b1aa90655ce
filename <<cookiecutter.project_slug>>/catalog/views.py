import re
from functools import partial
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from cart import storage
from cart.contents import line_of
from config import csrf, pages
from config.memory import Memory

from .models import CatalogVersion, Category, Product

PRODUCTS_PER_PAGE = 24
QUERY_MAX_LENGTH = 100

# Rendered notes for visitors who have the page's product in the cart.
IN_CART = Memory(3000)

# The query strings of the shop's own links. Others, such as searches, are not cached:
# there is no limit to how many there are.
KEPT = re.compile(r"(category=[-\w]+)?&?(page=[1-9]\d{0,2})?", re.ASCII)


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """Show the products, filtered by `?category=<slug>` and `?q=<text>`."""
    is_kept = KEPT.fullmatch(request.META["QUERY_STRING"])
    version = CatalogVersion.current() if is_kept else None
    page = pages.keep(request, version, _product_list)
    return pages.fill(request, page, version=version)


def _product_list(request: HttpRequest) -> pages.Page:
    categories = list(Category.objects.all())
    category = _chosen(categories, request.GET.get("category"))
    # PostgreSQL rejects NUL characters, so no product has one.
    query = request.GET.get("q", "").replace("\0", " ").strip()[:QUERY_MAX_LENGTH]

    products = Product.objects.active().search(query).by_name()
    products = products.select_related("category")
    if category:
        products = products.filter(category=category)
    paginator = Paginator(products, PRODUCTS_PER_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "categories": categories,
        "category": category,
        "query": query,
        "page": page,
        "page_numbers": paginator.get_elided_page_range(page.number, on_ends=1),
    }
    return _render(request, "catalog/product_list.html", context)


@require_safe
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one product, as long as it is sold."""
    make = partial(_product_detail, slug=slug)
    version = None if request.META["QUERY_STRING"] else CatalogVersion.current()
    page, product = pages.keep(request, version, make)
    in_cart = _in_cart(request, product, version)
    return pages.fill(request, page, version=version, in_cart=in_cart)


def _product_detail(request: HttpRequest, slug: str) -> tuple[pages.Page, Product]:
    products = Product.objects.active().select_related("category")
    product = get_object_or_404(products, slug=slug)
    context = {
        "product": product,
        "currency_code": settings.CURRENCY_CODE,
        "in_cart": pages.mark("in_cart"),
    }
    return _render(request, "catalog/product_detail.html", context), product


def _render(request: HttpRequest, template: str, context: dict) -> pages.Page:
    """Render the page with the shared CSRF token, so that it can be cached."""
    return pages.render(request, template, {"csrf_token": csrf.TOKENS[0], **context})


def _in_cart(request: HttpRequest, product: Product, version: Any) -> str:
    """Return the note for a visitor who has the product in the cart, if any."""
    line = line_of(storage.glance(request), product)
    if line is None:
        return ""
    about = (request.LANGUAGE_CODE, line.sku, line.quantity, line.price_before)
    make = partial(render_to_string, "cart/_in_cart.html", {"line": line})
    return IN_CART.get_or_set(about, version, make)


def _chosen(categories: list[Category], slug: str | None) -> Category | None:
    if not slug:
        return None
    for category in categories:
        if category.slug == slug:
            return category
    raise Http404(f"no category {slug!r}")
