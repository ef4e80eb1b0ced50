"""The demo's book, built once and looked at: what each story must show. A small one: an account a story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from accounts.models import (
    Account,
    Contact,
    Job,
    Objective,
    SuccessPlan,
    SupportCase,
    SurveyResponse,
    User,
)
from playbooks.demo import book, cast
from playbooks.demo.book import Customer
from playbooks.models import CallToAction, CTAEvent, CTAType
from playbooks.services import ctas, demo
from tests.factories import NOW, make_account, make_cta, make_user
from usage.models import (
    Edition,
    Instance,
    RawPayload,
    RejectedRow,
    ScoreCard,
    Snapshot,
    Transition,
)
from usage.queries import cards

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CUSTOMERS = book.build(now=NOW, seed=demo.SEED, most_per_story=1)
COMPONENTS = ("license_utilization", "user_engagement", "scm", "ci", "cd", "security")


@pytest.fixture(scope="module", autouse=True)
def small_book(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Built once for all tests here; each of them runs inside its transaction, which is undone."""
    with django_db_blocker.unblock(), override_settings(DEBUG=True), transaction.atomic():
        call_command("load_defaults", stdout=StringIO())
        demo.build(now=NOW, most_per_story=1)
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


def of_story(story: str) -> Customer:
    return next(customer for customer in CUSTOMERS if customer.plot.story == story)


def account_of(story: str) -> Account:
    return Account.objects.get(external_id=of_story(story).external_id)


def colors(account: Account) -> dict[str, str]:
    """Letter of each component in the newest month with a known score; empty: none is known."""
    cards = ScoreCard.objects.filter(account=account, edition__name="2025").exclude(score=None)
    card = cards.order_by("-period").first()
    return dict(zip(COMPONENTS, card.component_colors, strict=True)) if card else {}


def contents() -> list[int]:
    models = (
        Account, Contact, User, Instance, RawPayload, ScoreCard, CallToAction, CTAEvent, Job,
        SuccessPlan, Objective, SupportCase, SurveyResponse, Transition, Edition.history.model,  # type: ignore[attr-defined]
    )  # fmt: skip
    return [model._default_manager.count() for model in models]


def falls(account: Account) -> set[str]:
    return set(Transition.objects.filter(account=account).values_list("component", flat=True))


# --- the whole of it --------------------------------------------------------------------------------
def test_each_customer_is_an_account() -> None:
    assert Account.objects.count() == len(CUSTOMERS)


def test_there_are_thirteen_months_of_snapshots() -> None:
    assert Snapshot.objects.values("period").distinct().count() == 13


def test_each_account_has_contacts_of_several_personas() -> None:
    personas = set(Contact.objects.values_list("persona", flat=True))
    assert {"development_lead", "security_lead"} <= personas


def test_the_retired_edition_has_cards() -> None:
    assert ScoreCard.objects.filter(edition__name="2024").exclude(score=None).exists()


def test_calls_to_action_are_in_every_state() -> None:
    statuses = set(CallToAction.objects.values_list("status", flat=True))
    assert {"new", "in_progress", "success", "not_relevant", "lost_not_a_priority"} <= statuses


def test_nothing_is_left_to_the_worker() -> None:
    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.DONE}


def test_nothing_happened_after_now() -> None:
    assert not CTAEvent.objects.filter(at__gt=NOW).exists()
    assert not RawPayload.objects.filter(recorded_at__gt=NOW).exists()


def test_everything_happened_after_the_account_was_won() -> None:
    opened = CallToAction.objects.values_list("account__customer_since", "opened_at")
    assert all(since <= moment.date() for since, moment in opened)


def test_tasks_are_ticked_by_those_who_own_the_work() -> None:
    ticked = CTAEvent.objects.filter(kind=CTAEvent.Kind.TASK_DONE)
    assert ticked.exists()
    assert not ticked.exclude(actor__role=User.Role.CSM).exists()


def test_people_sign_in_and_the_service_does_not() -> None:
    assert User.objects.get(email=cast.MARA.email).check_password(cast.PASSWORD)
    assert not User.objects.get(email=cast.SERVICE.email).has_usable_password()


