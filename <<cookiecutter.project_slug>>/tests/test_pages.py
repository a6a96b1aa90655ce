"""Pages that are kept: each visitor's own words, and nothing old."""

import itertools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.cache import cache_page
from pytest_django import Settings

from catalog.models import CatalogVersion, Category, Product
from catalog.views import product_list
from config import pages
from config.urls import urlpatterns as site_urlpatterns

from .helpers import HTMX, add, badge_of, sign_in

urlpatterns = [path("cached/", cache_page(60)(product_list)), *site_urlpatterns]

TOKEN = re.compile('name="csrfmiddlewaretoken" value="([^"]+)"')
PAGES = ["/", "/?category=tea-things", "/ru/", "/products/cup/"]

pytestmark = pytest.mark.usefixtures("products")


def html_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.mark.parametrize("address", [*PAGES, "/cart/"])
def test_nobody_sees_what_is_another_visitors(
    alice: AbstractUser, bob: AbstractUser, address: str
) -> None:
    clients = {name: Client() for name in ("alice", "bob", "")}
    for client, user, quantity in zip(
        clients.values(), (alice, bob, None), (2, 3, 4), strict=True
    ):
        if user:
            sign_in(client, user)
        add(client, "CUP", quantity)
    for client in clients.values():
        client.get("/cart/")  # which shows the messages of before
    for _ in range(2):  # kept at first by the one, then by the other
        for (name, client), count in zip(clients.items(), (2, 3, 4), strict=True):
            html = html_of(client, address)
            assert [other for other in ("alice", "bob") if f">{other}<" in html] == (
                [name] if name else []
            )
            assert f'data-testid="cart-count" data-count="{count}"' in html
            assert "@example.com" not in html
            assert ("accounts/logout/" in html) == bool(name)
            if address == "/cart/":
                assert f'name="quantity" value="{count}"' in html


@pytest.mark.parametrize("address", [*PAGES, "/cart/"])
def test_a_users_name_is_no_markup(
    client: Client, alice: AbstractUser, address: str
) -> None:
    alice.username = "<i>Alice & Bob</i>"
    alice.save()
    client.force_login(alice)
    for _ in range(2):
        html = html_of(client, address)
        assert "&lt;i&gt;Alice &amp; Bob&lt;/i&gt;" in html
        assert alice.username not in html


@pytest.mark.parametrize("address", [*PAGES, "/cart/"])
@pytest.mark.parametrize("is_kept", [False, True])
def test_only_who_was_signed_out_is_told_of_it(address: str, is_kept: bool) -> None:
    visitor, stranger = Client(), Client()
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    told = '<div class="message info'
    if is_kept:
        assert told not in html_of(stranger, address)
    assert told in html_of(visitor, address)
    for client in (visitor, stranger):
        assert told not in html_of(client, address)


@pytest.mark.parametrize("address", ["/products/cup/", "/cart/"])
def test_the_forms_of_a_kept_page_have_their_visitors_token(address: str) -> None:
    for _ in range(2):
        client = Client(enforce_csrf_checks=True)
        token = TOKEN.search(html_of(client, "/"))[1]
        data = {"sku": "CUP", "quantity": 1, "csrfmiddlewaretoken": token}
        client.post("/cart/add/", data)
        client.get("/cart/")
        for form in ("/cart/add/", "/cart/set/"):
            for token in set(TOKEN.findall(html_of(client, address))):
                data["csrfmiddlewaretoken"] = token
                assert client.post(form, data).status_code == 302


def rename(product: Product) -> None:
    product.name = "Beaker"
    product.save()


def rename_in_bulk(product: Product) -> None:
    product.name = "Beaker"
    Product.objects.bulk_update([product], ["name"])


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (rename, "Cup", "Beaker"),
        (rename_in_bulk, "Cup", "Beaker"),
        (lambda cup: Product.objects.update(price=99), "€8.00", "€99.00"),
        (lambda cup: Product.objects.filter(pk=cup.pk).update(active=False), "Cup", ""),
        (lambda cup: cup.delete(), "Cup", ""),
        (lambda cup: Product.objects.filter(sku="CUP").delete(), "Cup", ""),
        (
            lambda cup: Category.objects.create(name="Bread", slug="bread").save(),
            "Tea things",
            "Bread",
        ),
        (lambda cup: Category.objects.update(name="China"), "Tea things", "China"),
        (
            lambda cup: Product.objects.bulk_create(
                [
                    Product(
                        sku="JUG",
                        slug="jug",
                        name="Jug",
                        price=1,
                        category=cup.category,
                    )
                ]
            ),
            "Cup",
            "Jug",
        ),
    ],
)
def test_what_has_changed_is_on_the_next_page(
    client: Client,
    products: list[Product],
    change: Callable[[Product], None],
    before: str,
    after: str,
) -> None:
    for _ in range(2):
        assert f"{before}<" in html_of(client, "/").replace(" </", "</")
    change(products[0])
    html = html_of(client, "/")
    assert f"{after}<" in html if after else "Cup<" not in html


