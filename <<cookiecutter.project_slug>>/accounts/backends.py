from allauth.account.auth_backends import (
    AuthenticationBackend as AllauthAuthenticationBackend,
)
from django.contrib.auth.base_user import AbstractBaseUser

from .models import User


class AuthenticationBackend(AllauthAuthenticationBackend):
    """allauth's: users sign in by their name or their e-mail address."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """Return the user of a session, if they may still sign in.

        This is asked for each of their pages, and plain SQL takes less than half of what
        a `QuerySet` does.
        """
        sql = f"SELECT * FROM {User._meta.db_table} WHERE id = %s"
        for user in User.objects.raw(sql, [user_id]):
            if self.user_can_authenticate(user):
                return user
        return None
