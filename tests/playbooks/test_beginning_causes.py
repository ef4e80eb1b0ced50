"""A use case that only another edition sees begin opens nothing, unless that was asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from playbooks.services.triggers import run_triggers
from playbooks.services.what_if import of_newest_month, what_if
from tests import book
from tests.book import AUGUST, OCTOBER, USERS, live_ctas, make_customer, publish, report
from tests.factories import NOW
from tests.scoring import BUILDS
from usage.models import Band, Edition, Instance
from usage.services import editions
from usage.services.scoring import ScoreRequest, score

pytestmark = pytest.mark.django_db

NOVEMBER = date(2026, 11, 1)
IN_NOVEMBER = NOW + timedelta(days=14)
BEGUN = "CI has begun to be used"


@pytest.fixture(autouse=True)
def edition(db: None) -> Edition:
    return book.load_edition()


@pytest.fixture(autouse=True)
def triggers(edition: Edition) -> None:
    book.make_triggers()


@pytest.fixture
def customer(csm: User) -> Instance:
    return make_customer(csm)


def bounded(source: Edition, red: float, name: str = "2025-b") -> Edition:
    """A draft by which CI is at minimum up to so many builds per user; up to 2 in its source."""
    draft = editions.copy_as_draft(edition_id=source.pk, name=name)
    bands = Band.objects.filter(measure__use_case__edition=draft, measure__use_case__code="ci")
    bands.filter(color="Red").update(upper=red)
    bands.filter(color="Yellow").update(lower=red)
    return draft


def rates(customer: Instance, *rates: float | None, last: date = OCTOBER) -> None:
    """Builds per user in the months up to the last one; None reports nothing."""
    for back, rate in enumerate(reversed(rates)):
        if rate is not None:
            report(customer, last.replace(month=last.month - back), {BUILDS: rate * USERS})


def titles() -> list[str]:
    return [cta.title for cta in live_ctas()]


@pytest.mark.parametrize("asked", [0, 1])
def test_what_only_another_edition_sees_begin_opens_when_that_was_asked_for(
    customer: Instance, edition: Edition, asked: int
) -> None:
    rates(customer, 1, 1, 1)
    publish(bounded(edition, 0.5), OCTOBER, opens_ctas=bool(asked))
    book.score()
    assert titles() == [BEGUN] * asked
    assert [cta.evidence[0]["cause"] for cta in live_ctas()] == ["edition"] * asked
    assert all("caused by the change to edition 2025-b" in cta.summary for cta in live_ctas())


def test_what_both_editions_see_begin_opens(customer: Instance, edition: Edition) -> None:
    rates(customer, 0, 0, 5)
    publish(bounded(edition, 0.5), OCTOBER)
    book.score()
    (cta,) = live_ctas()
    assert (cta.title, cta.evidence[0]["cause"]) == (BEGUN, "data")
    assert "caused by the change" not in cta.summary


def test_without_a_change_of_edition_a_beginning_is_the_datas(customer: Instance) -> None:
    rates(customer, 0, 0, 5)
    book.score()
    assert [cta.evidence[0]["cause"] for cta in live_ctas()] == ["data"]


def test_a_beginning_that_the_former_edition_saw_earlier_opens_nothing(
    customer: Instance, edition: Edition
) -> None:
    """By a bar of 10 builds it begins in October; by the one of 2 it had in August."""
    rates(customer, 0, 5, 5, 20)
    publish(bounded(edition, 10), None)
    book.score(first=date(2026, 7, 1))
    assert titles() == []


def test_the_former_edition_judges_the_data_of_today(customer: Instance, edition: Edition) -> None:
    """Its own card of September stays as it was; what it was made of has been corrected since."""
    rates(customer, 0, 5, 0)
    book.score()
    publish(bounded(edition, 10), None)
    rates(customer, 0, 0, 20)
    book.score()
    assert BEGUN in titles()


def test_who_reports_only_after_the_change_begins_by_the_data(
    customer: Instance, edition: Edition, csm: User
) -> None:
    """The former edition never had a card of an account whose months came later."""
    rates(customer, 0, 0, 0)
    publish(bounded(edition, 0.5), None)
    late = make_customer(csm)
    rates(late, 0, 0, 5)
    book.score()
    assert titles() == [BEGUN]


def test_a_use_case_that_the_former_edition_did_not_have_opens_nothing(
    customer: Instance, edition: Edition
) -> None:
    without = editions.copy_as_draft(edition_id=edition.pk, name="without")
    without.use_cases.filter(code="ci").delete()
    without.weights.filter(child="ci").delete()
    publish(without, None)
    rates(customer, 0, 0, 5)
    book.score()
    publish(bounded(edition, 0.5), None)
    book.score()
    assert titles() == []


def test_a_month_later_it_has_begun_already(customer: Instance, edition: Edition) -> None:
    rates(customer, 1, 1, 1, 1, last=NOVEMBER)
    publish(bounded(edition, 0.5), OCTOBER)
    book.score()
    book.score(NOVEMBER, now=IN_NOVEMBER)
    assert titles() == []


def test_a_first_known_month_long_after_the_change_is_the_changes_too(
    customer: Instance, edition: Edition
) -> None:
    """What was stored of the months before is by the former edition, with nothing known between."""
    rates(customer, 1, 1, None, None, None, 1, last=NOVEMBER)
    publish(bounded(edition, 0.5), AUGUST)
    book.score(NOVEMBER, first=date(2026, 6, 1), now=IN_NOVEMBER)
    assert titles() == []


def test_a_first_known_month_long_after_the_change_may_begin_by_the_data(
    customer: Instance, edition: Edition
) -> None:
    rates(customer, 1, 1, None, None, None, 5, last=NOVEMBER)
    publish(bounded(edition, 0.5), AUGUST)
    book.score(NOVEMBER, first=date(2026, 6, 1), now=IN_NOVEMBER)
    assert titles() == [BEGUN]


def test_what_the_new_edition_saw_at_minimum_begins_by_the_data(
    customer: Instance, edition: Edition
) -> None:
    """From 0 to 1 build is a rise by the edition that decides both months, whatever the former says."""
    rates(customer, 0, 0, 0, 1, last=NOVEMBER)
    publish(bounded(edition, 0.5), OCTOBER)
    book.score(NOVEMBER, now=IN_NOVEMBER)
    assert titles() == []  # November had been reported when the edition was published
    rates(customer, 0, 0, 0, 0, 1, last=date(2026, 12, 1))
    book.score(date(2026, 12, 1), now=NOW + timedelta(days=45))
    assert titles() == [BEGUN]


def test_rolling_back_makes_no_beginnings(customer: Instance, edition: Edition) -> None:
    """By the stricter edition CI had not begun; that it has by the former one is the change's."""
    rates(customer, 0, 0, 0)
    strict = bounded(edition, 10)
    publish(strict, OCTOBER)
    book.score()
    rates(customer, 0, 0, 5)
    book.score()
    editions.roll_back(edition_id=strict.pk, now=NOW + timedelta(hours=2), note="Too strict.")
    book.score()
    assert titles() == []


