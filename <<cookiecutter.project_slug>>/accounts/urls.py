from django.urls import path

from . import views

urlpatterns = [
    path("", views.sessions, name="account_sessions"),
    path("<int:pk>/end/", views.end_session, name="account_end_session"),
]
