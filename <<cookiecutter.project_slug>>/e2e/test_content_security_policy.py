"""Browsers run nothing on the site's pages but its own, and the pages need no more."""

import pytest
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from catalog.models import Product
from tests.helpers import PASSWORD

from .helpers import add, expect_cart, message, sign_in, sign_out

pytestmark = pytest.mark.usefixtures("products")

PLANT = """() => {
    const script = document.createElement("script");
    script.textContent = "window.planted = true";
    document.body.append(script);
    document.body.insertAdjacentHTML(
        "beforeend", "<img src='/nowhere/' onerror='window.planted = true'>"
    );
}"""


@pytest.fixture
def complaints(context: BrowserContext) -> list[str]:
    """What the browser refuses to load or to run, and what breaks in its pages."""
    complaints: list[str] = []

    def note(line: ConsoleMessage) -> None:
        # A page that is an error, such as a 404, is one on purpose.
        if line.type == "error" and "responded with a status of" not in line.text:
            complaints.append(line.text)

    context.on("console", note)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    return complaints


def visit(page: Page, *addresses: str) -> None:
    """Open the pages one after the other."""
    for address in addresses:
        page.goto(address)


def test_a_script_that_somebody_has_planted_does_not_run(
    page: Page, complaints: list[str]
) -> None:
    visit(page, "/")
    page.evaluate(PLANT)
    assert page.evaluate("window.planted") is None
    assert len(complaints) == 2


def test_the_pages_for_guests_need_no_more(page: Page, complaints: list[str]) -> None:
    visit(page, "/", "/?q=cup", "/?category=tea-things", "/products/cup/", "/cart/")
    visit(page, "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
    visit(page, "/accounts/password/reset/done/", "/nowhere/", "/media/nowhere.jpg")
    add(page, "Cup")
    expect_cart(page, Cup=1)
    page.get_by_label("Quantity: Cup").fill("3")
    page.get_by_label("Quantity: Cup").press("Enter")
    expect(message(page)).to_contain_text("Your cart was updated.")
    assert complaints == []


def test_the_pages_for_customers_need_no_more(
    page: Page, alice: AbstractUser, complaints: list[str]
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    visit(page, "/", "/cart/", "/checkout/", "/checkout/review/", "/orders/")
    visit(page, "/accounts/email/", "/accounts/password/change/")
    visit(page, "/accounts/reauthenticate/", "/accounts/logout/", "/")
    sign_out(page)
    assert complaints == []


def test_the_admin_needs_no_more(
    page: Page, django_user_model: type[AbstractUser], complaints: list[str]
) -> None:
    django_user_model.objects.create_superuser("boss", "boss@example.com", PASSWORD)
    visit(page, "/admin/")
    page.locator("[name=login]").fill("boss")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()

    # A list, with fields to edit in it.
    visit(page, "/admin/catalog/product/?q=cup")
    page.locator("[name=form-0-price]").fill("9.50")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 product was changed successfully")).to_be_visible()

    # A new product, whose slug is written while its name is typed.
    visit(page, "/admin/catalog/product/add/")
    for language in ("en", "ru"):
        page.get_by_label(f"Name [{language}]").press_sequentially("Milk jug")
    expect(page.get_by_label("Slug")).to_have_value("milk-jug")
    page.get_by_label("Sku").fill("JUG")
    page.get_by_label("Price").fill("12")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Add another category").click()
    for language in ("en", "ru"):
        popup.value.get_by_label(f"Name [{language}]").fill("Jugs")
    popup.value.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Category")).to_contain_text("Jugs")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert Product.objects.get(sku="JUG").category.name == "Jugs"

    # A user, with a calendar, a clock and two lists to pick from.
    boss = django_user_model.objects.get()
    visit(page, f"/admin/accounts/user/{boss.pk}/change/")
    page.locator("#calendarlink0").click()
    page.locator("#calendarbox0").get_by_text("Today").click()
    page.locator("#clocklink0").click()
    page.locator("#clockbox0").get_by_text("Noon").click()
    page.locator("#id_user_permissions_from option").first.dblclick()
    expect(page.locator("#id_user_permissions_to option")).to_have_count(1)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    boss.refresh_from_db()
    assert boss.user_permissions.count() == 1

    visit(page, f"/admin/accounts/user/{boss.pk}/history/", "/session/")
    visit(page, f"/admin/accounts/user/{boss.pk}/delete/", "/admin/password_change/")
    page.get_by_role("button", name="Toggle theme").first.click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Logged out")).to_be_visible()
    assert complaints == []
