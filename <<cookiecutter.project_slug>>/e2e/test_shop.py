"""Looking around the shop."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, Response, expect

from catalog.models import Category, Product


@pytest.fixture(autouse=True)
def chair(products: list[Product]) -> Product:
    """A product of another category."""
    category = Category.objects.create(name="Furniture", slug="furniture")
    return Product.objects.create(
        sku="CHAIR",
        slug="chair",
        name="Chair",
        description="To sit on while the tea draws.",
        price=Decimal("120.00"),
        category=category,
    )


def test_a_visitor_finds_a_product_by_its_category(page: Page) -> None:
    page.goto("/")
    names = page.get_by_role("main").get_by_role("heading", level=2)
    expect(names).to_have_text(["Chair", "Cup", "Teapot", "Tin"])
    page.get_by_role("link", name="Furniture").click()
    expect(names).to_have_text(["Chair"])
    names.get_by_role("link", name="Chair").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chair")
    expect(page.get_by_text("€120.00")).to_be_visible()
    expect(page.get_by_text("To sit on while the tea draws.")).to_be_visible()


def test_a_visitor_finds_a_product_by_searching(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("tea draws")
    page.get_by_role("searchbox").press("Enter")
    names = page.get_by_role("main").get_by_role("heading", level=2)
    expect(names).to_have_text(["Chair"])
    page.get_by_role("searchbox").fill("elephant")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_an_address_that_leads_nowhere_leads_back_to_the_shop(page: Page) -> None:
    response = page.goto("/nowhere/")
    assert response is not None and response.status == 404
    heading = page.get_by_role("heading", name="There is nothing at this address")
    expect(heading).to_be_visible()
    page.get_by_role("link", name="Go to the shop").click()
    expect(page).to_have_url("/")


def test_the_pages_have_all_that_they_ask_for_and_no_error(page: Page) -> None:
    faults: list[str] = []

    def note(response: Response) -> None:
        if response.status >= 400:
            faults.append(f"{response.status} {response.url}")

    page.on("response", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text))
    for address in ["/", "/products/chair/", "/cart/", "/accounts/login/"]:
        page.goto(address, wait_until="networkidle")
    assert faults == []
