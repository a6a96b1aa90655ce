"""Users' sessions in the admin, where they can be viewed and ended.

Session keys are never shown, as whoever has the key has the session.
"""

from datetime import UTC, datetime
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from cart import storage
from config.admin import LookOnlyMixin
from session_store import events, lifetime

from .user_agents import describe

admin.site.unregister(UserSession)  # allauth's own, which does not end the session


@admin.register(UserSession)
class UserSessionAdmin(LookOnlyMixin, admin.ModelAdmin):
    """Show each session's user, origin, expiry, size and cart."""

    list_display = [
        "user",
        "browser",
        "ip",
        "last_seen_at",
        "expires",
        "size",
        "items",
    ]
    list_per_page = 50
    list_select_related = ["user"]
    ordering = ["-last_seen_at"]
    search_fields = ["user__username", "user__email", "ip"]
    fields = readonly_fields = list_display

    @admin.display(description=_("browser"))
    def browser(self, row: UserSession) -> str:
        return describe(row.user_agent)

    @admin.display(description=_("ends"), empty_value=_("has ended"))
    def expires(self, row: UserSession) -> datetime | None:
        times = lifetime.ends(_session(row))
        return times and datetime.fromtimestamp(min(times), UTC)

    @admin.display(description=_("size"), empty_value="-")
    def size(self, row: UserSession) -> str | None:
        session = _session(row)
        if not hasattr(session, "size"):  # which Django's own engines lack
            return None
        size, _limit = session.size()
        return filesizeformat(size)

    @admin.display(description=_("cart items"))
    def items(self, row: UserSession) -> int:
        return storage.in_session(_session(row), owner=str(row.user_id)).units

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        obj.end()
        events.ended(obj.session_key, by=request.user)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[UserSession]
    ) -> None:
        for row in queryset:
            self.delete_model(request, row)


def _session(row: UserSession) -> SessionBase:
    """Return the session, loaded once for all columns; an empty one if it has ended."""
    if not hasattr(row, "session"):
        engine = import_module(settings.SESSION_ENGINE)
        row.session = engine.SessionStore(row.session_key)
    return row.session
