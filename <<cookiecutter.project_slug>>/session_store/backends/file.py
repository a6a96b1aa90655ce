"""Sessions as files in the folder `SESSION_FILE_PATH`, for a site on one machine."""

import os
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.file import SessionStore as DjangoSessionStore


class SessionStore(DjangoSessionStore):
    """Django's file sessions, in a folder only the site's own user can read."""

    @classmethod
    def _get_storage_path(cls) -> str:
        os.makedirs(settings.SESSION_FILE_PATH, mode=0o700, exist_ok=True)
        return super()._get_storage_path()

    def _expiry_date(self, session_data: dict[str, Any]) -> datetime | str:
        """Return when the session ends, also after `set_expiry(seconds)`.

        Django takes the seconds as counted from now at each look, so such a session
        would never end on the server.
        """
        expiry = session_data.get("_session_expiry")
        if isinstance(expiry, int) and expiry:
            return self._last_modification() + timedelta(seconds=expiry)
        return super()._expiry_date(session_data)
