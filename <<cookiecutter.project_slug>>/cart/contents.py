"""The cart as it is shown: its lines with products, prices and the total."""

from dataclasses import dataclass
from decimal import Decimal

from catalog.models import Product

from .cart import Cart


@dataclass(frozen=True)
class Line:
    """One line; `product` is None when it is no longer sold."""

    sku: str
    quantity: int
    product: Product | None

    @property
    def available(self) -> bool:
        """Whether it can be ordered now."""
        return self.product is not None and self.product.in_stock

    @property
    def total(self) -> Decimal | None:
        return self.product and self.product.price * self.quantity


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


def contents(cart: Cart) -> Contents:
    """Read the cart's products, all in one query, and put a price on each line.

    Prices are read here and nowhere kept, so they are always today's.
    """
    products = Product.objects.active().filter(sku__in=list(cart.lines))
    by_sku = {product.sku: product for product in products}
    lines = [Line(sku, units, by_sku.get(sku)) for sku, units in cart.lines.items()]
    lines.sort(key=lambda line: (line.product is None, str(line.product), line.sku))
    return Contents(lines)