def test_a_product_that_was_moved_is_on_its_new_shelf(
    client: Client, products: list[Product]
) -> None:
    bread = Category.objects.create(name="Bread", slug="bread")
    shelf = '<p class="eyebrow">Bread</p>'
    assert shelf not in html_of(client, "/")
    bread.products.add(products[0])
    assert shelf in html_of(client, "/")


def test_a_product_that_is_sold_no_more_has_no_page(
    client: Client, products: list[Product]
) -> None:
    assert client.get("/products/cup/").status_code == 200
    products[0].active = False
    products[0].save()
    assert client.get("/products/cup/").status_code == 404


def test_what_is_sold_out_by_now_cannot_be_added(
    client: Client, products: list[Product]
) -> None:
    data = {"sku": "CUP", "quantity": 1}
    assert client.post("/cart/add/", data).status_code == 302
    Product.objects.update(in_stock=False)
    assert client.post("/cart/add/", data).status_code == 422
    Product.objects.all().delete()
    assert client.post("/cart/add/", data).status_code == 422


def test_the_cart_has_todays_prices(client: Client, products: list[Product]) -> None:
    add(client, "CUP")
    for price in ("9", "10"):
        html_of(client, "/cart/")
        products[0].price = Decimal(price)
        products[0].save()
        html = html_of(client, "/cart/")
        assert f"now it is €{price}.00" in html
        assert f"now it is €{price}.00" in html_of(client, "/products/cup/")


@pytest.mark.django_db(transaction=True)
def test_what_was_undone_is_on_no_page(client: Client, products: list[Product]) -> None:
    html_of(client, "/")
    with transaction.atomic():
        rename(products[0])
        assert "Beaker" in html_of(client, "/")
        transaction.set_rollback(True)
    assert "Beaker" not in html_of(client, "/")


