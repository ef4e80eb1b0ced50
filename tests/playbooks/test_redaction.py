"""Calls to action lose the figures of optional metrics when their customer withdraws consent."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from accounts.models import Account, User
from playbooks.models import CallToAction, CTAEvent
from playbooks.services import ctas
from tests import book
from tests.factories import make_cta, make_metric
from tests.scoring import BUILDS
from usage.models import MetricDefinition, ScoreCard, Transition
from usage.services import consent, exports

pytestmark = pytest.mark.django_db


@pytest.fixture
def fallen(csm: User) -> Account:
    """An account whose CI fell from Green to Yellow: 38 builds per user, which are optional data."""
    book.load_edition()
    book.make_triggers()
    instance = book.make_customer(csm)
    book.build(instance, "GGY")
    book.score()
    MetricDefinition.objects.filter(key_path=BUILDS).update(data_category="optional")
    return book.account_of(instance)


def test_its_evidence_keeps_colours_and_no_figure(fallen: Account, now: datetime) -> None:
    erased = consent.withdraw(account_id=fallen.pk, by=None, now=now)
    assert (erased.ctas, erased.events) == (1, 1)
    cta = CallToAction.objects.get()
    (entry,) = cta.evidence
    assert (entry["from_color"], entry["to_color"]) == ("Green", "Yellow")
    assert (entry["from_value"], entry["to_value"]) == (None, None)
    assert [measure["value"] for measure in entry["measures"]] == [None]
    assert cta.title == "CI fell from Green to Yellow"
    words = cta.summary + entry["text"] + CTAEvent.objects.get().text
    assert "38" not in words
    assert words.count("igures erased, the customer withdrew consent") == 3


def test_nothing_that_is_stored_says_the_figure_any_more(fallen: Account, now: datetime) -> None:
    consent.withdraw(account_id=fallen.pk, by=None, now=now)
    assert not ScoreCard.objects.exists()
    assert not Transition.objects.exists()
    book.score()
    kept = [card.evidence for card in ScoreCard.objects.all()]
    assert len(kept) == 3
    assert "38" not in json.dumps([evidence["measures"] for evidence in kept])
    assert "3800" not in json.dumps(kept)
    assert not Transition.objects.exists()


def test_later_exports_have_no_figure(fallen: Account, now: datetime) -> None:
    months = (book.AUGUST, book.OCTOBER)
    figures = {38, 50}  # builds per user, Green and Yellow
    before = [*exports.account_scores(*months), *exports.instance_scores(*months)]
    assert figures <= {value for *_, code, value, _, _ in before if code == "ci"}
    consent.withdraw(account_id=fallen.pk, by=None, now=now)
    book.score()
    after = [*exports.account_scores(*months), *exports.instance_scores(*months)]
    assert len(after) == len(before)
    assert {value for *_, code, value, _, _ in after if code == "ci"} == {""}


def test_erased_once_there_is_nothing_left_to_erase(fallen: Account, now: datetime) -> None:
    consent.withdraw(account_id=fallen.pk, by=None, now=now)
    again = consent.withdraw(account_id=fallen.pk, by=None, now=now)
    assert set(again.counts.values()) == {0}


def test_the_account_is_scored_anew_by_the_queued_job(fallen: Account, now: datetime) -> None:
    job = consent.withdraw(account_id=fallen.pk, by=None, now=now).job
    assert job is not None
    assert (job.params["from"], job.params["to"]) == ("2026-08", "2026-11")


def test_components_that_no_optional_metric_decides_keep_theirs(
    fallen: Account, now: datetime
) -> None:
    MetricDefinition.objects.update(data_category="operational")
    make_metric("counts.something_else", data_category="optional")
    assert consent.withdraw(account_id=fallen.pk, by=None, now=now).ctas == 0
    assert CallToAction.objects.get().evidence[0]["measures"][0]["value"] == 38


def test_other_accounts_keep_theirs(fallen: Account, csm: User, now: datetime) -> None:
    other = book.make_customer(csm)
    book.build(other, "GGY")
    book.score()
    consent.withdraw(account_id=fallen.pk, by=None, now=now)
    kept = CallToAction.objects.get(account=book.account_of(other))
    assert kept.evidence[0]["to_value"] == 38


def test_an_entry_that_names_no_edition_counts_for_each(fallen: Account, now: datetime) -> None:
    old = make_cta(account=fallen, evidence=[{"component": "ci", "text": "CI fell: 38 builds"}])
    consent.withdraw(account_id=fallen.pk, by=None, now=now)
    old.refresh_from_db()
    assert old.evidence[0]["text"] == "CI fell: figures erased, the customer withdrew consent"


def test_what_people_wrote_stays(fallen: Account, csm: User, now: datetime) -> None:
    cta = CallToAction.objects.get()
    ctas.comment(cta_id=cta.pk, text="They moved to another runner.", by=csm, now=now)
    consent.withdraw(account_id=fallen.pk, by=None, now=now)
    assert CTAEvent.objects.filter(text="They moved to another runner.").exists()


def test_metrics_that_become_optional_are_erased_of_whom_withdrew(
    fallen: Account, now: datetime
) -> None:
    MetricDefinition.objects.update(data_category="operational")
    consent.withdraw(account_id=fallen.pk, by=None, now=now)
    MetricDefinition.objects.filter(key_path=BUILDS).update(data_category="optional")
    consent.erase_what_became_optional(now=now)
    assert CallToAction.objects.get().evidence[0]["to_value"] is None
    assert not ScoreCard.objects.exists()


def test_the_page_of_the_cta_still_opens(fallen: Account, csm_client, now: datetime) -> None:
    consent.withdraw(account_id=fallen.pk, by=None, now=now)
    answer = csm_client.get(f"/ctas/{CallToAction.objects.get().pk}/")
    assert answer.status_code == 200
    assert "igures erased" in answer.content.decode()
