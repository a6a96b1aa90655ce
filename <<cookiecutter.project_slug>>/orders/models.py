"""The orders that users have placed, and the address for their next one."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

# No vowels, so that no number spells a word, and no easily confused characters.
NUMBER_CHARS = "23456789BCDFGHJKMNPQRSTVWXZ"

ADDRESS_FIELDS = (
    "full_name",
    "street",
    "details",
    "postal_code",
    "city",
    "country",
    "phone",
)


def new_number() -> str:
    """Return a number for an order, such as 7F3K2-92MDX.

    It can be read out over the phone, and does not reveal how many orders there are.
    """
    return "-".join(get_random_string(5, NUMBER_CHARS) for _ in range(2))


class Address(models.Model):
    """A delivery address."""

    full_name = models.CharField(_("full name"), max_length=100)
    street = models.CharField(_("street and number"), max_length=200)
    details = models.CharField(_("flat, floor or company"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20)
    city = models.CharField(_("town or city"), max_length=100)
    country = models.CharField(_("country"), max_length=100)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)

    class Meta:
        abstract = True


class Checkout(Address):
    """A user's pending order: its address, which is kept for the next one.

    Its token is in the form that places the order, and is unique to each order, so a
    form that is submitted twice is recognized.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="checkout",
        verbose_name=_("user"),
    )
    token = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")

    def __str__(self) -> str:
        return str(self.user)


class Order(Address):
    """A placed order; only its status changes afterwards."""

    class Status(models.TextChoices):
        PLACED = "placed", _("placed")
        PAID = "paid", _("paid")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")

    number = models.CharField(
        _("number"), max_length=11, unique=True, default=new_number, editable=False
    )
    # An order is kept when its user is deleted.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="orders",
        verbose_name=_("user"),
    )
    email = models.EmailField(_("email address"), blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.PLACED
    )
    placed_at = models.DateTimeField(_("placed at"), auto_now_add=True)
    token = models.UUIDField(unique=True, editable=False)

    class Meta:
        ordering = ["-placed_at", "-pk"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:detail", kwargs={"number": self.number})

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines.all()), Decimal())


class OrderLine(models.Model):
    """A product's quantity, with its name and price at the time of the order."""

    order = models.ForeignKey(
        Order,
        on_delete=models.CASCADE,
        related_name="lines",
        verbose_name=_("order"),
    )
    sku = models.CharField(_("SKU"), max_length=32)
    name = models.CharField(_("name"), max_length=200)
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity
