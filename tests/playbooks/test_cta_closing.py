"""Closing calls to action, and opening them again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import Account, User
from playbooks.errors import (
    CommentNeeded,
    CTAChanged,
    LiveCTAExists,
    RequiredTasksOpen,
    StatusNotAllowed,
)
from playbooks.models import CallToAction, CTAEvent, CTAType
from playbooks.services import ctas
from tests.factories import TODAY, make_cta, make_task

Status = CallToAction.Status


def test_closing_is_logged_with_status_and_comment(
    account: Account, csm: User, now: datetime
) -> None:
    cta = make_cta(account=account)
    closed = ctas.close_cta(
        cta_id=cta.pk, status=Status.ALREADY_SOLVED, comment="Runners back.", by=csm, now=now
    )
    assert (closed.status, closed.closed_at, closed.closed_by) == ("already_solved", now, csm)
    event = cta.events.get()
    assert (event.kind, event.text) == (CTAEvent.Kind.CLOSED, "Runners back.")
    assert event.detail == {"status": "already_solved", "was": "new"}


def test_closing_ends_a_snooze(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account, snoozed_until=TODAY + timedelta(days=3), snooze_reason="x")
    closed = ctas.close_cta(cta_id=cta.pk, status=Status.SUCCESS, by=csm, now=now)
    assert (closed.snoozed_until, closed.snooze_reason) == (None, "")


@pytest.mark.parametrize(
    ("cta_type", "status", "allowed"),
    [
        (CTAType.RISK, Status.SUCCESS, True),
        (CTAType.RISK, Status.NOT_NEEDED, False),
        (CTAType.LIFECYCLE, Status.NOT_NEEDED, True),
        (CTAType.RISK, Status.IN_PROGRESS, False),
        (CTAType.RISK, "abandoned", False),
    ],
)
def test_a_type_has_its_closing_statuses(
    account: Account, csm: User, now: datetime, cta_type: str, status: str, *, allowed: bool
) -> None:
    cta = make_cta(account=account, type=cta_type)
    if allowed:
        assert ctas.close_cta(cta_id=cta.pk, status=status, by=csm, now=now).status == status
        return
    with pytest.raises(StatusNotAllowed):
        ctas.close_cta(cta_id=cta.pk, status=status, by=csm, now=now)


@pytest.mark.parametrize("cta_type", CTAType.values)
def test_every_type_can_be_closed_as_a_success(cta_type: str) -> None:
    assert Status.SUCCESS in ctas.CLOSING_STATUSES[cta_type]


def test_a_false_alarm_says_why(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    with pytest.raises(CommentNeeded):
        ctas.close_cta(cta_id=cta.pk, status=Status.NOT_RELEVANT, comment=" ", by=csm, now=now)
    closed = ctas.close_cta(
        cta_id=cta.pk, status=Status.NOT_RELEVANT, comment="Holidays.", by=csm, now=now
    )
    assert closed.status == Status.NOT_RELEVANT


def test_a_success_needs_its_required_tasks(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    required = make_task(cta=cta, position=1)
    make_task(cta=cta, position=2, is_required=False)
    with pytest.raises(RequiredTasksOpen, match="1 required task"):
        ctas.close_cta(cta_id=cta.pk, status=Status.SUCCESS, by=csm, now=now)
    cta.refresh_from_db()
    assert cta.is_live
    ctas.complete_task(task_id=required.pk, by=csm, now=now)
    assert ctas.close_cta(cta_id=cta.pk, status=Status.SUCCESS, by=csm, now=now).status == "success"


def test_other_statuses_leave_tasks_open(account: Account, csm: User, now: datetime) -> None:
    task = make_task(cta=make_cta(account=account))
    status = Status.LACK_OF_ENGAGEMENT
    assert ctas.close_cta(cta_id=task.cta_id, status=status, by=csm, now=now).status == status


def test_the_second_to_close_is_told(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    cta = make_cta(account=account)
    ctas.close_cta(cta_id=cta.pk, status=Status.SUCCESS, by=teammate, now=now)
    with pytest.raises(CTAChanged, match="Success"):
        ctas.close_cta(cta_id=cta.pk, status=Status.LOST_NOT_A_PRIORITY, by=csm, now=now)
    cta.refresh_from_db()
    assert cta.closed_by == teammate


@pytest.mark.parametrize("was", [Status.NEW, Status.IN_PROGRESS])
def test_reopening_gives_the_status_back(
    account: Account, csm: User, now: datetime, was: str
) -> None:
    cta = make_cta(account=account, status=was)
    ctas.close_cta(cta_id=cta.pk, status=Status.SUCCESS, by=csm, now=now)
    reopened = ctas.reopen_cta(cta_id=cta.pk, by=csm, now=now)
    assert (reopened.status, reopened.closed_at, reopened.closed_by) == (was, None, None)
    assert list(cta.events.values_list("kind", flat=True)) == ["closed", "reopened"]


def test_what_was_closed_without_an_event_reopens_in_progress(
    account: Account, csm: User, now: datetime
) -> None:
    cta = make_cta(account=account, status=Status.SUCCESS)
    assert ctas.reopen_cta(cta_id=cta.pk, by=csm, now=now).status == Status.IN_PROGRESS


def test_reopening_an_open_one_is_refused(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    with pytest.raises(CTAChanged, match="New"):
        ctas.reopen_cta(cta_id=cta.pk, by=csm, now=now)


def test_reopening_beside_a_newer_live_one_is_refused(
    account: Account, csm: User, now: datetime
) -> None:
    old = make_cta(account=account, status=Status.SUCCESS, dedupe_key="score_drop:1:ci")
    newer = make_cta(account=account, dedupe_key="score_drop:1:ci")
    with pytest.raises(LiveCTAExists) as refused:
        ctas.reopen_cta(cta_id=old.pk, by=csm, now=now)
    assert refused.value.cta_id == newer.pk
    old.refresh_from_db()
    assert not old.is_live
