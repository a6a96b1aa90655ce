"""The site's URLs."""

import errno

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path, re_path
from django.views.generic import TemplateView
from django.views.static import serve

from catalog.sitemaps import SITEMAPS

# The admin's own login form has no rate limit.
admin.site.login = secure_admin_login(admin.site.login)


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve the product pictures, for sites without a web server in front to do it."""
    try:
        return serve(request, path, settings.MEDIA_ROOT)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise Http404(path) from error
        raise


urlpatterns = [
    # The pages for visitors: without a prefix in LANGUAGE_CODE, and under a prefix such
    # as /ru/ in other languages. They come first, as they are requested most.
    *i18n_patterns(
        path("", include("catalog.urls")),
        path("cart/", include("cart.urls")),
        path("", include("orders.urls")),
        path("accounts/", include("accounts.urls")),
        path("accounts/", include("allauth.urls")),
        path("session/", include("session_store.urls")),
        prefix_default_language=False,
    ),
    path("admin/", admin.site.urls),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path(
        "robots.txt",
        TemplateView.as_view(template_name="robots.txt", content_type="text/plain"),
    ),
    re_path(r"^media/(?P<path>.+)$", media),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler429 = "config.errors.too_many_requests"
handler500 = "config.errors.server_error"
