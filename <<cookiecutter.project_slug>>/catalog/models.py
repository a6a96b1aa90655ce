"""What the shop sells."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """A shelf of the shop; every product stands on one."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("slug"), max_length=100, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:product_list", query={"category": self.slug})


class ProductQuerySet(models.QuerySet["Product"]):
    """The questions that the shop asks about its products."""

    def active(self) -> "ProductQuerySet":
        """Leave out what is not sold at present."""
        return self.filter(active=True)

    def search(self, text: str) -> "ProductQuerySet":
        """Keep what has every word of `text` in its name, description or SKU."""
        products = self
        for word in text.split():
            products = products.filter(
                models.Q(name__icontains=word)
                | models.Q(description__icontains=word)
                | models.Q(sku__icontains=word)
            )
        return products

    def with_price_at(self, when: datetime) -> "ProductQuerySet":
        """Add `price_then`: what each one cost at that time, if it was another price
        at any time since then, else None."""
        later = PastPrice.objects.filter(product=models.OuterRef("pk"), until__gt=when)
        first = later.order_by("until").values("price")[:1]
        return self.annotate(price_then=models.Subquery(first))


class Product(models.Model):
    """Something to buy. Carts know it by its SKU, addresses by its slug."""

    sku = models.CharField(
        _("SKU"),
        max_length=32,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[A-Za-z0-9._-]+\Z",
                _("Use letters, digits, dots, hyphens and underscores only."),
            )
        ],
        help_text=_("Stock keeping unit. Carts refer to it, so it should not change."),
    )
    slug = models.SlugField(_("slug"), max_length=200, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    price = models.DecimalField(
        _("price"), max_digits=10, decimal_places=2, validators=[MinValueValidator(0)]
    )
    image = models.ImageField(_("picture"), upload_to="products/", blank=True)
    active = models.BooleanField(
        _("active"),
        default=True,
        db_index=True,
        help_text=_("Untick it to take the product out of the shop."),
    )
    in_stock = models.BooleanField(
        _("in stock"),
        default=True,
        help_text=_("Untick it to show the product as sold out."),
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        related_name="products",
        verbose_name=_("category"),
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        # The SKU decides between equal names, so that no page repeats a product.
        ordering = ["name", "sku"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="catalog_product_price_gte_0"
            )
        ]
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it, and remember a price that it no longer has.

        `update()` of a query set remembers none.
        """
        with transaction.atomic():
            before = self._saved_price()
            super().save(*args, **kwargs)
            if before not in (None, self._saved_price()):
                self.past_prices.create(price=before)

    def get_absolute_url(self) -> str:
        return reverse("catalog:product_detail", kwargs={"slug": self.slug})

    def _saved_price(self) -> Decimal | None:
        prices = Product.objects.filter(pk=self.pk).values_list("price", flat=True)
        return prices.first()


class PastPrice(models.Model):
    """A price that a product had until some time."""

    product = models.ForeignKey(
        Product,
        on_delete=models.CASCADE,
        related_name="past_prices",
        verbose_name=_("product"),
    )
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)
    until = models.DateTimeField(_("until"), default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["product", "until"])]
        verbose_name = _("past price")
        verbose_name_plural = _("past prices")

    def __str__(self) -> str:
        return f"{self.product}: {self.price}"
