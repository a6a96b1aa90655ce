from django import template

from cart import storage
from cart.contents import Line, contents
from catalog.models import Product

register = template.Library()


@register.simple_tag(takes_context=True)
def cart_count(context: template.Context) -> int:
    """Return how many units are in the visitor's cart."""
    return storage.count(context["request"])


@register.simple_tag(takes_context=True)
def cart_line(context: template.Context, product: Product) -> Line | None:
    """Return the line that the visitor's cart has of `product`, if it has one."""
    cart = storage.glance(context["request"]).keep([product.sku])
    return next(iter(contents(cart).lines), None)
