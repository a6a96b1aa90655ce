"""Remove from the lists of devices the sessions that have ended."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Remove from the users' lists of devices those whose session has ended."

    def handle(self, **options: Any) -> None:
        for session in UserSession.objects.iterator():
            session.purge()
