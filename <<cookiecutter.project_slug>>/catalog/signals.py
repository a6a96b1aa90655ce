"""Renew the catalogue's version when something that pages show changes."""

from typing import Any

from django.apps import apps
from django.db.models.signals import pre_delete, pre_save

from .models import CatalogVersion, Category, Product


def renew_version(using: str, **kwargs: Any) -> None:
    CatalogVersion.renew(using)


# Proxy models send signals as senders of their own.
for model in apps.get_models():
    if issubclass(model, (Category, Product)):
        pre_save.connect(renew_version, sender=model)
        pre_delete.connect(renew_version, sender=model)
