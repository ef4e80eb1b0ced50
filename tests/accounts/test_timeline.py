"""The timeline of an account: what is kept of what happened, and what is refused."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.errors import ActivityChanged, AttendeeUnknown, RoleForbids, SubjectNeeded
from accounts.models import (
    Account,
    ActivityTemplate,
    Attendance,
    AuditEntry,
    TimelineActivity,
    User,
)
from accounts.queries import timeline as queries
from accounts.services import activity_templates, erasure, timeline
from accounts.services.timeline import NewActivity
from tests import factories as make

pytestmark = pytest.mark.django_db

Kind = TimelineActivity.Kind


@pytest.fixture
def csm() -> User:
    return make.make_user()


@pytest.fixture
def account(csm: User) -> Account:
    return make.make_account(csm=csm)


def a_call(**fields: object) -> NewActivity:
    said = {"kind": Kind.CALL, "happened_at": make.NOW, "subject": "Weekly call", **fields}
    return NewActivity(**said)  # type: ignore[arg-type]  # by name


def test_an_entry_keeps_who_wrote_it_and_who_took_part(csm: User, account: Account) -> None:
    contact = make.make_contact(account=account)
    activity = timeline.log_activity(
        account=account, new=a_call(users=[csm], contacts=[contact]), by=csm, now=make.NOW
    )
    took_part = {(each.user, each.contact) for each in activity.attendances.all()}
    assert (activity.author, took_part) == (csm, {(csm, None), (None, contact)})


def test_the_same_key_twice_is_one_entry(csm: User, account: Account) -> None:
    new = a_call(key=uuid.UUID(int=7), users=[csm])
    first = timeline.log_activity(account=account, new=new, by=csm, now=make.NOW)
    assert timeline.log_activity(account=account, new=new, by=csm, now=make.NOW) == first
    assert Attendance.objects.count() == 1


def test_an_entry_needs_a_subject(csm: User, account: Account) -> None:
    with pytest.raises(SubjectNeeded):
        timeline.log_activity(account=account, new=a_call(subject=" "), by=csm, now=make.NOW)


def test_a_contact_of_another_account_did_not_take_part(csm: User, account: Account) -> None:
    stranger = make.make_contact()
    with pytest.raises(AttendeeUnknown):
        timeline.log_activity(
            account=account, new=a_call(contacts=[stranger]), by=csm, now=make.NOW
        )


def test_a_colleague_who_left_did_not_take_part(csm: User, account: Account) -> None:
    gone = make.make_user(is_active=False)
    with pytest.raises(AttendeeUnknown):
        timeline.log_activity(account=account, new=a_call(users=[gone]), by=csm, now=make.NOW)


def test_a_viewer_writes_nothing(account: Account) -> None:
    viewer = make.make_user(User.Role.VIEWER)
    with pytest.raises(RoleForbids):
        timeline.log_activity(account=account, new=a_call(), by=viewer, now=make.NOW)


def test_a_stranger_does_not_see_the_account(account: Account) -> None:
    with pytest.raises(Account.DoesNotExist):
        timeline.log_activity(account=account, new=a_call(), by=make.make_user(), now=make.NOW)


def test_a_deleted_entry_counts_no_more_until_it_is_restored(csm: User, account: Account) -> None:
    activity = make.make_activity(account=account)
    timeline.delete_activity(activity_id=activity.pk, by=csm, now=make.NOW)
    assert not TimelineActivity.objects.engagements().exists()
    timeline.restore_activity(activity_id=activity.pk, by=csm, now=make.NOW)
    assert TimelineActivity.objects.engagements().get() == activity


def test_an_entry_is_deleted_once(csm: User, account: Account) -> None:
    activity = make.make_activity(account=account, deleted_at=make.NOW)
    with pytest.raises(ActivityChanged):
        timeline.delete_activity(activity_id=activity.pk, by=csm, now=make.NOW)


def test_what_is_there_cannot_be_restored(csm: User, account: Account) -> None:
    activity = make.make_activity(account=account)
    with pytest.raises(ActivityChanged):
        timeline.restore_activity(activity_id=activity.pk, by=csm, now=make.NOW)


def test_calls_and_meetings_alone_are_engagements(account: Account) -> None:
    for kind in Kind:
        make.make_activity(account=account, kind=kind)
    kinds = TimelineActivity.objects.engagements().values_list("kind", flat=True)
    assert set(kinds) == {Kind.CALL, Kind.MEETING}


def test_entries_without_a_sentiment_do_not_say_how_an_account_stands(account: Account) -> None:
    make.make_activity(account=account)
    said = make.make_activity(account=account, sentiment="red", happened_at=make.NOW)
    assert list(TimelineActivity.objects.sentiments()) == [said]


def test_an_attendance_is_of_one(account: Account) -> None:
    with pytest.raises(IntegrityError, match="attendance_of_one"):
        make.make_attendance(activity=make.make_activity(account=account))


def test_entries_and_who_took_part_are_seen_by_who_sees_the_account(
    csm: User, account: Account
) -> None:
    make.make_attendance(activity=make.make_activity(account=account), user=csm)
    stranger = make.make_user()
    for model in (TimelineActivity, Attendance):
        rows = model.objects
        assert (rows.visible_to(csm).count(), rows.visible_to(stranger).count()) == (1, 0)


def test_erasing_an_account_takes_its_timeline(account: Account) -> None:
    make.make_attendance(
        activity=make.make_activity(account=account), contact=make.make_contact(account=account)
    )
    begun = erasure.begin(account_id=account.pk, by=None, now=make.NOW)
    erased = erasure.erase(begun, now=make.NOW)
    assert (erased["activities"], erased["attendances"]) == (1, 1)


def test_erasing_a_contact_takes_their_name_out_of_the_notes(account: Account) -> None:
    contact = make.make_contact(account=account, name="Ada Larch")
    activity = make.make_activity(account=account, notes="Ada Larch wants SSO.")
    make.make_attendance(activity=activity, contact=contact)
    erasure.erase_contact(contact_id=contact.pk, by=None, now=make.NOW + timedelta(days=1))
    activity.refresh_from_db()
    assert (activity.notes, activity.attendances.count()) == ("[erased] wants SSO.", 0)


def test_an_entry_is_said_anew(csm: User, account: Account) -> None:
    activity = make.make_activity(account=account)
    make.make_attendance(activity=activity, contact=make.make_contact(account=account))
    changed = timeline.change_activity(
        activity_id=activity.pk,
        seen_at=activity.updated_at,
        new=a_call(subject="Kick-off", sentiment="green", users=[csm]),
        by=csm,
        now=make.NOW,
    )
    assert (changed.subject, changed.sentiment, changed.author) == ("Kick-off", "green", None)
    assert [each.user for each in changed.attendances.all()] == [csm]


def test_who_is_slower_changes_nothing(csm: User, account: Account) -> None:
    activity = make.make_activity(account=account, subject="As it is")
    with pytest.raises(ActivityChanged):
        timeline.change_activity(
            activity_id=activity.pk,
            seen_at=activity.updated_at - timedelta(minutes=1),
            new=a_call(subject="As it was meant"),
            by=csm,
            now=make.NOW,
        )
    activity.refresh_from_db()
    assert activity.subject == "As it is"


def test_what_was_changed_and_deleted_stands_in_the_audit_log(csm: User, account: Account) -> None:
    activity = make.make_activity(account=account)
    timeline.delete_activity(activity_id=activity.pk, by=csm, now=make.NOW)
    entry = AuditEntry.objects.get(verb="activity.deleted")
    assert (entry.actor, entry.object_id, entry.object_label) == (csm, str(activity.pk), "")


def test_the_last_call_counts_that_was_before_the_day(account: Account) -> None:
    former = make.make_activity(account=account, happened_at=make.NOW - timedelta(days=40))
    make.make_activity(account=account, happened_at=make.NOW)
    until = make.NOW - timedelta(days=1)
    assert queries.newest_engagements([account.pk], until=until) == {account.pk: former}


def test_the_newest_sentiment_counts(account: Account) -> None:
    make.make_activity(account=account, sentiment="green", happened_at=make.NOW - timedelta(days=3))
    newest = make.make_activity(account=account, sentiment="red", happened_at=make.NOW)
    assert queries.newest_sentiments([account.pk], until=make.NOW) == {account.pk: newest}
    assert queries.sentiment_history(account)[0] == newest


def test_shipped_templates_are_made_once() -> None:
    assert activity_templates.load_shipped() == 3
    ActivityTemplate.objects.update(notes="Ours")
    assert activity_templates.load_shipped() == 0
    assert set(ActivityTemplate.objects.values_list("notes", flat=True)) == {"Ours"}
