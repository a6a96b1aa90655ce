from django.urls import path

from . import views

urlpatterns = [
    path("signup/", views.SignupView.as_view(), name="account_signup"),
    path("email/", views.EmailView.as_view(), name="account_email"),
    path("sessions/", views.sessions, name="account_sessions"),
    path("sessions/<int:pk>/end/", views.end_session, name="account_end_session"),
    path(
        "confirm-email/<str:key>/",
        views.ConfirmEmailView.as_view(),
        name="account_confirm_email",
    ),
]
