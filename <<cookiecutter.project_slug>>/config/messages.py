"""Messages for the next page, in a cookie with the prefix that the session's has."""

from django.conf import settings
from django.contrib.messages.storage import cookie, fallback, session


class CookieStorage(cookie.CookieStorage):
    """Django's, which takes the cookie's name from no setting."""

    cookie_name = settings.MESSAGE_COOKIE_NAME


class MessageStorage(fallback.FallbackStorage):
    """Django's default: what the cookie has no room for waits in the session."""

    storage_classes = (CookieStorage, session.SessionStorage)
