from allauth.account.views import logout
from django.urls import path

from config.csrf import anyones_form

from . import views

urlpatterns = [
    path("sessions/", views.sessions, name="account_sessions"),
    path("sessions/<int:pk>/end/", views.end_session, name="account_end_session"),
    # In place of allauth's own. Its form stands in the shop window, too.
    path("logout/", anyones_form(logout), name="account_logout"),
    path(
        "confirm-email/<str:key>/",
        views.ConfirmEmailView.as_view(),
        name="account_confirm_email",
    ),
]
