from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.forms import SignInForm
from config import health
from config.api import NothingHere
from config.limits.views import limits

sign_in = auth_views.LoginView.as_view(
    authentication_form=SignInForm, redirect_authenticated_user=True
)
password_reset = auth_views.PasswordResetView.as_view(
    email_template_name="registration/password_reset_email.txt",
    subject_template_name="registration/password_reset_subject.txt",
)

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="playbooks:queue"), name="start"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("login/", sign_in, name="login"),
    path("password_reset/", password_reset, name="password_reset"),
    path("", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    re_path("^api/", NothingHere.as_view(), name="api-nothing"),
    path("limits/", limits, name="limits"),
    path("", include("accounts.urls")),
    path("", include("usage.urls")),
    path("", include("playbooks.urls")),
]
