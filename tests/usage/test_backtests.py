"""Backtests of an edition: a planted effect is found, none is not, and nothing of later is ever known."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, Job, Outcome, Subscription, TimelineActivity
from accounts.services import jobs
from tests import factories as make
from tests.usage import outcome_book as book
from tests.usage.outcome_book import GOOD, OUTCOME_ON, POOR, at
from usage.errors import BacktestLeadsInvalid
from usage.lab.backtest import Asked, Standing, Target
from usage.lab.backtest.cases import cases_of, periods_of
from usage.models import Backtest, Edition, Instance, RawPayload, Snapshot
from usage.services import backtests, editions
from usage.services.backtests import Question, Wish, former_of
from usage.services.known_at import Known

pytestmark = pytest.mark.django_db

JUDGED_IN = date(2026, 6, 1)  # three months before the outcome: known when June was over


def question(**more: Any) -> Question:
    asked = Asked(leads=(3,), resamples=200)
    return Question(edition=editions.frozen(make.make_edition()), **({"asked": asked} | more))


def answer(**more: Any) -> dict[str, Any]:
    result: dict[str, Any] = backtests.backtest(question(**more), now=make.NOW).result
    return result


def row(result: dict[str, Any], key: str = "red", segment: str = "") -> dict[str, Any]:
    figures: list[dict[str, Any]] = result["figures"]
    (found,) = [each for each in figures if (each["key"], each["segment"]) == (key, segment)]
    return found


def predicted(**more: Any) -> dict[tuple[int, date], Standing]:
    """What is predicted three months ahead, and in the year before that."""
    asked = question(**more)
    cases = cases_of(backtests.outcomes(until=make.NOW), Target.CHURN)
    return backtests.predictions(asked, cases, periods_of(cases, [3], 12))


# --- effect or none -------------------------------------------------------------------------------
def test_an_effect_that_was_planted_is_found() -> None:
    book.build(120, book.planted())
    found = row(answer())
    assert found["says_more_than_chance"]
    assert found["lift"] > 1.5
    assert found["recall_low"] < 0.7 < found["recall_high"]
    assert found["precision"] > found["base_rate"]


def test_where_nothing_was_planted_nothing_is_found() -> None:
    book.build(120, book.random_usage())
    result = answer()
    found = row(result)
    assert not found["says_more_than_chance"]
    assert found["lift_low"] < 1 < found["lift_high"]
    assert "no better than chance" in result["sentences"][0]


def test_before_it_began_the_effect_is_not_seen() -> None:
    book.build(120, book.planted())
    asked = Asked(leads=(9,), resamples=200)
    assert not row(answer(asked=asked))["says_more_than_chance"]


def test_the_same_question_has_the_same_answer() -> None:
    book.build(20, book.planted())
    once, again = (backtests.backtest(question(), now=make.NOW) for _ in range(2))
    assert once == again


# --- what is counted ------------------------------------------------------------------------------
def customer_who_left(metrics: dict[str, float] | None = None, **outcome: Any) -> book.Customer:
    customer = book.make_customer()
    make.make_outcome(account=customer.account, occurred_on=OUTCOME_ON, **outcome)
    if metrics is not None:
        book.report(customer, JUDGED_IN, metrics)
    return customer


def test_the_month_that_was_over_three_months_before_is_the_one_that_counts() -> None:
    customer = customer_who_left(POOR)
    book.report(customer, date(2026, 7, 1), GOOD)
    assert row(answer())["caught"] == 1


def test_who_did_not_report_is_counted_apart() -> None:
    customer_who_left()
    customer_who_left(GOOD)
    result = answer()
    found = row(result)
    assert (found["outcomes"], found["unscored"], found["losses"], found["missed"]) == (2, 1, 1, 1)
    assert "1 of 2 outcomes had no score" in result["caveats"][0]


def test_components_alone_and_the_edition_before_are_held_against_it() -> None:
    make.make_edition("2024", published=False)
    former = editions.retire(edition_id=Edition.objects.get(name="2024").pk, now=make.NOW)
    customer_who_left({**GOOD, "counts.ci_builds": 0.0})
    found = answer(former=editions.frozen(former))
    keys = [each["key"] for each in found["figures"]]
    assert keys == [
        "red", "red_yellow", "license_utilization:red", "ci:red", "security:red",
        "license_utilization:red_yellow", "former:red", "former:red_yellow",
    ]  # fmt: skip
    assert [row(found, key)["caught"] for key in keys] == [0, 1, 0, 1, 0, 0, 0, 1]


def test_contraction_counts_where_it_is_asked_for() -> None:
    customer_who_left(POOR, kind="contracted")
    assert row(answer())["losses"] == 0
    found = row(answer(asked=Asked(leads=(3,), target=Target.LOSS, resamples=10)))
    assert (found["caught"], found["arr_caught"]) == (1, "500.00")


def test_an_outcome_that_lies_ahead_is_none_yet() -> None:
    customer_who_left(POOR)
    Outcome.objects.update(occurred_on=make.NOW.date() + timedelta(days=1))
    result = answer()
    assert (result["cases"], result["figures"][0]["outcomes"]) == (0, 0)
    assert result["caveats"][0].startswith("There is no outcome")


def test_segments_and_calibration_are_told() -> None:
    book.build(20, book.planted())
    result = answer()
    assert row(result, segment="SMB")["outcomes"] == 10
    assert sum(each["outcomes"] for each in result["calibration"]) == 20


def history_of(model: Any) -> Any:
    return model.history


# --- nothing of later -----------------------------------------------------------------------------
@pytest.fixture
def known() -> book.Customer:
    """A customer that left, whose payloads came the day that they were recorded."""
    customer = book.make_customer()
    make.make_outcome(account=customer.account, occurred_on=OUTCOME_ON)
    for month in (4, 5, 6):
        book.receive(customer, at(20, month), at(20, month), GOOD)
    return customer


def test_a_payload_that_arrived_later_is_not_known(known: book.Customer) -> None:
    before = predicted()
    book.receive(known, at(28, 6), at(2, 7), POOR)
    assert Snapshot.objects.get(period=JUDGED_IN).metrics == POOR
    assert predicted() == before
    assert before[known.account.pk, JUDGED_IN].letters[0] == "G"


def test_one_that_arrived_later_is_all_there_was_and_so_nothing_was_known(
    known: book.Customer,
) -> None:
    RawPayload.objects.filter(recorded_at__month=6).update(received_at=at(2, 7))
    assert predicted()[known.account.pk, JUDGED_IN].letters[0] == "N"


def test_a_payload_that_came_late_but_in_time_is_known(known: book.Customer) -> None:
    book.receive(known, at(28, 6), at(30, 6), POOR)
    assert predicted()[known.account.pk, JUDGED_IN].letters[0] == "R"


def test_a_correction_does_not_tell_what_it_corrects(known: book.Customer) -> None:
    """What the payload said at first is not kept: the one before it is what was known."""
    book.receive(known, at(10, 6), at(10, 6), POOR)
    book.receive(known, at(20, 6), at(5, 7), GOOD)
    assert predicted()[known.account.pk, JUDGED_IN].letters[0] == "R"


def test_of_a_history_taken_in_at_once_the_day_of_recording_counts(known: book.Customer) -> None:
    RawPayload.objects.update(received_at=make.NOW)
    assert predicted()[known.account.pk, JUDGED_IN].letters[0] == "N"
    assert predicted(known=Known.RECORDED)[known.account.pk, JUDGED_IN].letters[0] == "G"


def test_later_months_are_not_known(known: book.Customer) -> None:
    before = predicted()
    for month in (7, 8, 9, 10):
        book.receive(known, at(20, month), at(20, month), POOR)
    assert predicted() == before


def test_the_outcome_itself_is_not_known(known: book.Customer) -> None:
    before = predicted()
    Outcome.objects.update(kind=Outcome.Kind.RENEWED, arr_after=1_000)
    assert predicted() == before


def test_a_later_edition_changes_nothing(known: book.Customer) -> None:
    before = predicted()
    make.make_edition("2027", in_force_from=date(2026, 1, 1), red_up_to=74, yellow_up_to=90)
    assert predicted() == before


def test_what_was_changed_later_in_records_is_not_known(known: book.Customer) -> None:
    for model in (Subscription, Instance):
        history_of(model).update(history_date=at(1, 1, 2025))
    before = predicted()
    subscription = Subscription.objects.get(account=known.account)
    subscription.end_date, subscription.seats = date(2026, 5, 31), 10_000
    subscription.save()
    known.instance.kind = Instance.Kind.OBSOLETE
    known.instance.save()
    assert predicted() == before


def test_what_was_changed_before_is_known(known: book.Customer) -> None:
    subscription = Subscription.objects.get(account=known.account)
    subscription.seats = 10_000
    subscription.save()
    history_of(Subscription).update(history_date=at(1, 2))
    assert predicted()[known.account.pk, JUDGED_IN].letters[1] == "R"


def test_a_subscription_that_was_deleted_before_is_none() -> None:
    customer = customer_who_left(GOOD)
    Subscription.objects.get(account=customer.account).delete()
    history_of(Subscription).update(history_date=at(1, 2))
    assert (customer.account.pk, JUDGED_IN) not in predicted()


def test_what_of_the_timeline_was_noted_later_is_not_known(known: book.Customer) -> None:
    asked = {"edition": editions.frozen(make.make_health_edition())}
    noted = make.make_activity(
        account=known.account,
        happened_at=at(15, 6),
        created_at=at(15, 6),
        sentiment=TimelineActivity.Sentiment.RED,
    )
    cases = cases_of(backtests.outcomes(until=make.NOW), Target.CHURN)

    def overall() -> str:
        found = backtests.predictions(Question(**asked), cases, [JUDGED_IN])  # type: ignore[arg-type]
        return found[known.account.pk, JUDGED_IN].letters[0]

    assert overall() == "R"
    noted.created_at = at(3, 7)
    noted.save()
    assert overall() != "R"


# --- asking ---------------------------------------------------------------------------------------
def test_what_is_asked_is_kept_and_done_by_a_job(admin_user_of_demo: Any) -> None:
    customer_who_left(POOR)
    edition = make.make_edition()
    wish = Wish(leads=(6, 3, 3), resamples=20)
    asked = backtests.ask(edition_id=edition.pk, wish=wish, now=make.NOW, by=admin_user_of_demo)
    assert asked.job is not None
    assert (asked.leads, asked.finished_at, asked.job.state) == ([3, 6], None, Job.State.QUEUED)
    jobs.run(asked.job.pk)
    asked.refresh_from_db()
    job = Job.objects.get()
    assert (job.state, job.summary) == (Job.State.DONE, {"outcomes": 1, "losses": 1})
    assert job.percent == 100
    assert asked.result["sentences"][0].startswith("Red 3 months before caught 1 of 1")
    assert asked.edition_digest == editions.frozen(edition).digest
    assert AuditEntry.objects.get(verb="backtest.asked").actor == admin_user_of_demo


@pytest.fixture
def admin_user_of_demo() -> Any:
    return make.make_user("admin")


def test_a_draft_that_is_gone_leaves_its_job_nothing_to_do() -> None:
    draft = make.make_edition("draft", published=False)
    asked = backtests.ask(edition_id=draft.pk, wish=Wish(), now=make.NOW)
    job = asked.job
    assert job is not None
    draft.delete()
    jobs.run(job.pk)
    assert Job.objects.get().state == Job.State.DONE


@pytest.mark.parametrize("leads", [(), (0,), (3, 37)])
def test_leads_are_months_that_somebody_can_look_ahead(leads: tuple[int, ...]) -> None:
    with pytest.raises(BacktestLeadsInvalid):
        backtests.ask(edition_id=make.make_edition().pk, wish=Wish(leads=leads), now=make.NOW)
    assert not Backtest.objects.exists()


def test_a_draft_is_held_against_the_edition_in_force_and_that_against_the_one_before() -> None:
    current = make.make_edition()
    assert former_of(current) is None
    old = make.make_edition("2024", published=False)
    assert former_of(old) == current
    editions.retire(edition_id=old.pk, now=make.NOW)
    assert former_of(current) == Edition.objects.get(name="2024")
    following = make.make_edition("2026", in_force_from=date(2026, 10, 1))
    assert former_of(following) == current


def test_the_command_prints_what_was_found_and_writes_the_table(tmp_path: Any) -> None:
    customer_who_left(POOR)
    make.make_edition()
    out, err = io.StringIO(), io.StringIO()
    file = tmp_path / "figures.csv"
    call_command(
        "backtest", "--edition", "2025", "--leads", "3", "--known", "recorded", "--output", str(file),
        stdout=out, stderr=err,
    )  # fmt: skip
    assert "Red 3 months before caught 1 of 1 churned account" in out.getvalue()
    assert "only 1 scored outcome" in err.getvalue()
    header, first, *_ = file.read_text().splitlines()
    assert header.startswith("lead_months,alarm,segment,outcomes")
    assert first.startswith("3,Red,,1,0,0,1,1")


@pytest.mark.parametrize("leads", ["three", "0", ""])
def test_the_command_refuses_leads_that_are_none(leads: str) -> None:
    make.make_edition()
    with pytest.raises(CommandError, match="3,6,9"):
        call_command("backtest", "--edition", "2025", "--leads", leads)
