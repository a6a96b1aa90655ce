from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedCart(models.Model):
    """A user's cart: one row per user, shared by all of the user's devices."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="saved_cart",
        verbose_name=_("user"),
    )
    lines = models.JSONField(_("lines"), default=dict, blank=True)
    since = models.DateTimeField(
        _("prices known since"),
        null=True,
        editable=False,
        help_text=_("The user is told about prices that have changed since then."),
    )
    times = models.JSONField(
        _("prices of lines known since"),
        default=dict,
        editable=False,
        help_text=_("For lines with a time of their own, in seconds since 1970."),
    )
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("saved cart")
        verbose_name_plural = _("saved carts")

    def __str__(self) -> str:
        return str(self.user)
