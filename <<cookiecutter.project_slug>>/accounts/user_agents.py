"""Describe a browser and its device from the User-Agent header."""

from django.utils.translation import gettext as _

# The order matters: most browsers also claim to be those listed below them.
BROWSERS = [
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
]
SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
]


def describe(user_agent: str) -> str:
    """Return a description such as "Firefox on Windows"."""
    browser = _find(BROWSERS, user_agent) or _("Unknown browser")
    system = _find(SYSTEMS, user_agent)
    if not system:
        return browser
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}


def _find(names: list[tuple[str, str]], user_agent: str) -> str | None:
    return next((name for part, name in names if part in user_agent), None)
