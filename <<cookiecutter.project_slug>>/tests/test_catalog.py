"""The shop window, the product pages, the prices and the demo data."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone, translation
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from catalog.demo.products import PRODUCTS
from catalog.models import PAST_PRICES, Category, Product
from catalog.templatetags.money import money

MakeProduct = Callable[..., Product]


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.views.PRODUCTS_PER_PAGE", 12)


@pytest.fixture
def category(db: None) -> Category:
    return Category.objects.create(name="Tea", slug="tea")


@pytest.fixture
def make_product(category: Category) -> MakeProduct:
    def make(sku: str, **fields: object) -> Product:
        values = {
            "slug": sku.lower(),
            "name": f"Product {sku}",
            "price": Decimal("12.50"),
            "category": category,
        }
        return Product.objects.create(sku=sku, **{**values, **fields})

    return make


def names(client: Client, address: str) -> list[str]:
    """Return the names of the products on a page of the shop window."""
    return [product.name for product in client.get(address).context["page"]]


# The shop window


def test_the_shop_window_shows_what_is_sold(
    client: Client, make_product: MakeProduct
) -> None:
    make_product("POT", name="Round teapot", price=Decimal("1048.00"))
    make_product("OLD", name="Old teapot", active=False)
    html = client.get("/").content.decode()
    assert "Round teapot" in html
    assert "€1,048.00" in html
    assert 'href="/products/pot/"' in html
    assert '<input type="hidden" name="sku" value="POT">' in html
    assert "Old teapot" not in html


def test_an_empty_shop_says_so(client: Client, db: None) -> None:
    assert "The shop is empty" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("page", "number"),
    [("", 1), ("1", 1), ("2", 2), ("3", 3), ("x", 1), ("-1", 3), ("0", 3), ("99", 3)],
)
def test_a_page_that_does_not_exist_is_the_nearest(
    client: Client, make_product: MakeProduct, page: str, number: int
) -> None:
    for index in range(25):
        make_product(f"P{index:02}")
    shown = client.get("/", {"page": page}).context["page"]
    assert shown.number == number
    first = 12 * (number - 1)
    assert [product.sku for product in shown] == [
        f"P{index:02}" for index in range(first, min(first + 12, 25))
    ]


def test_no_page_repeats_a_product(client: Client, make_product: MakeProduct) -> None:
    for index in range(24):
        make_product(f"P{index:02}", name="The same")
    pages = [client.get("/", {"page": page}).context["page"] for page in (1, 2)]
    assert len({product.sku for page in pages for product in page}) == 24


def test_the_links_to_other_pages_keep_the_search(
    client: Client, make_product: MakeProduct
) -> None:
    for index in range(13):
        make_product(f"P{index:02}")
    html = client.get("/?category=tea&q=product").content.decode()
    assert 'href="?category=tea&amp;q=product&amp;page=2"' in html
    html = client.get("/?category=tea&q=product&page=2").content.decode()
    assert 'href="/?q=product"' in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Cup", "Iron pot", "Round pot"]),
        ("pot", ["Iron pot", "Round pot"]),
        ("POT", ["Iron pot", "Round pot"]),
        (" pot  round ", ["Round pot"]),
        ("stoneware", ["Round pot"]),
        ("cup-1", ["Cup"]),
        ("100%", []),
        ("teapot", []),
        ("cup\0", ["Cup"]),
        ("cup" + " cup" * 5000, ["Cup"]),
    ],
)
def test_search_looks_for_every_word_in_name_description_and_sku(
    client: Client, make_product: MakeProduct, query: str, found: list[str]
) -> None:
    make_product("POT-1", name="Round pot", description="Glazed stoneware, 1000 ml")
    make_product("POT-2", name="Iron pot")
    make_product("CUP-1", name="Cup")
    response = client.get("/", {"q": query})
    assert [product.name for product in response.context["page"]] == found


@pytest.mark.parametrize(
    "query", ["чашка", "ЧАШКА", "Чашка", "ашк", "ёлкой", "blue", "weiß", "Weiß"]
)
@pytest.mark.parametrize("address", ["/", "/ru/"])
def test_search_knows_the_words_and_capitals_of_every_language(
    client: Client, make_product: MakeProduct, address: str, query: str
) -> None:
    make_product(
        "CUP", name_en="Cup", name_ru="Чашка с Ёлкой", description_en="Blue (Weiß)"
    )
    make_product("POT", name_en="Pot", name_ru="Чайник")
    found = client.get(address, {"q": query}).context["page"]
    assert [product.sku for product in found] == ["CUP"]


def test_what_is_shown_in_another_language_is_found_as_it_is_shown(
    client: Client, make_product: MakeProduct
) -> None:
    make_product("POT", name="Teapot")
    assert names(client, "/ru/") == names(client, "/ru/?q=Teapot") == ["Teapot"]


@pytest.mark.parametrize("sign", [*r".^$*+?{}[]\|()%_-&#~:/'"])
def test_signs_in_a_search_are_looked_for_as_they_are(
    client: Client, make_product: MakeProduct, sign: str
) -> None:
    make_product("CUP", name=f"Cup{sign}")
    make_product("POT", name="Pot")
    assert names(client, f"/?{urlencode({'q': 'p' + sign})}") == [f"Cup{sign}"]


def test_a_search_in_a_category_says_so(client: Client, category: Category) -> None:
    html = client.get("/?q=cup&category=tea").content.decode()
    assert html.count("Results for “cup” in Tea") == 2
    assert "Results for “cup” in" not in client.get("/?q=cup").content.decode()


def test_a_search_is_shown_as_text(client: Client, category: Category) -> None:
    html = client.get("/", {"q": '"><script>'}).content.decode()
    assert "<script>" not in html.replace("<script src=", "")
    assert "Nothing found" in html


def test_a_category_narrows_the_shop_window(
    client: Client, make_product: MakeProduct
) -> None:
    linen = Category.objects.create(name="Linen", slug="linen")
    make_product("TEA")
    make_product("TOWEL", category=linen)
    assert names(client, "/") == ["Product TEA", "Product TOWEL"]
    assert names(client, linen.get_absolute_url()) == ["Product TOWEL"]
    assert names(client, "/?category=tea&q=towel") == []
    assert names(client, "/?category=") == ["Product TEA", "Product TOWEL"]


def test_an_unknown_category_is_not_found(client: Client, category: Category) -> None:
    assert client.get("/?category=nothing").status_code == 404


def test_an_empty_category_says_so(client: Client, category: Category) -> None:
    assert "This shelf is empty" in client.get("/?category=tea").content.decode()


# A product


def test_a_product_has_a_page(client: Client, make_product: MakeProduct) -> None:
    product = make_product("POT", description="Holds a litre.\n\nDoes not drip.")
    html = client.get(product.get_absolute_url()).content.decode()
    assert ">Product POT</h1>" in html
    assert "€12.50" in html
    assert "<p>Does not drip.</p>" in html
    assert 'href="/?category=tea"' in html
    assert 'name="quantity"' in html


def test_what_is_not_sold_has_no_page(
    client: Client, make_product: MakeProduct
) -> None:
    product = make_product("OLD", active=False)
    assert client.get(product.get_absolute_url()).status_code == 404
    assert client.get("/products/never/").status_code == 404


@pytest.mark.parametrize("address", ["/", "/products/pot/"])
def test_the_pages_are_for_reading(
    client: Client, make_product: MakeProduct, address: str
) -> None:
    make_product("POT")
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


@pytest.mark.parametrize(
    ("address", "queries"),
    # What is new, the categories, the number of products and a page of them.
    [("/", 4), ("/?category=tea&q=product", 3), ("/products/p00/", 2)],
)
def test_pages_that_are_new_take_few_queries(
    client: Client,
    make_product: MakeProduct,
    django_assert_num_queries: DjangoAssertNumQueries,
    address: str,
    queries: int,
) -> None:
    for index in range(13):
        make_product(f"P{index:02}")
    with django_assert_num_queries(queries):
        client.get(address)


@pytest.mark.parametrize("sku", ["A B", "A/B", "A,B", "чай", "A\n", ""])
def test_an_sku_is_plain(make_product: MakeProduct, sku: str) -> None:
    product = make_product("A.b_c-1", slug="abc1", description="Fine.")
    product.full_clean()
    product.sku = sku
    with pytest.raises(ValidationError, match="sku"):
        product.full_clean()


def test_a_price_is_never_negative(make_product: MakeProduct) -> None:
    make_product("FREE", price=Decimal(0))
    with pytest.raises(IntegrityError):
        make_product("DEBT", price=Decimal("-0.01"))


def test_a_category_in_use_stays(make_product: MakeProduct, category: Category) -> None:
    make_product("TEA")
    with pytest.raises(ProtectedError):
        category.delete()


# Search engines


def test_a_products_page_tells_machines_what_it_is(
    client: Client, make_product: MakeProduct
) -> None:
    make_product("POT", description="Holds a litre.")
    html = client.get("/ru/products/pot/").content.decode()  # which would write 12,50
    for part in [
        'itemtype="https://schema.org/Product"',
        '<meta itemprop="price" content="12.50">',
        '<meta itemprop="priceCurrency" content="EUR">',
        '<meta name="description" content="Holds a litre.">',
        '<meta property="og:title" content="Product POT">',
        '<link rel="canonical" href="http://testserver/ru/products/pot/">',
    ]:
        assert part in html


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("/", "/"),
        ("/?utm=x", "/"),
        ("/?category=tea&utm=x", "/?category=tea"),
        ("/cart/?utm=x", "/cart/"),
        ("/?page=2", None),
        ("/?q=pot", None),
        ("/accounts/login/", None),
        ("/nowhere/", None),
    ],
)
def test_each_page_for_search_engines_has_one_address_and_others_none(
    client: Client, make_product: MakeProduct, address: str, canonical: str | None
) -> None:
    for index in range(13):
        make_product(f"P{index:02}")
    html = client.get(address).content.decode()
    link = f'<link rel="canonical" href="http://testserver{canonical}">'
    assert (link in html) == (canonical is not None)
    assert ('<meta name="robots" content="noindex">' in html) == (canonical is None)


def test_the_sitemap_has_what_is_sold(
    client: Client, make_product: MakeProduct, settings: Settings
) -> None:
    prefixes = [
        "" if code == settings.LANGUAGE_CODE else f"/{code}"
        for code, _ in settings.LANGUAGES
    ]
    make_product("POT")
    make_product("OLD", active=False)
    Category.objects.create(name="Linen", slug="linen")
    robots = client.get("/robots.txt")
    assert robots["Content-Type"].startswith("text/plain")
    assert "Sitemap: http://testserver/sitemap.xml" in robots.content.decode()
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    assert [loc.text for loc in tree.iter() if loc.tag.endswith("loc")] == [
        f"http://testserver{prefix}{path}"
        for path in ("/", "/?category=tea", "/products/pot/")
        for prefix in prefixes
    ]


# Prices


def test_the_prices_of_long_ago_are_forgotten(make_product: MakeProduct) -> None:
    product = make_product("POT", price=0)
    times = []
    for price in range(1, PAST_PRICES + 3):
        times.append(timezone.now())
        product.price = price
        product.save()
    product = Product.objects.get()
    assert len(product.past_prices) == PAST_PRICES
    known = [product.price_at(when) for when in times]
    # Of the first one that is remembered nobody knows since when it was the price.
    assert known == [product.price] * 3 + list(range(3, PAST_PRICES + 2))


def test_a_price_is_remembered_when_it_changes(make_product: MakeProduct) -> None:
    product = make_product("POT", price=Decimal("12.50"))
    product.name = "Pot"
    product.save()
    product.price = "12.50"
    product.save()
    product.price = "14"
    product.save(update_fields=["name"])
    assert not product.past_prices
    before = timezone.now()
    product.save()
    assert product.price_at(before) == Decimal("12.50")
    product.refresh_from_db()
    assert product.price_at(timezone.now()) == Decimal(14)


def test_an_object_from_before_takes_no_remembered_price_away(
    make_product: MakeProduct,
) -> None:
    make_product("POT", price=Decimal("12.50"))
    stale, product = Product.objects.get(), Product.objects.get()
    before = timezone.now()
    product.price = Decimal(14)
    product.save()
    stale.save()
    assert Product.objects.get().price_at(before) == Decimal("12.50")


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("en", "12.50", "€12.50"),
        ("en", "0", "€0.00"),
        ("en", "1234567.8", "€1,234,567.80"),
        ("ru", "1250.00", "1\xa0250,00"),
    ],
)
def test_money_is_written_as_in_the_language(
    settings: Settings, language: str, amount: str, text: str
) -> None:
    settings.CURRENCY = "€"
    with translation.override(language):
        written = money(Decimal(amount))
    assert text in written
    assert "€" in written


# Demo data


@pytest.fixture
def pictures(settings: Settings, tmp_path: Path) -> Path:
    """Return the folder of the pictures, and have DEBUG on."""
    settings.DEBUG = True
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "products"


def test_seed_demo_fills_the_shop(client: Client, db: None, pictures: Path) -> None:
    call_command("seed_demo")
    assert Product.objects.active().count() == len(PRODUCTS) >= 24
    assert 5 <= Category.objects.count() <= 6
    for product in Product.objects.all():
        product.full_clean()
        assert product.price > 0
        assert product.description
    html = client.get("/").content.decode()
    assert 'src="/media/products/' in html


def test_every_demo_product_has_a_small_picture_of_its_own(
    db: None, pictures: Path
) -> None:
    call_command("seed_demo")
    drawings = [
        Path(product.image.path).read_text() for product in Product.objects.all()
    ]
    for drawing in drawings:
        assert ElementTree.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"
        assert len(drawing.encode()) < 3000
    assert len(set(drawings)) == len(PRODUCTS)


def test_seed_demo_twice_is_seed_demo_once(db: None, pictures: Path) -> None:
    call_command("seed_demo")
    rows = list(Product.objects.values())
    users = list(get_user_model().objects.values())
    files = {path: path.read_text() for path in pictures.iterdir()}
    call_command("seed_demo")
    assert list(Product.objects.values()) == rows
    assert list(get_user_model().objects.values()) == users
    assert {path: path.read_text() for path in pictures.iterdir()} == files


def test_seed_demo_brings_back_nothing_unless_it_is_asked_to(
    db: None, pictures: Path
) -> None:
    call_command("seed_demo", "--if-empty")
    Product.objects.filter(sku=PRODUCTS[0].sku).delete()
    call_command("seed_demo", "--if-empty")
    assert Product.objects.count() == len(PRODUCTS) - 1
    call_command("seed_demo")
    assert Product.objects.count() == len(PRODUCTS)


def test_seed_demo_leaves_alone_what_was_changed(db: None, pictures: Path) -> None:
    call_command("seed_demo")
    Product.objects.filter(sku="POT-ROUND").update(price=Decimal(1), image="")
    Product.objects.filter(sku="MUG-DIPPED").delete()
    call_command("seed_demo")
    product = Product.objects.get(sku="POT-ROUND")
    assert (product.price, product.image.name) == (Decimal(1), "")
    assert Product.objects.filter(sku="MUG-DIPPED").exists()


def test_seed_demo_leaves_out_what_has_the_address_of_another_product(
    make_product: MakeProduct, pictures: Path
) -> None:
    mine = make_product("MINE", slug="round-teapot", name="My teapot")
    # The demo shop's own, which was moved, is in the shop already.
    make_product("MUG-DIPPED", slug="moved")
    make_product("MY-MUG", slug="dipped-mug")
    for _ in range(2):
        out = StringIO()
        call_command("seed_demo", stdout=out)
        assert "POT-ROUND was left out" in out.getvalue()
        assert out.getvalue().count("was left out") == 1
    mine.refresh_from_db()
    assert (mine.sku, mine.name, mine.image.name) == ("MINE", "My teapot", "")
    assert Product.objects.count() == len(PRODUCTS) + 1
    assert not Product.objects.filter(sku="POT-ROUND").exists()


def test_seed_demo_replaces_pictures_that_were_lost(db: None, pictures: Path) -> None:
    call_command("seed_demo")
    names = {path.name for path in pictures.iterdir()}
    (pictures / "round-teapot.svg").unlink()
    call_command("seed_demo")
    assert {path.name for path in pictures.iterdir()} == names


def test_seed_demo_reuses_the_pictures_of_an_earlier_database(
    db: None, pictures: Path
) -> None:
    call_command("seed_demo")
    names = {path.name for path in pictures.iterdir()}
    Product.objects.all().delete()
    call_command("seed_demo")
    assert {path.name for path in pictures.iterdir()} == names


@pytest.mark.parametrize("login", ["alice", "alice@example.com", "bob"])
def test_the_demo_users_can_sign_in(
    client: Client, db: None, pictures: Path, login: str
) -> None:
    call_command("seed_demo")
    data = {"login": login, "password": "demo-pass-1"}
    client.post("/accounts/login/", data)
    user = get_user_model().objects.get(pk=client.session["_auth_user_id"])
    assert login in (user.username, user.email)
    assert EmailAddress.objects.get(user=user, verified=True, primary=True)


def test_seed_demo_is_refused_in_production(
    db: None, pictures: Path, settings: Settings
) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--force"):
        call_command("seed_demo")
    assert not Product.objects.exists()
    assert not pictures.exists()


def test_seed_demo_can_be_forced_and_makes_no_users_then(
    db: None, pictures: Path, settings: Settings
) -> None:
    settings.DEBUG = False
    call_command("seed_demo", force=True)
    assert Product.objects.count() == len(PRODUCTS)
    assert not get_user_model().objects.exists()


def test_a_picture_that_is_uploaded_in_the_admin_is_kept_as_it_is(
    admin_client: Client, make_product: MakeProduct
) -> None:
    product = make_product("CUP")
    address = f"/admin/catalog/product/{product.pk}/change/"
    form = admin_client.get(address).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value is not None}
    stream = BytesIO()
    Image.new("RGB", (2, 2)).save(stream, "PNG")
    picture = stream.getvalue()
    data |= {"name_en": "Cup", "name_ru": "Чашка"}
    data["image"] = SimpleUploadedFile("cup.png", picture)
    assert admin_client.post(address, data).status_code == 302
    product.refresh_from_db()
    with product.image.open() as file:
        assert file.read() == picture
