"""Opening calls to action by hand, and the tasks that playbooks make."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from accounts.errors import RoleForbids
from accounts.models import Account, User
from playbooks.errors import OwnerCannotWork, PlaybookAlreadyApplied
from playbooks.models import CallToAction, CTAType, Step, Task
from playbooks.models.playbooks import DayKind
from playbooks.services import ctas
from tests.factories import TODAY, make_account, make_cta, make_playbook, make_user

NEW = ctas.NewCTA(title="Prepare the review", type=CTAType.LIFECYCLE, due_on=TODAY)


def test_what_is_opened_by_hand_is_ones_own(account: Account, csm: User, now: datetime) -> None:
    cta = ctas.open_cta(account=account, new=replace(NEW, summary="Due"), by=csm, now=now)
    assert (cta.owner, cta.status, cta.trigger) == (csm, "new", None)
    assert (cta.due_on, cta.original_due_on, cta.opened_at) == (TODAY, TODAY, now)
    assert list(cta.events.values_list("kind", "text")) == [("opened", "Due")]


def test_the_same_form_sent_twice_opens_one(account: Account, csm: User, now: datetime) -> None:
    first, second = (ctas.open_cta(account=account, new=NEW, by=csm, now=now) for _ in range(2))
    assert first == second
    assert first.events.count() == 1


def test_two_forms_open_two(account: Account, csm: User, now: datetime) -> None:
    for _ in range(2):
        new = ctas.NewCTA(title="Call", type=CTAType.ACTIVITY, due_on=TODAY)
        ctas.open_cta(account=account, new=new, by=csm, now=now)
    assert CallToAction.objects.count() == 2


def test_an_owner_must_see_the_account(
    account: Account, csm: User, stranger: User, now: datetime
) -> None:
    with pytest.raises(OwnerCannotWork):
        ctas.open_cta(account=account, new=replace(NEW, owner=stranger), by=csm, now=now)


def test_what_a_service_opens_is_the_csms(account: Account, csm: User, now: datetime) -> None:
    service = make_user(User.Role.SERVICE)
    assert ctas.open_cta(account=account, new=NEW, by=service, now=now).owner == csm


def test_a_strangers_account_is_not_found(csm: User, now: datetime) -> None:
    with pytest.raises(Account.DoesNotExist):
        ctas.open_cta(account=make_account(), new=NEW, by=csm, now=now)


def test_a_viewer_may_not_open(account: Account, viewer: User, now: datetime) -> None:
    with pytest.raises(RoleForbids):
        ctas.open_cta(account=account, new=NEW, by=viewer, now=now)


def test_a_playbook_makes_tasks_and_is_pinned(account: Account, csm: User, now: datetime) -> None:
    version = make_playbook(steps=3).versions.get()
    cta = ctas.open_cta(
        account=account, new=replace(NEW, playbook_version=version), by=csm, now=now
    )
    assert cta.playbook_version == version
    assert list(cta.tasks.values_list("position", "title", "due_on", "owner")) == [
        (1, "Step 1", date(2026, 11, 16), csm.pk),
        (2, "Step 2", date(2026, 11, 18), csm.pk),
        (3, "Step 3", date(2026, 11, 20), csm.pk),
    ]


def test_a_playbook_is_applied_once(account: Account, now: datetime) -> None:
    version = make_playbook().versions.get()
    cta = make_cta(account=account)
    ctas.apply_playbook(cta=cta, version=version, now=now)
    with pytest.raises(PlaybookAlreadyApplied):
        ctas.apply_playbook(cta=cta, version=version, now=now)
    assert cta.tasks.count() == 2


def test_tasks_start_on_the_owners_day(account: Account, csm: User, now: datetime) -> None:
    csm.time_zone = "Pacific/Auckland"
    csm.save()
    version = make_playbook(steps=1).versions.get()
    ctas.apply_playbook(cta=make_cta(account=account), version=version, now=now.replace(hour=12))
    assert Task.objects.get().due_on == TODAY + timedelta(days=1)


def test_what_nobody_owns_goes_by_utc(account: Account, now: datetime) -> None:
    version = make_playbook(steps=1).versions.get()
    ctas.apply_playbook(cta=make_cta(account=account, owner=None), version=version, now=now)
    task = Task.objects.get()
    assert (task.due_on, task.owner) == (TODAY, None)


def step(**fields: object) -> Step:
    return Step(position=1, title="Call", **fields)


def plan(step: Step, owner: User | None) -> Task:
    (task,) = ctas.plan_tasks([step], cta=CallToAction(), start=date(2026, 11, 25), owner=owner)
    return task


def test_holidays_of_the_owners_country_are_no_business_days() -> None:
    one_day = step(days_after_start=1)
    assert plan(one_day, User(pk=1, country="US")).due_on == date(2026, 11, 27)
    assert plan(one_day, User(pk=1)).due_on == date(2026, 11, 26)


def test_calendar_days_count_holidays() -> None:
    one_day = step(days_after_start=1, day_kind=DayKind.CALENDAR)
    assert plan(one_day, User(pk=1, country="US")).due_on == date(2026, 11, 26)


def test_a_step_can_name_who_does_it() -> None:
    named = step(owner_rule=Step.OwnerRule.NAMED_USER, owner=User(pk=7))
    assert plan(named, User(pk=1)).owner_id == 7
    assert plan(step(), User(pk=1)).owner_id == 1


def test_a_task_carries_what_the_step_says() -> None:
    said = {
        "instructions": "Compare.",
        "questions": "What changed?\nWho decided?",
        "links": [{"title": "Guide", "url": "https://docs.example/guide"}],
        "is_required": False,
    }
    task = plan(step(**said), None)
    assert {name: getattr(task, name) for name in said} == said
