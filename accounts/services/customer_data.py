"""What the records of accounts hold of a customer."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import Account, Consent, Contact, ErasedKey, License, Subscription
from accounts.services.holdings import Holding, Part


def _hold(account_id: int) -> None:
    """No row that points to it can be made meanwhile."""
    list(Account.objects.select_for_update().filter(pk=account_id).values_list("pk"))


PART = Part(
    holdings=(
        Holding("consents", lambda pk: Consent.objects.filter(account=pk)),
        Holding(
            "contacts",
            lambda pk: Contact.objects.filter(account=pk),
            former=lambda pk: Q(account_id=pk),
        ),
        Holding(
            "licenses",
            lambda pk: License.objects.filter(subscription__account=pk),
            buried=(ErasedKey.Kind.LICENSE, ("md5", "sha256")),
        ),
        Holding(
            "subscriptions",
            lambda pk: Subscription.objects.filter(account=pk),
            former=lambda pk: Q(account_id=pk),
        ),
        Holding(
            "account",
            lambda pk: Account.objects.filter(pk=pk),
            former=lambda pk: Q(id=pk),
            buried=(ErasedKey.Kind.ACCOUNT, ("external_id",)),
        ),
    ),
    hold=_hold,
)
