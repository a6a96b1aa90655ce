"""Messages for the next page, in a cookie with the prefix that the session's has."""

from django.conf import settings
from django.contrib.messages.storage import base, cookie, fallback, session
from django.core import signing
from django.utils.functional import cached_property


class CookieStorage(cookie.CookieStorage):
    """Django's, which takes the cookie's name from no setting, and needs no signer yet."""

    cookie_name = settings.MESSAGE_COOKIE_NAME
    __init__ = base.BaseStorage.__init__

    @cached_property
    def signer(self) -> signing.Signer:
        return signing.get_cookie_signer(salt=self.key_salt)


class MessageStorage(fallback.FallbackStorage):
    """Django's default: what the cookie has no room for waits in the session."""

    storage_classes = (CookieStorage, session.SessionStorage)
