"""Which card stands for an account."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Account
from tests import factories
from usage.models import Edition, ScoreCard
from usage.queries import cards

pytestmark = pytest.mark.django_db

AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)


def standing(account: Account, now: datetime = factories.NOW) -> cards.Standing:
    found = cards.standings([account.pk], cards.forces(), now=now)
    return found.get(account.pk, cards.NOTHING_KNOWN)


def card(account: Account, period: date, score: float | None, **fields: object) -> ScoreCard:
    recorded_at = datetime(period.year, period.month, 28, 3, tzinfo=UTC)
    given = {"newest_recorded_at": recorded_at} | fields
    return factories.make_score_card(account=account, period=period, score=score, **given)


def test_the_newest_known_card_is_the_current_one(account: Account) -> None:
    card(account, SEPTEMBER, 80)
    card(account, OCTOBER, None)
    assert standing(account).score == 80
    assert standing(account).color == "Green"


def test_a_change_is_against_the_newest_known_month_before(account: Account) -> None:
    card(account, AUGUST, 66)
    card(account, SEPTEMBER, None)
    card(account, OCTOBER, 44)
    assert standing(account).change == -22
    assert standing(account).previous is not None


def test_the_first_known_month_has_no_change(account: Account) -> None:
    card(account, OCTOBER, 44)
    assert standing(account).change is None


@pytest.mark.parametrize(
    ("age", "color", "score"),
    [(timedelta(days=60), "Green", 80), (timedelta(days=60, seconds=1), "NA", None)],
    ids=["60 days old is still current", "older is NA"],
)
def test_a_score_is_current_until_its_data_is_stale(
    account: Account, age: timedelta, color: str, score: float | None
) -> None:
    card(account, SEPTEMBER, 80, newest_recorded_at=factories.NOW - age)
    found = standing(account)
    assert (found.color, found.score, found.change) == (color, score, None)
    assert found.data_at == factories.NOW - age


def test_a_score_without_snapshots_is_current_as_long_as_its_month(account: Account) -> None:
    """It was made of health's other groups, as of the month's end."""
    made = card(account, OCTOBER, 80, newest_recorded_at=None)
    assert standing(account).card == made
    made.period = AUGUST
    made.save()
    assert standing(account).card is None
    assert not cards.fresh(cards.forces(), now=factories.NOW).exists()


def test_an_account_without_cards_is_na(account: Account) -> None:
    found = standing(account)
    assert (found.score, found.color, found.data_at) == (None, "NA", None)
    assert cards.standing_of([], stale_days={}, now=factories.NOW) is cards.NOTHING_KNOWN


def test_the_edition_in_force_in_a_month_decides_it(account: Account) -> None:
    old = factories.make_edition("2024")
    new = factories.make_edition("2025", in_force_from=OCTOBER)
    card(account, SEPTEMBER, 60, edition=old)
    card(account, SEPTEMBER, 10, edition=new)
    card(account, OCTOBER, 20, edition=old)
    card(account, OCTOBER, 80, edition=new)
    found = standing(account)
    assert [(each.period, each.score) for each in found.known] == [(OCTOBER, 80), (SEPTEMBER, 60)]


def test_forces_are_the_published_editions_newest_first(db: None) -> None:
    first = factories.make_edition("2024")
    factories.make_edition("draft", published=False)
    second = factories.make_edition("2025", in_force_from=OCTOBER)
    retired = factories.make_edition("2023")
    Edition.objects.filter(pk=retired.pk).update(status=Edition.Status.RETIRED)
    ranges = cards.forces()
    assert [force.edition_id for force in ranges] == [second.pk, first.pk]
    assert cards.edition_for(SEPTEMBER, ranges) == first.pk
    assert cards.edition_for(OCTOBER, ranges) == second.pk


def test_forces_agree_with_what_the_scoring_takes(db: None) -> None:
    factories.make_edition("a", in_force_from=SEPTEMBER)
    factories.make_edition("b", in_force_from=OCTOBER)
    ranges = cards.forces()
    for period in (AUGUST, SEPTEMBER, OCTOBER):
        chosen = Edition.objects.in_force_at(period).first()
        assert cards.edition_for(period, ranges) == (chosen.pk if chosen else None)


def test_of_two_editions_from_the_same_month_the_later_published_counts(db: None) -> None:
    factories.make_edition("first")
    later = factories.make_edition("second")
    later.publications.update(published_at=factories.NOW + timedelta(days=1))
    assert [force.edition_id for force in cards.forces()] == [later.pk]


def test_no_published_edition_means_no_current_card(account: Account) -> None:
    assert cards.forces() == ()
    assert list(cards.fresh((), now=factories.NOW)) == []
    assert cards.edition_for(OCTOBER, ()) is None


def test_standings_of_many_accounts_take_one_query(
    account: Account, django_assert_num_queries
) -> None:
    accounts = [account, *(factories.make_account() for _ in range(3))]
    for each in accounts:
        card(each, SEPTEMBER, 60)
        card(each, OCTOBER, 70)
    ranges = cards.forces()
    with django_assert_num_queries(1):
        found = cards.standings([each.pk for each in accounts], ranges, now=factories.NOW)
    assert {each.change for each in found.values()} == {10}


def test_what_one_edition_decides_is_no_alternative() -> None:
    force = cards.Force(edition_id=1, first=None, until=None, stale_after_days=60)
    assert cards.months_in_force([force]) == force.months
