"""Message storage in a cookie with the same name prefix as the session's."""

from django.conf import settings
from django.contrib.messages.storage import cookie, fallback, session


class CookieStorage(cookie.CookieStorage):
    """Django's storage, which has no setting for the cookie's name."""

    cookie_name = settings.MESSAGE_COOKIE_NAME


class MessageStorage(fallback.FallbackStorage):
    """Django's default: messages that do not fit in the cookie go in the session."""

    storage_classes = (CookieStorage, session.SessionStorage)