# --- health by more than usage ----------------------------------------------------------------------
def standing(story: str) -> cards.Standing:
    account = account_of(story)
    return cards.standings([account.pk], cards.forces(), now=NOW)[account.pk]


def test_the_newest_month_alone_is_judged_by_more_than_usage() -> None:
    this_month = NOW.date().replace(day=1)
    newest, earlier = cards.forces()
    assert Edition.objects.get(pk=newest.edition_id).name == "2025-prove"
    assert (newest.first, earlier.until) == (this_month, this_month)
    assert set(Transition.objects.filter(period=this_month).values_list("edition", flat=True)) <= {
        newest.edition_id
    }


def test_health_is_green_yellow_and_red() -> None:
    found = cards.standings(Account.objects.values_list("pk", flat=True), cards.forces(), now=NOW)
    assert {each.color for each in found.values()} >= {"Green", "Yellow", "Red"}


def test_who_lost_their_sponsor_is_red_whatever_the_score() -> None:
    fallen = standing("migration")
    assert fallen.color == "Red"
    assert fallen.score is not None
    assert fallen.score > 50


def test_plans_are_active_with_objectives_that_were_reached_or_waiting_for_the_kick_off() -> None:
    assert SuccessPlan.objects.get(account=account_of("growth")).is_documented
    assert SuccessPlan.objects.get(account=account_of("onboarding")).state == "draft"
    assert Objective.objects.filter(outcome="verified").exists()
    assert not SuccessPlan.objects.filter(account=account_of("shelfware")).exists()


def test_cases_and_answers_are_of_the_past_and_of_people_whom_one_may_ask() -> None:
    assert SupportCase.objects.filter(priority="urgent", closed_at=None).exists()
    assert not SupportCase.objects.filter(opened_at__gt=NOW).exists()
    assert not SurveyResponse.objects.filter(answered_at__gt=NOW).exists()
    assert not SurveyResponse.objects.filter(contact=None).exists()
    assert not SurveyResponse.objects.filter(contact__opted_out_of_surveys=True).exists()


def test_a_reset_takes_the_edition_out_of_force_and_a_new_book_puts_it_in_again() -> None:
    demo.reset()
    assert [each.first for each in cards.forces()] == [None]
    demo.build(now=NOW, most_per_story=1)
    assert len(cards.forces()) == 2


# --- again, and away --------------------------------------------------------------------------------
def test_a_second_run_keeps_what_people_did() -> None:
    cta = CallToAction.objects.live().filter(owner__email=cast.MARA.email).first()
    assert cta is not None
    ctas.comment(cta_id=cta.pk, text="Mine.", by=User.objects.get(email=cast.MARA.email), now=NOW)
    before = contents()
    again = demo.build(now=NOW + timedelta(days=40), most_per_story=1)
    assert not again.is_new
    assert contents() == before


def test_a_changed_password_stays_changed() -> None:
    mara = User.objects.get(email=cast.MARA.email)
    mara.set_password("of her own")
    mara.save()
    demo.build(now=NOW, most_per_story=1)
    mara.refresh_from_db()
    assert mara.check_password("of her own")


def test_the_command_says_what_was_kept_and_where_to_sign_in() -> None:
    out = StringIO()
    call_command("demo", stdout=out)
    assert f"Kept: {len(CUSTOMERS)} accounts" in out.getvalue()
    assert "http://127.0.0.1:" in out.getvalue()
    assert "csm@demo.example" in out.getvalue()


def test_a_reset_removes_the_demo_and_nothing_else() -> None:
    mine = make_cta(account=make_account(external_id="A-1"), owner=make_user())
    call_command("demo", reset=True, no_input=True, stdout=StringIO())
    assert list(CallToAction.objects.all()) == [mine]
    assert list(Account.objects.all()) == [mine.account]
    assert not User.objects.filter(email__endswith=f"@{cast.DOMAIN}").exists()
    assert not Instance.objects.exists()
    assert not Instance.history.exists()  # type: ignore[attr-defined]  # its manager comes late
    assert not Job.objects.exists()
    assert not RejectedRow.objects.exists()


