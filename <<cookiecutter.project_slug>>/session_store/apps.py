from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionStoreConfig(AppConfig):
    name = "session_store"
    verbose_name = _("session store")

    def ready(self) -> None:
        from . import checks  # noqa: F401
