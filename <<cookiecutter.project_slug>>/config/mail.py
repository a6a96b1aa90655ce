"""Logging of mails that cannot be sent."""

import smtplib
from logging import Logger


def log_not_sent(logger: Logger, what: str, error: OSError) -> None:
    """Log why, but not to whom: a mail server's response may name the recipient."""
    reason = error
    if isinstance(error, smtplib.SMTPException):
        reason = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}"
    logger.error("a mail could not be sent: %s: %s", what, reason)
