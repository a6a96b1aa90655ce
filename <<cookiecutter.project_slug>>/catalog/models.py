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

# So many words of a search are looked for: SQLite takes long over each.
SEARCH_WORDS = 8

# So many of a product's past prices are remembered.
PAST_PRICES = 50

# So many rows of the versions, and up to twice as many, are there at a time.
CATALOG_VERSIONS = 100


class CatalogVersion(models.Model):
    """A row for each of the latest changes of what the shop shows.

    The sum of their numbers tells whether there has been one, so that pages which are
    kept are known to be true still. A change adds its row in its own transaction, where
    it waits for no other change.
    """

    number = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def renew(cls, using: str) -> None:
        """Have no page shown that was made before the change in the database `using`."""
        row = cls.objects.using(using).create(number=secrets.randbits(48))
        if row.pk % CATALOG_VERSIONS == 0:
            transaction.on_commit(row._delete_old, using, robust=True)

    @classmethod
    def current(cls) -> int | Decimal | None:
        """Return what is another number after each change; None before the first.

        This is asked for every page, and plain SQL takes a fraction of what a `QuerySet`
        does.
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
    """Rows that pages show; to write many sends no signals, so it renews the version."""

    def update(self, **kwargs: Any) -> int:
        with self._renewing():
            return super().update(**kwargs)

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        with self._renewing():
            return super().bulk_create(*args, **kwargs)

    @contextmanager
    def _renewing(self) -> Iterator[None]:
        self._for_write = True
        with transaction.atomic(self.db):
            CatalogVersion.renew(self.db)
            yield


class Category(models.Model):
    """A shelf of the shop; every product stands on one."""

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
        # Together with the version, which is renewed before it.
        using = using or router.db_for_write(Category, instance=self)
        with transaction.atomic(using):
            super().save(using=using, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("catalog:product_list", query={"category": self.slug})


class ProductQuerySet(ShownQuerySet):
    """The questions that the shop asks about its products."""

    def active(self) -> "ProductQuerySet":
        """Leave out what is not sold at present, as `Product.still_sold()` does."""
        return self.filter(active=True)

    def by_name(self) -> "ProductQuerySet":
        """Sort by the name that is shown; the SKU decides between equal names.

        Where the name is missing in the page's language, one of another is shown.
        """
        fields = [
            build_localized_fieldname("name", language)
            for language in resolution_order(get_language())
        ]
        names = [NullIf(field, models.Value("")) for field in fields]
        return self.order_by(Coalesce(*names, models.Value("")), "sku")

    def search(self, text: str) -> "ProductQuerySet":
        """Keep what has the first words of `text` in its name, description or SKU.

        They are looked for in each language, as a text that is missing in the page's own
        is shown in another.
        """
        words = {word.casefold(): word for word in text.split()}
        fields = [*get_translation_fields("name", "description"), "sku"]
        products = self
        for word in list(words.values())[:SEARCH_WORDS]:
            # In SQLite `icontains` knows the capitals of no letters but A to Z.
            found = {f"{field}__iregex": re.escape(word) for field in fields}
            products = products.filter(models.Q(**found, _connector=models.Q.OR))
        return products


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

    def save(self, *, using: str | None = None, **kwargs: Any) -> None:
        """Save it, and remember a price that it no longer has.

        `update()` of a query set remembers none.
        """
        using = using or router.db_for_write(Product, instance=self)
        with transaction.atomic(using):
            before = self._saved(using)
            if before:
                # Not what this object knew of them, as there may be newer ones.
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
        """Return which of these SKUs are sold at present, as `active()` has it.

        With each goes when its price last changed, as `price_changed` has it.

        This is asked at every sign-in, and plain SQL takes a fraction of what a
        `QuerySet` does.
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
        """When it last had another price; None if it never had."""
        return _last_change(self.past_prices)

    def price_at(self, when: datetime) -> Decimal:
        """Return what it cost at that time; if nobody remembers, what it costs now."""
        past = self.past_prices
        if len(past) == PAST_PRICES and when.timestamp() < past[0][1]:
            return self.price  # nobody knows since when it was that one
        for price, until in past:
            if until > when.timestamp():
                return Decimal(price)
        return self.price

    def _saved(self, using: str) -> "Product | None":
        """Return its row as it is, for nobody else to change until this is saved."""
        rows = Product.objects.using(using).select_for_update().filter(pk=self.pk)
        return rows.only("price", "past_prices").first()


def _last_change(past_prices: list[list]) -> datetime | None:
    return datetime.fromtimestamp(past_prices[-1][1], UTC) if past_prices else None
