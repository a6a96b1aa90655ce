"""The list of a user's devices, where the engine keeps sessions on the server."""

from collections.abc import Callable

from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, Page, expect

from .helpers import confirm_access, expect_signed_in, message, sign_in


def test_one_other_browser_is_signed_out_at_its_next_page(
    page: Page, new_context: Callable[..., BrowserContext], alice: AbstractUser
) -> None:
    phone = new_context(user_agent="Mozilla/5.0 (iPhone) Safari/604.1").new_page()
    sign_in(phone, alice)
    sign_in(page, alice)
    page.goto("/accounts/sessions/")
    this, other = page.get_by_test_id("session").all()
    expect(this).to_contain_text("Chrome on")
    expect(this).to_contain_text("This device")
    expect(this.get_by_role("button")).to_have_count(0)
    expect(other).to_contain_text("Safari on iPhone")
    expect(other).to_contain_text("127.0.0.1")
    other.get_by_role("button", name="Sign out").click()
    confirm_access(page)
    expect(message(page)).to_contain_text("That device is signed out.")
    expect(page.get_by_test_id("session")).to_have_count(1)
    expect_signed_in(phone, False)
    expect_signed_in(page)
