"""A baked site's settings, with Django's own session engine and middleware."""

import os

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE, SESSION_ENGINE, SESSION_FILE_PATH

SESSION_ENGINE = SESSION_ENGINE.replace("session_store", "django.contrib.sessions")
MIDDLEWARE = [
    name.replace("session_store.middleware", "django.contrib.sessions.middleware")
    for name in MIDDLEWARE
]

# Our engine creates the folder if it is missing; Django's does not.
os.makedirs(SESSION_FILE_PATH, exist_ok=True)
