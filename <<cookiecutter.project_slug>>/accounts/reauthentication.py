"""Asking for the password again, where the session is in a cookie."""

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
    """Let a form be sent again once its visitor has given the password.

    allauth would keep the form in the session, with all that came along with it: more
    than a cookie holds, and partly what no browser should get to see.
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
