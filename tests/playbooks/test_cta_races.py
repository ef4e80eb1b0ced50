"""Several people at once on PostgreSQL: one wins, the others are told, each event is written once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from accounts.errors import DomainError
from accounts.models import Account, User
from playbooks.errors import CTAChanged, RequiredTasksOpen
from playbooks.models import CallToAction, Task
from playbooks.services import ctas
from tests.factories import TODAY, make_cta, make_task

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

PEOPLE = 6
Status = CallToAction.Status


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Do all in threads that begin together; an error of the domain is a result like any other."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except DomainError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_one_of_many_starts(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    results = at_once([partial(ctas.start_work, cta_id=cta.pk, by=csm, now=now)] * PEOPLE)
    assert sum(isinstance(result, CTAChanged) for result in results) == PEOPLE - 1
    assert cta.events.count() == 1


def test_one_of_many_closes(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    close = partial(ctas.close_cta, cta_id=cta.pk, status=Status.SUCCESS, by=csm, now=now)
    results = at_once([close] * PEOPLE)
    assert sum(isinstance(result, CTAChanged) for result in results) == PEOPLE - 1
    assert cta.events.count() == 1


def test_one_of_many_ticks(account: Account, csm: User, now: datetime) -> None:
    task = make_task(cta=make_cta(account=account))
    at_once([partial(ctas.complete_task, task_id=task.pk, by=csm, now=now)] * PEOPLE)
    assert list(task.cta.events.values_list("kind", flat=True)) == ["started", "task_done"]


def test_many_sweeps_wake_once(account: Account, now: datetime) -> None:
    for _ in range(5):
        make_cta(account=account, snoozed_until=TODAY - timedelta(days=1))
    assert sum(at_once([partial(ctas.wake_snoozed, now=now)] * PEOPLE)) == 5  # type: ignore[arg-type]


@pytest.mark.parametrize("attempt", range(5))
def test_a_success_never_has_a_required_task_open(
    account: Account, csm: User, now: datetime, attempt: int
) -> None:
    cta = make_cta(account=account, status=Status.IN_PROGRESS)
    task = make_task(cta=cta, done_at=now, done_by=csm)
    reopen = partial(ctas.reopen_task, task_id=task.pk, by=csm, now=now)
    close = partial(ctas.close_cta, cta_id=cta.pk, status=Status.SUCCESS, by=csm, now=now)
    results = at_once([reopen, close])
    refused = [result for result in results if isinstance(result, DomainError)]
    assert len(refused) == 1
    assert isinstance(refused[0], CTAChanged | RequiredTasksOpen)
    cta.refresh_from_db()
    assert cta.is_live == Task.objects.filter(pk=task.pk, done_at=None).exists()
