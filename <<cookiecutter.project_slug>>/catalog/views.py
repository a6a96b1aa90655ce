from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from .models import Category, Product

PRODUCTS_PER_PAGE = 12
QUERY_MAX_LENGTH = 100


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """The shop window, narrowed by `?category=<slug>` and `?q=<text>`."""
    categories = list(Category.objects.all())
    category = _chosen(categories, request.GET.get("category"))
    # PostgreSQL cannot hold a NUL, so no product has one.
    query = request.GET.get("q", "").replace("\0", " ").strip()[:QUERY_MAX_LENGTH]

    products = Product.objects.active().search(query).select_related("category")
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
    return render(request, "catalog/product_list.html", context)


@require_safe
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One product, as long as it is sold."""
    products = Product.objects.active().select_related("category")
    product = get_object_or_404(products, slug=slug)
    context = {"product": product, "currency_code": settings.CURRENCY_CODE}
    return render(request, "catalog/product_detail.html", context)


def _chosen(categories: list[Category], slug: str | None) -> Category | None:
    if not slug:
        return None
    for category in categories:
        if category.slug == slug:
            return category
    raise Http404(f"no category {slug!r}")
