"""What the site has allauth do in another way than it does by default."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.sites.requests import RequestSite
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):
    """allauth's, for one host and under the shop's name."""

    def is_safe_url(self, url: str) -> bool:
        """Lead on to this host alone, and not from https to http.

        By default forms do to all that `ALLOWED_HOSTS` and `CSRF_TRUSTED_ORIGINS` name.
        """
        return url_has_allowed_host_and_scheme(
            url,
            allowed_hosts={self.request.get_host()},
            require_https=self.request.is_secure(),
        )

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Have the mail speak of the shop by its name; by default its host is its name."""
        site = RequestSite(self.request)
        site.name = settings.SITE_NAME
        super().send_mail(template_prefix, email, {"current_site": site, **context})
