class SessionStoreUnavailable(Exception):
    """The store of the sessions does not answer, or does not take a write."""


class SessionFull(Exception):
    """The session is larger than the engine can keep."""
