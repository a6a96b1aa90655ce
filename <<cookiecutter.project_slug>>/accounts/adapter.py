"""What the site has allauth do in another way than it does by default."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from config.errors import mail_not_sent
from config.mail import log_not_sent

logger = logging.getLogger(__name__)

# The mails that are all that was asked for.
ASKED_FOR = (
    "account/email/email_confirmation",
    "account/email/password_reset_key",
    "account/email/unknown_account",
)

# What is said of the mail to confirm an address.
SENT = "account/messages/email_confirmation_sent.txt"
NOT_SENT = "account/messages/email_confirmation_not_sent.txt"


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
        """Have the mail speak of the shop by its name; by default its host is its name.

        A mail that cannot be sent does not fail what has been done, such as a sign-up.
        Where the mail is all that was asked for, a page says so.
        """
        site = RequestSite(self.request)
        site.name = settings.SITE_NAME
        try:
            super().send_mail(template_prefix, email, {"current_site": site, **context})
        except OSError as error:  # as all of mail servers and of the way to them are
            log_not_sent(logger, template_prefix, error)
            # allauth counts mails before it sends them, and would hold the next one back.
            ratelimit.clear(self.request, action="confirm_email", key=email.lower())
            if template_prefix in ASKED_FOR:
                raise ImmediateHttpResponse(mail_not_sent()) from None
            self.request.mail_was_sent = False

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Say of no mail that it was sent which was not."""
        if message_template == SENT and not getattr(request, "mail_was_sent", True):
            level, message_template = messages.WARNING, NOT_SENT
        super().add_message(request, level, message_template, *args, **kwargs)
