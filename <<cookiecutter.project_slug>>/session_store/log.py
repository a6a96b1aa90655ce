"""How log messages refer to a session."""

import hashlib


def hashed(session_key: str | None) -> str:
    """Return a short hash of the key, as the key itself gives access to the session.

    Return "none" for a visitor without a session.
    """
    if not session_key:
        return "none"
    return hashlib.sha256(session_key.encode()).hexdigest()[:12]
