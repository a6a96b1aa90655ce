"""The cart's page and its forms, as a browser, a script or an attacker sends them."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django import Settings

from cart import storage
from cart.cart import Cart
from catalog.models import Product
from session_store.exceptions import SessionFull

from .helpers import (
    HTMX,
    add,
    badge_of,
    cart_of,
    messages_of,
    session_of,
    sign_in,
    sign_out,
    stored,
    undo_of,
)

FORMS = [f"/cart/{name}/" for name in ("add", "set", "remove", "clear", "restore")]

pytestmark = pytest.mark.usefixtures("products")


@pytest.fixture(params=[{}, HTMX], ids=["plain", "htmx"])
def headers(request: pytest.FixtureRequest) -> dict[str, str]:
    """The headers of a browser without JavaScript, and of htmx."""
    return request.param


def error_messages(response: HttpResponse) -> list[str]:
    messages = response.context["messages"]
    return [str(message) for message in messages if message.level_tag == "error"]


def total_of(client: Client) -> str:
    """Return what the cart comes to, as its page has it."""
    html = client.get("/cart/").content.decode()
    return re.search('data-testid="cart-total">([^<]+)<', html)[1]


# What the forms do


@pytest.mark.parametrize(
    ("address", "data", "lines", "message"),
    [
        ("add", {"sku": "CUP", "quantity": 3}, {"CUP": 5, "POT": 1}, "Added"),
        ("add", {"sku": "TIN", "quantity": 1}, {"CUP": 2, "POT": 1, "TIN": 1}, "Added"),
        ("set", {"sku": "CUP", "quantity": 3}, {"CUP": 3, "POT": 1}, "updated"),
        ("set", {"sku": "TIN", "quantity": 1}, {"CUP": 2, "POT": 1, "TIN": 1}, ""),
        ("remove", {"sku": "CUP"}, {"POT": 1}, "Removed"),
        ("remove", {"sku": "TIN"}, {"CUP": 2, "POT": 1}, ""),
        ("clear", {}, {}, "empty"),
    ],
)
def test_each_form_changes_the_cart_and_says_so(
    client: Client,
    headers: dict[str, str],
    address: str,
    data: dict[str, Any],
    lines: dict[str, int],
    message: str,
) -> None:
    add(client, "CUP", 2)
    add(client, "POT", 1, follow=True)
    response = client.post(f"/cart/{address}/", data, headers=headers, follow=True)
    assert response.status_code == 200
    assert len(messages_of(response)) == 1
    assert message in messages_of(response)[0]
    assert cart_of(client) == lines
    assert badge_of(client) == sum(lines.values())


def test_without_javascript_a_form_leads_to_the_cart(client: Client) -> None:
    response = client.post("/cart/add/", {"sku": "CUP", "quantity": 1})
    assert (response.status_code, response["Location"]) == (302, "/cart/")


@pytest.mark.parametrize("address", ["/products/cup/", "/?q=cup&page=2", "/cart/"])
def test_without_javascript_a_form_leads_back_to_its_page(
    client: Client, address: str
) -> None:
    data = {"sku": "CUP", "quantity": 1, "next": address}
    assert client.post("/cart/add/", data)["Location"] == address


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "//sister.example/",
        "///evil.example/",
        "http:///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "javascript:alert(1)",
        "\x00//evil.example/",
        "account_logout",
        "nonsense",
        "/" + "a" * 10_000,
    ],
)
def test_no_form_leads_to_an_address_outside_the_shop(
    client: Client, settings: Settings, address: str
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "sister.example"]
    data = {"sku": "CUP", "quantity": 1, "next": address}
    response = client.post("/cart/add/", data)
    assert (response.status_code, response["Location"]) == (302, "/cart/")
    assert cart_of(client) == {"CUP": 1}


def test_what_was_refused_shows_the_cart_as_other_devices_have_changed_it(
    client: Client, alice: AbstractUser
) -> None:
    phone = Client()
    for device in (client, phone):
        sign_in(device, alice)
        device.get("/cart/")
    add(phone, "POT")
    response = client.post("/cart/add/", {"sku": "CUP", "quantity": 0})
    assert response.status_code == 422
    assert 'data-sku="POT"' in response.text


def test_htmx_gets_the_parts_of_the_page_that_changed(client: Client) -> None:
    data = {"sku": "CUP", "quantity": 2}
    response = client.post("/cart/add/", data, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in html
    assert 'id="cart-contents"' in html
    assert 'id="cart-count"' in html
    assert "Added to your cart." in html


def test_htmx_gets_no_cart_where_none_is_on_the_page(client: Client) -> None:
    data = {"sku": "CUP", "quantity": 2}
    response = client.post("/cart/add/", data, headers={"HX-Request": "true"})
    html = response.content.decode()
    assert 'id="cart-contents"' not in html
    assert 'id="cart-count"' in html


def test_htmx_is_told_on_a_products_page_how_many_are_in_the_cart(
    client: Client,
) -> None:
    headers = {**HTMX, "HX-Target": "in-cart"}
    for quantity, told in [(2, "In your cart: 2."), (3, "In your cart: 5.")]:
        data = {"sku": "CUP", "quantity": quantity}
        html = client.post("/cart/add/", data, headers=headers).content.decode()
        assert told in html
        assert 'data-testid="cart-line"' not in html
    data = {"sku": "NONE", "quantity": 1}
    response = client.post("/cart/add/", data, headers=headers)
    assert response.status_code == 422
    assert "In your cart" not in response.content.decode()


# What the page shows


def test_the_total_is_exact(client: Client) -> None:
    add(client, "TIN", 3)
    add(client, "CUP", 2)
    html = client.get("/cart/").content.decode()
    lines = re.findall('<p class="cart-line-total price">([^<]+)</p>', html)
    assert lines == ["€16.00", "€14.85"]
    assert total_of(client) == "€30.85"


def test_an_empty_cart_says_so(client: Client) -> None:
    assert "Your cart is empty" in client.get("/cart/").content.decode()
    assert total_of(client) == "€0.00"


def test_a_new_price_is_shown_at_once(client: Client) -> None:
    add(client, "CUP", 2)
    Product.objects.filter(sku="CUP").update(price=Decimal("9.50"))
    assert total_of(client) == "€19.00"


@pytest.mark.parametrize("how", ["taken out of the shop", "deleted"])
def test_a_product_that_is_gone_is_shown_as_such_and_costs_nothing(
    client: Client, how: str
) -> None:
    add(client, "CUP")
    add(client, "POT")
    gone = Product.objects.filter(sku="CUP")
    gone.delete() if how == "deleted" else gone.update(active=False)
    assert list(cart_of(client).items()) == [("POT", 1), ("CUP", None)]
    html = client.get("/cart/").content.decode()
    assert f"<h2>{'CUP' if how == 'deleted' else 'Cup'}</h2>" in html
    assert "No longer sold" in html
    assert total_of(client) == "€32.50"


def test_a_product_that_is_gone_can_be_removed(client: Client) -> None:
    add(client, "CUP")
    Product.objects.filter(sku="CUP").update(active=False)
    client.post("/cart/remove/", {"sku": "CUP"})
    assert cart_of(client) == {}


def test_lines_are_in_the_order_of_the_products_names(client: Client) -> None:
    for sku in ["TIN", "POT", "CUP"]:
        add(client, sku)
    assert list(cart_of(client)) == ["CUP", "POT", "TIN"]


# Putting back


@pytest.mark.parametrize(
    ("address", "data"), [("remove", {"sku": "CUP"}), ("clear", {})]
)
def test_what_is_taken_out_can_be_put_back_as_it_was(
    client: Client, headers: dict[str, str], address: str, data: dict[str, str]
) -> None:
    add(client, "CUP", 2)
    add(client, "POT", 1)
    Product.objects.filter(sku="POT").update(active=False)
    before = client.session["cart"]
    response = client.post(f"/cart/{address}/", data, headers=headers)
    undo = undo_of(response)
    for _ in range(2):  # a double click puts it back once
        response = client.post("/cart/restore/", undo, headers=headers, follow=True)
        assert messages_of(response) == ["Back in your cart."]
        assert cart_of(client) == {"CUP": 2, "POT": None}
    assert client.session["cart"] == before


def test_putting_back_leaves_what_came_in_the_meantime(client: Client) -> None:
    add(client, "CUP", 2)
    undo = undo_of(client.post("/cart/clear/"))
    add(client, "CUP", 3)
    add(client, "TIN", 1)
    client.post("/cart/restore/", undo)
    assert cart_of(client) == {"CUP": 3, "TIN": 1}


def test_a_full_cart_takes_nothing_back(client: Client, settings: Settings) -> None:
    settings.CART_MAX_LINES = 2
    add(client, "CUP")
    add(client, "POT")
    undo = undo_of(client.post("/cart/remove/", {"sku": "CUP"}))
    add(client, "TIN")
    response = client.post("/cart/restore/", undo)
    assert response.status_code == 422
    assert error_messages(response) == ["Your cart is full: please split your order."]
    assert cart_of(client) == {"POT": 1, "TIN": 1}


@pytest.mark.parametrize("lines", ["", None, '{"CUP": 1}', "eyJDVVAiOjF9:x:y", "\x00"])
def test_only_what_the_shop_took_out_can_be_put_back(
    client: Client, lines: str | None
) -> None:
    data = {} if lines is None else {"lines": lines}
    response = client.post("/cart/restore/", data)
    assert response.status_code == 422
    assert error_messages(response) == ["That can no longer be undone."]
    assert cart_of(client) == {}


def test_what_one_user_took_out_is_not_put_into_the_cart_of_another(
    client: Client, alice: AbstractUser, bob: AbstractUser
) -> None:
    sign_in(client, alice)
    add(client, "CUP")
    undo = undo_of(client.post("/cart/clear/"))
    sign_out(client)
    for user in [None, bob]:
        if user:
            sign_in(client, user)
        assert client.post("/cart/restore/", undo).status_code == 422
        assert cart_of(client) == {}
    sign_out(client)
    sign_in(client, alice)
    client.post("/cart/restore/", undo)
    assert cart_of(client) == {"CUP": 1}


def test_where_nothing_was_taken_out_nothing_can_be_put_back(client: Client) -> None:
    response = client.post("/cart/remove/", {"sku": "CUP"})
    assert "/cart/restore/" not in response.content.decode()


# Prices that change


def set_price(sku: str, price: str) -> None:
    product = Product.objects.get(sku=sku)
    product.price = Decimal(price)
    product.save()


def prices_before(client: Client) -> dict[str, Decimal]:
    """Return what the cart's page says of prices that were others before."""
    html = client.get("/cart/").content.decode()
    return {
        line.split('"')[0]: Decimal(note[1])
        for line in html.split('data-testid="cart-line" data-sku="')[1:]
        if (note := re.search("it was €([0-9.]+), now", line))
    }


