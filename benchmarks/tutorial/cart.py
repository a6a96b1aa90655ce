from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from catalog.models import Product
from django.http import HttpRequest


class Cart:
    def __init__(self, request: HttpRequest) -> None:
        self.session = request.session
        if "cart" not in self.session:
            self.session["cart"] = {}
        self.lines = self.session["cart"]

    def add(self, product: Product, quantity: int) -> None:
        line = self.lines.setdefault(
            str(product.pk), {"quantity": 0, "price": str(product.price)}
        )
        line["quantity"] += quantity
        self.session.modified = True

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for product in Product.objects.filter(pk__in=self.lines):
            line = self.lines[str(product.pk)]
            price = Decimal(line["price"])
            total = price * line["quantity"]
            yield {**line, "product": product, "price": price, "total": total}

    def __len__(self) -> int:
        return sum(line["quantity"] for line in self.lines.values())

    def total(self) -> Decimal:
        return sum(
            (Decimal(line["price"]) * line["quantity"] for line in self.lines.values()),
            Decimal(),
        )


def cart(request: HttpRequest) -> dict[str, Cart]:
    return {"cart": Cart(request)}
