from django.urls import path

from . import views

app_name = "orders"

urlpatterns = [
    path("checkout/", views.address, name="checkout"),
    path("checkout/review/", views.review, name="review"),
    path("orders/", views.order_list, name="list"),
    path("orders/<slug:number>/", views.detail, name="detail"),
]
