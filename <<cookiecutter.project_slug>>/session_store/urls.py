from django.urls import path

from . import views

app_name = "session_store"

urlpatterns = [
    path("", views.show, name="session"),
    path("expiry/", views.set_expiry, name="set_expiry"),
    path("key/", views.renew_key, name="renew_key"),
]
