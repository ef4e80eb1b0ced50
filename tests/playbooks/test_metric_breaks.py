"""Drops across a break of a metric's series: recorded, and nothing is asked to be done about them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tests import book
from tests.book import OCTOBER, SEPTEMBER, account_of, build, live_ctas, make_customer, score
from tests.factories import NOW, make_metric_break
from tests.scoring import BUILDS
from usage.models import Instance, MetricBreak, MetricDefinition, Transition

pytestmark = pytest.mark.django_db

WORDS = f"{BUILDS} is counted otherwise from Oct 2026: the query changed: no bots"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def customer(csm: User) -> Instance:
    """An account whose CI fell from Green to Yellow in October."""
    book.load_edition()
    book.make_triggers()
    instance = make_customer(csm, team=csm.team)
    build(instance, "GGY")
    return instance


def break_from(period: object = OCTOBER, key_path: str = BUILDS) -> MetricBreak:
    metric, _ = MetricDefinition.objects.get_or_create(key_path=key_path)
    return make_metric_break(metric=metric, period=period, reason="query", note="no bots")


def test_a_drop_across_a_break_opens_nothing_and_is_recorded(customer: Instance) -> None:
    break_from()
    assert score().triggers is not None
    assert live_ctas() == []
    assert Transition.objects.filter(period=OCTOBER, component="ci").count() == 1


def test_a_break_that_is_withdrawn_lets_the_drop_count(customer: Instance) -> None:
    noted = break_from()
    score()
    noted.delete()
    score()
    assert [cta.component for cta in live_ctas()] == ["ci"]


@pytest.mark.parametrize(
    ("period", "key_path"),
    [
        pytest.param(SEPTEMBER, BUILDS, id="both months are after it"),
        pytest.param(OCTOBER, "counts.other", id="of a metric that the component does not read"),
    ],
)
def test_other_breaks_freeze_nothing(customer: Instance, period: object, key_path: str) -> None:
    break_from(period, key_path)
    score()
    assert [cta.component for cta in live_ctas()] == ["ci"]


def test_a_drop_is_not_added_to_a_live_call_across_a_break(customer: Instance) -> None:
    score()
    (cta,) = live_ctas()
    build(customer, "GGR")
    break_from()
    score()
    cta.refresh_from_db()
    assert len(cta.evidence) == 1


def test_the_account_page_says_why_nothing_was_opened(
    csm_client: Client, customer: Instance
) -> None:
    break_from()
    score()
    page = csm_client.get(f"/accounts/{account_of(customer).pk}/").text
    assert "Opens no call to action:" in page
    assert WORDS in page


def test_the_usage_tab_draws_the_break_and_tells_it_in_the_table(
    csm_client: Client, customer: Instance
) -> None:
    break_from()
    score()
    page = csm_client.get(f"/accounts/{account_of(customer).pk}/usage/").text
    assert page.count('<line class="rule"') == 1
    assert f"<title>Oct 2026: {WORDS}</title>" in page
    assert f'<div class="why">{WORDS}</div>' in page


def test_a_call_that_was_open_before_says_that_its_months_do_not_compare(
    csm_client: Client, customer: Instance
) -> None:
    score()
    (cta,) = live_ctas()
    break_from()
    page = csm_client.get(f"/ctas/{cta.pk}/").text
    assert f"The two months do not compare: {WORDS}." in page
