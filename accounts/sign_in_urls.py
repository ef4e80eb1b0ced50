"""Addresses of django-allauth, and only those that are needed: no sign-up, no connections."""

from __future__ import annotations

from allauth.account.views import reauthenticate
from django.conf import settings
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from accounts.views import sign_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", sign_in, name="account_login"),  # the name that allauth knows it by
    path("login/again/", reauthenticate, name="account_reauthenticate"),
]
if settings.HAS_SSO:
    from allauth.socialaccount.providers.openid_connect.views import callback
    from allauth.socialaccount.providers.saml import views as saml

    from accounts import single_sign_on
    from accounts.single_sign_on import provider_needed as needed

    urlpatterns += [
        path("login/sso/<slug:provider_id>/", single_sign_on.start, name="single_sign_on"),
        path("login/sso/<slug:provider_id>/callback/", needed(callback), name="openid_connect_callback"),
        path("login/sso/<slug:organization_slug>/acs/", saml.acs, name="saml_acs"),
        path("login/sso/<slug:organization_slug>/acs/finish/", needed(saml.finish_acs), name="saml_finish_acs"),
        path("login/sso/<slug:organization_slug>/metadata/", needed(saml.metadata), name="saml_metadata"),
        path(
            "login/sso/<slug:organization_slug>/sls/", single_sign_on.no_single_logout, name="saml_sls"
        ),
    ]  # fmt: skip
if settings.SECOND_FACTOR != "off":
    urlpatterns += [path("second-factor/", include("accounts.second_factor_urls"))]
