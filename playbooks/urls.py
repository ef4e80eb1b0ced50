from __future__ import annotations

from django.urls import URLPattern, path

from playbooks.views.account import account
from playbooks.views.portfolio import portfolio

app_name = "playbooks"
urlpatterns: list[URLPattern] = [
    path("portfolio/", portfolio, name="portfolio"),
    path("accounts/<int:account_id>/", account, name="account"),
]
