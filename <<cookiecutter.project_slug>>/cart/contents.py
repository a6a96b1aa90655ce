"""The cart as it is shown: its lines with products, prices and the total."""

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
    """One line; `product` is None when it is no longer sold.

    Then `name` is what it was called, or its SKU if nothing else is left of it. The
    visitor knows the price of the time `since`.
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
        """What it cost when it was put in the cart, if that was not today's price."""
        if self.product and self.since:
            price = self.product.price_at(self.since)
            return price if price != self.product.price else None
        return None


@dataclass(frozen=True)
class Contents:
    """The lines in the order of their products' names, and what they come to."""

    lines: list[Line]

    @property
    def available(self) -> list[Line]:
        """The lines that can be ordered now."""
        return [line for line in self.lines if line.available]

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.available), Decimal())


def line_of(cart: Cart, product: Product) -> Line | None:
    """Return the line of the product, if it is in the cart."""
    sku = product.sku
    if sku not in cart.lines:
        return None
    return Line(sku, product.name, cart.lines[sku], product, cart.time_of(sku))


def contents(cart: Cart) -> Contents:
    """Read the cart's products, all in one query, and put a price on each line.

    Prices are read here and nowhere kept, so they are always today's.
    """
    return _contents(cart, _read(list(cart.lines)))


def contents_at(cart: Cart, version: Any) -> Contents:
    """`contents()` to be shown: products are read again when any has changed."""
    return _contents(cart, products_at(list(cart.lines), version))


def products_at(skus: list[str], version: Any) -> dict[str, Product]:
    """Return the products by their SKUs, as they are in this version of the catalogue."""
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
