from allauth.account.auth_backends import (
    AuthenticationBackend as AllauthAuthenticationBackend,
)
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from config.rows import row


class AuthenticationBackend(AllauthAuthenticationBackend):
    """allauth's backend: users sign in with a username or an email address."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """Return the user of a session, if they may still sign in."""
        user = row(get_user_model(), user_id)
        return user if user and self.user_can_authenticate(user) else None
