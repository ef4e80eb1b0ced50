"""What a change of edition, a hold of months and an episode let triggers open."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from playbooks.models import CallToAction, Trigger
from playbooks.services import ctas
from tests import book
from tests.book import AUGUST, OCTOBER, build, live_ctas, make_customer, publish
from tests.factories import NOW
from usage.models import Band, Edition, Instance, Transition
from usage.services import editions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def edition(db: None) -> Edition:
    return book.load_edition()


@pytest.fixture(autouse=True)
def triggers(edition: Edition) -> tuple[Trigger, Trigger]:
    return book.make_triggers()


@pytest.fixture
def customer(csm: User) -> Instance:
    return make_customer(csm)


def close(cta: CallToAction, by: User) -> None:
    ctas.close_cta(cta_id=cta.pk, status="already_solved", by=by, now=NOW)


def change(source: Edition, name: str = "2025-b", **of_ci: Any) -> Edition:
    """A draft with other settings of CI, by which CI is Green above 60 builds."""
    draft = editions.copy_as_draft(edition_id=source.pk, name=name)
    draft.use_cases.filter(code="ci").update(**({"position": 3} | of_ci))
    bands = Band.objects.filter(measure__use_case__edition=draft, measure__use_case__code="ci")
    if not of_ci:
        bands.filter(color="Green").update(lower=60)
        bands.filter(color="Yellow").update(upper=60)
    return draft


@pytest.mark.parametrize("asked", [0, 1])
def test_what_only_another_edition_makes_fall_opens_when_that_was_asked_for(
    customer: Instance, edition: Edition, asked: int
) -> None:
    build(customer, "GGG")
    publish(change(edition), OCTOBER, opens_ctas=bool(asked))
    book.score()
    assert Transition.objects.get().cause == "edition"
    assert len(live_ctas()) == asked
    assert [cta.evidence[0]["cause"] for cta in live_ctas()] == ["edition"] * asked
    assert all("caused by the change to edition 2025-b" in cta.summary for cta in live_ctas())


def test_what_falls_by_the_data_opens_across_a_change_too(
    customer: Instance, edition: Edition
) -> None:
    build(customer, "GGR")
    publish(change(edition), OCTOBER)  # by it the months before were Yellow
    book.score()
    assert [cta.title for cta in live_ctas()] == ["CI fell from Yellow to Red"]


def test_a_fall_that_repeats_one_that_was_answered_opens_nothing(
    customer: Instance, edition: Edition, csm: User
) -> None:
    publish(change(edition, recovery_months=2), None)
    build(customer, "GY", last=AUGUST)
    book.score(AUGUST, first=date(2026, 7, 1))
    close(live_ctas()[0], csm)
    build(customer, "GYGY")
    book.score()
    assert live_ctas() == []
    build(customer, "GYGR")  # a new low is news
    book.score()
    assert [cta.title for cta in live_ctas()] == ["CI fell from Green to Red"]


def test_a_fall_that_repeats_one_is_added_while_that_is_open(
    customer: Instance, edition: Edition
) -> None:
    publish(change(edition, recovery_months=2), None)
    build(customer, "GY", last=AUGUST)
    book.score(AUGUST, first=date(2026, 7, 1))
    build(customer, "GYGY")
    book.score()
    assert [len(cta.evidence) for cta in live_ctas()] == [2]


def test_a_fall_that_repeats_one_which_nobody_was_told_of_opens(
    customer: Instance, edition: Edition
) -> None:
    publish(change(edition, recovery_months=2), None)
    build(customer, "GYGY")
    book.score()
    assert len(live_ctas()) == 1


def test_without_episodes_the_next_fall_opens_another_one(customer: Instance, csm: User) -> None:
    build(customer, "GY", last=AUGUST)
    book.score(AUGUST, first=date(2026, 7, 1))
    close(live_ctas()[0], csm)
    build(customer, "GYGY")
    book.score()
    assert len(live_ctas()) == 1


def test_a_fall_that_has_to_hold_says_how_long_it_stood(
    customer: Instance, edition: Edition
) -> None:
    publish(change(edition, hold_months=2), None)
    build(customer, "GYY")
    book.score()
    (cta,) = live_ctas()
    assert cta.summary.endswith("it has stood for 2 known months")
