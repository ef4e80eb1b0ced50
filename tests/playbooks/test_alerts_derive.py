"""Who is told of what: once, never of their own doing, and only of what they see."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from celery import current_app
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Job, User
from playbooks import tasks
from playbooks.models import AlertWatermark, CTAEvent, Delivery, Notification
from playbooks.services import ctas
from playbooks.services.alerts import watermarks
from playbooks.services.alerts.derive import derive
from playbooks.services.alerts.watermarks import Horizon
from playbooks.tasks import send_alerts
from tests.factories import (
    NOW,
    TODAY,
    make_account,
    make_activity,
    make_cta,
    make_event,
    make_follow,
    make_job,
    make_transition,
    make_user,
)
from tests.playbooks.alerts import begin, told, want

pytestmark = pytest.mark.django_db
Kind = CTAEvent.Kind


@pytest.fixture(autouse=True)
def begun(db: None) -> None:
    begin()


def test_a_call_to_action_that_a_trigger_opens_is_told_to_its_owner(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    cta = make_cta(account=account)
    make_event(cta=cta)
    assert derive(now=now) == 1
    assert told(csm) == [("assigned", "New for you: CI fell from Green to Yellow")]
    assert told(teammate) == []


def test_twice_makes_nothing_new(account: Account, csm: User, now: datetime) -> None:
    make_event(cta=make_cta(account=account))
    assert [derive(now=now), derive(now=now + timedelta(minutes=1)), derive(now=now)] == [1, 0, 0]


def test_handing_on_is_told_to_who_gets_it_alone(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    cta = make_cta(account=account)
    ctas.reassign(cta_id=cta.pk, owner=teammate, by=csm, now=now)
    derive(now=now)
    assert told(teammate) == [("assigned", "Cleo gave you: CI fell from Green to Yellow")]
    assert told(csm) == []


def test_what_one_does_oneself_is_no_news(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    ctas.comment(cta_id=cta.pk, text="I call them today", by=csm, now=now)
    assert derive(now=now) == 0


def test_a_comment_is_told_to_the_owner_and_to_who_is_mentioned(
    account: Account, csm: User, teammate: User, manager: User, stranger: User, now: datetime
) -> None:
    mentioned = {"mentions": [manager.pk, stranger.pk, csm.pk]}
    make_event(
        cta=make_cta(account=account),
        kind=Kind.COMMENTED,
        actor=teammate,
        text="Ask **Cleo**",
        detail=mentioned,
    )
    derive(now=now)
    assert told(csm) == [("mentioned", "Timo mentioned you: CI fell from Green to Yellow")]
    assert [kind for kind, _ in told(manager)] == ["mentioned"]
    assert told(stranger) == []  # sees nothing of the account
    assert Notification.objects.filter(text="Ask **Cleo**").count() == 2


@pytest.mark.parametrize(
    ("kind", "expected"), [(Kind.SIGNAL_ADDED, "evidence"), (Kind.WOKE, "woke")]
)
def test_what_happens_to_it_by_itself_is_told_without_figures(
    account: Account, csm: User, now: datetime, kind: str, expected: str
) -> None:
    make_event(cta=make_cta(account=account), kind=kind, text="38 builds per billable user")
    derive(now=now)
    assert [each for each, _ in told(csm)] == [expected]
    assert not Notification.objects.filter(text__contains="38").exists()


def test_a_new_risk_is_told_to_followers(
    account: Account, csm: User, viewer: User, now: datetime
) -> None:
    make_follow(user=viewer, account=account)
    make_event(cta=make_cta(account=account, type="risk"))
    make_event(cta=make_cta(account=account, type="expansion"))
    derive(now=now)
    assert told(viewer) == [("risk", "New risk: CI fell from Green to Yellow")]
    assert [kind for kind, _ in told(csm)] == ["assigned", "assigned"]


def test_a_follower_who_has_ceased_to_see_the_account_is_told_nothing(
    account: Account, stranger: User, now: datetime
) -> None:
    make_follow(user=stranger, account=account)
    make_event(cta=make_cta(account=account))
    derive(now=now)
    assert told(stranger) == []


def test_who_has_left_is_told_nothing(account: Account, csm: User, now: datetime) -> None:
    User.objects.filter(pk=csm.pk).update(is_active=False)
    make_event(cta=make_cta(account=account))
    assert derive(now=now) == 0


def test_a_drop_is_told_to_csm_and_followers_once_also_when_it_is_found_anew(
    account: Account, csm: User, viewer: User, now: datetime
) -> None:
    make_follow(user=viewer, account=account)
    make_transition(account=account).delete()
    make_transition(account=account)
    derive(now=now)
    account.transitions.all().delete()
    make_transition(account=account)
    derive(now=now)
    assert told(csm) == told(viewer) == [("drop", "CI fell from Green to Yellow")]


def test_a_drop_of_a_former_month_is_no_news(account: Account, now: datetime) -> None:
    make_transition(account=account, period=date(2026, 9, 1), from_period=date(2026, 8, 1))
    assert derive(now=now) == 0


def test_what_is_due_is_told_when_the_day_begins_where_its_owner_lives(
    account: Account, csm: User
) -> None:
    User.objects.filter(pk=csm.pk).update(time_zone="America/New_York")
    make_cta(account=account, due_on=TODAY)
    make_cta(account=account, due_on=TODAY, snoozed_until=TODAY + timedelta(days=9))
    midnight = datetime.fromisoformat("2026-11-16T05:00+00:00")
    derive(now=midnight - timedelta(minutes=10))
    assert told(csm) == []
    derive(now=midnight)
    derive(now=midnight + timedelta(hours=3))
    assert told(csm) == [("due", "Due today: CI fell from Green to Yellow")]
    derive(now=midnight + timedelta(days=1))
    assert [kind for kind, _ in told(csm)] == ["due", "overdue"]


def test_days_that_it_was_down_are_made_up_for(account: Account, csm: User) -> None:
    make_cta(account=account, due_on=TODAY)
    derive(now=NOW + timedelta(days=3))
    assert told(csm) == [("overdue", "Overdue: CI fell from Green to Yellow")]


def test_a_failed_job_is_told_to_admins_again_when_it_fails_again(
    admin: User, csm: User, now: datetime
) -> None:
    job = make_job(state=Job.State.FAILED, error="Figures")
    derive(now=now)
    derive(now=now)
    Job.objects.filter(pk=job.pk).update(finished_at=now + timedelta(minutes=5))
    derive(now=now + timedelta(minutes=6))
    assert told(admin) == [("job_failed", f"Failed: {job}")] * 2
    assert told(csm) == []


def test_what_is_wanted_by_no_way_is_not_made(account: Account, csm: User, now: datetime) -> None:
    want(csm, "assigned")
    make_event(cta=make_cta(account=account))
    assert derive(now=now) == 0


def test_email_at_once_goes_before_the_daily_one(
    account: Account, csm: User, now: datetime
) -> None:
    want(csm, "assigned", "email_now", "email_digest")
    make_event(cta=make_cta(account=account))
    derive(now=now)
    alert = Notification.objects.get()
    assert (alert.is_on_page, alert.in_digest) == (False, False)
    assert [delivery.channel for delivery in alert.deliveries.all()] == ["email"]


def test_without_a_mail_server_nothing_waits_to_be_mailed(
    account: Account, csm: User, now: datetime, settings
) -> None:
    settings.HAS_EMAIL = False
    want(csm, "assigned", "page", "email_now")
    make_event(cta=make_cta(account=account))
    derive(now=now)
    assert Notification.objects.get().is_on_page
    assert not Delivery.objects.exists()


def test_a_page_of_many_is_read_to_its_end(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    CTAEvent.objects.bulk_create(
        CTAEvent(cta=cta, account=account, kind=Kind.WOKE, at=now) for _ in range(450)
    )
    assert derive(now=now) == 450


def test_a_pages_queries_do_not_grow_with_its_rows(csm: User, now: datetime) -> None:
    derive(now=now)  # what it looks for once in some minutes
    counts = []
    for rows in (3, 30):
        for _ in range(rows):
            make_event(cta=make_cta(account=make_account(csm=csm)))
        with CaptureQueriesContext(connection) as queries:
            assert derive(now=now) == rows
        # whether a mark moves depends on which transactions of others run, not on the rows
        counts.append(sum(not moves_a_mark(query["sql"]) for query in queries))
    assert counts[0] == counts[1]


def moves_a_mark(sql: str) -> bool:
    return sql.startswith(f'UPDATE "{AlertWatermark._meta.db_table}"')


def test_an_entry_of_the_timeline_is_told_to_followers_but_not_to_its_author(
    account: Account, csm: User, teammate: User, viewer: User, now: datetime
) -> None:
    for person in (teammate, viewer):
        make_follow(user=person, account=account)
    make_activity(account=account, author=teammate, subject="Kick-off")
    make_activity(account=account, author=teammate, subject="Slip", deleted_at=now)
    derive(now=now)
    assert told(viewer) == [("timeline", "Call by Timo: Kick-off")]
    assert told(teammate) == told(csm) == []


# --- Keys that come late ----------------------------------------------------------------------------


def test_a_row_that_is_committed_late_with_a_lower_key_is_told_of(
    account: Account, csm: User, now: datetime, monkeypatch
) -> None:
    """As on PostgreSQL, where a transaction that goes on has drawn its key before."""
    cta = make_cta(account=account)
    late = make_event(cta=cta)
    CTAEvent.objects.filter(pk=late.pk).delete()
    make_event(cta=cta)
    monkeypatch.setattr(watermarks, "horizon", lambda: Horizon(oldest=7, upcoming=9))
    AlertWatermark.objects.update(pending_transaction=7)
    minutes = [now + timedelta(minutes=n) for n in range(5)]
    assert derive(now=minutes[0]) == 1
    assert derive(now=minutes[1]) == 0
    late.save(force_insert=True)
    assert derive(now=minutes[2]) == 1
    monkeypatch.setattr(watermarks, "horizon", lambda: Horizon(oldest=9, upcoming=9))
    assert derive(now=minutes[3]) == 0
    settled = AlertWatermark.objects.get(name="cta_events").settled_id
    assert settled > late.pk
    assert len(told(csm)) == 2


def test_marks_of_another_database_are_taken_over(now: datetime, monkeypatch) -> None:
    AlertWatermark.objects.update(pending_transaction=10**9)
    monkeypatch.setattr(watermarks, "horizon", lambda: Horizon(oldest=5, upcoming=5))
    derive(now=now)
    mark = AlertWatermark.objects.get(name="cta_events")
    assert mark.pending_transaction == 5


def test_what_was_there_before_is_no_news(account: Account, csm: User, now: datetime) -> None:
    AlertWatermark.objects.all().delete()
    make_event(cta=make_cta(account=account, owner=make_user()))
    derive(now=now)
    assert not Notification.objects.exists()


# --- Beat and command -------------------------------------------------------------------------------


def test_the_command_and_the_beat_do_the_same(account: Account, csm: User, capsys) -> None:
    want(csm, "assigned", "email_now")
    far = date(2100, 1, 1)
    make_event(cta=make_cta(account=account, due_on=far), at=timezone.now())
    call_command("send_alerts")
    assert "1 alert made, 0 digests gathered, 1 message sent, 0 failed." in capsys.readouterr().out
    make_event(cta=make_cta(account=account, due_on=far), at=timezone.now())
    send_alerts()
    assert len(mail.outbox) == 2


def test_a_thread_of_a_process_tells_at_a_time(account: Account) -> None:
    make_event(cta=make_cta(account=account), at=timezone.now())
    with tasks._telling:
        send_alerts()
    assert not Notification.objects.exists()


def test_the_beat_knows_the_task() -> None:
    tasks = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert send_alerts.name in tasks


def test_a_drop_that_another_edition_made_is_marked(
    account: Account, csm: User, now: datetime
) -> None:
    make_transition(account=account, cause="edition")
    make_transition(account=account, component="security")
    derive(now=now)
    texts = dict(Notification.objects.values_list("title", "text"))
    assert texts == {
        "CI fell from Green to Yellow": "October 2026, caused by the change to edition 2025",
        "Security fell from Green to Yellow": "October 2026",
    }
