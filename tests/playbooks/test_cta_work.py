"""Starting a call to action, doing its tasks, writing comments, handing it on."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.errors import RoleForbids
from accounts.models import Account, User
from playbooks.errors import CommentNeeded, CTAChanged, OwnerCannotWork, TaskChanged
from playbooks.models import CallToAction, CTAEvent, Task
from playbooks.services import ctas
from tests.factories import make_account, make_cta, make_event, make_task, make_user

Status = CallToAction.Status
Kind = CTAEvent.Kind


@pytest.fixture
def service(db: None) -> User:
    return make_user(User.Role.SERVICE)


@pytest.fixture
def gone(csm: User) -> User:
    """A teammate who has left."""
    return make_user(team=csm.team, is_active=False)


def kinds(cta: CallToAction) -> list[str]:
    return list(cta.events.values_list("kind", flat=True))


def test_starting_work_is_logged(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    started = ctas.start_work(cta_id=cta.pk, by=csm, now=now)
    assert started.status == Status.IN_PROGRESS
    event = cta.events.get()
    assert (event.kind, event.actor, event.at) == (Kind.STARTED, csm, now)


def test_starting_what_nobody_owns_takes_it(
    account: Account, teammate: User, now: datetime
) -> None:
    cta = make_cta(account=account, owner=None)
    assert ctas.start_work(cta_id=cta.pk, by=teammate, now=now).owner == teammate


def test_the_second_to_start_is_told_and_nothing_is_logged(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    cta = make_cta(account=account)
    ctas.start_work(cta_id=cta.pk, by=teammate, now=now)
    with pytest.raises(CTAChanged, match="Work in progress"):
        ctas.start_work(cta_id=cta.pk, by=csm, now=now)
    assert kinds(cta) == [Kind.STARTED]


def test_ticking_the_first_task_starts_the_work(account: Account, csm: User, now: datetime) -> None:
    task = make_task(cta=make_cta(account=account))
    done = ctas.complete_task(task_id=task.pk, by=csm, now=now)
    assert (done.done_at, done.done_by) == (now, csm)
    assert done.cta.status == Status.IN_PROGRESS
    assert kinds(task.cta) == [Kind.STARTED, Kind.TASK_DONE]


def test_ticking_the_second_task_starts_nothing(account: Account, csm: User, now: datetime) -> None:
    task = make_task(cta=make_cta(account=account, status=Status.IN_PROGRESS))
    ctas.complete_task(task_id=task.pk, by=csm, now=now)
    assert kinds(task.cta) == [Kind.TASK_DONE]


def test_a_task_is_ticked_once(account: Account, csm: User, teammate: User, now: datetime) -> None:
    task = make_task(cta=make_cta(account=account))
    ctas.complete_task(task_id=task.pk, by=teammate, now=now)
    with pytest.raises(TaskChanged, match="already done"):
        ctas.complete_task(task_id=task.pk, by=csm, now=now)
    assert Task.objects.get().done_by == teammate


def test_a_tick_can_be_taken_back_once(account: Account, csm: User, now: datetime) -> None:
    task = make_task(cta=make_cta(account=account), done_at=now, done_by=csm)
    reopened = ctas.reopen_task(task_id=task.pk, by=csm, now=now)
    assert (reopened.done_at, reopened.done_by) == (None, None)
    with pytest.raises(TaskChanged, match="already open"):
        ctas.reopen_task(task_id=task.pk, by=csm, now=now)


def test_tasks_of_a_closed_one_stay_as_they_are(account: Account, csm: User, now: datetime) -> None:
    task = make_task(cta=make_cta(account=account, status=Status.ALREADY_SOLVED))
    with pytest.raises(CTAChanged, match="Already solved"):
        ctas.complete_task(task_id=task.pk, by=csm, now=now)
    assert Task.objects.get().done_at is None


def test_a_comment_is_an_event(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account, status=Status.SUCCESS)
    event = ctas.comment(cta_id=cta.pk, text=" Runners are back. ", by=csm, now=now)
    assert (event.kind, event.text, event.actor) == (Kind.COMMENTED, "Runners are back.", csm)


def test_an_empty_comment_is_refused(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    with pytest.raises(CommentNeeded):
        ctas.comment(cta_id=cta.pk, text=" ", by=csm, now=now)


def test_handing_on_takes_the_owners_open_tasks_along(
    account: Account, csm: User, teammate: User, manager: User, now: datetime
) -> None:
    cta = make_cta(account=account)
    open_task = make_task(cta=cta, position=1, owner=csm)
    done_task = make_task(cta=cta, position=2, owner=csm, done_at=now, done_by=csm)
    others_task = make_task(cta=cta, position=3, owner=manager)
    moved = ctas.reassign(cta_id=cta.pk, owner=teammate, by=manager, now=now)
    assert moved.owner == teammate
    owners = dict(Task.objects.values_list("pk", "owner"))
    assert owners == {
        open_task.pk: teammate.pk,
        done_task.pk: csm.pk,
        others_task.pk: manager.pk,
    }
    assert cta.events.get().detail == {"from": csm.pk, "to": teammate.pk, "tasks": "owners"}


@pytest.mark.parametrize(("tasks", "taken"), [("all", {1, 3}), ("none", set())])
def test_handing_on_takes_the_open_tasks_that_are_chosen(
    account: Account, manager: User, now: datetime, tasks: str, taken: set[int]
) -> None:
    cta = make_cta(account=account)
    make_task(cta=cta, position=1, owner=cta.owner)
    make_task(cta=cta, position=2, owner=cta.owner, done_at=now)
    make_task(cta=cta, position=3, owner=None)
    ctas.reassign(cta_id=cta.pk, owner=manager, tasks=tasks, by=manager, now=now)
    assert set(cta.tasks.filter(owner=manager).values_list("position", flat=True)) == taken
    assert cta.events.get().detail["tasks"] == tasks


@pytest.mark.parametrize("unfit", ["stranger", "viewer", "service", "gone"])
def test_only_who_sees_the_account_and_works_can_own(
    account: Account, csm: User, now: datetime, unfit: str, request: pytest.FixtureRequest
) -> None:
    cta = make_cta(account=account)
    with pytest.raises(OwnerCannotWork):
        ctas.reassign(cta_id=cta.pk, owner=request.getfixturevalue(unfit), by=csm, now=now)


def test_what_a_service_starts_is_the_csms(account: Account, service: User, now: datetime) -> None:
    for start in (
        lambda cta: ctas.start_work(cta_id=cta.pk, by=service, now=now),
        lambda cta: ctas.complete_task(task_id=make_task(cta=cta).pk, by=service, now=now),
    ):
        cta = make_cta(account=account, owner=None)
        start(cta)
        cta.refresh_from_db()
        assert (cta.status, cta.owner) == (Status.IN_PROGRESS, account.csm)


def test_what_a_service_starts_where_there_is_no_csm_stays_nobodys(
    service: User, now: datetime
) -> None:
    cta = make_cta(account=make_account(csm=None), owner=None)
    assert ctas.start_work(cta_id=cta.pk, by=service, now=now).owner is None


def test_a_stranger_does_not_find_it(account: Account, stranger: User, now: datetime) -> None:
    cta = make_cta(account=account)
    with pytest.raises(CallToAction.DoesNotExist):
        ctas.start_work(cta_id=cta.pk, by=stranger, now=now)


def test_a_stranger_does_not_find_its_tasks(
    account: Account, stranger: User, now: datetime
) -> None:
    task = make_task(cta=make_cta(account=account))
    with pytest.raises(Task.DoesNotExist):
        ctas.complete_task(task_id=task.pk, by=stranger, now=now)


def test_a_viewer_sees_it_and_may_not_work(account: Account, viewer: User, now: datetime) -> None:
    cta = make_cta(account=account)
    with pytest.raises(RoleForbids):
        ctas.start_work(cta_id=cta.pk, by=viewer, now=now)
    assert not CTAEvent.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a trigger of PostgreSQL holds it")
def test_a_task_and_an_event_have_the_account_of_their_cta(account: Account, csm: User) -> None:
    cta = make_cta(account=account)
    for row in (make_task(cta=cta), make_event(cta=cta)):
        with pytest.raises(IntegrityError, match="not the one of the call"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(account=make_account(csm=csm))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a trigger of PostgreSQL does it")
def test_code_that_knows_of_no_account_goes_on_writing(account: Account, now: datetime) -> None:
    cta = make_cta(account=account)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO playbooks_ctaevent (cta_id, kind, at, text, detail)"
            " VALUES (%s, 'commented', %s, '', '{}')",
            [cta.pk, now],
        )
    assert cta.events.get().account == account
