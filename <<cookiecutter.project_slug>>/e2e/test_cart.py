"""Filling the cart, changing it and emptying it, with and without JavaScript."""

import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from catalog.models import Product

from .helpers import add, badge, button, expect_cart, lines, message, total

pytestmark = pytest.mark.usefixtures("products")


def test_adding_from_the_list_leaves_the_visitor_where_they_are(page: Page) -> None:
    page.goto("/?q=t")
    page.evaluate("window.samePage = true")
    expect(badge(page)).to_have_text("0")
    button(page, "Add to cart", "Teapot").click()
    expect(badge(page)).to_have_text("1")
    expect(message(page)).to_contain_text("Added to your cart.")
    expect(page).to_have_url("/?q=t")
    assert page.evaluate("window.samePage")
    expect_cart(page, Teapot=1)


def test_adding_several_at_once_from_the_products_page(page: Page) -> None:
    page.goto("/products/cup/")
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("button", name="Add to cart").click()
    expect(badge(page)).to_have_text("3")
    expect(page.get_by_text("In your cart: 3.")).to_be_visible()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_text("In your cart: 6.")).to_be_visible()
    expect_cart(page, Cup=6)


def test_changing_a_quantity_changes_the_total(page: Page) -> None:
    add(page, "Cup")
    add(page, "Tin")
    page.goto("/cart/")
    expect(total(page)).to_have_text("€12.95")
    page.get_by_label("Quantity: Tin").fill("3")
    page.get_by_label("Quantity: Tin").press("Enter")
    expect(total(page)).to_have_text("€22.85")
    expect(badge(page)).to_have_text("4")
    expect_cart(page, Cup=1, Tin=3)


@pytest.mark.parametrize("link", ["Check out", "Continue shopping", "Sign in"])
def test_a_quantity_that_was_typed_right_before_a_link_is_not_lost(
    page: Page, link: str
) -> None:
    add(page, "Cup")
    page.goto("/cart/")
    page.get_by_label("Quantity: Cup").fill("5")
    page.get_by_role("link", name=link).click()
    page.wait_for_url(lambda url: urlsplit(url).path != "/cart/")
    expect_cart(page, Cup=5)


@pytest.mark.parametrize("quantity", ["0", "", "100", "2.5"])
def test_a_quantity_that_cannot_be_is_not_passed_over(
    page: Page, quantity: str
) -> None:
    add(page, "Cup")
    page.goto("/cart/")
    field = page.get_by_label("Quantity: Cup")
    field.fill(quantity)
    field.press("Tab")
    expect(field).not_to_be_focused()
    expect(field).to_be_focused()  # as the browser says what is wrong with it
    page.get_by_role("link", name="Check out").click()
    expect(field).to_be_focused()
    expect(badge(page)).to_have_text("1")
    field.fill("2")
    field.press("Enter")
    expect(badge(page)).to_have_text("2")
    page.wait_for_load_state("networkidle")
    expect(page).to_have_url("/cart/")
    expect_cart(page, Cup=2)


def test_a_double_click_removes_one_line(page: Page) -> None:
    for name in ["Cup", "Teapot", "Tin"]:
        add(page, name)
    page.goto("/cart/")
    remove = button(page, "Remove", "Cup").bounding_box()
    page.mouse.move(remove["x"] + 5, remove["y"] + 5)
    for count in (1, 2):
        page.mouse.down(click_count=count)
        page.mouse.up(click_count=count)
        expect(badge(page)).to_have_text("2")
    page.wait_for_load_state("networkidle")
    expect_cart(page, Teapot=1, Tin=1)


def test_removing_and_emptying(page: Page) -> None:
    for name in ["Cup", "Teapot", "Tin"]:
        add(page, name)
    page.goto("/cart/")
    button(page, "Remove", "Teapot").click()
    expect(lines(page)).to_have_count(2)
    expect(badge(page)).to_have_text("2")
    expect(total(page)).to_have_text("€12.95")
    page.get_by_role("button", name="Empty the cart").click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    expect(badge(page)).to_have_text("0")
    expect_cart(page)


def test_undo_brings_back_just_what_was_taken_out(page: Page) -> None:
    for name in ["Cup", "Cup", "Teapot", "Tin"]:
        add(page, name)
    page.goto("/cart/")
    button(page, "Remove", "Cup").click()
    expect(badge(page)).to_have_text("2")
    page.get_by_role("button", name="Undo").click()
    expect(message(page)).to_contain_text("Back in your cart.")
    expect(badge(page)).to_have_text("4")
    expect(total(page)).to_have_text("€53.45")
    page.get_by_role("button", name="Empty the cart").click()
    expect(badge(page)).to_have_text("0")
    page.get_by_role("button", name="Undo").click()
    expect(lines(page)).to_have_count(3)
    expect_cart(page, Cup=2, Teapot=1, Tin=1)


