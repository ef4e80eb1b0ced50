from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from accounts.errors import SignInRefused
from accounts.models import User

UNKNOWN = gettext_noop(
    "Nobody here has the e-mail address {email}. Ask an admin of Foothold to add you, then sign in "
    "again."
)
LEFT = gettext_noop(
    "Your access to Foothold has been switched off. Ask an admin to switch it on again."
)


def person_of(email: str, *, may_create: bool, first_name: str = "", last_name: str = "") -> User:
    """Find who has an address that is proven to be theirs; raise SignInRefused.

    With `may_create` an unknown one becomes a viewer, who has no password.
    """
    person = User.objects.filter(email__iexact=email).first()
    if person is None and may_create:
        fresh = User(email=email.lower(), first_name=first_name[:150], last_name=last_name[:150])
        fresh.set_unusable_password()
        person, _ = User.objects.get_or_create(
            email=fresh.email,
            defaults={
                "first_name": fresh.first_name,
                "last_name": fresh.last_name,
                "password": fresh.password,
                "role": User.Role.VIEWER,
            },
        )
    if person is None:
        raise SignInRefused(gettext(UNKNOWN).format(email=email))
    if not person.is_active:
        raise SignInRefused(gettext(LEFT))
    return person
