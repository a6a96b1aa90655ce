from django.urls import path

from . import views

app_name = "cart"

urlpatterns = [
    path("", views.detail, name="detail"),
    path("add/", views.add, name="add"),
    path("set/", views.set_quantity, name="set"),
    path("remove/", views.remove, name="remove"),
    path("clear/", views.clear, name="clear"),
    path("restore/", views.restore, name="restore"),
]