def test_a_price_that_has_changed_since_is_spoken_of(client: Client) -> None:
    set_price("CUP", "7.00")
    add(client, "CUP")
    assert prices_before(client) == {}
    set_price("CUP", "9.00")
    set_price("CUP", "10.00")
    assert prices_before(client) == {"CUP": Decimal("7.00")}
    for address in ["/cart/", "/products/cup/"]:
        text = "The price has changed: it was €7.00, now it is €10.00"
        assert text in client.get(address).content.decode()
    set_price("CUP", "7.00")
    assert prices_before(client) == {}


def test_each_visitor_is_told_of_the_price_that_they_know(client: Client) -> None:
    other = Client()
    add(client, "CUP")
    set_price("CUP", "9.00")
    add(other, "CUP")
    set_price("CUP", "10.00")
    assert prices_before(client) == {"CUP": Decimal("8.00")}
    assert prices_before(other) == {"CUP": Decimal("9.00")}


def test_a_product_that_was_put_in_later_had_that_price_already(client: Client) -> None:
    add(client, "CUP")
    set_price("POT", "30.00")
    add(client, "POT")
    assert prices_before(client) == {}
    set_price("CUP", "9.00")
    add(client, "TIN")
    add(client, "CUP")
    client.post("/cart/set/", {"sku": "POT", "quantity": 3})
    assert prices_before(client) == {"CUP": Decimal("8.00")}


