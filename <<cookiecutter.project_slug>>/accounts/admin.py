from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from session_store import events

from . import devices
from .models import User

if devices.are_listed():
    from . import session_admin  # noqa: F401


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Django's user admin, which can also end the sessions of some or all users."""

    actions = ["end_sessions"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.end_everyones_sessions)
        name = "accounts_user_end_sessions"
        return [path("end-sessions/", view, name=name), *super().get_urls()]

    @admin.action(
        permissions=["change"], description=_("End all sessions of the selected users")
    )
    def end_sessions(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> HttpResponse:
        # With "select across", one key stands for all: a form has 1,000 fields at most.
        is_across = request.POST.get("select_across") == "1"
        selected = queryset[:1] if is_across else queryset
        return self._end_sessions(
            request, queryset, selected=selected, is_across=is_across
        )

    def end_everyones_sessions(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self._end_sessions(request, self.get_queryset(request))

    def _end_sessions(
        self, request: HttpRequest, users: QuerySet[User], **context: Any
    ) -> HttpResponse:
        """Ask for confirmation; once confirmed, end the sessions."""
        if "confirmed" not in request.POST:
            context |= {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("End sessions"),
                "count": users.count(),
            }
            template = "admin/accounts/user/end_sessions.html"
            return TemplateResponse(request, template, context)
        whose = "all users"
        if "selected" in context:
            keys = users.order_by("pk").values_list("pk", flat=True)
            whose = f"users {', '.join(map(str, keys))}"
        count = devices.end_all(users)
        events.ended_all(whose, by=request.user)
        text = ngettext(
            "All sessions of %(count)d user have ended.",
            "All sessions of %(count)d users have ended.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
        return redirect("admin:accounts_user_changelist")
