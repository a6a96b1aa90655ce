from allauth.account.decorators import reauthentication_required
from allauth.account.forms import AddEmailForm, SignupForm
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.views import ConfirmEmailView as AllauthConfirmEmailView
from allauth.account.views import EmailView as AllauthEmailView
from allauth.account.views import SignupView as AllauthSignupView
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from session_store import events

from . import devices
from .user_agents import describe


@login_required
@reauthentication_required(allow_get=True)
def sessions(request: HttpRequest) -> HttpResponse:
    """Show the user's sessions; a POST ends all but this one."""
    if request.method == "POST":
        devices.end_others(request, request.user)
        messages.success(request, _("You are signed out everywhere else."))
        return redirect("account_sessions")
    current = request.session.session_key
    sessions = [
        {"row": row, "browser": describe(row.user_agent)}
        for row in devices.rows(user=request.user)
        if row.session_key == current or not devices.purge(row)
    ]
    # The current session first, then the others, the most recently seen first.
    sessions.sort(key=lambda session: session["row"].last_seen_at, reverse=True)
    sessions.sort(key=lambda session: session["row"].session_key != current)
    context = {
        "sessions": sessions,
        "current": current,
        "are_listed": devices.are_listed(),
    }
    return render(request, "accounts/sessions.html", context)


@login_required
@reauthentication_required(allow_get=True)
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the user's other sessions."""
    if request.method != "POST":  # such as when redirected here after signing in
        return redirect("account_sessions")
    for row in devices.rows(user=request.user, pk=pk):
        if row.session_key != request.session.session_key:
            row.end()
            events.ended(row.session_key, request.user)
            messages.success(request, _("That device is signed out."))
            return redirect("account_sessions")
    raise Http404


class SignupView(AllauthSignupView):
    """allauth's view, with a form error for a username taken at the same moment."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except IntegrityError:
            form.full_clean()
            if form.is_valid():  # so a taken username was not the cause
                raise
            return self.form_invalid(form)


class EmailView(AllauthEmailView):
    """allauth's view, which does not add an address if its mail could not be sent."""

    def form_valid(self, form: AddEmailForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except ImmediateHttpResponse:
            # Not rolled back with a transaction: that would block others for as long as
            # the mail server does not respond.
            EmailAddress.objects.filter(
                user=self.request.user, email=form.cleaned_data["email"]
            ).delete()
            raise


class ConfirmEmailView(AllauthConfirmEmailView):
    """allauth's view, in which merely opening another user's link signs nobody out.

    Anyone can send the link that confirms their own address to somebody else. Only
    submitting the form on its page signs out a visitor who is not the link's user.
    """

    def logout_other_user(self, confirmation: EmailConfirmationHMAC) -> None:
        if self.request.method == "POST":
            super().logout_other_user(confirmation)
