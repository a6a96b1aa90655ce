"""The site's changes to allauth's default behaviour."""

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

# The mails that are all that their request was for.
ASKED_FOR = (
    "account/email/email_confirmation",
    "account/email/password_reset_key",
    "account/email/unknown_account",
)

# The messages about the mail that confirms an address.
SENT = "account/messages/email_confirmation_sent.txt"
NOT_SENT = "account/messages/email_confirmation_not_sent.txt"


class AccountAdapter(DefaultAccountAdapter):
    """allauth's adapter, limited to one host and using the shop's name."""

    def is_safe_url(self, url: str) -> bool:
        """Allow redirects to this host only, and not from https to http.

        By default all of `ALLOWED_HOSTS` and `CSRF_TRUSTED_ORIGINS` are allowed.
        """
        return url_has_allowed_host_and_scheme(
            url,
            allowed_hosts={self.request.get_host()},
            require_https=self.request.is_secure(),
        )

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Send the mail with the shop's name in it; by default it has the host's name.

        A mail that cannot be sent does not fail what has been done, such as a sign-up.
        If the mail is all that the request was for, an error page says so.
        """
        site = RequestSite(self.request)
        site.name = settings.SITE_NAME
        try:
            super().send_mail(template_prefix, email, {"current_site": site, **context})
        except OSError as error:  # the base of SMTPException and of network errors
            log_not_sent(logger, template_prefix, error)
            # allauth counts a mail before sending it, and would hold back the next one.
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
        """Replace the message that a mail was sent with a warning if it was not."""
        if message_template == SENT and not getattr(request, "mail_was_sent", True):
            level, message_template = messages.WARNING, NOT_SENT
        super().add_message(request, level, message_template, *args, **kwargs)
