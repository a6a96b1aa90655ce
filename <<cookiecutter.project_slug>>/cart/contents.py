"""The cart as it is displayed: its lines with products, prices and the total."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from catalog.models import Product
from config.memory import Memory

from .cart import Cart

PRODUCTS = Memory(3 * settings.CART_MAX_LINES)


@dataclass(frozen=True)
class Line:
    """A line of the cart; `product` is None when it is no longer sold.

    `name` is then the product's last name, or the SKU if the product was deleted.
    `since` is the time as of which the visitor knows the price.
    """

    sku: str
    name: str
    quantity: int
    product: Product | None
    since: datetime | None = None

    @property
    def available(self) -> bool:
        """Whether it can be ordered now."""
        return self.product is not None and self.product.in_stock

    @property
    def total(self) -> Decimal | None:
        return self.product and self.product.price * self.quantity

    @property
    def price_before(self) -> Decimal | None:
        """Return the price that the visitor knows, if it is not the current one."""
        if self.product and self.since:
            price = self.product.price_at(self.since)
            return price if price != self.product.price else None
        return None


@dataclass(frozen=True)
class Contents:
    """The lines sorted by name, those no longer sold last, and their total."""

    lines: list[Line]

    @property
    def available(self) -> list[Line]:
        """The lines that can be ordered now."""
        return [line for line in self.lines if line.available]

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.available), Decimal())


def line_of(cart: Cart, product: Product) -> Line | None:
    """Return the product's line, or None if it is not in the cart."""
    sku = product.sku
    if sku not in cart.lines:
        return None
    return Line(sku, product.name, cart.lines[sku], product, cart.time_of(sku))


def contents(cart: Cart) -> Contents:
    """Return the lines with their products, all read in one query.

    Nothing is cached here, so the prices are always current.
    """
    return _contents(cart, _read(list(cart.lines)))


def contents_at(cart: Cart, version: Any) -> Contents:
    """Return `contents()` for display, with products cached for this version."""
    return _contents(cart, products_at(list(cart.lines), version))


def products_at(skus: list[str], version: Any) -> dict[str, Product]:
    """Return the products by SKU, as of this version of the catalogue."""
    return PRODUCTS.get_or_set_many(skus, version, _read)


def _read(skus: list[str]) -> dict[str, Product]:
    products = Product.objects.filter(sku__in=skus).defer("description")
    return {product.sku: product for product in products.order_by()}


def _contents(cart: Cart, products: dict[str, Product]) -> Contents:
    lines = []
    for sku, quantity in cart.lines.items():
        product = products.get(sku)
        name = product.name if product else sku
        sold = product if product and product.active else None
        lines.append(Line(sku, name, quantity, sold, cart.time_of(sku)))
    lines.sort(key=lambda line: (line.product is None, line.name, line.sku))
    return Contents(lines)
