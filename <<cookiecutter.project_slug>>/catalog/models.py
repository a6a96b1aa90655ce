"""What the shop sells."""

import json
import re
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import connections, models, router, transaction
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import (
    build_localized_fieldname,
    get_translation_fields,
    resolution_order,
)

# The number of words in a search that count: each one is slow in SQLite.
SEARCH_WORDS = 8

# The number of past prices stored per product.
PAST_PRICES = 50

# The number of version rows kept; at times there are up to twice as many.
CATALOG_VERSIONS = 100


class CatalogVersion(models.Model):
    """A row for each recent change to what the shop shows.

    The sum of their numbers differs after each change, so it tells whether cached pages
    are still valid. A change inserts its row in its own transaction, without waiting
    for other changes as an update of a single row would.
    """

    number = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def renew(cls, using: str) -> None:
        """Invalidate pages cached before the current change in the database `using`."""
        row = cls.objects.using(using).create(number=secrets.randbits(48))
        if row.pk % CATALOG_VERSIONS == 0:
            transaction.on_commit(row._delete_old, using, robust=True)

    @classmethod
    def current(cls) -> int | Decimal | None:
        """Return a number that differs after each change; None before the first.

        This runs for every page, and plain SQL takes a fraction of the time of a
        `QuerySet`.
        """
        connection = connections[router.db_for_read(cls)]
        table = connection.ops.quote_name(cls._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT SUM(number) FROM {table}")
            return cursor.fetchone()[0]

    def _delete_old(self) -> None:
        rows = CatalogVersion.objects.using(self._state.db)
        rows.filter(pk__lte=self.pk - CATALOG_VERSIONS).delete()


class ShownQuerySet(models.QuerySet):
    """Rows that pages show; bulk writes send no signals, so they renew the version."""

    def update(self, **kwargs: Any) -> int:
        with self._renewing():
            return super().update(**kwargs)

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        with self._renewing():
            return super().bulk_create(*args, **kwargs)

    @contextmanager
    def _renewing(self) -> Iterator[None]:
        self._for_write = True  # so that `self.db` is the database to write to
        with transaction.atomic(self.db):
            CatalogVersion.renew(self.db)
            yield


class Category(models.Model):
    """A section of the shop; every product is in one."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("slug"), max_length=100, unique=True)

    objects = ShownQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def save(self, *, using: str | None = None, **kwargs: Any) -> None:
        # In one transaction with the version, which the `pre_save` signal renews.
        using = using or router.db_for_write(Category, instance=self)
        with transaction.atomic(using):
            super().save(using=using, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("catalog:product_list", query={"category": self.slug})


class ProductQuerySet(ShownQuerySet):
    """The shop's queries for products."""

    def active(self) -> "ProductQuerySet":
        """Exclude products not currently sold, as `Product.still_sold()` does."""
        return self.filter(active=True)

    def by_name(self) -> "ProductQuerySet":
        """Order by the displayed name, then by SKU.

        If the name is missing in the page's language, that of another is displayed.
        """
        fields = [
            build_localized_fieldname("name", language)
            for language in resolution_order(get_language())
        ]
        names = [NullIf(field, models.Value("")) for field in fields]
        return self.order_by(Coalesce(*names, models.Value("")), "sku")

    def search(self, text: str) -> "ProductQuerySet":
        """Filter by the first words of `text`, each in the name, description or SKU.

        All languages are searched, as a text that is missing in the page's language is
        displayed in another.
        """
        words = {word.casefold(): word for word in text.split()}
        fields = [*get_translation_fields("name", "description"), "sku"]
        products = self
        for word in list(words.values())[:SEARCH_WORDS]:
            # In SQLite `icontains` is case-insensitive for ASCII letters only.
            found = {f"{field}__iregex": re.escape(word) for field in fields}
            products = products.filter(models.Q(**found, _connector=models.Q.OR))
        return products


class Product(models.Model):
    """A product for sale. Carts refer to it by its SKU, URLs by its slug."""

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
    past_prices = models.JSONField(
        _("past prices"),
        default=list,
        editable=False,
        help_text=_(
            "Earlier prices, each with the time when it ended, in seconds since 1970."
        ),
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
        base_manager_name = "objects"
        # Equal names are ordered by SKU, so that pagination repeats no product.
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

    def save(self, *, using: str | None = None, **kwargs: Any) -> None:
        """Save the product; if its price has changed, record the old one.

        `QuerySet.update()` does not record it.
        """
        using = using or router.db_for_write(Product, instance=self)
        with transaction.atomic(using):
            before = self._saved(using)
            if before:
                # Not this instance's own, which may be stale.
                self.past_prices = before.past_prices
            super().save(using=using, **kwargs)
            if before and before.price != self._saved(using).price:
                past = [*self.past_prices, [str(before.price), time.time()]]
                self.past_prices = past[-PAST_PRICES:]
                super().save(using=using, update_fields=["past_prices"])

    def get_absolute_url(self) -> str:
        return reverse("catalog:product_detail", kwargs={"slug": self.slug})

    @classmethod
    def still_sold(cls, skus: Collection[str]) -> dict[str, datetime | None]:
        """Return which of these SKUs are currently sold, as in `active()`.

        Each is mapped to the time when its price last changed, as in `price_changed`.

        This runs at every sign-in, and plain SQL takes a fraction of the time of a
        `QuerySet`.
        """
        if not skus:
            return {}
        connection = connections[router.db_for_read(cls)]
        table = connection.ops.quote_name(cls._meta.db_table)
        marks = ", ".join(["%s"] * len(skus))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT sku, past_prices FROM {table}"
                f" WHERE active AND sku IN ({marks})",
                [*skus],
            )
            return {
                sku: None if past == "[]" else _last_change(json.loads(past))
                for sku, past in cursor.fetchall()
            }

    @property
    def price_changed(self) -> datetime | None:
        """Return when the price last changed; None if it never has."""
        return _last_change(self.past_prices)

    def price_at(self, when: datetime) -> Decimal:
        """Return the price at that time; if it is not recorded, the current one."""
        past = self.past_prices
        if len(past) == PAST_PRICES and when.timestamp() < past[0][1]:
            return self.price  # older prices may have been dropped
        for price, until in past:
            if until > when.timestamp():
                return Decimal(price)
        return self.price

    def _saved(self, using: str) -> "Product | None":
        """Return the current row, locked until the end of the transaction."""
        rows = Product.objects.using(using).select_for_update().filter(pk=self.pk)
        return rows.only("price", "past_prices").first()


def _last_change(past_prices: list[list]) -> datetime | None:
    return datetime.fromtimestamp(past_prices[-1][1], UTC) if past_prices else None
