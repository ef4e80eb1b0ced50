"""From drops and beginnings of the newest scored month to calls to action, each signal once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import User
from playbooks.models import CallToAction, CTAEvent, Task, Trigger, TriggerRun
from playbooks.services import ctas
from playbooks.services.triggers import run_triggers
from tests import book
from tests.book import (
    OCTOBER,
    SEPTEMBER,
    account_of,
    build,
    live_ctas,
    make_customer,
    report,
)
from tests.factories import NOW, TODAY, make_playbook, make_version
from tests.scoring import BUILDS
from usage.models import Edition, Instance, ScoreCard, Transition

pytestmark = pytest.mark.django_db

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
Kind = CTAEvent.Kind


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


# --- Drops -----------------------------------------------------------------------------------------


def test_a_drop_opens_a_call_to_action_in_words(customer: Instance, csm: User) -> None:
    build(customer, "GY")
    counts = book.score().triggers
    assert counts is not None
    assert (counts.period, counts.signals, counts.opened, counts.added) == (OCTOBER, 1, 1, 0)
    (cta,) = live_ctas()
    assert cta.title == "CI fell from Green to Yellow"
    assert cta.summary == "38 builds per billable user, Green is above 40"
    assert (cta.owner, cta.type, cta.component, cta.period) == (csm, "risk", "ci", OCTOBER)
    assert cta.priority == 2


def test_the_evidence_holds_values_thresholds_edition_and_snapshots(customer: Instance) -> None:
    build(customer, "G-Y")
    book.score()
    (entry,) = live_ctas()[0].evidence
    assert entry["text"] == (
        "CI fell from Green to Yellow: 38 builds per billable user, Green is above 40"
    )
    assert (entry["from_period"], entry["from_value"], entry["to_value"]) == ("2026-08", 50, 38)
    assert (entry["component"], entry["period"], entry["edition"]) == ("ci", "2026-10", "2025")
    (measure,) = entry["measures"]
    assert (measure["value"], measure["color"]) == (38, "Yellow")
    assert measure["bounds"] == "Green > 40 · Red ≤ 2"
    (snapshot,) = entry["snapshots"]
    assert snapshot["instance"] == customer.external_id
    assert snapshot["recorded_at"] == "2026-10-28T03:00:00Z"
    assert entry["transition"] == Transition.objects.get().pk


def test_a_drop_to_red_is_urgent(customer: Instance) -> None:
    build(customer, "GR")
    book.score()
    assert live_ctas()[0].priority == 1


def test_scoring_again_opens_nothing_more(customer: Instance) -> None:
    build(customer, "GY")
    for _ in range(3):
        book.score()
    assert len(live_ctas()) == 1
    assert CTAEvent.objects.count() == 1


def test_a_further_drop_is_added_to_the_open_one(customer: Instance) -> None:
    build(customer, "GYR", last=NOVEMBER)
    book.score()
    book.score(NOVEMBER)
    (cta,) = live_ctas()
    assert [entry["to_color"] for entry in cta.evidence] == ["Yellow", "Red"]
    assert [event.kind for event in cta.events.all()] == [Kind.OPENED, Kind.SIGNAL_ADDED]
    assert (cta.title, cta.priority, cta.period) == ("CI fell from Yellow to Red", 1, NOVEMBER)
    assert cta.due_on == cta.original_due_on


def test_a_later_milder_drop_does_not_lower_the_priority(customer: Instance) -> None:
    build(customer, "GRGY", last=DECEMBER)
    book.score()
    book.score(DECEMBER)
    assert live_ctas()[0].priority == 1


def test_a_drop_that_grows_within_its_month_is_added(customer: Instance) -> None:
    build(customer, "GY")
    book.score()
    report(customer, OCTOBER, {BUILDS: 0})
    book.score()
    (cta,) = live_ctas()
    assert [entry["to_color"] for entry in cta.evidence] == ["Yellow", "Red"]


def test_after_closing_the_same_drop_opens_nothing(customer: Instance, csm: User) -> None:
    build(customer, "GY")
    book.score()
    close(live_ctas()[0], csm)
    counts = book.score().triggers
    assert counts is not None
    assert (counts.signals, counts.opened, counts.added) == (1, 0, 0)
    assert live_ctas() == []


def test_after_closing_the_next_drop_opens_a_new_one(customer: Instance, csm: User) -> None:
    build(customer, "GYR", last=NOVEMBER)
    book.score()
    close(live_ctas()[0], csm)
    book.score(NOVEMBER)
    (cta,) = live_ctas()
    assert (cta.title, len(cta.evidence)) == ("CI fell from Yellow to Red", 1)


def test_a_snoozed_one_is_added_to_and_stays_snoozed(customer: Instance, csm: User) -> None:
    build(customer, "GYR", last=NOVEMBER)
    book.score()
    until = TODAY + timedelta(days=30)
    ctas.snooze(cta_id=live_ctas()[0].pk, until=until, reason="Holidays", by=csm, now=NOW)
    book.score(NOVEMBER)
    (cta,) = live_ctas()
    assert (cta.snoozed_until, len(cta.evidence)) == (until, 2)


def test_each_component_has_its_own(customer: Instance) -> None:
    report(customer, SEPTEMBER, {BUILDS: 5_000} | book.SCANS)
    report(customer, OCTOBER, {BUILDS: 3_800} | book.NO_SCANS)
    book.score()
    assert sorted(cta.component for cta in live_ctas()) == ["ci", "security"]
    security = next(cta for cta in live_ctas() if cta.component == "security")
    assert security.summary == (
        "score 25, Green is above 75; "
        "Users of scanners 0 %; Scans per pipeline 0; Scanner types in use 0"
    )


def test_an_account_without_a_csm_has_transitions_and_no_call_to_action() -> None:
    build(make_customer(None), "GY")
    book.score()
    assert Transition.objects.count() == 1
    assert live_ctas() == []


def test_drops_of_older_months_open_nothing(customer: Instance) -> None:
    build(customer, "GYY")
    book.score()
    assert Transition.objects.filter(period=SEPTEMBER).count() == 1
    assert live_ctas() == []


def test_a_clock_that_runs_ahead_does_not_end_the_month(customer: Instance, csm: User) -> None:
    build(customer, "GY")
    build(make_customer(csm), "G", last=DECEMBER)
    book.score(DECEMBER)
    assert [cta.period for cta in live_ctas()] == [OCTOBER]


def test_no_data_opens_nothing_and_closes_nothing(customer: Instance, csm: User) -> None:
    build(customer, "GY")
    book.score()
    build(make_customer(csm), "G", last=NOVEMBER)
    book.score(NOVEMBER)
    assert len(live_ctas()) == 1


def test_an_edition_that_is_not_in_force_decides_no_newest_month(customer: Instance) -> None:
    build(customer, "GY")
    later = book.load_edition("2024", in_force_from=DECEMBER)
    build(customer, "GYY", last=NOVEMBER)
    book.score(NOVEMBER, edition_name=later.name)
    book.score()
    assert [cta.period for cta in live_ctas()] == [OCTOBER]


def test_a_disabled_trigger_opens_nothing(
    customer: Instance, triggers: tuple[Trigger, Trigger]
) -> None:
    Trigger.objects.filter(pk=triggers[0].pk).update(enabled=False)
    build(customer, "GY")
    book.score()
    assert live_ctas() == []


def test_a_component_that_no_trigger_watches_opens_nothing(
    customer: Instance, triggers: tuple[Trigger, Trigger]
) -> None:
    Trigger.objects.filter(pk=triggers[0].pk).update(components=["scm"])
    build(customer, "GY")
    book.score()
    assert live_ctas() == []


def test_some_accounts_only(customer: Instance, csm: User) -> None:
    other = make_customer(csm)
    for instance in (customer, other):
        build(instance, "GY")
    book.score(account_ids=[account_of(other).pk])
    assert [cta.account for cta in live_ctas()] == [account_of(other)]


def test_runs_are_kept(customer: Instance, triggers: tuple[Trigger, Trigger]) -> None:
    build(customer, "GY")
    book.score()
    runs = {run.trigger_id: run for run in TriggerRun.objects.all()}
    drop, begun = (runs[trigger.pk] for trigger in triggers)
    assert (drop.period, drop.signal_count, drop.opened_count, drop.added_count) == (
        OCTOBER,
        1,
        1,
        0,
    )
    assert (begun.signal_count, begun.opened_count) == (0, 0)


def test_without_a_scored_month_nothing_runs() -> None:
    assert run_triggers(now=NOW).period is None
    assert not TriggerRun.objects.exists()


# --- Playbooks -------------------------------------------------------------------------------------


def test_the_playbook_of_the_component_is_applied(
    customer: Instance, csm: User, triggers: tuple[Trigger, Trigger]
) -> None:
    playbook = make_playbook(code="ci-play", steps=3)
    Trigger.objects.filter(pk=triggers[0].pk).update(
        playbooks={"ci": "ci-play", "*": "none"}, days_until_due=5, day_kind="business"
    )
    build(customer, "GY")
    book.score()
    (cta,) = live_ctas()
    assert cta.playbook_version == playbook.versions.get()
    assert cta.due_on == date(2026, 11, 23)  # five business days after Monday the 16th
    tasks = list(Task.objects.order_by("position").values_list("due_on", "owner"))
    assert tasks == [(date(2026, 11, day), csm.pk) for day in (16, 18, 20)]


def test_a_newer_version_does_not_reach_a_call_to_action_that_is_open(
    customer: Instance, triggers: tuple[Trigger, Trigger]
) -> None:
    playbook = make_playbook(code="any", steps=1)
    Trigger.objects.filter(pk=triggers[0].pk).update(playbooks={"*": "any"})
    build(customer, "GYR", last=NOVEMBER)
    book.score()
    make_version(playbook, number=2, steps=4)
    book.score(NOVEMBER)
    (cta,) = live_ctas()
    assert cta.playbook_version is not None
    assert (cta.playbook_version.number, cta.tasks.count()) == (1, 1)


# --- New use cases ---------------------------------------------------------------------------------


def begin(customer: Instance, *months: str, last: date = OCTOBER) -> None:
    """Report months with scanning (S), without (0) or not at all (-)."""
    for back, sign in enumerate(reversed(months[0])):
        month = last.replace(month=last.month - back)
        if sign != "-":
            report(customer, month, book.SCANS if sign == "S" else book.NO_SCANS)


def test_a_premium_account_that_begins_to_scan_opens_an_expansion(csm: User) -> None:
    customer = make_customer(csm, plan="Premium")
    begin(customer, "00S")
    book.score()
    (cta,) = live_ctas()
    assert (cta.type, cta.component, cta.title) == (
        "expansion",
        "security",
        "Security has begun to be used",
    )
    assert cta.summary == "Users of scanners 90 %; Scans per pipeline 6.3; Scanner types in use 7"
    assert ScoreCard.objects.filter(component_levels__endswith="-").count() == 3


@pytest.mark.parametrize(
    "months",
    [
        pytest.param("--S", id="nothing known before"),
        pytest.param("S0S", id="used before"),
        pytest.param("0SS", id="begun a month ago"),
        pytest.param("000", id="not used"),
        pytest.param("00-", id="not known now"),
    ],
)
def test_what_is_no_beginning(customer: Instance, csm: User, months: str) -> None:
    begin(customer, months)
    build(make_customer(csm), "GGG")  # October is scored whatever the customer reports
    book.score()
    assert [cta.title for cta in live_ctas()] == []


def test_a_use_long_ago_is_remembered(customer: Instance) -> None:
    begin(customer, "S00000S")
    book.score(first=date(2026, 4, 1))
    assert live_ctas() == []


def test_a_use_case_begins_once_in_an_accounts_life(customer: Instance, csm: User) -> None:
    begin(customer, "00S")
    book.score()
    close(live_ctas()[0], csm)
    begin(customer, "000")
    book.score()
    begin(customer, "00S")
    book.score()
    assert live_ctas() == []


def test_a_new_edition_does_not_make_old_use_new(customer: Instance) -> None:
    """The history of the months before a new edition is told by the edition that was in force."""
    begin(customer, "S000S")
    book.score(SEPTEMBER, first=date(2026, 6, 1))
    book.load_edition("2024", in_force_from=SEPTEMBER)
    book.score(first=SEPTEMBER)
    assert live_ctas() == []


def test_a_use_case_may_begin_in_the_first_month_of_a_new_edition(customer: Instance) -> None:
    begin(customer, "000S")
    book.load_edition("2024", in_force_from=OCTOBER)
    book.score(first=date(2026, 7, 1))
    assert [cta.component for cta in live_ctas()] == ["security"]


# --- Cost ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accounts", [3, 30])
def test_the_queries_of_a_run_do_not_grow(
    csm: User, accounts: int, django_assert_max_num_queries: Any
) -> None:
    make_playbook(code="any")
    Trigger.objects.update(playbooks={"*": "any"})
    for _ in range(accounts):
        build(make_customer(csm), "GY")
    with django_assert_max_num_queries(75):
        book.score()
    assert len(live_ctas()) == accounts
