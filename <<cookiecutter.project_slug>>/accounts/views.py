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
    # The one that is looked at first, then the others, the last seen first.
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
    if request.method != "POST":  # such as after a sign-in on the way
        return redirect("account_sessions")
    for row in devices.rows(user=request.user, pk=pk):
        if row.session_key != request.session.session_key:
            row.end()
            events.ended(row.session_key, request.user)
            messages.success(request, _("That device is signed out."))
            return redirect("account_sessions")
    raise Http404


class SignupView(AllauthSignupView):
    """allauth's; of two who take a name at the same moment the later one is told so."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except IntegrityError:
            form.full_clean()
            if form.is_valid():  # so the name was not the reason
                raise
            return self.form_invalid(form)


class EmailView(AllauthEmailView):
    """allauth's; an address that no mail can be sent to at present is not added."""

    def form_valid(self, form: AddEmailForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except ImmediateHttpResponse:
            # Not by a transaction: it would hold others up for as long as the mail server
            # does not answer.
            EmailAddress.objects.filter(
                user=self.request.user, email=form.cleaned_data["email"]
            ).delete()
            raise


class ConfirmEmailView(AllauthConfirmEmailView):
    """allauth's, and whoever only follows another user's link stays signed in.

    Anybody can send somebody the link to confirm an address of their own. What signs out
    whom that makes another user is the form on its page.
    """

    def logout_other_user(self, confirmation: EmailConfirmationHMAC) -> None:
        if self.request.method == "POST":
            super().logout_other_user(confirmation)
