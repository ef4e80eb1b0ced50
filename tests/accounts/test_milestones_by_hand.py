"""What people say of an account's life cycle."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import (
    MilestoneInFuture,
    MilestoneNotCleared,
    MilestoneSourceNeeded,
    RoleForbids,
)
from accounts.models import (
    Account,
    AuditEntry,
    BoughtUseCase,
    Milestone,
    MilestoneRule,
    User,
)
from accounts.services import erasure, milestones
from accounts.services.milestones import NewMilestone
from tests import factories
from tests.factories import TODAY

pytestmark = pytest.mark.django_db


def new(**fields: Any) -> NewMilestone:
    given: dict[str, Any] = {
        "code": "first_value",
        "reached_on": TODAY,
        "source": "Their report",
    } | fields
    return NewMilestone(**given)


def test_a_milestone_is_set_with_its_source_and_author(
    account: Account, csm: User, now: datetime
) -> None:
    said = milestones.set_milestone(account_id=account.pk, new=new(), by=csm, now=now)
    assert (said.reached_on, said.source, said.set_by) == (TODAY, "Their report", csm)
    assert AuditEntry.objects.get(verb="milestone.set").object_label == ""


def test_said_again_it_is_corrected(account: Account, csm: User, now: datetime) -> None:
    yesterday = TODAY - timedelta(days=1)
    for day in (TODAY, yesterday):
        milestones.set_milestone(account_id=account.pk, new=new(reached_on=day), by=csm, now=now)
    assert Milestone.objects.get().reached_on == yesterday


def test_a_day_to_come_is_refused(account: Account, csm: User, now: datetime) -> None:
    later = new(reached_on=TODAY + timedelta(days=1))
    with pytest.raises(MilestoneInFuture):
        milestones.set_milestone(account_id=account.pk, new=later, by=csm, now=now)


def test_the_day_is_that_of_the_person(account: Account, csm: User, now: datetime) -> None:
    csm.time_zone = "Pacific/Auckland"  # where it is the 17th at 11:00 UTC of the 16th
    tomorrow = new(reached_on=TODAY + timedelta(days=1))
    evening = now + timedelta(hours=3)
    milestones.set_milestone(account_id=account.pk, new=tomorrow, by=csm, now=evening)


def test_a_source_is_needed(account: Account, csm: User, now: datetime) -> None:
    with pytest.raises(MilestoneSourceNeeded):
        milestones.set_milestone(account_id=account.pk, new=new(source=" "), by=csm, now=now)


def test_a_viewer_says_nothing(account: Account, viewer: User, now: datetime) -> None:
    with pytest.raises(RoleForbids):
        milestones.set_milestone(account_id=account.pk, new=new(), by=viewer, now=now)


def test_an_account_of_others_is_not_there(account: Account, stranger: User, now: datetime) -> None:
    with pytest.raises(Account.DoesNotExist):
        milestones.set_milestone(account_id=account.pk, new=new(), by=stranger, now=now)


def test_what_was_said_can_be_taken_back_once(account: Account, csm: User, now: datetime) -> None:
    milestones.set_milestone(account_id=account.pk, new=new(), by=csm, now=now)
    milestones.clear_milestone(account_id=account.pk, code="first_value", by=csm, now=now)
    assert not Milestone.objects.kept().exists()
    with pytest.raises(Milestone.DoesNotExist):
        milestones.clear_milestone(account_id=account.pk, code="first_value", by=csm, now=now)


def test_what_was_cleared_comes_back_as_it_was(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    milestones.set_milestone(account_id=account.pk, new=new(note="By mail"), by=csm, now=now)
    was = milestones.clear_milestone(
        account_id=account.pk, code="first_value", by=teammate, now=now + timedelta(hours=1)
    )
    back = milestones.restore_milestone(
        milestone_id=was.pk, by=teammate, now=now + timedelta(hours=2)
    )
    said = (back.reached_on, back.source, back.note, back.set_by, back.set_at)
    assert said == (TODAY, "Their report", "By mail", csm, now)
    assert Milestone.objects.kept().get() == back


def test_what_is_brought_back_stands_in_the_audit_log(
    account: Account, csm: User, now: datetime
) -> None:
    was = factories.make_milestone(account=account, cleared_at=now)
    milestones.restore_milestone(milestone_id=was.pk, by=csm, now=now)
    assert AuditEntry.objects.get(verb="milestone.restored").actor == csm


def test_what_was_set_anew_is_not_brought_back(account: Account, csm: User, now: datetime) -> None:
    was = factories.make_milestone(account=account, code="first_value", cleared_at=now)
    milestones.set_milestone(account_id=account.pk, new=new(source="A call"), by=csm, now=now)
    with pytest.raises(MilestoneNotCleared):
        milestones.restore_milestone(milestone_id=was.pk, by=csm, now=now)
    assert Milestone.objects.kept().get().source == "A call"


def test_a_viewer_brings_nothing_back(account: Account, viewer: User, now: datetime) -> None:
    was = factories.make_milestone(account=account, cleared_at=now)
    with pytest.raises(RoleForbids):
        milestones.restore_milestone(milestone_id=was.pk, by=viewer, now=now)


def test_of_an_account_of_others_nothing_is_brought_back(
    account: Account, stranger: User, now: datetime
) -> None:
    was = factories.make_milestone(account=account, cleared_at=now)
    with pytest.raises(Milestone.DoesNotExist):
        milestones.restore_milestone(milestone_id=was.pk, by=stranger, now=now)


def test_use_cases_are_those_chosen_last(account: Account, csm: User, now: datetime) -> None:
    for codes in (["ci", "scm"], ["ci", "security"], ["ci", "security"]):
        milestones.choose_use_cases(account_id=account.pk, use_cases=codes, by=csm, now=now)
    assert {each.use_case for each in account.bought_use_cases.all()} == {"ci", "security"}


def test_a_use_case_is_bought_once(account: Account) -> None:
    factories.make_bought_use_case(account=account, use_case="ci")
    with pytest.raises(IntegrityError), transaction.atomic():
        BoughtUseCase.objects.create(account=account, use_case="ci")


def test_a_milestone_has_a_source_in_the_database(account: Account) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.make_milestone(account=account, source="")


def test_rules_ship_and_are_loaded_once() -> None:
    assert [rule.target_days for rule in milestones.rules()] == [14, 30, 45, None, None]
    assert milestones.load_defaults() == 5
    assert milestones.load_defaults() == 0


def test_a_rule_that_somebody_changed_holds() -> None:
    milestones.load_defaults()
    MilestoneRule.objects.filter(code="onboarded").update(target_days=60)
    milestones.load_defaults()
    assert [rule.target_days for rule in milestones.rules()] == [14, 30, 60, None, None]


def test_people_see_the_milestones_of_their_accounts(
    account: Account, csm: User, stranger: User
) -> None:
    factories.make_milestone(account=account)
    factories.make_bought_use_case(account=account)
    assert Milestone.objects.visible_to(csm).exists()
    assert not Milestone.objects.visible_to(stranger).exists()
    assert BoughtUseCase.objects.visible_to(csm).exists()
    assert not BoughtUseCase.objects.visible_to(stranger).exists()


def test_erasing_a_contact_takes_their_name_out(account: Account, now: datetime) -> None:
    contact = factories.make_contact(account=account, name="Ada Larch")
    said = factories.make_milestone(account=account, source="Ada Larch", note="Ada Larch said so")
    erasure.erase_contact(contact_id=contact.pk, by=None, now=now)
    said.refresh_from_db()
    assert (said.source, said.note) == ("[erased]", "[erased] said so")


def test_erasing_an_account_erases_what_was_said_of_it(account: Account, now: datetime) -> None:
    factories.make_milestone(account=account)
    factories.make_bought_use_case(account=account)
    begun = erasure.begin(account_id=account.pk, by=None, now=now)
    erased = erasure.erase(begun, now=now)
    assert (erased["milestones"], erased["bought_use_cases"]) == (1, 1)
