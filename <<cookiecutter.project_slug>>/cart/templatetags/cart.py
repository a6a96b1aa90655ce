from django import template

from cart import storage

register = template.Library()


@register.simple_tag(takes_context=True)
def cart_count(context: template.Context) -> int:
    """Return how many units are in the visitor's cart."""
    return storage.count(context["request"])
