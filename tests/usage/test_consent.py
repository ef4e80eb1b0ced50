"""Withdrawn consent erases optional metrics, wherever they are stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from accounts.models import Account, Job, User
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
def test_cards_that_nothing_makes_anew_are_deleted(
    reporting: Instance, account: Account, now: datetime
) -> None:
    former = factories.make_edition("2024")
    factories.make_edition("2025", in_force_from=date(2026, 10, 1))
    for name, period in (("2024", 9), ("2024", 10), ("2025", 9), ("2025", 10)):
        edition = factories.make_edition(name)
        month = date(2026, period, 1)
        factories.make_score_card(account=account, edition=edition, period=month)
        factories.make_transition(
            account=account, edition=edition, period=month, from_period=date(2026, 8, 1)
        )
    factories.make_score_card(edition=former)
    erased = consent.withdraw(account_id=account.pk, by=None, now=now)
    assert erased.cards == 2
    kept = [("2024", date(2026, 9, 1)), ("2025", date(2026, 10, 1))]
    for rows in (account.score_cards, account.transitions):
        assert list(rows.order_by("period").values_list("edition__name", "period")) == kept
    assert ScoreCard.objects.count() == 3
    assert Transition.objects.count() == 2


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
