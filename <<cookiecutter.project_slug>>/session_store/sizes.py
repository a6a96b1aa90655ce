"""How much of its size limit a session may use."""


def for_changes(limit: int) -> int:
    """Return how many bytes of `limit` `change()` may use.

    The rest is reserved for signing in, which must not fail because of a full cart:
    the user and the way they signed in are written to the session before the cart is
    moved out of it.
    """
    return limit - limit // 4
