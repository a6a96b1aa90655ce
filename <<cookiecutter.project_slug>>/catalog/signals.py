"""What makes the pages new that show what is sold."""

from typing import Any

from django.db.models import Model
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver

from .models import CatalogVersion, Category, Product


@receiver([pre_save, pre_delete], sender=Category)
@receiver([pre_save, pre_delete], sender=Product)
def renew_version(sender: type[Model], **kwargs: Any) -> None:
    """Renew the version before the row is written, in the same transaction."""
    CatalogVersion.renew()