def test_a_reset_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda question: "")
    with pytest.raises(CommandError, match="Nothing was removed"):
        call_command("demo", reset=True)
    assert Account.objects.exists()


# --- its stories ------------------------------------------------------------------------------------
def test_growth_is_green_and_never_falls() -> None:
    assert colors(account_of("growth"))["ci"] == "G"
    assert not falls(account_of("growth"))


def test_a_slow_decline_loses_colors_one_after_the_other() -> None:
    periods = Transition.objects.filter(account=account_of("decline")).values("period").distinct()
    assert len(falls(account_of("decline"))) >= 3
    assert periods.count() >= 2


def test_a_migration_drops_several_use_cases_and_opens_fresh_calls_to_action() -> None:
    fresh = CallToAction.objects.live().filter(account=account_of("migration"), type=CTAType.RISK)
    assert {"ci", "cd"} <= falls(account_of("migration"))
    assert all(cta.evidence for cta in fresh)
    assert fresh.exists()


def test_shelfware_is_red_where_it_was_bought() -> None:
    assert colors(account_of("shelfware"))["license_utilization"] == "R"


def test_a_new_customer_is_judged_by_no_seats_yet_and_is_being_onboarded() -> None:
    onboarding = CallToAction.objects.filter(account=account_of("onboarding"), type="lifecycle")
    assert colors(account_of("onboarding"))["license_utilization"] == "N"
    assert onboarding.filter(playbook_version__playbook__code="new-customer-onboarding").exists()


def test_over_use_is_above_all_seats() -> None:
    newest = Snapshot.objects.filter(instance__subscription__account=account_of("overuse")).latest(
        "period"
    )
    assert newest.metrics["license_billable_users"] > of_story("overuse").plot.seats


def test_a_silent_instance_sent_its_last_payload_weeks_ago() -> None:
    instance = Instance.objects.get(subscription__account=account_of("silent"))
    assert instance.last_reported_at is not None
    assert (NOW - instance.last_reported_at).days > 30


def test_payloads_of_an_unknown_license_wait() -> None:
    waiting = Instance.objects.unmapped()
    assert RawPayload.objects.filter(instance__in=waiting).exists()
    assert colors(account_of("unmapped")) == {}


def test_a_payload_that_was_cut_off_waits_to_be_mended() -> None:
    assert RejectedRow.objects.get().reason.startswith("is not JSON")


def test_a_clone_waits_as_unknown() -> None:
    instance = Instance.objects.get(is_clone=True)
    assert instance.kind == Instance.Kind.UNKNOWN
    assert instance.external_id == of_story("clone").units[0].sender.uuid


def test_a_premium_account_that_begins_to_scan_is_an_expansion() -> None:
    cta = CallToAction.objects.get(account=account_of("scanning"), type=CTAType.EXPANSION)
    assert cta.component == "security"
    assert cta.playbook_version is not None


def test_an_account_that_opted_out_has_no_user_engagement() -> None:
    assert not account_of("opted_out").shares_optional_data
    assert colors(account_of("opted_out"))["user_engagement"] == "N"


def test_a_dip_is_closed_as_a_false_alarm_with_a_reason() -> None:
    closing = CTAEvent.objects.filter(
        cta__account=account_of("dipping"), kind="closed", detail__status="not_relevant"
    )
    assert [event.text for event in closing] != []
    assert all(event.text for event in closing)


def test_what_recovered_is_green_again_and_closed_as_a_success() -> None:
    ctas = CallToAction.objects.filter(account=account_of("recovered"), type=CTAType.RISK)
    assert set(ctas.values_list("status", flat=True)) == {"success"}
    assert colors(account_of("recovered"))["ci"] == "G"


def test_a_group_has_children_and_several_subscriptions() -> None:
    parent = Account.objects.get(external_id=of_story("group").external_id)
    assert parent.children.count() == 2
    assert parent.subscriptions.count() == 2


def test_a_churned_account_has_no_score_this_month() -> None:
    newest = ScoreCard.objects.filter(account=account_of("churned")).exclude(score=None)
    assert newest.latest("period").period < NOW.date().replace(day=1)
