"""Whose e-mail an identity provider vouches for. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.errors import SignInRefused

UNVERIFIED = (
    "Your identity provider does not confirm that your e-mail address is yours. "
    "Ask whoever runs it to confirm it."
)
NO_EMAIL = "Your identity provider did not tell your e-mail address."
TWO_PEOPLE = "Your identity provider spoke of two different people."


def vouched_email(said: Mapping[str, Any], *, trusts_silence: bool) -> str:
    """The address that a provider of OpenID Connect vouches for; raise SignInRefused.

    `said` holds the claims of `userinfo`, of `id_token`, or of both. With `trusts_silence` an address
    counts as confirmed unless the provider says that it is not.
    """
    claims: Mapping[str, Any] = said.get("userinfo") or said.get("id_token") or {}
    subjects = {part["sub"] for part in said.values() if part and "sub" in part}
    if len(subjects) > 1:
        raise SignInRefused(TWO_PEOPLE)
    email, verified = claims.get("email"), claims.get("email_verified")
    if not isinstance(email, str) or not email:
        raise SignInRefused(NO_EMAIL)
    if verified is None and trusts_silence:
        return email
    if verified is True or (isinstance(verified, str) and verified.lower() == "true"):
        return email  # some providers write the word
    raise SignInRefused(UNVERIFIED)
