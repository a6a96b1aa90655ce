"""The admin pages of what the site itself brings."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.http import HttpResponse
from django.test import Client

from cart.models import SavedCart
from catalog.models import Product
from orders.models import Order

from .helpers import ADDRESS


def place_order(user: AbstractUser) -> Order:
    """Two cups at 8.00."""
    order = Order.objects.create(user=user, token=uuid.uuid4(), **ADDRESS)
    order.lines.create(sku="CUP", name="Cup", price=Decimal("8.00"), quantity=2)
    return order


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user/?q=alice",
        "cart/savedcart/?q=alice",
        "catalog/category/?q=tea",
        "catalog/product/?q=cup",
        "orders/order/?q=cup",
    ],
)
def test_every_list_opens_and_can_be_searched(
    admin_client: Client,
    alice: AbstractUser,
    products: list[Product],
    address: str,
) -> None:
    SavedCart.objects.create(user=alice, lines={"CUP": 1})
    place_order(alice)
    page = admin_client.get(f"/admin/{address}")
    assert page.status_code == 200
    assert page.context["cl"].result_count == 1


def test_products_are_found_by_their_words_in_every_language(
    admin_client: Client, products: list[Product]
) -> None:
    Product.objects.filter(sku="CUP").update(name_ru="Чашка")
    page = admin_client.get("/admin/catalog/product/?q=Чашка")
    assert [product.sku for product in page.context["cl"].result_list] == ["CUP"]


def form_of(page: HttpResponse) -> dict[str, Any]:
    """Return what a browser would send of a list in which something can be changed."""
    formset = page.context["cl"].formset
    data = {field.html_name: field.value() for field in formset.management_form}
    for field in (field for form in formset for field in form):
        data[field.html_name] = data[field.html_initial_name] = field.value()
    # A box that is not ticked is not sent.
    return {**{k: v for k, v in data.items() if v is not False}, "_save": "Save"}


def test_an_old_list_writes_back_nothing_that_others_have_changed(
    admin_client: Client, alice: AbstractUser
) -> None:
    first, second = place_order(alice), place_order(alice)
    address = "/admin/orders/order/"
    form = form_of(admin_client.get(address))  # the latest order first
    Order.objects.filter(pk=first.pk).update(status="paid")
    admin_client.post(address, {**form, "form-0-status": "sent"})
    statuses = dict(Order.objects.values_list("pk", "status"))
    assert statuses == {first.pk: "paid", second.pk: "sent"}


def test_nor_does_it_in_the_same_row(
    admin_client: Client, products: list[Product]
) -> None:
    cup = products[0]
    address = "/admin/catalog/product/?q=cup"
    form = form_of(admin_client.get(address))
    cup.price = Decimal("9.00")
    cup.save()
    del form["form-0-in_stock"]
    admin_client.post(address, form)
    cup.refresh_from_db()
    assert (cup.price, cup.in_stock, cup.active) == (Decimal("9.00"), False, True)
    assert len(cup.past_prices) == 1


def test_a_list_is_never_longer_than_can_be_saved(
    admin_client: Client, products: list[Product]
) -> None:
    category = products[0].category
    Product.objects.bulk_create(
        Product(category=category, name="Cup", slug=f"cup-{n}", sku=f"C{n}", price=1)
        for n in range(150)
    )
    address = "/admin/catalog/product/?all="
    form = {**form_of(admin_client.get(address)), "form-0-price": "9.50"}
    assert admin_client.post(address, form).status_code == 302
    assert Product.objects.filter(price="9.50").count() == 1


def test_a_saved_cart_can_be_looked_at_but_not_changed(
    admin_client: Client, alice: AbstractUser
) -> None:
    SavedCart.objects.create(user=alice, lines={"CUP": 1})
    address = f"/admin/cart/savedcart/{alice.pk}/change/"
    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, {"lines": "{}"}).status_code == 403
    assert admin_client.get("/admin/cart/savedcart/add/").status_code == 403
    assert SavedCart.objects.get(user=alice).lines == {"CUP": 1}


def test_a_saved_cart_is_shown_with_its_products_and_what_they_come_to(
    admin_client: Client, alice: AbstractUser, products: list[Product]
) -> None:
    SavedCart.objects.create(user=alice, lines={"CUP": 2, "POT": 1, "GONE": 1})
    html = admin_client.get(
        f"/admin/cart/savedcart/{alice.pk}/change/"
    ).content.decode()
    for text in ["2 × Cup", "1 × Teapot", "1 × GONE (not available)", "€48.50"]:
        assert text in html


def test_of_an_order_nothing_but_its_status_can_be_changed(
    admin_client: Client, alice: AbstractUser
) -> None:
    order = place_order(alice)
    address = f"/admin/orders/order/{order.pk}/"
    assert "€16.00" in admin_client.get(f"{address}change/").content.decode()
    data = {
        **{"status": "sent", "full_name": "Bob", "email": "bob@example.com"},
        **{"lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 1, "lines-0-price": "0.01"},
        **{"lines-0-id": order.lines.get().pk, "lines-0-DELETE": "on"},
    }
    assert admin_client.post(f"{address}change/", data).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.full_name) == ("sent", "Alice Liddell")
    assert order.total == Decimal("16.00")
    assert admin_client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get("/admin/orders/order/add/").status_code == 403


def test_price_and_stock_are_changed_in_the_list_of_products(
    admin_client: Client, products: list[Product]
) -> None:
    address = "/admin/catalog/product/?q=cup"
    Product.objects.filter(sku="CUP").update(image="products/cup.svg")
    page = admin_client.get(address)
    assert '<img src="/media/products/cup.svg"' in page.content.decode()
    form = {**form_of(page), "form-0-price": "9.50"}
    del form["form-0-in_stock"]
    assert admin_client.post(address, form).status_code == 302
    product = Product.objects.get(sku="CUP")
    assert (product.price, product.in_stock) == (Decimal("9.50"), False)


def test_customers_have_no_business_in_the_admin(
    client: Client, alice: AbstractUser
) -> None:
    client.force_login(alice)
    assert client.get("/admin/").status_code == 302


def test_an_order_in_the_admin_has_no_link_to_a_page_for_its_customer_alone(
    admin_client: Client, alice: AbstractUser
) -> None:
    address = f"/admin/orders/order/{place_order(alice).pk}/change/"
    assert "View on site" not in admin_client.get(address).content.decode()
