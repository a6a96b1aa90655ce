from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def absolute(context: template.Context, address: str) -> str:
    """Return the address with the scheme and the host, for those who are elsewhere."""
    return context["request"].build_absolute_uri(address)
