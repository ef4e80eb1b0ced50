"""Goals of adoption, and reasons against it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import RoleForbids
from accounts.models import Account, AdoptionGoal, AuditEntry, NonAdoption, User
from accounts.services import adoption, erasure
from tests import factories
from tests.factories import TODAY

pytestmark = pytest.mark.django_db


def told(verb: str) -> dict[str, object]:
    """What the newest entry of the audit log says."""
    entry = AuditEntry.objects.filter(verb=verb).latest("pk")
    assert entry.object_label == ""  # the log outlives the customer
    detail: dict[str, object] = entry.detail
    return detail


def goal(account: Account, by: User, now: datetime, **fields: object) -> AdoptionGoal:
    said = {"use_case": "ci", "level": "basic"} | fields
    return adoption.set_goal(account_id=account.pk, by=by, now=now, **said)  # type: ignore[arg-type]  # as each test says


def reason(account: Account, by: User, now: datetime, **fields: object) -> NonAdoption:
    said = {"use_case": "ci", "reason": "cost"} | fields
    return adoption.note_non_adoption(account_id=account.pk, by=by, now=now, **said)  # type: ignore[arg-type]  # as each test says


def test_a_goal_has_an_author_and_a_day(account: Account, csm: User, now: datetime) -> None:
    said = goal(account, csm, now, due_on=TODAY)
    assert (said.level, said.due_on, said.set_by, said.set_at) == ("basic", TODAY, csm, now)
    assert told("adoption_goal.set")["level"] == [None, "basic"]


def test_another_goal_takes_its_place_and_the_log_says_what_it_was(
    account: Account, csm: User, now: datetime
) -> None:
    goal(account, csm, now, due_on=TODAY)
    goal(account, csm, now, level="advanced")
    assert AdoptionGoal.objects.get().level == "advanced"
    assert told("adoption_goal.set") == {
        "use_case": "ci",
        "level": ["basic", "advanced"],
        "due_on": [TODAY.isoformat(), None],
    }


def test_the_same_goal_again_changes_nothing(account: Account, csm: User, now: datetime) -> None:
    for later in (0, 1):
        goal(account, csm, now + timedelta(hours=later))
    assert AdoptionGoal.objects.get().set_at == now
    assert AuditEntry.objects.filter(verb="adoption_goal.set").count() == 1


def test_a_goal_can_be_cleared_once(account: Account, csm: User, now: datetime) -> None:
    goal(account, csm, now)
    cleared = adoption.clear_goal(account_id=account.pk, use_case="ci", by=csm, now=now)
    assert cleared.level == "basic"
    assert told("adoption_goal.cleared")["level"] == ["basic", None]
    with pytest.raises(AdoptionGoal.DoesNotExist):
        adoption.clear_goal(account_id=account.pk, use_case="ci", by=csm, now=now)


def test_another_reason_takes_the_place_of_the_first(
    account: Account, csm: User, now: datetime
) -> None:
    reason(account, csm, now, note="Ada finds it dear")
    noted = reason(account, csm, now, reason="migration", note=" Next year ")
    assert NonAdoption.objects.get() == noted
    assert (noted.reason, noted.note, noted.noted_by) == ("migration", "Next year", csm)
    detail = told("non_adoption.noted")
    assert detail["reason"] == ["cost", "migration"]
    assert "Ada" not in str(detail)
    assert "note" in detail


def test_the_same_reason_again_changes_nothing(account: Account, csm: User, now: datetime) -> None:
    for later in (0, 1):
        reason(account, csm, now + timedelta(hours=later))
    assert NonAdoption.objects.get().at == now
    assert AuditEntry.objects.filter(verb="non_adoption.noted").count() == 1


def test_a_reason_can_be_cleared_once(account: Account, csm: User, now: datetime) -> None:
    reason(account, csm, now)
    adoption.clear_non_adoption(account_id=account.pk, use_case="ci", by=csm, now=now)
    assert told("non_adoption.cleared")["reason"] == ["cost", None]
    with pytest.raises(NonAdoption.DoesNotExist):
        adoption.clear_non_adoption(account_id=account.pk, use_case="ci", by=csm, now=now)


def test_a_viewer_says_nothing(account: Account, viewer: User, now: datetime) -> None:
    with pytest.raises(RoleForbids):
        goal(account, viewer, now)
    with pytest.raises(RoleForbids):
        reason(account, viewer, now)


def test_an_account_of_others_is_not_there(account: Account, stranger: User, now: datetime) -> None:
    with pytest.raises(Account.DoesNotExist):
        goal(account, stranger, now)
    with pytest.raises(Account.DoesNotExist):
        reason(account, stranger, now)


def test_people_see_what_is_said_of_their_accounts(
    account: Account, csm: User, stranger: User
) -> None:
    factories.make_adoption_goal(account=account)
    factories.make_non_adoption(account=account)
    for model in (AdoptionGoal, NonAdoption):
        assert model.objects.visible_to(csm).exists()
        assert not model.objects.visible_to(stranger).exists()


def test_there_is_one_of_each_for_a_use_case(account: Account) -> None:
    for make in (factories.make_adoption_goal, factories.make_non_adoption):
        make(account=account, use_case="ci")
        with pytest.raises(IntegrityError), transaction.atomic():
            make(account=account, use_case="ci")


def test_the_database_knows_levels_and_reasons(account: Account) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.make_adoption_goal(account=account, level="best")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.make_non_adoption(account=account, reason="weather")


def test_erasing_a_contact_takes_their_name_out(account: Account, now: datetime) -> None:
    contact = factories.make_contact(account=account, name="Ada Larch")
    noted = factories.make_non_adoption(account=account, note="Ada Larch said so")
    erasure.erase_contact(contact_id=contact.pk, by=None, now=now)
    noted.refresh_from_db()
    assert noted.note == "[erased] said so"