def test_a_beginning_after_a_roll_back_is_the_datas(customer: Instance, edition: Edition) -> None:
    rates(customer, 0, 0, 0)
    strict = bounded(edition, 10)
    publish(strict, OCTOBER)
    editions.roll_back(edition_id=strict.pk, now=NOW + timedelta(hours=2), note="Too strict.")
    rates(customer, 0, 0, 0, 5, last=NOVEMBER)
    book.score(NOVEMBER, now=IN_NOVEMBER)
    assert titles() == [BEGUN]


def test_the_dry_run_counts_a_beginning_that_the_draft_alone_sees(
    customer: Instance, edition: Edition
) -> None:
    """As it counts drops: what opens only if that is asked for is among them."""
    rates(customer, 0, 0, 1)
    draft = editions.frozen(bounded(edition, 0.5))
    told = what_if(draft=draft, first=OCTOBER, last=OCTOBER, now=NOW)
    assert [each.title for each in told.ctas] == [BEGUN]
    assert "only the change of edition causes if that is asked for" in told.summary_lines()[-1]


@pytest.mark.parametrize(
    ("month", "count"),
    [
        pytest.param(OCTOBER, 1, id="the months before are at minimum by the former edition"),
        pytest.param(NOVEMBER, 1, id="it would decide none yet: as if it decided the newest"),
        pytest.param(None, 0, id="it would decide all months, and all are above minimum by it"),
    ],
)
def test_the_dry_run_knows_from_which_month_the_draft_would_decide(
    customer: Instance, edition: Edition, month: date | None, count: int
) -> None:
    rates(customer, 1, 1, 1)
    book.score()
    draft = editions.frozen(bounded(edition, 0.5))
    told = of_newest_month(draft, decides_from=month, now=NOW)[-1]
    assert f"would open {count} call{'' if count == 1 else 's'} to action" in told


def test_the_page_shows_the_dry_run_of_the_month_that_is_looked_at(
    admin_client: Client, customer: Instance, edition: Edition
) -> None:
    rates(customer, 1, 1, 1)
    book.score()
    page = reverse("playbooks:publish_edition", args=[bounded(edition, 0.5).pk])
    with time_machine.travel(NOW, tick=False):
        assert "would open 1 call to action" in admin_client.get(page, {"from": "2026-10"}).text
        assert "would open 0 calls to action" in admin_client.get(page, {"from": ""}).text


def test_who_cannot_be_judged_any_more_begins_by_the_change(
    customer: Instance, edition: Edition
) -> None:
    """Its subscription ended in September, which was noted after October was scored."""
    rates(customer, 0, 0, 5)
    publish(bounded(edition, 0.5), None)
    score(ScoreRequest(AUGUST, OCTOBER), now=NOW)
    book.account_of(customer).subscriptions.update(end_date=date(2026, 9, 1))
    run_triggers(now=NOW)
    assert titles() == []


def test_other_accounts_are_judged_by_themselves(
    customer: Instance, edition: Edition, csm: User
) -> None:
    other = make_customer(csm)
    rates(customer, 1, 1, 1)
    rates(other, 0, 0, 5)
    publish(bounded(edition, 0.5), OCTOBER)
    book.score()
    assert [cta.account_id for cta in live_ctas()] == [book.account_of(other).pk]


@pytest.mark.parametrize("accounts", [2, 20])
def test_the_queries_do_not_grow_with_those_who_begin(
    csm: User, edition: Edition, accounts: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(accounts):
        rates(make_customer(csm), 1, 1, 1)
    publish(bounded(edition, 0.5), OCTOBER)
    book.score()
    with django_assert_max_num_queries(95):
        book.score()
    assert titles() == []
