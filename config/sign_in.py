"""Sign-in beyond passwords: what django-allauth is told, from the environment alone.

Nothing of it is loaded, and no outside service is asked, unless a variable switches it on.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import env

OIDC, SAML = "oidc", "saml"  # as they stand in addresses
HAS_SSO = bool(env.SSO_OIDC_URL or env.SSO_SAML_METADATA)
HAS_SECOND_FACTOR = env.SECOND_FACTOR != "off"
IS_ON = HAS_SSO or HAS_SECOND_FACTOR

if IS_ON and find_spec("allauth") is None:
    raise ImproperlyConfigured(
        "SSO_OIDC_URL, SSO_SAML_METADATA and SECOND_FACTOR need the packages of "
        "requirements-sso.txt: install them, or leave these variables out."
    )

APPS = ["allauth", "allauth.account"]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
if HAS_SSO:
    APPS += [
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
        "allauth.socialaccount.providers.saml",
    ]
if HAS_SECOND_FACTOR:
    APPS += ["allauth.mfa"]
    MIDDLEWARE += ["accounts.second_factor.SecondFactorMiddleware"]

# What providers call it -> what we ask for.
SAML_ATTRIBUTES = {
    "email": [
        "urn:oid:0.9.2342.19200300.100.1.3",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "email",
        "mail",
    ],
    "first_name": [
        "urn:oid:2.5.4.42",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        "firstName",
        "givenName",
    ],
    "last_name": [
        "urn:oid:2.5.4.4",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
        "lastName",
        "sn",
    ],
}


def providers(
    *, oidc_url: str = "", client_id: str = "", client_secret: str = "", saml_metadata: str = ""
) -> dict[str, Any]:
    """Identity providers as SOCIALACCOUNT_PROVIDERS wants them."""
    found: dict[str, Any] = {}
    if oidc_url:
        app = {
            "provider_id": OIDC,
            "name": "OpenID Connect",
            "client_id": client_id,
            "secret": client_secret,
            "settings": {"server_url": oidc_url},
        }
        found["openid_connect"] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
    if saml_metadata:
        app = {
            "provider_id": SAML,
            "name": "SAML",
            "client_id": SAML,
            "settings": {
                "idp": {"metadata_url": saml_metadata, "entity_id": None},
                "attribute_mapping": SAML_ATTRIBUTES,
                "advanced": {
                    "allow_single_label_domains": True,  # an intranet's names have no dot
                    "reject_idp_initiated_sso": True,  # what nobody asked for could be a replay
                    "want_assertion_signed": True,
                    "want_attribute_statement": False,
                },
            },
        }
        found["saml"] = {"APPS": [app]}
    return found


SETTINGS: dict[str, Any] = {
    "ACCOUNT_ADAPTER": "accounts.allauth_adapters.AccountAdapter",
    "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
    "ACCOUNT_LOGIN_METHODS": {"email"},
    "ACCOUNT_SIGNUP_FIELDS": ["email*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    # Passwords are counted by axes alone; here only the codes of second factors are.
    "ACCOUNT_RATE_LIMITS": {"login": None, "reauthenticate": None, "login_failed": "5/5m/key"},
}
if HAS_SSO:
    SETTINGS |= {
        "SOCIALACCOUNT_ADAPTER": "accounts.single_sign_on.SocialAccountAdapter",
        "SOCIALACCOUNT_PROVIDERS": providers(
            oidc_url=env.SSO_OIDC_URL,
            client_id=env.SSO_OIDC_CLIENT_ID,
            client_secret=env.SSO_OIDC_CLIENT_SECRET,
            saml_metadata=env.SSO_SAML_METADATA,
        ),
    }
if HAS_SECOND_FACTOR:
    SETTINGS |= {
        "MFA_ADAPTER": "accounts.second_factor.SecondFactorAdapter",
        "MFA_TOTP_ISSUER": "Foothold",
        "MFA_TOTP_TOLERANCE": 1,  # a clock may be half a minute off
        "MFA_RECOVERY_CODES_SHOW_ONCE": True,
    }
