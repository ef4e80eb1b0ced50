from __future__ import annotations

from django.urls import path

from usage import views

app_name = "usage"
urlpatterns = [
    path("data/", views.data, name="data"),
    path("editions/", views.editions, name="editions"),
    path("editions/<int:edition_id>/", views.edition, name="edition"),
]
