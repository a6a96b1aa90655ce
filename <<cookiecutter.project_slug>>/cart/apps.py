from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CartConfig(AppConfig):
    name = "cart"
    verbose_name = _("cart")

    def ready(self) -> None:
        from config import pages

        from . import signals, storage  # noqa: F401

        pages.WORDS["cart_count"] = lambda request: str(storage.count(request))
