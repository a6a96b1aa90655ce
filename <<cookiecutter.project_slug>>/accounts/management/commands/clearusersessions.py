"""Remove ended sessions from the users' lists of devices."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.core.management.base import BaseCommand

from accounts import devices


class Command(BaseCommand):
    help = "Remove from the users' lists of devices those whose session has ended."

    def handle(self, **options: Any) -> None:
        for row in UserSession.objects.iterator():
            devices.purge(row)
