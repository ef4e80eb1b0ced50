"""The timeline of an account: what is written, taken away and brought back."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.errors import ActivityChanged, AttendeeUnknown, SubjectNeeded
from accounts.models import Account, Attendance, Contact, Mention, TimelineActivity, User
from accounts.queries.people import ids_of_mentioned
from accounts.services import audit, health_changes
from accounts.services.working import refuse_unless_worker, workable_account

WHAT = "write into timelines"


@dataclass(frozen=True, kw_only=True)
class NewActivity:
    """What a person says of what happened. The same key twice is one entry."""

    kind: str
    happened_at: datetime
    subject: str
    notes: str = ""
    sentiment: str = ""
    users: Collection[User] = ()
    contacts: Collection[Contact] = ()
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@transaction.atomic
def log_activity(
    *, account: Account, new: NewActivity, by: User, now: datetime
) -> TimelineActivity:
    """Write an entry into an account's timeline, and note whom it mentions.

    Raises Account.DoesNotExist where the person does not see the account, RoleForbids, SubjectNeeded,
    and AttendeeUnknown for a colleague who is not active or a contact of another account.
    """
    account = workable_account(account.pk, by, to=WHAT)
    _refuse_unless_sound(account, new)
    activity, is_new = TimelineActivity.objects.get_or_create(
        account=account,
        key=new.key,
        defaults={
            "kind": new.kind,
            "happened_at": new.happened_at,
            "subject": new.subject.strip(),
            "notes": new.notes,
            "sentiment": new.sentiment,
            "author": by,
            "created_at": now,
            "updated_at": now,
        },
    )
    if is_new:
        attendances = [
            *(Attendance(activity=activity, account=account, user=user) for user in new.users),
            *(
                Attendance(activity=activity, account=account, contact=each)
                for each in new.contacts
            ),
        ]
        Attendance.objects.bulk_create(attendances)
        _note_mentions(activity, by=by, now=now)
        _tell_health(activity, now=now)
    return activity


@transaction.atomic
def change_activity(
    *, activity_id: int, seen_at: datetime, new: NewActivity, by: User, now: datetime
) -> TimelineActivity:
    """Say an entry anew, all of it but its key and author; who is mentioned now and was not is noted.

    Raises ActivityChanged where it is no longer as it was at `seen_at`, and what log_activity does.
    """
    activity = _workable(activity_id, by)
    _refuse_unless_sound(activity.account, new)
    unchanged = TimelineActivity.objects.kept().filter(pk=activity.pk, updated_at=seen_at)
    won = unchanged.update(
        kind=new.kind,
        happened_at=new.happened_at,
        subject=new.subject.strip(),
        notes=new.notes,
        sentiment=new.sentiment,
        updated_at=max(now, seen_at + timedelta(microseconds=1)),
    )
    if not won:
        raise ActivityChanged(
            activity.pk, gettext("no longer as you saw it: somebody changed it meanwhile")
        )
    activity.attendances.all().delete()
    _note_attendances(activity, new)
    audit.record("activity.changed", activity, now=now, by=by)
    changed = _workable(activity_id, by)
    _note_mentions(changed, by=by, now=now)
    _tell_health(activity, changed, now=now)
    return changed


@transaction.atomic
def delete_activity(*, activity_id: int, by: User, now: datetime) -> TimelineActivity:
    """Take an entry away; `restore_activity` brings it back. Raises ActivityChanged where it is gone."""
    activity = _workable(activity_id, by)
    if not TimelineActivity.objects.kept().filter(pk=activity.pk).update(deleted_at=now):
        raise ActivityChanged(activity.pk, gettext("deleted already"))
    audit.record("activity.deleted", activity, now=now, by=by)
    activity.refresh_from_db(fields=["deleted_at"])
    _tell_health(activity, now=now)
    return activity


@transaction.atomic
def restore_activity(*, activity_id: int, by: User, now: datetime) -> TimelineActivity:
    """Bring a deleted entry back as it was. Raises ActivityChanged where it is there."""
    activity = _workable(activity_id, by)
    deleted = TimelineActivity.objects.filter(pk=activity.pk, deleted_at__isnull=False)
    if not deleted.update(deleted_at=None):
        raise ActivityChanged(activity.pk, gettext("not deleted"))
    audit.record("activity.restored", activity, now=now, by=by)
    activity.refresh_from_db(fields=["deleted_at"])
    _tell_health(activity, now=now)
    return activity


def _tell_health(*activities: TimelineActivity, now: datetime) -> None:
    """Health reads sentiments, calls and meetings: the months from theirs on are scored anew.

    Of an entry that is changed both what it was and what it is are handed in.
    """
    read = [
        activity
        for activity in activities
        if activity.sentiment or activity.kind in TimelineActivity.ENGAGEMENTS
    ]
    if read:
        first = min(activity.happened_at for activity in read).astimezone(UTC).date()
        health_changes.announce(
            account_ids={activity.account_id for activity in read}, since=first, now=now
        )


def _workable(activity_id: int, by: User) -> TimelineActivity:
    refuse_unless_worker(by, to=WHAT)
    seen = TimelineActivity.objects.visible_to(by).select_related("account", "author")
    return seen.get(pk=activity_id)


def _refuse_unless_sound(account: Account, new: NewActivity) -> None:
    if not new.subject.strip():
        raise SubjectNeeded
    for user in new.users:
        if not user.is_active:
            raise AttendeeUnknown(str(user))
    for contact in new.contacts:
        if contact.account_id != account.pk:
            raise AttendeeUnknown(contact.email)


def _note_attendances(activity: TimelineActivity, new: NewActivity) -> None:
    of = {"activity": activity, "account_id": activity.account_id}
    users = (Attendance(user=user, **of) for user in dict.fromkeys(new.users))
    contacts = (Attendance(contact=contact, **of) for contact in dict.fromkeys(new.contacts))
    Attendance.objects.bulk_create([*users, *contacts])


def _note_mentions(activity: TimelineActivity, *, by: User, now: datetime) -> None:
    """Note whom the notes mention who may see the account; who was noted before stays as it was."""
    mentions = [
        Mention(activity=activity, account_id=activity.account_id, user_id=user_id, by=by, at=now)
        for user_id in ids_of_mentioned(activity.notes, activity.account)
    ]
    Mention.objects.bulk_create(mentions, ignore_conflicts=True)
