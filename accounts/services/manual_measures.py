"""What a person judges by hand of an account's health: each judgement is kept, the newest one holds."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import Account, ManualMeasure, User
from accounts.services import audit, health_changes
from accounts.services.working import workable_account


@transaction.atomic
def judge(
    *, account: Account, measure: str, color: str, comment: str, by: User, now: datetime
) -> ManualMeasure:
    """Note a colour, or with none that it is not known any more; the same again is no new judgement.

    Raises Account.DoesNotExist where the person does not see the account.
    """
    seen = workable_account(account.pk, by, to=gettext_noop("judge an account's health"))
    newest = seen.manual_measures.filter(measure=measure).order_by("-at", "-pk").first()
    if newest is not None and (newest.color, newest.comment) == (color, comment):
        return newest
    judged = ManualMeasure.objects.create(
        account=seen, measure=measure, color=color, comment=comment, author=by, at=now
    )
    audit.record("health.judged", judged, now=now, by=by, detail={"color": color})
    health_changes.announce(account_ids={seen.pk}, since=now.date(), now=now)
    return judged
