"""What people say of an account's adoption: the goal of a use case, and why one is not used.

Of each there is one per account and use case. Said anew it is replaced; the audit log keeps what it was.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import AdoptionGoal, NonAdoption, User
from accounts.services import audit
from accounts.services.working import workable_account

WHAT = gettext_noop("change goals and reasons of adoption")


@transaction.atomic
def set_goal(
    *,
    account_id: int,
    use_case: str,
    level: str,
    due_on: date | None = None,
    by: User,
    now: datetime,
) -> AdoptionGoal:
    """Say how mature a use case should become, and by when; the same again changes nothing.

    Raises Account.DoesNotExist where the person does not see the account, and RoleForbids.
    """
    account = workable_account(account_id, by, to=WHAT)
    named: dict[str, Any] = {"account": account, "use_case": use_case}
    before = AdoptionGoal.objects.select_for_update().filter(**named).first()
    if before is not None and (before.level, before.due_on) == (level, due_on):
        return before
    goal, _ = AdoptionGoal.objects.update_or_create(
        **named, defaults={"level": level, "due_on": due_on, "set_by": by, "set_at": now}
    )
    changed = {
        "use_case": use_case,
        "level": [before.level if before else None, level],
        "due_on": [before.due_on if before else None, due_on],
    }
    audit.record("adoption_goal.set", goal, now=now, by=by, detail=changed)
    return goal


@transaction.atomic
def clear_goal(*, account_id: int, use_case: str, by: User, now: datetime) -> AdoptionGoal:
    """Have no goal for a use case any more; return what it was.

    Raises AdoptionGoal.DoesNotExist, also where somebody else was faster, and what set_goal does.
    """
    goal = AdoptionGoal.objects.get(
        account=workable_account(account_id, by, to=WHAT), use_case=use_case
    )
    was = {"use_case": use_case, "level": [goal.level, None], "due_on": [goal.due_on, None]}
    audit.record("adoption_goal.cleared", goal, now=now, by=by, detail=was)
    deleted, _ = AdoptionGoal.objects.filter(pk=goal.pk).delete()
    if not deleted:
        raise AdoptionGoal.DoesNotExist
    return goal


@transaction.atomic
def note_non_adoption(
    *, account_id: int, use_case: str, reason: str, note: str = "", by: User, now: datetime
) -> NonAdoption:
    """Say why a use case is not used; the same again changes nothing.

    Raises Account.DoesNotExist where the person does not see the account, and RoleForbids.
    """
    account, note = workable_account(account_id, by, to=WHAT), note.strip()
    named: dict[str, Any] = {"account": account, "use_case": use_case}
    before = NonAdoption.objects.select_for_update().filter(**named).first()
    if before is not None and (before.reason, before.note) == (reason, note):
        return before
    noted, _ = NonAdoption.objects.update_or_create(
        **named, defaults={"reason": reason, "note": note, "noted_by": by, "at": now}
    )
    changed: dict[str, object] = {
        "use_case": use_case,
        "reason": [before.reason if before else None, reason],
    }
    if note != (before.note if before else ""):
        changed |= audit.changes(noted, {"note": (before and before.note, note)})
    audit.record("non_adoption.noted", noted, now=now, by=by, detail=changed)
    return noted


@transaction.atomic
def clear_non_adoption(*, account_id: int, use_case: str, by: User, now: datetime) -> NonAdoption:
    """Take a reason away: it is used, or nobody knows why not; return what it was.

    Raises NonAdoption.DoesNotExist, also where somebody else was faster, and what note_non_adoption
    does.
    """
    noted = NonAdoption.objects.get(
        account=workable_account(account_id, by, to=WHAT), use_case=use_case
    )
    was = {"use_case": use_case, "reason": [noted.reason, None]}
    audit.record("non_adoption.cleared", noted, now=now, by=by, detail=was)
    deleted, _ = NonAdoption.objects.filter(pk=noted.pk).delete()
    if not deleted:
        raise NonAdoption.DoesNotExist
    return noted
