"""What part of its limit a session may fill."""


def for_changes(limit: int) -> int:
    """Return how many bytes of `limit` `change()` may fill.

    The rest is for signing in, which must not fail because of a full cart: who the user
    is and how they have signed in is written into the session before the cart leaves it.
    """
    return limit - limit // 4