def test_the_focus_stays_with_someone_who_has_gone_on_already(page: Page) -> None:
    add(page, "Cup")
    add(page, "Tin")
    page.goto("/cart/")
    remove = button(page, "Remove", "Cup").element_handle()
    field = page.get_by_label("Quantity: Tin")
    # Both before the answer can be there.
    page.evaluate(
        "([remove, field]) => { remove.click(); field.focus(); }",
        [remove, field.element_handle()],
    )
    expect(lines(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(field).to_be_focused()


def test_a_shop_that_cannot_be_reached_says_so(page: Page) -> None:
    page.goto("/products/cup/")
    page.context.set_offline(True)
    page.get_by_role("button", name="Add to cart").click()
    expect(message(page)).to_contain_text("The shop cannot be reached.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Add to cart").click()
    expect(badge(page)).to_have_text("1")
    expect(message(page)).to_have_text(re.compile("Added to your cart"))


def test_a_page_that_back_shows_as_it_was_has_the_number_of_today(page: Page) -> None:
    page.goto("/")
    other = page.context.new_page()
    add(other, "Cup")
    expect(badge(page)).to_have_text("0")
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    expect(badge(page)).to_have_text("1")
    page.goto("/cart/")
    page.go_back()
    page.go_forward()
    button(page, "Remove", "Cup").click()
    expect(badge(page)).to_have_text("0")
    page.go_back()
    expect(badge(page)).to_have_text("0")


@pytest.mark.parametrize("status", [502, 504])
def test_so_does_one_whose_web_server_gets_no_answer(page: Page, status: int) -> None:
    page.goto("/products/cup/")
    page.route("**/cart/add/", lambda route: route.fulfill(status=status, body="<h1>"))
    page.get_by_role("button", name="Add to cart").click()
    expect(message(page)).to_contain_text("The shop cannot be reached.")
    expect(badge(page)).to_have_text("0")


def test_a_browser_that_refuses_cookies_is_told_why_the_cart_stays_empty(
    page: Page,
) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setDocumentCookieDisabled", {"disabled": True})
    page.goto("/")
    button(page, "Add to cart", "Cup").click()
    expect(message(page)).to_contain_text("Your browser refuses cookies")
    expect(badge(page)).to_have_text("0")


def test_a_new_price_is_spoken_of_on_a_phone_as_well(
    new_context: Callable[..., BrowserContext], products: list[Product]
) -> None:
    phone = {"width": 360, "height": 740}
    page = new_context(viewport=phone, has_touch=True, is_mobile=True).new_page()
    page.goto("/")
    button(page, "Add to cart", "Cup").tap()
    expect(badge(page)).to_have_text("1")
    cup = products[0]
    cup.price = Decimal("9.00")
    cup.save()
    page.get_by_role("link", name="View cart").tap()
    note = page.get_by_text("The price has changed: it was €8.00, now it is €9.00.")
    expect(note).to_be_visible()
    page.get_by_role("link", name="Cup").tap()
    expect(note).to_be_visible()
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Add to cart").tap()
    expect(badge(page)).to_have_text("3")
    page.locator("header").get_by_role("link", name="Cart").tap()
    expect(total(page)).to_have_text("€27.00")
    button(page, "Remove", "Cup").tap()
    page.get_by_role("button", name="Undo").tap()
    expect(total(page)).to_have_text("€27.00")
    expect(note).to_be_visible()


def test_too_many_are_refused_with_a_reason(page: Page) -> None:
    add(page, "Cup")
    page.goto("/products/cup/")
    page.get_by_label("Quantity").fill("1000")
    page.get_by_role("button", name="Add to cart").click()
    expect(message(page)).to_contain_text("at most 99 of one product")
    expect(badge(page)).to_have_text("1")
    expect_cart(page, Cup=1)


@pytest.mark.parametrize("has_session", [False, True])
def test_of_twenty_clicks_in_a_second_each_one_counts(
    page: Page, has_session: bool
) -> None:
    if has_session:
        add(page, "Tin")
    page.goto("/")
    cup = button(page, "Add to cart", "Cup").element_handle()
    teapot = button(page, "Add to cart", "Teapot").element_handle()
    page.evaluate(
        """([cup, teapot]) => {
            for (let click = 0; click < 20; click++)
                setTimeout(() => (click % 5 ? cup : teapot).click(), 50 * click);
        }""",
        [cup, teapot],
    )
    expect(badge(page)).to_have_text("21" if has_session else "20", timeout=15_000)
    expect_cart(page, Cup=16, Teapot=4, **({"Tin": 1} if has_session else {}))


def test_of_rapid_changes_the_last_one_stays(page: Page) -> None:
    add(page, "Cup")
    page.goto("/cart/")
    for quantity in ["5", "2", "9", "4"]:
        page.get_by_label("Quantity: Cup").fill(quantity)
        page.get_by_label("Quantity: Cup").press("Enter")
    expect(total(page)).to_have_text("€32.00")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("Quantity: Cup")).to_have_value("4")
    expect_cart(page, Cup=4)


def test_the_cart_works_without_javascript(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/?q=t")
    button(page, "Add to cart", "Tin").click()
    expect(page).to_have_url("/?q=t")
    expect(message(page)).to_contain_text("Added to your cart.")
    expect(badge(page)).to_have_text("1")
    page.goto("/products/cup/")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Add to cart").click()
    expect_cart(page, Cup=2, Tin=1)
    page.get_by_label("Quantity: Tin").fill("3")
    button(page, "Update", "Tin").click()
    expect(total(page)).to_have_text("€30.85")
    button(page, "Remove", "Tin").click()
    expect(total(page)).to_have_text("€16.00")
    page.get_by_role("button", name="Undo").click()
    expect(total(page)).to_have_text("€30.85")
    page.get_by_role("button", name="Empty the cart").click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect_cart(page, Cup=2, Tin=3)
