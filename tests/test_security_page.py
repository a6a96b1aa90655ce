"""What a site's SECURITY.md refers to is there, whatever was answered."""

import re
from pathlib import Path

import pytest
from sites import Bake

# Those of OWASP ASVS 5.0.0, by section.
ITEMS = {"3.3": 5, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2}

ENGINES = ["db", "cached_db", "cache", "file", "signed_cookies"]

# Names in capitals that are no settings.
NO_SETTINGS = {"SECURITY", "README"}


@pytest.fixture(params=ENGINES)
def site(bake: Bake, request: pytest.FixtureRequest) -> Path:
    return bake(session_engine=request.param)


def test_each_item_has_a_full_row(site: Path) -> None:
    text = (site / "SECURITY.md").read_text()
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if re.match(r"\| \d", line)
    ]
    assert [row[0][:5] for row in rows] == [
        f"{section}.{number}"
        for section, count in ITEMS.items()
        for number in range(1, count + 1)
    ]
    for row in rows:
        assert len(row) == 6, row
        item, asked, here, _, tests, left = row
        assert asked and here, row
        assert tests or left, row
    assert not re.search(
        r"^\|.*\n[^|\n]", text, re.M
    )  # a table ends with an empty line


def test_the_tests_and_settings_that_it_names_are_there(site: Path) -> None:
    text = (site / "SECURITY.md").read_text()
    named = re.findall(r"`((?:tests|e2e)/\w+\.py)::(\w+)`", text)
    assert len(named) == text.count("::")
    for file, test in named:
        assert re.search(rf"^def {test}\(", (site / file).read_text(), re.M), test
    settings = (site / "config/settings.py").read_text()
    for name in set(re.findall(r"`([A-Z][A-Z_]+)\b", text)) - NO_SETTINGS:
        assert re.search(rf"^{name} = ", settings, re.M), name
    for file in re.findall(r"`([a-z_]+/[\w/]+\.\w+)`", text):
        assert (site / file).exists(), file
    assert "](SECURITY.md)" in (site / "README.md").read_text()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "security@example.com"),
        ({"author_email": "anna@example.org"}, "    anna@example.org\n"),
        ({"session_cookie_secure": False}, "**Not met:** `SESSION_COOKIE_SECURE`"),
        ({"session_cookie_domain": "example.com"}, "The other two have `__Secure-`"),
        ({"session_cookie_name": "__Secure-id"}, "**Partly:** the session's is named"),
        ({"session_cookie_samesite": "None"}, "have `None`"),
    ],
    ids=str,
)
def test_it_says_what_the_answers_make_of_it(
    bake: Bake, answers: dict[str, object], words: str
) -> None:
    assert words in (bake(**answers) / "SECURITY.md").read_text()
