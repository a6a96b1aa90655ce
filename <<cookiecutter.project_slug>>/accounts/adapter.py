"""What the site has allauth do in another way than it does by default."""

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):
    """allauth's, and its forms lead on to this host alone, and not from https to http.

    By default they do to all that `ALLOWED_HOSTS` and `CSRF_TRUSTED_ORIGINS` name.
    """

    def is_safe_url(self, url: str) -> bool:
        return url_has_allowed_host_and_scheme(
            url,
            allowed_hosts={self.request.get_host()},
            require_https=self.request.is_secure(),
        )
