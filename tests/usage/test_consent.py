"""Withdrawn consent erases optional metrics, wherever they are stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import ConsentComesWithContract
from accounts.models import Account, Consent, Job, User
from accounts.services import consents
from accounts.services.consents import Wish
from tests import factories
from tests.history import history_of
from tests.usage.payloads import BUILDS, HOSTNAME, UUID, ingest, line
from usage import ingest as pure
from usage.models import (
    Instance,
    MetricDefinition,
    RawPayload,
    RejectedRow,
    ScoreCard,
    Snapshot,
    Transition,
)
from usage.services import consent

pytestmark = pytest.mark.django_db


@pytest.fixture
def reporting(account: Account) -> Instance:
    """The account's instance, with two months of payloads that hold an optional metric."""
    factories.make_metric(BUILDS, tracked=True, data_category="optional")
    subscription = factories.make_subscription(account=account)
    instance = factories.make_instance(
        external_id=UUID, hostname=HOSTNAME, subscription=subscription
    )
    ingest(line(recorded_at="2026-09-06T03:00:00Z"), line())
    Job.objects.all().delete()
    return instance


def bodies() -> list[dict[str, Any]]:
    return [pure.decompress(raw.body) for raw in RawPayload.objects.all()]


def test_withdrawing_erases_snapshots_and_payloads(
    reporting: Instance, account: Account, admin: User, now: datetime
) -> None:
    erased = consent.withdraw(account_id=account.pk, by=admin, now=now)
    assert (erased.payloads, erased.snapshots) == (2, 2)
    assert not any(BUILDS in row.metrics for row in Snapshot.objects.all())
    assert not any("count_total_create_ci_build_monthly" in body["counts"] for body in bodies())
    assert all(body["counts"]["ci_builds"] == 9000 for body in bodies())


def test_withdrawing_is_noted_with_who_did_it_and_scored_anew(
    reporting: Instance, account: Account, admin: User, now: datetime
) -> None:
    erased = consent.withdraw(account_id=account.pk, by=admin, now=now)
    account.refresh_from_db()
    assert account.shares_optional_data is False
    assert history_of(account)[-1].history_user == admin
    assert erased.job == Job.objects.get()
    assert erased.job.params["account_ids"] == [account.pk]
    assert (erased.job.params["from"], erased.job.params["to"]) == ("2026-09", "2026-11")


def test_withdrawing_again_finds_nothing_to_erase(
    reporting: Instance, account: Account, now: datetime
) -> None:
    consent.withdraw(account_id=account.pk, by=None, now=now)
    erased = consent.withdraw(account_id=account.pk, by=None, now=now)
    assert (erased.payloads, erased.snapshots) == (0, 0)


def test_an_erased_payload_that_is_sent_again_is_unchanged(
    reporting: Instance, account: Account, now: datetime
) -> None:
    consent.withdraw(account_id=account.pk, by=None, now=now)
    assert [row.result.value for row in ingest(line())] == ["unchanged"]


def test_other_accounts_keep_theirs(reporting: Instance, now: datetime) -> None:
    consent.withdraw(account_id=factories.make_account().pk, by=None, now=now)
    assert all(BUILDS in row.metrics for row in Snapshot.objects.all())


def test_pages_of_rows_are_all_erased(
    reporting: Instance, account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consent, "ROWS_PER_PAGE", 1)
    assert consent.withdraw(account_id=account.pk, by=None, now=now).payloads == 2


def test_without_optional_metrics_there_is_nothing_to_erase(
    reporting: Instance, account: Account, now: datetime
) -> None:
    MetricDefinition.objects.update(data_category="operational")
    erased = consent.withdraw(account_id=account.pk, by=None, now=now)
    assert (erased.payloads, erased.snapshots) == (0, 0)


def test_consent_that_is_given_again_holds_from_then_on(
    reporting: Instance, account: Account, now: datetime
) -> None:
    consent.withdraw(account_id=account.pk, by=None, now=now)
    consent.grant(account_id=account.pk, by=None, now=now)
    ingest(line(recorded_at="2026-11-01T03:00:00Z"))
    assert [BUILDS in row.metrics for row in Snapshot.objects.order_by("period")] == [
        False,
        False,
        True,
    ]


def test_a_metric_that_has_several_time_frames_is_optional_in_each(
    account: Account, now: datetime
) -> None:
    factories.make_metric("counts.x", data_category="optional", time_frames=["7d", "28d", "all"])
    subscription = factories.make_subscription(account=account)
    factories.make_instance(external_id=UUID, hostname=HOSTNAME, subscription=subscription)
    ingest(line(counts={"x": 1, "x_weekly": 2, "x_monthly": 3, "y": 4}))
    consent.withdraw(account_id=account.pk, by=None, now=now)
    assert bodies()[0]["counts"] == {"y": 4}


# --- what else quotes them ------------------------------------------------------------------------
def test_cards_and_transitions_of_optional_metrics_are_gone_at_once(
    reporting: Instance, account: Account, now: datetime
) -> None:
    factories.make_metric("counts.ci_builds", data_category="optional")
    for number, name in enumerate(("2024", "2025"), start=8):
        edition, month = factories.make_edition(name), date(2026, number, 1)
        factories.make_score_card(account=account, edition=edition, period=month)
        factories.make_transition(
            account=account, edition=edition, period=month, from_period=date(2026, 7, 1)
        )
    other = factories.make_score_card()
    erased = consent.withdraw(account_id=account.pk, by=None, now=now)
    assert (erased.cards, erased.transitions) == (2, 2)
    assert list(ScoreCard.objects.all()) == [other]
    assert not Transition.objects.exists()


