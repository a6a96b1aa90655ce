"""Reauthentication for sessions that are stored in cookies."""

from collections.abc import Callable

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _


def reauthentication_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Have the visitor submit the form again after entering the password.

    allauth would store the form in the session, with all headers of its request: more
    than fits in a cookie, and partly data that no browser should see.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(
        request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if request.method != "POST" or not isinstance(
            exception, ReauthenticationRequired
        ):
            return None
        messages.info(request, _("Confirm that it is you, then try again."))
        query = QueryDict(mutable=True)
        query["next"] = request.path
        return redirect(f"{reverse('account_reauthenticate')}?{query.urlencode('/')}")

    middleware.process_exception = process_exception
    return middleware
