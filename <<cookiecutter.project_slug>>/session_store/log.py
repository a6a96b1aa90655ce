"""What a log may say of a session."""

import hashlib


def hashed(session_key: str | None) -> str:
    """Return a short hash of the key, as the key itself opens the session.

    Of a visitor without a session it is "none".
    """
    if not session_key:
        return "none"
    return hashlib.sha256(session_key.encode()).hexdigest()[:12]