def test_the_rows_of_versions_stay_few(
    monkeypatch: pytest.MonkeyPatch,
    products: list[Product],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    monkeypatch.setattr("catalog.models.CATALOG_VERSIONS", 5)
    versions = set()
    for price in range(20):
        with django_capture_on_commit_callbacks(execute=True):
            Product.objects.update(price=price)
        versions.add(CatalogVersion.current())
    assert len(versions) == 20
    assert 5 <= CatalogVersion.objects.count() <= 10


def change_price(product: Product, price: int) -> None:
    product.price = price
    product.save()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_prices_that_change_at_the_same_time_are_all_remembered(
    products: list[Product],
) -> None:
    prices = range(11, 19)
    cups = [Product.objects.get(sku="CUP") for _ in prices]
    with ThreadPoolExecutor(len(prices)) as pool:
        list(pool.map(change_price, cups, prices))
    cup = Product.objects.get(sku="CUP")
    past = [Decimal(price) for price, _ in cup.past_prices]
    assert sorted([*past, cup.price]) == [8, *prices]


def page_of(text: str, settings: Settings) -> None:
    """Have a template "page.html" with that text."""
    loader = ("django.template.loaders.locmem.Loader", {"page.html": text})
    options = {**settings.TEMPLATES[0]["OPTIONS"], "loaders": [loader]}
    template = {**settings.TEMPLATES[0], "APP_DIRS": False, "OPTIONS": options}
    settings.TEMPLATES = [template]


@pytest.mark.parametrize(
    "name",
    [
        "user.email",
        "user.pk",
        "request.user.email",
        "request.session.cart",
        "request.htmx.request.user.email",
        "request.htmx.request.session.cart",
        "perms.catalog",
    ],
)
@pytest.mark.parametrize("tag", ["{{{{ {} }}}}", "{{% if {} %}}yes{{% endif %}}"])
def test_a_page_that_is_kept_cannot_show_what_is_its_visitors_own(
    client: Client, alice: AbstractUser, settings: Settings, name: str, tag: str
) -> None:
    sign_in(client, alice)
    request = client.get("/cart/").wsgi_request
    page_of(tag.format(name), settings)
    with pytest.raises(pages.NotForAll, match="WORDS, see config/pages.py"):
        pages.keep(request, "1", lambda request: pages.render(request, "page.html"))


@pytest.mark.parametrize(
    "name",
    [
        "request.COOKIES",
        "request.META.HTTP_COOKIE",
        "request.META.REMOTE_ADDR",
        "request.headers.Cookie",
    ],
)
def test_a_page_that_is_kept_knows_no_more_of_its_visitor(
    client: Client, alice: AbstractUser, settings: Settings, name: str
) -> None:
    sign_in(client, alice)
    add(client, "CUP")
    request = client.get("/cart/").wsgi_request
    page_of(f"{{{{ {name}|default:'nothing' }}}} {{{{ user_name }}}}", settings)
    page = pages.render(request, "page.html")
    assert page.text.decode() == f"nothing {pages.mark('user_name')}"


@pytest.mark.parametrize(
    "change", ["cut:'_'", "truncatechars:25", "default:1|slice:'1:'"]
)
def test_a_word_that_a_filter_has_changed_is_a_fault(
    client: Client, settings: Settings, change: str
) -> None:
    request = client.get("/").wsgi_request
    page_of(f"{{{{ user_name|{change} }}}} and {{{{ cart_count }}}}", settings)
    page = pages.render(request, "page.html")
    with pytest.raises(LookupError, match="no word, or its mark was changed"):
        pages.fill(request, page)


def test_a_page_with_a_visitors_token_is_shared_with_nobody(
    client: Client, settings: Settings
) -> None:
    request = client.get("/").wsgi_request
    page_of("{% csrf_token %}", settings)
    page = pages.render(request, "page.html")
    response = pages.fill(request, page, version="1")
    assert "ETag" not in response
    assert response["Cache-Control"] == "private, no-cache"


def test_a_kept_page_has_the_addresses_of_its_host(client: Client) -> None:
    for host in ("testserver", "localhost", "testserver"):
        html = client.get("/products/cup/", headers={"host": host}).content.decode()
        assert f'<link rel="canonical" href="http://{host}/products/cup/">' in html


def test_two_lines_of_the_same_name_that_are_sold_no_more_are_two(
    client: Client, products: list[Product]
) -> None:
    for sku in ("CUP", "POT"):
        add(client, sku)
    Product.objects.update(name="Thing", name_en="Thing", active=False)
    for _ in range(2):
        skus = re.findall('data-sku="(.*?)"', html_of(client, "/cart/"))
        assert skus == ["CUP", "POT"]


def test_a_new_line_is_in_its_place_among_those_that_are_kept(client: Client) -> None:
    for sku in ("POT", "CUP", "TIN"):
        add(client, sku)
        skus = re.findall('data-sku="(.*?)"', html_of(client, "/cart/"))
        assert skus == sorted(skus)


def test_a_message_is_shown_once(client: Client) -> None:
    client.get("/")
    client.post("/cart/add/", {"sku": "CUP", "quantity": 1})
    assert "Added to your cart." in html_of(client, "/")
    assert "Added to your cart." not in html_of(client, "/")
    assert "Added to your cart." not in html_of(Client(), "/")
    assert badge_of(client) == 1


# Parts that are the same for some visitors


def test_an_empty_cart_and_another_have_a_page_each(client: Client) -> None:
    for _ in range(2):
        assert "Your cart is empty" in html_of(Client(), "/cart/")
        add(client, "CUP")
        html_of(client, "/cart/")  # which shows the message
        assert "Your cart is empty" not in html_of(client, "/cart/")


@pytest.mark.parametrize("address", ["/cart/", "/products/cup/"])
def test_only_who_knows_another_price_is_told(
    products: list[Product], address: str
) -> None:
    before, after = Client(), Client()
    add(before, "CUP")
    products[0].price = Decimal("9.00")
    products[0].save()
    add(after, "CUP")
    for client in (before, after):
        html_of(client, "/cart/")  # which shows the message
    for _ in range(2):
        assert "it was €8.00" in html_of(before, address)
        assert "it was €" not in html_of(after, address)


def test_each_visitor_is_told_how_many_there_are_in_the_cart() -> None:
    clients = {quantity: Client() for quantity in (2, 3)}
    for _ in range(2):
        for quantity, client in clients.items():
            client.post("/cart/set/", {"sku": "CUP", "quantity": quantity})
            assert f"In your cart: {quantity}." in html_of(client, "/products/cup/")


def test_only_the_line_that_was_changed_is_drawn_anew_by_htmx(client: Client) -> None:
    for sku in ("CUP", "TIN"):
        add(client, sku)
    html_of(client, "/cart/")  # which shows the messages
    for sku in ("CUP", "TIN", "CUP"):
        data = {"sku": sku, "quantity": 2}
        html = client.post("/cart/set/", data, headers=HTMX).content.decode()
        lines = re.findall('<li class="cart-line"[^>]*>', html)
        for line in lines:
            assert ("hx-preserve" in line) == (f'data-sku="{sku}"' not in line)
        assert len(lines) == 2
        assert "hx-preserve" not in html_of(client, "/cart/")


def test_only_the_line_that_was_put_back_gets_the_focus(client: Client) -> None:
    for sku in ("CUP", "TIN"):
        add(client, sku)
    for quantity in (2, 3):
        data = {"sku": "TIN", "quantity": quantity}
        html = client.post("/cart/set/", data, headers=HTMX).content
        assert b"data-focus" not in html
        html = client.post("/cart/remove/", {"sku": "CUP"}, headers=HTMX).content
        undo = re.search(b'name="lines" value="([^"]+)"', html)[1].decode()
        html = client.post("/cart/restore/", {"lines": undo}, headers=HTMX).content
        assert re.findall(b"data-focus>([^<]+)<", html) == [b"Cup"]


# Visitors without cookies


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "gzip"}], ids=str)
def test_they_get_what_others_got_but_nobody_else_does(
    client: Client, alice: AbstractUser, address: str, headers: dict[str, str]
) -> None:
    kept = [Client().get(address, headers=headers) for _ in range(2)]
    assert kept[0].content == kept[1].content
    assert kept[0].headers == kept[1].headers
    add(client, "CUP", 3)
    assert 'data-count="3"' in html_of(client, address)
    sign_in(client, alice)
    assert ">alice<" in html_of(client, address)
    assert Client().get(address, headers=headers).content == kept[0].content


