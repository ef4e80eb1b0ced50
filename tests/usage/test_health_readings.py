"""Health from the database: what is stored of timeline, plans, support and surveys becomes a card."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Contact, Job, SuccessPlan, TimelineActivity
from accounts.services import manual_measures, success_plans, timeline
from accounts.services.success_plans import ObjectiveText, PlanText
from accounts.services.timeline import NewActivity
from tests import factories as make
from tests.factories import NOW
from usage.explain_health import MeasureLine, tree
from usage.models import Edition, ScoreCard
from usage.services import editions, health_facts, rescoring, scoring
from usage.services.scoring import ScoreRequest

pytestmark = pytest.mark.django_db

NOVEMBER = date(2026, 11, 1)
OCTOBER = date(2026, 10, 1)
KIND = TimelineActivity.Kind


@pytest.fixture
def edition(db: None) -> Edition:
    return make.make_health_edition()


@pytest.fixture
def account(edition: Edition) -> Account:
    found = make.make_account(priority=1)
    make.make_subscription(account=found)
    return found


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def score(first: date = NOVEMBER, last: date = NOVEMBER) -> None:
    scoring.score(ScoreRequest(first=first, last=last), now=NOW)


def lines(account: Account, period: date = NOVEMBER) -> dict[str, MeasureLine]:
    card = ScoreCard.objects.select_related("edition").get(account=account, period=period)
    shown = tree(card.evidence, editions.frozen(card.edition))
    assert shown is not None
    return {line.measure.code: line for line in shown.measures}


def colors(account: Account, period: date = NOVEMBER) -> dict[str, str]:
    return {code: line.color for code, line in lines(account, period).items()}


def tell_everything(account: Account) -> None:
    """One of all that health reads."""
    lead = make.make_contact(account=account, persona=Contact.Persona.DEVELOPMENT_LEAD)
    call = make.make_activity(
        account=account, kind=KIND.CALL, happened_at=ago(40), sentiment="green"
    )
    make.make_attendance(activity=call, contact=lead)
    plan = make.make_success_plan(
        account=account, state=SuccessPlan.State.ACTIVE, created_at=ago(90),
        strategy="Roll out CI", highlights="Three teams",
    )  # fmt: skip
    make.make_objective(plan=plan, created_at=ago(80))
    make.make_support_case(account=account, opened_at=ago(3), priority="urgent")
    make.make_survey_response(account=account, score=9, answered_at=ago(30))
    make.make_survey_response(account=account, kind="csat", score=2, answered_at=ago(30))


def test_all_that_health_reads_is_read(account: Account) -> None:
    tell_everything(account)
    score()
    assert colors(account) == {
        "sentiment": "Green",
        "success_plan": "Green",
        "support_volume": "Green",
        "urgent_cases": "Red",
        "nps": "Green",
        "csat": "Red",
        "meeting_cadence": "Yellow",
        "personas": "Yellow",
    }


def test_a_card_without_usage_is_known_by_the_other_groups(account: Account) -> None:
    make.make_activity(account=account, happened_at=ago(1), sentiment="red")
    score()
    card = ScoreCard.objects.get(account=account)
    assert (card.color, card.newest_recorded_at) == ("Red", None)


def test_a_measure_names_the_row_that_it_comes_from(account: Account) -> None:
    entry = make.make_activity(account=account, happened_at=ago(1), sentiment="yellow")
    score()
    line = lines(account)["sentiment"]
    assert (line.ref, line.on, line.text) == (entry.pk, ago(1).date(), "Yellow")


def test_a_deleted_entry_is_not_read(account: Account) -> None:
    make.make_activity(account=account, happened_at=ago(1), sentiment="red", deleted_at=NOW)
    score()
    assert colors(account)["sentiment"] == "NA"


def test_a_colleague_who_took_part_is_no_persona_of_the_customer(account: Account) -> None:
    call = make.make_activity(account=account, kind=KIND.CALL, happened_at=ago(2))
    make.make_attendance(activity=call, user=make.make_user())
    score()
    assert (
        lines(account)["personas"].reason == "nobody noted then who took part in calls and meetings"
    )


def test_another_accounts_calls_show_that_calls_are_noted_here(account: Account) -> None:
    make.make_activity(kind=KIND.CALL, happened_at=ago(20))
    score(OCTOBER, NOVEMBER)
    assert colors(account)["meeting_cadence"] == "Red"
    assert colors(account, OCTOBER)["meeting_cadence"] == "Red"


def test_a_month_before_anybody_noted_calls_blames_nobody(account: Account) -> None:
    make.make_activity(kind=KIND.CALL, happened_at=ago(5))
    score(OCTOBER, NOVEMBER)
    assert colors(account)["meeting_cadence"] == "Red"
    assert colors(account, OCTOBER)["meeting_cadence"] == "NA"


def test_a_former_month_is_judged_as_it_was(account: Account) -> None:
    make.make_activity(
        account=account, happened_at=datetime(2026, 10, 9, tzinfo=UTC), sentiment="green"
    )
    make.make_activity(
        account=account, happened_at=datetime(2026, 11, 9, tzinfo=UTC), sentiment="red"
    )
    score(OCTOBER, NOVEMBER)
    assert colors(account, OCTOBER)["sentiment"] == "Green"
    assert colors(account)["sentiment"] == "Red"


def test_scoring_again_on_the_same_day_changes_nothing(account: Account) -> None:
    tell_everything(account)
    score()
    counts = scoring.score(ScoreRequest(first=NOVEMBER, last=NOVEMBER), now=NOW)
    assert (counts.changed, counts.unchanged) == (0, 1)


def queries_of_reading(account: Account, edition: Edition) -> int:
    frozen = editions.frozen(edition)
    with CaptureQueriesContext(connection) as queries:
        health_facts.read([account.pk], frozen, [OCTOBER, NOVEMBER], now=NOW)
    return len(queries)


def test_reading_costs_the_same_whatever_was_recorded(account: Account, edition: Edition) -> None:
    before = queries_of_reading(account, edition)
    for _ in range(3):
        tell_everything(account)
    assert queries_of_reading(account, edition) == before


def test_an_edition_of_usage_alone_reads_nothing_more(
    account: Account, django_assert_num_queries: Any
) -> None:
    usage_alone = editions.frozen(make.make_edition("usage alone"))
    with django_assert_num_queries(0):
        assert health_facts.read([account.pk], usage_alone, [NOVEMBER], now=NOW) is None


# --- what changes is scored anew --------------------------------------------------------------------
def queued() -> list[dict[str, Any]]:
    return [job.params for job in Job.objects.filter(kind="score")]


def test_a_sentiment_has_its_months_scored_anew(account: Account) -> None:
    csm = make.make_user("admin")
    new = NewActivity(kind=KIND.UPDATE, happened_at=ago(30), subject="At risk", sentiment="red")
    timeline.log_activity(account=account, new=new, by=csm, now=NOW)
    (asked,) = queued()
    assert (asked["from"], asked["to"], asked["account_ids"]) == (
        "2026-10",
        "2026-11",
        [account.pk],
    )


def test_a_sentiment_that_is_changed_taken_away_or_brought_back_does_so_too(
    account: Account,
) -> None:
    by = make.make_user("admin")
    entry = make.make_activity(
        account=account, kind=KIND.UPDATE, sentiment="red", happened_at=ago(30), updated_at=ago(30)
    )
    new = NewActivity(kind=KIND.UPDATE, happened_at=ago(1), subject="Not at risk")
    changed = timeline.change_activity(
        activity_id=entry.pk, seen_at=ago(30), new=new, by=by, now=NOW
    )
    assert [asked["from"] for asked in queued()] == ["2026-10"]
    TimelineActivity.objects.filter(pk=changed.pk).update(sentiment="green")
    for act in (timeline.delete_activity, timeline.restore_activity):
        Job.objects.all().delete()
        act(activity_id=entry.pk, by=by, now=NOW)
        assert [asked["from"] for asked in queued()] == ["2026-11"]


def test_an_update_without_a_sentiment_asks_for_nothing(account: Account) -> None:
    new = NewActivity(kind=KIND.UPDATE, happened_at=ago(30), subject="News")
    timeline.log_activity(account=account, new=new, by=make.make_user("admin"), now=NOW)
    assert queued() == []


def test_plans_objectives_and_judgements_have_this_month_scored_anew(account: Account) -> None:
    by = make.make_user("admin")
    plan = success_plans.create_plan(account=account, said=PlanText(title="CI"), by=by, now=NOW)
    assert [asked["from"] for asked in queued()] == ["2026-11"]
    Job.objects.all().delete()
    said = ObjectiveText(title="Ten teams")
    success_plans.add_objective(plan_id=plan.pk, said=said, by=by, now=NOW)
    assert len(queued()) == 1
    Job.objects.all().delete()
    manual_measures.judge(
        account=account, measure="sponsor", color="Red", comment="Left", by=by, now=NOW
    )
    assert len(queued()) == 1


def test_nothing_is_asked_for_where_health_is_usage_alone(db: None) -> None:
    make.make_edition()
    account = make.make_account()
    assert rescoring.request_health(account_ids={account.pk}, since=NOVEMBER, now=NOW) is None
