"""Putting editions in force: from which month on, with which reason, and what comes back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, Job, User
from tests import book
from tests.book import AUGUST, OCTOBER, SEPTEMBER, build, make_customer
from tests.factories import NOW, make_edition
from tests.scoring import BUILDS
from usage.errors import (
    EditionChangedSince,
    EditionDecidesAlready,
    NoteMissing,
    NothingToRollBack,
)
from usage.models import Band, Edition, Instance, Publication, ScoreCard, Transition
from usage.periods import shift
from usage.queries import cards
from usage.queries.publications import Change, calendar
from usage.services import editions, publications, rescoring, scoring
from usage.services.scoring import ScoreRequest

pytestmark = pytest.mark.django_db

JULY = date(2026, 7, 1)
NOVEMBER = date(2026, 11, 1)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def first(db: None) -> Edition:
    return book.load_edition()


@pytest.fixture
def customer(first: Edition, csm: User) -> Instance:
    return make_customer(csm)


def stricter(source: Edition, name: str = "2025-b", *, green: float = 60) -> Edition:
    """A draft by which CI is Green above so many builds only: 50 are Yellow."""
    draft = editions.copy_as_draft(edition_id=source.pk, name=name)
    of_ci = Band.objects.filter(measure__use_case__edition=draft, measure__use_case__code="ci")
    of_ci.filter(color="Green").update(lower=green)
    of_ci.filter(color="Yellow").update(upper=green)
    return draft


def publish(edition: Edition, month: date | None, *, hours: int = 1) -> Edition:
    return editions.publish(
        edition_id=edition.pk,
        now=NOW + timedelta(hours=hours),
        note="Builds count for more.",
        in_force_from=month,
    )


def roll_back(edition: Edition, *, hours: int = 2) -> Edition:
    return editions.roll_back(
        edition_id=edition.pk, now=NOW + timedelta(hours=hours), note="Too strict."
    )


def score(last: date = OCTOBER, *, since: date = AUGUST) -> None:
    scoring.score(ScoreRequest(since, last), now=LATER)


def decided() -> dict[str, str]:
    """The edition of each month from July to November."""
    names = dict(Edition.objects.values_list("pk", "name"))
    months = [JULY, AUGUST, SEPTEMBER, OCTOBER, NOVEMBER]
    ranges = cards.forces()
    found = {month: cards.edition_for(month, ranges) for month in months}
    assert found == {month: calendar().edition_of(month) for month in months}
    return {f"{month:%b}": names[pk] for month, pk in found.items() if pk}


def fallen() -> list[tuple[date, str, str, str]]:
    return list(
        Transition.objects.order_by("period").values_list(
            "period", "from_color", "to_color", "cause"
        )
    )


# --- From which month on -----------------------------------------------------------------------------


def test_an_edition_decides_from_its_month_on(first: Edition) -> None:
    edition = publish(stricter(first), SEPTEMBER)
    assert decided() == {
        "Jul": "2025", "Aug": "2025", "Sep": "2025-b", "Oct": "2025-b", "Nov": "2025-b",
    }  # fmt: skip
    assert (edition.status, edition.in_force_from) == (Edition.Status.PUBLISHED, SEPTEMBER)


def test_one_that_begins_earlier_decides_until_the_other(first: Edition) -> None:
    publish(stricter(first), OCTOBER)
    publish(stricter(first, "between"), AUGUST, hours=2)
    assert decided() == {
        "Jul": "2025", "Aug": "between", "Sep": "between", "Oct": "2025-b", "Nov": "2025-b",
    }  # fmt: skip


def test_a_published_edition_is_put_in_force_again_from_a_later_month(first: Edition) -> None:
    publish(stricter(first), AUGUST)
    publish(first, OCTOBER, hours=2)
    assert decided() == {
        "Jul": "2025", "Aug": "2025-b", "Sep": "2025-b", "Oct": "2025", "Nov": "2025",
    }  # fmt: skip


def test_an_edition_that_decides_the_month_already_is_refused(first: Edition) -> None:
    publish(stricter(first), OCTOBER)
    with pytest.raises(EditionDecidesAlready, match="decides the months from 2026-08 on already"):
        publish(first, AUGUST, hours=2)
    with pytest.raises(EditionDecidesAlready, match="decides all months already"):
        publish(first, None, hours=2)


def test_a_retired_edition_decides_nothing_until_it_is_published_again(first: Edition) -> None:
    edition = publish(stricter(first), SEPTEMBER)
    editions.retire(edition_id=edition.pk, now=LATER, note="Too strict.")
    assert set(decided().values()) == {"2025"}
    publish(edition, OCTOBER, hours=3)
    assert decided() == {
        "Jul": "2025", "Aug": "2025", "Sep": "2025", "Oct": "2025-b", "Nov": "2025-b",
    }  # fmt: skip


def test_a_publication_begins_on_the_first_of_a_month_and_has_a_note(first: Edition) -> None:
    for fields in ({"in_force_from": date(2026, 9, 2), "note": "x"}, {"note": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Publication.objects.create(edition=first, published_at=NOW, **fields)


# --- What it asks for and notes ------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["", " \n"])
def test_a_reason_is_asked_for(first: Edition, note: str) -> None:
    draft = stricter(first)
    with pytest.raises(NoteMissing):
        editions.publish(edition_id=draft.pk, now=NOW, note=note)
    draft.refresh_from_db()
    assert draft.is_draft


def test_what_was_published_is_noted(first: Edition, admin: User) -> None:
    draft = stricter(first)
    editions.publish(
        edition_id=draft.pk, now=LATER, by=admin, note=" Builds. ", in_force_from=OCTOBER
    )
    (noted,) = draft.publications.all()
    assert (noted.note, noted.published_by, noted.former) == ("Builds.", admin, first)
    detail = AuditEntry.objects.get(object_label="2025-b").detail
    assert (detail["note"], detail["former"], detail["opens_ctas"]) == ("Builds.", "2025", False)


def test_a_draft_that_somebody_changed_meanwhile_is_not_published(first: Edition) -> None:
    draft = stricter(first)
    seen = editions.frozen(draft).digest
    Band.objects.filter(measure__use_case__edition=draft, lower=60).update(lower=61)
    with pytest.raises(EditionChangedSince, match="Somebody changed edition 2025-b"):
        editions.publish(edition_id=draft.pk, now=NOW, note="x", seen_digest=seen)
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_draft_that_is_as_it_was_seen_is_published(first: Edition) -> None:
    draft = stricter(first)
    seen = editions.frozen(draft).digest
    editions.publish(edition_id=draft.pk, now=NOW, note="x", seen_digest=seen)
    assert not Edition.objects.get(pk=draft.pk).is_draft


def test_just_the_months_that_it_decides_are_scored(customer: Instance, first: Edition) -> None:
    build(customer, "GGGG")
    publish(stricter(first), OCTOBER)
    publish(stricter(first, "between"), AUGUST, hours=2)
    newest = Job.objects.filter(kind="score").latest("pk")
    assert newest.params == {"from": "2026-08", "to": "2026-09"}


def test_without_usage_nothing_is_scored(first: Edition) -> None:
    assert publications.months_to_score(None, None) is None
    publish(stricter(first), OCTOBER)
    assert not Job.objects.filter(kind="score").exists()


def test_months_to_come_are_not_scored(customer: Instance) -> None:
    build(customer, "G")
    assert publications.months_to_score(NOVEMBER, None) is None


# --- Roll back -----------------------------------------------------------------------------------------


def stored() -> list[tuple[object, ...]]:
    values = ("pk", "period", "edition", "score", "component_colors", "input_hash", "scored_at")
    return list(ScoreCard.objects.order_by("pk").values_list(*values))


def test_old_cards_come_back_unchanged(customer: Instance, first: Edition) -> None:
    build(customer, "GGG")
    score()
    before = stored()
    edition = publish(stricter(first), SEPTEMBER)
    score()
    assert {row[:1] for row in before} < {row[:1] for row in stored()}
    assert roll_back(edition) == first
    counts = scoring.score(ScoreRequest(AUGUST, OCTOBER), now=LATER + timedelta(days=1))
    assert (counts.unchanged, counts.changed, counts.created, counts.removed) == (3, 0, 0, 0)
    assert [row for row in stored() if row[2] == first.pk] == before
    assert set(decided().values()) == {"2025"}
    account = ScoreCard.objects.earliest("pk").account_id
    found = cards.standings([account], cards.forces(), now=NOW)[account]
    assert [card.pk for card in found.known] == [row[0] for row in reversed(before)]


def test_a_roll_back_can_be_rolled_back(first: Edition) -> None:
    edition = publish(stricter(first), OCTOBER)
    roll_back(edition)
    assert roll_back(first, hours=3) == edition
    assert decided()["Oct"] == "2025-b"
    assert first.publications.latest("pk").note == "Too strict."


def test_an_edition_that_decides_nothing_is_not_rolled_back(first: Edition) -> None:
    edition = publish(stricter(first), OCTOBER)
    roll_back(edition)
    for other in (edition, stricter(first, "draft")):
        with pytest.raises(NothingToRollBack):
            roll_back(other)


def test_where_nothing_decided_before_there_is_nothing_to_go_back_to(first: Edition) -> None:
    with pytest.raises(NothingToRollBack, match="No edition decided before 2025"):
        roll_back(first)


# --- What falls because the edition changed --------------------------------------------------------------


def test_what_only_the_new_edition_sees_fall_is_its_doing(
    customer: Instance, first: Edition
) -> None:
    build(customer, "GGG")
    publish(stricter(first), OCTOBER)
    score()
    assert fallen() == [(OCTOBER, "Green", "Yellow", "edition")]


def test_what_both_see_fall_is_the_datas(customer: Instance, first: Edition) -> None:
    build(customer, "GGR")
    publish(stricter(first, green=45), OCTOBER)
    score()
    assert fallen() == [(OCTOBER, "Green", "Red", "data")]


def test_a_fall_of_a_month_known_then_is_judged_by_the_former_edition_too(
    customer: Instance, first: Edition
) -> None:
    """48 builds are Yellow by the stricter edition alone."""
    build(customer, "RGG")
    publish(stricter(first, green=49), None)
    score()
    assert fallen() == []
    book.report(customer, OCTOBER, {BUILDS: 4_800})
    score()
    assert fallen() == [(OCTOBER, "Green", "Yellow", "edition")]


def test_months_after_the_change_are_the_datas(customer: Instance, first: Edition) -> None:
    build(customer, "GGG")
    publish(stricter(first, green=49), AUGUST)
    book.report(customer, NOVEMBER, {BUILDS: 4_800})
    score(NOVEMBER)
    assert fallen() == [(NOVEMBER, "Green", "Yellow", "data")]


def test_rolling_back_makes_nothing_fall_by_the_data(customer: Instance, first: Edition) -> None:
    """The lax edition sees no fall; the first one, back in force, sees one that nobody was told of."""
    build(customer, "GGY")
    lax = publish(stricter(first, "lax", green=30), None)
    score()
    assert fallen() == []
    roll_back(lax)
    score()
    assert fallen() == [(OCTOBER, "Green", "Yellow", "edition")]


def test_a_component_that_did_not_exist_before_falls_by_the_edition(
    customer: Instance, first: Edition
) -> None:
    build(customer, "GGY")
    draft = editions.copy_as_draft(edition_id=first.pk, name="renamed")
    draft.use_cases.filter(code="ci").update(code="builds")
    draft.weights.filter(child="ci").update(child="builds")
    publish(draft, OCTOBER)
    score()
    (drop,) = Transition.objects.all()
    assert (drop.component, drop.cause) == ("builds", "edition")


def test_months_before_the_first_edition_are_no_other_ones(
    customer: Instance, first: Edition
) -> None:
    editions.retire(edition_id=first.pk, now=NOW)
    build(customer, "GGY")
    publish(stricter(first, green=45), SEPTEMBER)
    score()
    assert fallen() == [(OCTOBER, "Green", "Yellow", "data")]


def test_a_hold_of_months_looks_further_back(customer: Instance, first: Edition) -> None:
    """Three months must hold: June is Green, and lies beyond the two months of other editions."""
    draft = editions.copy_as_draft(edition_id=first.pk, name="patient")
    draft.use_cases.filter(code="ci").update(hold_months=3)
    publish(draft, None)
    build(customer, "GYYY")
    score(since=OCTOBER)
    (drop,) = Transition.objects.all()
    assert (drop.period, drop.from_period, drop.to_color) == (OCTOBER, JULY, "Yellow")
    assert drop.cause == "data"


def test_what_repeats_a_fall_says_so(customer: Instance, first: Edition) -> None:
    draft = editions.copy_as_draft(edition_id=first.pk, name="patient")
    draft.use_cases.filter(code="ci").update(recovery_months=2)
    publish(draft, None)
    build(customer, "GYGY")
    score()
    repeats = Transition.objects.order_by("period").values_list("period", "repeats")
    assert list(repeats) == [(AUGUST, None), (OCTOBER, AUGUST)]


def test_a_correction_is_followed_as_far_as_an_edition_looks(first: Edition) -> None:
    customer = make_customer(None)
    account = book.account_of(customer).pk
    start = shift(OCTOBER, -9)
    for asked, last in (
        ({}, "2026-03"),
        ({"hold_months": 3}, "2026-07"),
        ({"exit_margin": 1.0}, "2026-11"),
    ):
        draft = editions.copy_as_draft(edition_id=first.pk, name=f"asks {asked}")
        draft.use_cases.filter(code="ci").update(**asked)
        publish(draft, None, hours=len(Edition.objects.all()))
        Job.objects.all().delete()
        job = rescoring.request(account_ids={account}, first=start, last=start, now=NOW)
        assert job is not None
        assert job.params["to"] == last


def test_of_two_publications_the_later_month_comes_first(db: None) -> None:
    old, new = make_edition("2024"), make_edition("2025", in_force_from=OCTOBER)
    assert decided() == {"Jul": "2024", "Aug": "2024", "Sep": "2024", "Oct": "2025", "Nov": "2025"}
    assert [each.edition for each in Publication.objects.by_force()] == [new, old]


# --- The newest change of edition before a month ---------------------------------------------------


def test_a_month_without_another_edition_before_it_lies_behind_no_change(first: Edition) -> None:
    assert calendar().change_before(OCTOBER) is None


def test_a_month_that_had_been_reported_was_judged_by_the_former_edition(
    customer: Instance, first: Edition
) -> None:
    build(customer, "GG")
    publish(stricter(first), None)
    assert calendar().change_before(OCTOBER) == Change(first.pk, None, was_judged=True)
    assert calendar().change_before(NOVEMBER) is None


def test_a_later_month_lies_behind_the_change_however_long_ago(
    customer: Instance, first: Edition
) -> None:
    build(customer, "GG")
    publish(stricter(first), OCTOBER)
    for months in (1, 30):
        found = calendar().change_before(shift(OCTOBER, months))
        assert found == Change(first.pk, OCTOBER, was_judged=False)


def test_an_edition_that_decides_no_month_any_more_is_no_change(first: Edition) -> None:
    publish(stricter(first), OCTOBER)
    publish(first, OCTOBER, hours=2)
    assert calendar().change_before(NOVEMBER) is None
