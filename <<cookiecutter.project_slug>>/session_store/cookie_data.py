"""Read the data of a session that is kept in its cookie."""

from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core import signing

from .lifetime import cookie_age

SALT = "django.contrib.sessions.backends.signed_cookies"


def read_cookie(session: SessionBase) -> dict[str, Any] | None:
    """Return the data in the cookie, which is the session's key.

    Return None if it is forged or has expired. Django applies `SESSION_COOKIE_AGE`
    alone; this function also applies `set_expiry()`, ticket #27775.
    """
    cookie = session.session_key
    try:
        data = signing.loads(cookie, salt=SALT, serializer=session.serializer)
        expiry = data.get("_session_expiry")
        if isinstance(expiry, str):
            return data if session.get_expiry_age(expiry=expiry) > 0 else None
        signer = signing.TimestampSigner(salt=SALT)
        signer.unsign(cookie, max_age=expiry or cookie_age(expiry))
    except Exception:
        # Whatever is wrong with the cookie, its visitor gets a new session.
        return None
    return data