def test_months_whose_cards_are_erased_are_scored_anew(
    reporting: Instance, account: Account, now: datetime
) -> None:
    factories.make_metric("counts.ci_builds", data_category="optional")
    factories.make_score_card(account=account, period=date(2026, 3, 1))
    erased = consent.withdraw(account_id=account.pk, by=None, now=now)
    assert erased.job is not None
    assert erased.job.params["from"] == "2026-03"


def test_cards_that_no_optional_metric_decides_stay(
    reporting: Instance, account: Account, now: datetime
) -> None:
    card = factories.make_score_card(account=account)
    assert consent.withdraw(account_id=account.pk, by=None, now=now).cards == 0
    assert ScoreCard.objects.get() == card


def test_an_optional_size_metric_decides_every_component(account: Account) -> None:
    edition = factories.make_edition()
    factories.make_metric(edition.size_metric, data_category="optional")
    codes = {"license_utilization", "ci", "security"}
    assert consent.decided_by_optional() == {edition.pk: codes}


def test_rejected_payloads_that_name_an_instance_lose_their_text(
    reporting: Instance, account: Account, now: datetime
) -> None:
    factories.make_instance(
        external_id="42", deployment="SaaS", subscription=reporting.subscription
    )
    ingest(
        line(recorded_at="soon", uuid=UUID.upper()),
        line(recorded_at="soon", namespace_id=42),
        line(recorded_at="soon", namespace_id=421, counts={"n": 42}),
        line(recorded_at="soon", uuid="another"),
    )
    erased = consent.withdraw(account_id=account.pk, by=None, now=now)
    assert erased.rejected_rows == 2
    texts = list(RejectedRow.objects.values_list("text", flat=True))
    assert texts.count("") == 2
    assert "421" in "".join(texts)
    purged = RejectedRow.objects.filter(text="")
    assert set(purged.values_list("is_cut", "reason")) == {(True, consent.PURGED)}


def test_an_instance_that_comes_to_an_account_which_withdrew_is_erased(
    reporting: Instance, account: Account
) -> None:
    Account.objects.update(shares_optional_data=False)
    ingest(line(recorded_at="soon"))
    erased = consent.keep([reporting.pk])
    assert (erased.payloads, erased.snapshots, erased.rejected_rows) == (2, 2, 1)


# --- history --------------------------------------------------------------------------------------
def test_each_change_is_noted_with_its_source_and_what_it_erased(
    reporting: Instance, account: Account, admin: User, now: datetime
) -> None:
    wish = Wish(source=Consent.Source.API, note="Ticket 7")
    consent.withdraw(account_id=account.pk, by=admin, now=now, wish=wish)
    consent.grant(account_id=account.pk, by=None, now=now + timedelta(days=1))
    first, second, third = account.consents.order_by("number")
    assert [row.state for row in (first, second, third)] == ["granted", "withdrawn", "granted"]
    assert (second.by, second.source, second.note) == (admin, "api", "Ticket 7")
    assert (second.erased["payloads"], second.erased["snapshots"]) == (2, 2)
    assert third.since == now + timedelta(days=1)
    account.refresh_from_db()
    assert account.shares_optional_data


def test_what_holds_already_is_not_noted_again(account: Account, now: datetime) -> None:
    for _ in range(2):
        consent.withdraw(account_id=account.pk, by=None, now=now)
    assert account.consents.count() == 2


@pytest.mark.parametrize("category", ["operational", "subscription"])
def test_data_that_comes_with_the_contract_cannot_be_withdrawn(
    account: Account, now: datetime, category: str
) -> None:
    with pytest.raises(ConsentComesWithContract, match=f"(?i){category} data comes with"):
        consent.withdraw(account_id=account.pk, by=None, now=now, category=category)
    assert not Consent.objects.exists()


def test_the_database_lets_no_contract_data_be_withdrawn(account: Account, now: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(
            account=account, category="operational", number=1, state="withdrawn", since=now
        )


def test_the_database_lets_no_noted_consent_change(account: Account, now: datetime) -> None:
    consent.withdraw(account_id=account.pk, by=None, now=now)
    with pytest.raises(IntegrityError, match="cannot change"), transaction.atomic():
        Consent.objects.update(state="granted")


def test_who_noted_a_consent_may_leave(account: Account, admin: User, now: datetime) -> None:
    consent.withdraw(account_id=account.pk, by=admin, now=now)
    admin.delete()
    assert account.consents.get(number=2).by is None


def test_where_nothing_was_noted_the_contract_says_it(account: Account) -> None:
    told = [(s.category.value, s.is_granted, s.source.value) for s in consents.standings(account)]
    assert told == [
        ("operational", True, "contract"),
        ("subscription", True, "contract"),
        ("optional", True, "contract"),
    ]


def test_what_was_noted_last_holds(account: Account, now: datetime) -> None:
    consent.withdraw(account_id=account.pk, by=None, now=now, wish=Wish(note="By letter"))
    account.refresh_from_db()
    optional = consents.standings(account)[-1]
    assert (optional.is_granted, optional.since, optional.note) == (False, now, "By letter")
