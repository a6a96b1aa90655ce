"""The address decides the language, and products have their texts in each."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AbstractUser
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from catalog.models import Category, Product

from .helpers import PASSWORD, add


@pytest.fixture(autouse=True)
def translated_cup(products: list[Product]) -> None:
    """Have Russian texts for one product and for the category of all of them."""
    Category.objects.update(name_ru="Всё для чая")
    Product.objects.filter(sku="CUP").update(
        name_ru="Чашка", description_en="Holds tea.", description_ru="Держит чай."
    )


@pytest.mark.parametrize(
    ("address", "language"),
    [
        ("/", "en"),
        ("/cart/", "en"),
        ("/accounts/login/", "en"),
        ("/nowhere/", "en"),
        ("/ru/", "ru"),
        ("/ru/cart/", "ru"),
        ("/ru/accounts/login/", "ru"),
        ("/ru/nowhere/", "ru"),
    ],
)
def test_the_address_alone_decides_the_language(
    client: Client, settings: Settings, address: str, language: str
) -> None:
    other = {"en": "ru", "ru": "en"}[language]
    client.cookies["django_language"] = other
    response = client.get(address, headers={"accept-language": other})
    assert f'<html lang="{language}">' in response.content.decode()
    assert "Language" not in response.get("Vary", "")
    assert settings.SESSION_COOKIE_NAME not in response.cookies


@pytest.mark.parametrize("page", ["", "nowhere/"])
def test_a_page_says_so_if_its_language_is_written_from_right_to_left(
    client: Client, settings: Settings, page: str
) -> None:
    settings.LANGUAGES_BIDI = ["ru"]
    assert '<html lang="ru" dir="rtl">' in client.get(f"/ru/{page}").content.decode()
    assert '<html lang="en">' in client.get(f"/{page}").content.decode()


def test_a_request_leaves_no_language_behind(client: Client) -> None:
    client.get("/ru/")
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert '<html lang="en">' in response.content.decode()


def test_the_default_language_has_no_second_address(client: Client) -> None:
    assert client.get("/en/").status_code == 404


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        ("/?category=tea-things&q=c", "/ru/?category=tea-things&q=c"),
        ("/products/cup/", "/ru/products/cup/"),
        ("/accounts/login/?next=/cart/", "/ru/accounts/login/?next=/ru/cart/"),
    ],
)
def test_every_page_names_and_links_itself_in_each_language(
    client: Client, english: str, russian: str
) -> None:
    for address in (english, russian):
        html = client.get(address).content.decode().replace("&amp;", "&")
        for language, same in (("en", english), ("ru", russian)):
            link = f'hreflang="{language}" href="http://testserver{same}"'
            assert f'<link rel="alternate" {link}>' in html
            assert re.search(f'<a href="http://testserver{re.escape(same)}"', html)


@pytest.mark.parametrize("form", ["add", "remove"])
def test_an_answer_to_a_form_links_the_page_that_it_shows(
    client: Client, form: str
) -> None:
    html = client.post(f"/cart/{form}/", {"sku": "CUP"}).content.decode()
    assert re.findall('hreflang="ru" href="([^"]+)"', html) == [
        "http://testserver/ru/cart/"
    ]
    assert f"/cart/{form}/" not in re.sub("<main.*</main>", "", html, flags=re.DOTALL)


def test_the_visitor_stays_in_the_language(client: Client, alice: AbstractUser) -> None:
    data = {"sku": "CUP", "quantity": 1}
    page = client.post("/ru/cart/add/", data, follow=True)
    assert page.redirect_chain == [("/ru/cart/", 302)]
    assert "Товар добавлен в корзину" in page.content.decode()
    assert client.get("/ru/accounts/email/")["Location"] == (
        "/ru/accounts/login/?next=/ru/accounts/email/"
    )
    data = {"login": "alice", "password": PASSWORD}
    page = client.post("/ru/accounts/login/", data, follow=True)
    assert page.redirect_chain == [("/ru/", 302)]
    assert "Ваша корзина с вами" in page.content.decode()
    page = client.post("/ru/accounts/logout/", follow=True)
    assert page.redirect_chain == [("/ru/", 302)]


def test_mail_is_in_the_language_and_leads_back_to_it(
    client: Client, alice: AbstractUser
) -> None:
    client.post("/ru/accounts/password/reset/", {"email": alice.email})
    assert "http://testserver/ru/accounts/password/reset/key/" in mail.outbox[0].body
    assert "парол" in mail.outbox[0].body


def test_an_error_page_leads_to_the_shop_in_its_language(client: Client) -> None:
    html = client.get("/ru/nowhere/").content.decode()
    assert 'href="/ru/"' in html


def test_products_are_shown_in_the_language_of_the_page(client: Client) -> None:
    html = client.get("/ru/products/cup/").content.decode()
    assert "Чашка" in html and "Держит чай." in html and "Всё для чая" in html
    assert "8,00\N{NO-BREAK SPACE}€" in html
    assert "Cup" not in html and "Holds tea." not in html
    html = client.get("/products/cup/").content.decode()
    assert "Cup" in html and "Holds tea." in html and "€8.00" in html
    assert "Чашка" not in html


def test_a_cart_is_shown_in_the_language_of_the_page(client: Client) -> None:
    client.post("/cart/add/", {"sku": "CUP", "quantity": 1})
    client.get("/cart/")  # which shows the message
    for _ in range(2):
        for address, name in [("/cart/", "Cup"), ("/ru/cart/", "Чашка")]:
            html = client.get(address).content.decode()
            assert re.findall("<h2><a .*?>(.*)</a></h2>", html) == [name]


def test_a_text_that_is_missing_is_shown_in_another_language(client: Client) -> None:
    assert "Teapot" in client.get("/ru/products/pot/").content.decode()


def test_products_are_sorted_by_the_name_that_is_shown(client: Client) -> None:
    Product.objects.create(
        sku="JAR", slug="jar", name_ru="Банка", price=1, category=Category.objects.get()
    )
    for address, skus in [
        ("/", ["CUP", "POT", "TIN", "JAR"]),
        ("/ru/", ["POT", "TIN", "JAR", "CUP"]),
    ]:
        products = client.get(address).context["page"]
        assert [product.sku for product in products] == skus


@pytest.mark.parametrize(
    ("address", "count"),
    [("/?q=cup", 1), ("/?q=чашка", 1), ("/ru/?q=Чашка", 1), ("/ru/?q=cup", 1)],
)
def test_products_are_found_by_their_words_in_every_language(
    client: Client, address: str, count: int
) -> None:
    assert client.get(address).context["page"].paginator.count == count


def test_translations_cost_no_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with translation.override("ru"), django_assert_num_queries(1):
        names = [product.name for product in Product.objects.all()]
    assert set(names) == {"Чашка", "Teapot", "Tin"}


def test_the_admin_edits_each_language(admin_client: Client) -> None:
    product = Product.objects.get(sku="POT")
    address = f"/admin/catalog/product/{product.pk}/change/"
    fields = admin_client.get(address).context["adminform"].form.initial
    data = {name: value for name, value in fields.items() if value}
    data |= {"name_en": "Pot", "name_ru": "Чайник"}
    assert admin_client.post(address, data).status_code == 302
    product.refresh_from_db()
    assert (product.name_en, product.name_ru) == ("Pot", "Чайник")


def test_the_demo_shop_is_in_every_language(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.DEBUG = True
    settings.MEDIA_ROOT = tmp_path
    Product.objects.all().delete()
    call_command("seed_demo")
    for rows in (Category.objects.exclude(slug="tea-things"), Product.objects.all()):
        for row in rows:
            assert re.search("[a-z]{2}", row.name_en)
            assert re.search("[а-яё]{2}", row.name_ru)
    for product in Product.objects.all():
        assert re.search("[a-z]{2}", product.description_en)
        assert re.search("[а-яё]{2}", product.description_ru)


def test_a_products_page_says_in_its_language_how_many_are_in_the_cart(
    client: Client,
) -> None:
    add(client, "CUP", 2, follow=True)
    for address, told in [("", "In your cart: 2."), ("/ru", "В корзине: 2.")]:
        assert told in client.get(f"{address}/products/cup/").content.decode()


def test_the_field_of_the_user_name_is_not_called_like_the_button(
    client: Client,
) -> None:
    html = client.get("/ru/accounts/login/").content.decode()
    assert re.search(r'<label for="id_login">\s*Имя пользователя или', html)
