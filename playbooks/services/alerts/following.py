"""Who hears of an account, and what somebody has read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import Account, User
from playbooks.models import Follow, Notification


@transaction.atomic
def follow(*, account_id: int, by: User, now: datetime) -> Account:
    """Hear of an account from now on; twice changes nothing. Raises Account.DoesNotExist."""
    account = Account.objects.visible_to(by).get(pk=account_id)
    Follow.objects.get_or_create(user=by, account=account, defaults={"since": now})
    return account


@transaction.atomic
def unfollow(*, account_id: int, by: User) -> Account:
    """Hear of an account no longer. Raises Account.DoesNotExist."""
    account = Account.objects.visible_to(by).get(pk=account_id)
    Follow.objects.filter(user=by, account=account).delete()
    return account


def mark_read(*, by: User, now: datetime, ids: Collection[int] | None = None) -> int:
    """Note that a person has read some of their alerts, or all; return how many were unread."""
    unread = Notification.objects.visible_to(by).unread()
    chosen = unread if ids is None else unread.filter(pk__in=ids)
    return chosen.filter(at__lte=now).update(read_at=now)
