"""What a log may say of a session."""

import hashlib


def hashed(session_key: str | None) -> str:
    """Return a short hash of the key, as the key itself opens the session."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:12]
