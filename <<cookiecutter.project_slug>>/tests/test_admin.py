"""The admin pages of what the site itself brings."""

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client

from cart.models import SavedCart
from catalog.models import Product


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user/?q=alice",
        "cart/savedcart/?q=alice",
        "catalog/category/?q=tea",
        "catalog/product/?q=cup",
    ],
)
def test_every_list_opens_and_can_be_searched(
    admin_client: Client,
    alice: AbstractUser,
    products: list[Product],
    address: str,
) -> None:
    SavedCart.objects.create(user=alice, lines={"CUP": 1})
    page = admin_client.get(f"/admin/{address}")
    assert page.status_code == 200
    assert page.context["cl"].result_count == 1


def test_a_saved_cart_can_be_looked_at_but_not_changed(
    admin_client: Client, alice: AbstractUser
) -> None:
    SavedCart.objects.create(user=alice, lines={"CUP": 1})
    address = f"/admin/cart/savedcart/{alice.pk}/change/"
    assert "CUP" in admin_client.get(address).content.decode()
    assert admin_client.post(address, {"lines": "{}"}).status_code == 403
    assert admin_client.get("/admin/cart/savedcart/add/").status_code == 403
    assert SavedCart.objects.get(user=alice).lines == {"CUP": 1}


def test_customers_have_no_business_in_the_admin(
    client: Client, alice: AbstractUser
) -> None:
    client.force_login(alice)
    assert client.get("/admin/").status_code == 302
