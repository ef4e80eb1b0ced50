"""Whose e-mail an identity provider vouches for. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.errors import SignInRefused
from accounts.words import gettext, gettext_noop

UNVERIFIED = gettext_noop(
    "Your identity provider does not confirm that your e-mail address is yours. "
    "Ask whoever runs it to confirm it."
)
NO_EMAIL = gettext_noop("Your identity provider did not tell your e-mail address.")
TWO_PEOPLE = gettext_noop("Your identity provider spoke of two different people.")


def vouched_email(said: Mapping[str, Any], *, trusts_silence: bool) -> str:
    """The address that a provider of OpenID Connect vouches for; raise SignInRefused.

    `said` holds the claims of `userinfo`, of `id_token`, or of both. With `trusts_silence` an address
    counts as confirmed unless the provider says that it is not.
    """
    claims: Mapping[str, Any] = said.get("userinfo") or said.get("id_token") or {}
    subjects = {part["sub"] for part in said.values() if part and "sub" in part}
    if len(subjects) > 1:
        raise SignInRefused(gettext(TWO_PEOPLE))
    email, verified = claims.get("email"), claims.get("email_verified")
    if not isinstance(email, str) or not email:
        raise SignInRefused(gettext(NO_EMAIL))
    if verified is None and trusts_silence:
        return email
    if verified is True or (isinstance(verified, str) and verified.lower() == "true"):
        return email  # some providers write the word
    raise SignInRefused(gettext(UNVERIFIED))
