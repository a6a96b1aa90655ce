from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def absolute(context: template.Context, address: str) -> str:
    """Return the absolute URL of the address, for use outside the site."""
    return context["request"].build_absolute_uri(address)
