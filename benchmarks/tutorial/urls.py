from catalog.models import Category, Product
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from .cart import Cart

# As many products as a page of the baked site has.
PER_PAGE = 24


class AddForm(forms.Form):
    sku = forms.CharField(widget=forms.HiddenInput)
    quantity = forms.TypedChoiceField(
        choices=[(number, str(number)) for number in range(1, 21)], coerce=int
    )


def product_list(request: HttpRequest) -> HttpResponse:
    context = {
        "categories": Category.objects.all(),
        "products": Product.objects.filter(active=True)[:PER_PAGE],
    }
    return render(request, "list.html", context)


def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product, slug=slug, active=True)
    form = AddForm(initial={"sku": product.sku})
    return render(request, "detail.html", {"product": product, "form": form})


def cart_detail(request: HttpRequest) -> HttpResponse:
    lines = list(Cart(request))
    for line in lines:
        initial = {"sku": line["product"].sku, "quantity": line["quantity"]}
        line["form"] = AddForm(initial=initial)
    return render(request, "cart.html", {"lines": lines})


@require_POST
def cart_add(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST)
    if form.is_valid():
        product = get_object_or_404(Product, sku=form.cleaned_data["sku"])
        Cart(request).add(product, form.cleaned_data["quantity"])
    return redirect("cart_detail")


urlpatterns = [
    path("", product_list, name="product_list"),
    path("products/<slug:slug>/", product_detail, name="product_detail"),
    path("cart/", cart_detail, name="cart_detail"),
    path("cart/add/", cart_add, name="cart_add"),
]