def test_they_get_it_as_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Client().get("/")
    monkeypatch.setattr("catalog.views.pages.keep", None)  # which the view needs
    assert Client().get("/").content == first.content
    for headers in ({"hx-request": "true"}, {"cookie": "a=b"}):
        with pytest.raises(TypeError):
            Client().get("/", headers=headers)


def greet(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        messages.info(request, f"Hello {request.headers['name']}")
        return get_response(request)

    return middleware


def mark_answer(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Name"] = request.headers["name"]
        match request.headers["how"]:
            case "cookie":
                response.set_cookie("name", request.headers["name"])
            case "vary":
                response["Vary"] = "Cookie, Accept-Encoding, Name"
            case "cache-control":
                response["Cache-Control"] = "private"
        return response

    return middleware


def test_a_message_is_for_the_one_who_gets_it(settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.greet"]
    for name in ("Ann", "Bob"):
        html = Client().get("/", headers={"name": name}).content.decode()
        assert re.findall(r"Hello (\w+)", html) == [name]


@pytest.mark.parametrize("how", ["cookie", "vary", "cache-control"])
def test_an_answer_that_was_made_somebodys_own_is_not_shared(
    settings: Settings, how: str
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.mark_answer"]
    for name in ("Ann", "Bob"):
        page = Client().get("/", headers={"name": name, "how": how})
        assert page["X-Name"] == name


def note_visit(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware as owners have them: even a newcomer gets a session."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.session["visits"] = 1 + request.session.get("visits", 0)
        return get_response(request)

    return middleware


@pytest.mark.parametrize("address", PAGES)
def test_an_answer_that_begins_a_session_is_for_no_other_visitor(
    settings: Settings, address: str
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.note_visit"]
    page = Client().get(address)
    assert settings.SESSION_COOKIE_NAME in page.cookies
    assert page["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("header", ["if-match", "if-unmodified-since"])
def test_what_there_is_no_answer_to_is_not_asked(header: str) -> None:
    value = {"if-match": '"x"', "if-unmodified-since": "Wed, 01 Jan 2020 00:00:00 GMT"}
    for _ in range(2):
        page = Client().get("/", headers={header: value[header]})
        assert page.status_code == 200


def test_they_get_nothing_compressed_that_did_not_ask_for_it() -> None:
    for headers in ({"accept-encoding": "gzip"}, {}, {"accept-encoding": "br"}):
        response = Client().get("/", headers=headers)
        assert response.has_header("Content-Encoding") == (
            headers == {"accept-encoding": "gzip"}
        )


@pytest.mark.parametrize("address", PAGES)
def test_they_see_what_has_changed(products: list[Product], address: str) -> None:
    for _ in range(2):
        assert "Cup<" in html_of(Client(), address)
    rename(products[0])
    assert "Beaker<" in html_of(Client(), address)


def test_they_too_name_the_right_host() -> None:
    assert Client().get("/").status_code == 200
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400
    for scheme, host in itertools.product(
        ["http", "https"], ["testserver", "localhost"]
    ):
        page = Client().get("/", headers={"host": host}, secure=scheme == "https")
        assert (
            f'<link rel="canonical" href="{scheme}://{host}/">' in page.content.decode()
        )


# Caches between the site and its visitors


@pytest.mark.parametrize("address", PAGES)
def test_to_visitors_without_cookies_all_is_the_same(address: str) -> None:
    first, second = Client().get(address), Client().get(address)
    assert not first.cookies
    assert not second.cookies
    assert first.content == second.content
    assert first["Vary"] == "Cookie, Accept-Encoding"
    assert "Cache-Control" not in first


@pytest.mark.parametrize(
    "address", ["/robots.txt", "/sitemap.xml", "/health/live/", "/nowhere/"]
)
def test_what_depends_on_no_cookie_does_not_say_so(
    client: Client, settings: Settings, address: str
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = False
    add(client, "CUP")
    response = client.get(address)
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies


def test_djangos_cache_can_keep_the_shop_window(
    client: Client, alice: AbstractUser, products: list[Product], settings: Settings
) -> None:
    settings.ROOT_URLCONF = __name__
    kept = html_of(Client(), "/cached/")
    for count in (1, 2):
        add(client, "CUP")
        client.get("/cart/")  # which shows the messages
        page = client.get("/cached/")
        assert f'data-count="{count}"' in page.content.decode()
        assert page["Cache-Control"] == "private, no-cache"
    sign_in(client, alice)
    for _ in range(2):
        page = client.get("/cached/")
        assert ">alice<" in page.content.decode()
        assert "no-store" in page["Cache-Control"]
    alice.delete()
    assert ">alice<" not in html_of(client, "/cached/")
    rename(products[0])
    assert html_of(Client(), "/cached/") == kept
    assert html_of(Client(), "/") != kept


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "gzip"}], ids=str)
def test_what_a_browser_has_is_not_sent_again(
    client: Client, address: str, headers: dict[str, str]
) -> None:
    first = client.get(address, headers=headers)
    headers = {**headers, "if-none-match": first["ETag"]}
    again = client.get(address, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Vary"):
        assert again[name] == first[name]
    assert Client().head(address, headers=headers).status_code == 304


@pytest.mark.parametrize("address", PAGES)
def test_what_is_another_now_is_sent(
    client: Client, products: list[Product], alice: AbstractUser, address: str
) -> None:
    tags = [client.get(address)["ETag"]]

    def look() -> HttpResponse:
        headers = {"if-none-match": ", ".join(tags)}
        response = client.get(address, headers=headers)
        assert response.status_code == 200
        tags.append(response.headers.get("ETag", "none with a message"))
        return response

    rename(products[0])
    look()
    add(client, "TIN")
    assert "Added to your cart." in look().content.decode()
    look()
    sign_in(client, alice)
    look()
    look()
    add(client, "CUP", 2)
    look()
    look()
    assert len(set(tags)) == 6


# Changes of the catalogue


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda: Category.objects.get().save(),
        lambda: Product.objects.get(sku="CUP").save(),
        lambda: Product.objects.update(price=1),
        lambda: Category.objects.bulk_create([Category(name="Bread", slug="bread")]),
    ],
)
def test_a_change_and_its_version_are_one_transaction(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[], Any]
) -> None:
    in_transaction = []
    renew = CatalogVersion.renew

    def spy(using: str) -> None:
        in_transaction.append(connection.in_atomic_block)
        renew(using)

    monkeypatch.setattr(CatalogVersion, "renew", spy)
    change()
    assert in_transaction
    assert all(in_transaction)