def test_what_is_said_of_a_price_stays_when_another_line_is_put_in(
    client: Client,
) -> None:
    add(client, "POT")
    set_price("POT", "40.00")
    set_price("CUP", "9.00")
    add(client, "CUP")
    assert prices_before(client) == {"POT": Decimal("32.50")}
    set_price("CUP", "10.00")
    assert prices_before(client) == {"POT": Decimal("32.50"), "CUP": Decimal("9.00")}


def test_signing_in_each_line_keeps_the_price_that_it_was_put_in_at(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    add(client, "POT")
    sign_out(client)
    set_price("CUP", "9.00")
    add(client, "CUP")
    add(client, "TIN")
    sign_in(client, alice)
    assert prices_before(client) == {}
    set_price("POT", "40.00")
    set_price("CUP", "10.00")
    expected = {"POT": Decimal("32.50"), "CUP": Decimal("9.00")}
    assert prices_before(client) == expected
    # Only the line has a time of its own that has to.
    assert list(stored(client)["cart"]["times"]) == ["CUP"]


def test_a_line_that_was_put_in_by_its_quantity_has_a_price_of_its_day(
    client: Client,
) -> None:
    client.post("/cart/set/", {"sku": "CUP", "quantity": 1})
    set_price("CUP", "9.00")
    assert prices_before(client) == {"CUP": Decimal("8.00")}


def test_what_a_user_saved_is_compared_with_the_price_of_that_day(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    add(client, "CUP")
    sign_out(client)
    set_price("CUP", "8.01")
    add(client, "TIN")
    sign_in(client, alice)
    assert prices_before(client) == {"CUP": Decimal("8.00")}


def test_a_cart_from_before_there_were_such_notes_has_none(client: Client) -> None:
    with session_of(client) as session:
        session["cart"] = {"owner": None, "lines": {"CUP": 1}}
    set_price("CUP", "9.00")
    assert prices_before(client) == {}


def test_a_products_page_says_how_many_are_in_the_cart(client: Client) -> None:
    assert "In your cart" not in client.get("/products/cup/").content.decode()
    add(client, "CUP", 3)
    html = client.get("/products/cup/").content.decode()
    assert "In your cart: 3." in html
    assert "In your cart" not in client.get("/products/pot/").content.decode()


# Bad input


@pytest.mark.parametrize("address", ["/cart/add/", "/cart/set/"])
@pytest.mark.parametrize(
    ("sku", "quantity", "reason"),
    [
        ("CUP", "0", "1 or more"),
        ("CUP", "-1", "1 or more"),
        ("CUP", "1000000000", "at most 99"),
        ("CUP", "9" * 5000, "whole number"),
        ("CUP", "many", "whole number"),
        ("CUP", "1.5", "whole number"),
        ("CUP", "1e1", "whole number"),
        ("CUP", "nan", "whole number"),
        ("CUP", "1\x00", "whole number"),
        ("CUP", "", "How many"),
        ("CUP", None, "How many"),
        ("nothing", "1", "no longer available"),
        ("cup", "1", "no longer available"),
        ("<script>", "1", "no longer available"),
        ("CUP\x00", "1", "Null characters"),
        ("C" * 10_000, "1", "at most 32 characters"),
        ("", "1", "choose a product"),
        (None, "1", "choose a product"),
    ],
)
def test_bad_input_changes_nothing_and_is_told_why(
    client: Client,
    address: str,
    sku: str | None,
    quantity: str | None,
    reason: str,
) -> None:
    add(client, "CUP", 2)
    fields = {"sku": sku, "quantity": quantity}
    data = {name: value for name, value in fields.items() if value is not None}
    response = client.post(address, data)
    assert response.status_code == 422
    assert len(error_messages(response)) == 1
    assert reason in error_messages(response)[0]
    assert "<script>" not in response.content.decode()
    assert cart_of(client) == {"CUP": 2}


def test_htmx_is_told_why_among_the_parts_of_the_page(client: Client) -> None:
    data = {"sku": "CUP", "quantity": 0}
    response = client.post("/cart/add/", data, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 422
    assert "<html" not in html
    assert "The quantity must be 1 or more." in html


@pytest.mark.parametrize("sku", ["", None, "CUP\x00", "C" * 10_000])
def test_a_bad_sku_removes_nothing(client: Client, sku: str | None) -> None:
    add(client, "CUP", 2)
    data = {} if sku is None else {"sku": sku}
    response = client.post("/cart/remove/", data)
    assert response.status_code == 422
    assert error_messages(response)
    assert cart_of(client) == {"CUP": 2}


@pytest.mark.parametrize("address", ["/cart/add/", "/cart/set/"])
def test_a_product_that_is_not_sold_cannot_be_put_in_the_cart(
    client: Client, address: str
) -> None:
    Product.objects.filter(sku="CUP").update(active=False)
    response = client.post(address, {"sku": "CUP", "quantity": 1})
    assert response.status_code == 422
    assert error_messages(response) == ["This product is no longer available."]
    assert cart_of(client) == {}


def test_two_faults_are_told_at_once(client: Client) -> None:
    response = client.post("/cart/add/", {"sku": "nothing", "quantity": "x"})
    assert len(error_messages(response)) == 2


@pytest.mark.parametrize("address", FORMS)
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_post_changes_the_cart(client: Client, address: str, method: str) -> None:
    add(client, "CUP", 2)
    response = getattr(client, method)(f"{address}?sku=CUP&quantity=1")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert error_messages(response) == [
        "Nothing was changed: please use the buttons on the page."
    ]
    assert cart_of(client) == {"CUP": 2}


def test_the_carts_page_takes_no_post(client: Client) -> None:
    response = client.post("/cart/", {"sku": "CUP", "quantity": 1})
    assert response.status_code == 405


@pytest.mark.parametrize("address", FORMS)
def test_no_other_site_can_send_a_form(address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    data = {"sku": "CUP", "quantity": 1}
    assert client.post(address, data).status_code == 403
    assert cart_of(client) == {}


def test_the_shops_own_form_is_accepted() -> None:
    client = Client(enforce_csrf_checks=True)
    html = client.get("/products/cup/").content.decode()
    [token] = re.findall('name="csrfmiddlewaretoken" value="([^"]+)"', html)
    data = {"sku": "CUP", "quantity": 1, "csrfmiddlewaretoken": token}
    assert client.post("/cart/add/", data).status_code == 302
    assert cart_of(client) == {"CUP": 1}


# Limits


def test_adding_stops_at_the_limit_of_a_line_and_says_so(
    client: Client, headers: dict[str, str], settings: Settings
) -> None:
    settings.CART_MAX_QUANTITY = 5
    add(client, "CUP", 3, follow=True)
    data = {"sku": "CUP", "quantity": 3}
    response = client.post("/cart/add/", data, headers=headers, follow=True)
    assert response.status_code == 200
    assert messages_of(response) == [
        "You can order at most 5 of one product, so that is the quantity now."
    ]
    assert cart_of(client) == {"CUP": 5}


def test_adding_up_to_the_limit_is_nothing_to_speak_of(
    client: Client, settings: Settings
) -> None:
    settings.CART_MAX_QUANTITY = 5
    add(client, "CUP", 2, follow=True)
    page = add(client, "CUP", 3, follow=True)
    assert messages_of(page) == ["Added to your cart."]


def test_what_counts_is_the_cart_that_it_was_added_to_in_the_end(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = storage.change

    def change_again(request: HttpRequest, operation: Callable[[Cart], Cart]) -> Cart:
        # As when another request has emptied the cart meanwhile.
        operation(Cart({"CUP": 5}))
        return change(request, operation)

    monkeypatch.setattr(storage, "change", change_again)
    page = add(client, "CUP", 3, follow=True)
    assert messages_of(page) == ["Added to your cart."]
    assert cart_of(client) == {"CUP": 3}


@pytest.mark.parametrize("address", ["/cart/add/", "/cart/set/"])
def test_more_than_the_limit_at_once_is_refused(
    client: Client, settings: Settings, address: str
) -> None:
    settings.CART_MAX_QUANTITY = 5
    assert client.post(address, {"sku": "CUP", "quantity": 5}).status_code == 302
    assert client.post(address, {"sku": "POT", "quantity": 6}).status_code == 422
    assert cart_of(client) == {"CUP": 5}


@pytest.mark.parametrize("address", ["/cart/add/", "/cart/set/"])
def test_a_full_cart_takes_no_other_product_and_says_so(
    client: Client, headers: dict[str, str], settings: Settings, address: str
) -> None:
    settings.CART_MAX_LINES = 2
    add(client, "CUP")
    add(client, "POT")
    data = {"sku": "TIN", "quantity": 1}
    response = client.post(address, data, headers=headers)
    assert response.status_code == 422
    assert error_messages(response) == ["Your cart is full: please split your order."]
    assert cart_of(client) == {"CUP": 1, "POT": 1}


def test_the_form_tells_the_browser_the_limit(
    client: Client, settings: Settings
) -> None:
    settings.CART_MAX_QUANTITY = 5
    add(client, "CUP")
    assert 'max="5"' in client.get("/cart/").content.decode()


# Products that are sold out


def test_a_product_that_is_sold_out_cannot_be_put_in_the_cart(client: Client) -> None:
    Product.objects.filter(sku="CUP").update(in_stock=False)
    html = client.get("/products/cup/").content.decode()
    assert "Sold out" in html and "Add to cart" not in html
    response = client.post("/cart/add/", {"sku": "CUP", "quantity": 1})
    assert response.status_code == 422
    assert messages_of(response) == ["This product is sold out at the moment."]
    assert cart_of(client) == {}


def test_a_product_that_has_sold_out_stays_in_the_cart_and_costs_nothing(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP", 2)
    add(client, "TIN")
    Product.objects.filter(sku="CUP").update(in_stock=False)
    sign_in(client, alice)
    assert cart_of(client) == {"CUP": None, "TIN": 1}
    assert total_of(client) == "€4.95"
    assert "Sold out at the moment." in client.get("/cart/").content.decode()


def test_a_full_cart_takes_back_what_was_in_it(
    client: Client, settings: Settings
) -> None:
    settings.CART_MAX_LINES = 2
    add(client, "CUP")
    add(client, "POT")
    undo = undo_of(client.post("/cart/remove/", {"sku": "CUP"}))
    client.post("/cart/restore/", undo)
    assert cart_of(client) == {"CUP": 1, "POT": 1}


def test_of_two_times_the_earlier_is_saved_also_where_the_lines_are_the_same(
    client: Client, alice: AbstractUser
) -> None:
    other = Client()
    add(client, "CUP")
    set_price("CUP", "9.00")
    sign_in(other, alice)
    add(other, "CUP")
    sign_in(client, alice)
    assert prices_before(client) == {"CUP": Decimal("8.00")}


@pytest.mark.parametrize("name", ["add", "set", "restore"])
def test_a_session_that_can_hold_no_more_is_a_full_cart(
    client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*args: Any) -> None:
        raise SessionFull

    add(client, "CUP")
    undo = undo_of(client.post("/cart/remove/", {"sku": "CUP"}))
    monkeypatch.setattr(storage, "change", fail)
    data = {"sku": "CUP", "quantity": 1, **undo}
    response = client.post(f"/cart/{name}/", data)
    assert response.status_code == 422
    assert "Your cart is full" in response.content.decode()


def test_lines_are_in_the_order_of_their_names(client: Client) -> None:
    Product.objects.filter(sku="CUP").update(name="Zebra cup")
    for sku in ("CUP", "POT", "TIN"):
        add(client, sku)
    html = client.get("/cart/").content.decode()
    assert html.index("Teapot") < html.index("Tin") < html.index("Zebra cup")
