from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver
from django.views.generic import RedirectView

from accounts.views import password_reset, passwords_only, sign_in
from config import health
from config import sign_in as more_sign_in
from config.api import NothingHere
from config.limits.views import limits
from config.metrics_page import metrics

PASSWORDS = {
    "password_change": ("password_change/", auth_views.PasswordChangeView.as_view()),
    "password_change_done": ("password_change/done/", auth_views.PasswordChangeDoneView.as_view()),
    "password_reset": ("password_reset/", password_reset),
    "password_reset_done": ("password_reset/done/", auth_views.PasswordResetDoneView.as_view()),
    "password_reset_confirm": (
        "reset/<uidb64>/<token>/",
        auth_views.PasswordResetConfirmView.as_view(),
    ),
    "password_reset_complete": ("reset/done/", auth_views.PasswordResetCompleteView.as_view()),
}

handler500 = "config.health.broken"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="playbooks:queue"), name="start"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("login/", sign_in, name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    *(path(where, passwords_only(view), name=name) for name, (where, view) in PASSWORDS.items()),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    re_path("^api/", NothingHere.as_view(), name="api-nothing"),
    path("limits/", limits, name="limits"),
    path("", include("accounts.urls")),
    path("", include("usage.urls")),
    path("", include("playbooks.urls")),
]
if more_sign_in.IS_ON:
    urlpatterns += [path("", include("accounts.sign_in_urls"))]
