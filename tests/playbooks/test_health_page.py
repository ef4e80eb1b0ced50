"""The health page of an account: why it is what it is, success plans, and what is judged by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, ManualMeasure, Objective, SuccessPlan, User
from tests import factories as make
from tests.factories import NOW
from usage.models import Edition, HealthBand, HealthGroup, HealthMeasure
from usage.services import scoring
from usage.services.scoring import ScoreRequest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def frozen(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def account(csm: User) -> Account:
    found = make.make_account(name="Larch Telecom", csm=csm, team=csm.team)
    make.make_subscription(account=found)
    return found


def with_measure_by_hand() -> Edition:
    """An edition in which the executive sponsor is judged by hand."""
    edition = make.make_health_edition(published=False)
    group = HealthGroup.objects.get(edition=edition, code="risk")
    measure = HealthMeasure.objects.create(
        group=group, code="sponsor", name="Executive sponsor", source="manual", position=2
    )
    for color, lower, upper in (("Red", None, 0), ("Yellow", 0, 1), ("Green", 1, None)):
        HealthBand.objects.create(
            measure=measure, color=color, lower=lower, upper=upper, upper_closed=True
        )
    make.put_in_force(edition)
    return edition


def score() -> None:
    scoring.score(ScoreRequest(first=NOVEMBER, last=NOVEMBER), now=NOW)


def shown(client: Client, account: Account, query: str = "") -> str:
    answer = client.get(reverse("playbooks:health", args=[account.pk]) + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_says_what_each_part_adds_and_where_it_comes_from(
    account: Account, csm: User, csm_client: Client
) -> None:
    make.make_health_edition()
    make.make_activity(
        account=account, subject="Their CTO left", sentiment="red", author=csm,
        happened_at=NOW - timedelta(days=2),
    )  # fmt: skip
    score()
    page = shown(csm_client, account)
    assert "CSM sentiment is Red, and makes the whole Red whatever the rest says" in page
    assert "“Their CTO left”</a>" in page
    assert "No open plan with an objective" not in page  # nobody keeps plans here
    assert "No success plans were kept then" in page


def test_a_month_can_be_chosen_and_nonsense_is_the_newest(
    account: Account, csm_client: Client
) -> None:
    make.make_health_edition()
    make.make_activity(account=account, sentiment="green", happened_at=NOW - timedelta(days=45))
    scoring.score(ScoreRequest(first=date(2026, 10, 1), last=NOVEMBER), now=NOW)
    assert 'id="parts-title">October 2026<' in shown(csm_client, account, "?period=2026-10")
    assert 'id="parts-title">November 2026<' in shown(csm_client, account, "?period=soon")


def test_an_edition_without_a_scorecard_says_that_health_is_usage_alone(
    account: Account, csm_client: Client
) -> None:
    make.make_edition()
    assert "Health is usage alone here" in shown(csm_client, account)


def test_before_the_first_scores_it_says_when_they_come(
    account: Account, csm_client: Client
) -> None:
    make.make_health_edition()
    assert "No month was scored yet" in shown(csm_client, account)


def test_a_card_of_usage_alone_is_readable_beside_a_scorecard(
    account: Account, csm_client: Client
) -> None:
    make.make_score_card(account=account, period=NOVEMBER, edition=make.make_edition())
    assert "Health is usage alone here" in shown(csm_client, account)


def test_much_history_costs_no_more_queries(account: Account, csm_client: Client) -> None:
    with_measure_by_hand()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(csm_client, account)
        return len(queries)

    def grow() -> None:
        for days in range(3):
            make.make_activity(
                account=account, sentiment="green", author=make.make_user(),
                happened_at=NOW - timedelta(days=days),
            )  # fmt: skip
            make.make_objective(
                plan=make.make_success_plan(account=account, owner=make.make_user())
            )
            make.make_manual_measure(account=account, measure="sponsor", author=make.make_user())

    grow()
    score()
    before = asked()
    grow()
    grow()
    assert asked() == before


# --- by hand ----------------------------------------------------------------------------------------
def judge(client: Client, account: Account, **given: str) -> Any:
    return client.post(reverse("playbooks:judge", args=[account.pk]), given)


def test_a_judgement_is_kept_with_author_and_comment(
    account: Account, csm: User, csm_client: Client
) -> None:
    with_measure_by_hand()
    answer = judge(csm_client, account, measure="sponsor", color="Red", comment="Left in May")
    assert answer.status_code == 302
    judged = ManualMeasure.objects.get()
    assert (judged.color, judged.author, judged.comment, judged.at) == (
        "Red",
        csm,
        "Left in May",
        NOW,
    )
    score()
    assert "Left in May" in shown(csm_client, account)


def test_the_same_judgement_twice_is_one(account: Account, csm_client: Client) -> None:
    with_measure_by_hand()
    for _ in range(2):
        judge(csm_client, account, measure="sponsor", color="Red", comment="Left in May")
    assert ManualMeasure.objects.count() == 1


def test_a_judgement_can_be_taken_back(account: Account, csm_client: Client) -> None:
    with_measure_by_hand()
    judge(csm_client, account, measure="sponsor", color="NA", comment="We do not know any more")
    assert ManualMeasure.objects.get().color == ""


def test_a_judgement_needs_a_comment_and_a_measure_of_the_edition(
    account: Account, csm_client: Client
) -> None:
    with_measure_by_hand()
    assert judge(csm_client, account, measure="sponsor", color="Red").status_code == 422
    assert judge(csm_client, account, measure="sponsor", comment="x").status_code == 422
    assert judge(csm_client, account, measure="nps", color="Red", comment="x").status_code == 422
    assert not ManualMeasure.objects.exists()


# --- success plans ----------------------------------------------------------------------------------
def test_a_plan_is_begun_as_a_draft_and_worked_on(
    account: Account, csm: User, csm_client: Client
) -> None:
    new = reverse("playbooks:new_plan", args=[account.pk])
    assert csm_client.get(new).status_code == 200
    answer = csm_client.post(new, {"title": "CI everywhere"})
    plan = SuccessPlan.objects.get()
    assert answer.headers["Location"] == reverse("playbooks:plan", args=[plan.pk])
    assert (plan.state, plan.owner, plan.account) == ("draft", csm, account)
    csm_client.post(answer.headers["Location"], {"title": "CI", "strategy": "Team by team"})
    plan.refresh_from_db()
    assert (plan.title, plan.strategy) == ("CI", "Team by team")


def test_a_plan_that_ends_before_it_starts_is_refused(account: Account, csm_client: Client) -> None:
    new = reverse("playbooks:new_plan", args=[account.pk])
    days = {"starts_on": "2026-11-02", "ends_on": "2026-11-01"}
    answer = csm_client.post(new, {"title": "CI", **days})
    assert (answer.status_code, SuccessPlan.objects.count()) == (422, 0)


def test_a_plan_moves_from_draft_to_active_to_closed(account: Account, csm_client: Client) -> None:
    plan = make.make_success_plan(account=account)
    move = reverse("playbooks:move_plan", args=[plan.pk])
    for state in ("active", "closed", "active"):
        assert csm_client.post(move, {"to": state}).status_code == 302
        plan.refresh_from_db()
        assert plan.state == state
    assert (plan.activated_at, plan.closed_at) == (NOW, None)


@pytest.mark.parametrize("to", ["draft", "nowhere", ""])
def test_a_move_that_there_is_not_is_refused(account: Account, csm_client: Client, to: str) -> None:
    plan = make.make_success_plan(account=account, state="active")
    answer = csm_client.post(reverse("playbooks:move_plan", args=[plan.pk]), {"to": to})
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.content.decode()


def test_an_objective_goes_from_proposed_to_verified(account: Account, csm_client: Client) -> None:
    plan = make.make_success_plan(account=account)
    add = reverse("playbooks:new_objective", args=[plan.pk])
    assert csm_client.get(add).status_code == 200
    csm_client.post(add, {"title": "Ten teams", "outcome": "proposed"})
    objective = Objective.objects.get()
    edit = reverse("playbooks:objective", args=[objective.pk])
    assert csm_client.get(edit).status_code == 200
    csm_client.post(edit, {"title": "Ten teams", "outcome": "verified", "target": "10"})
    objective.refresh_from_db()
    assert (objective.outcome, objective.verified_at, objective.target) == ("verified", NOW, "10")
    assert objective.account == account


def test_an_objective_that_was_dropped_can_be_taken_up_again(
    account: Account, csm_client: Client
) -> None:
    objective = make.make_objective(plan=make.make_success_plan(account=account))
    edit = reverse("playbooks:objective", args=[objective.pk])
    csm_client.post(edit, {"title": "Ten teams", "outcome": "dropped"})
    objective.refresh_from_db()
    assert objective.dropped_at == NOW
    csm_client.post(edit, {"title": "Ten teams", "outcome": "accepted"})
    objective.refresh_from_db()
    assert objective.dropped_at is None


def test_a_form_that_is_not_filled_is_shown_again(account: Account, csm_client: Client) -> None:
    objective = make.make_objective(plan=make.make_success_plan(account=account))
    for name, key in (
        ("new_plan", account.pk),
        ("plan", objective.plan_id),
        ("new_objective", objective.plan_id),
        ("objective", objective.pk),
    ):
        answer = csm_client.post(reverse(f"playbooks:{name}", args=[key]), {"title": ""})
        assert answer.status_code == 422, name


def test_who_saves_a_plan_that_somebody_changed_meanwhile_is_told(
    account: Account, csm_client: Client
) -> None:
    plan = make.make_success_plan(account=account, title="As it is")
    late = {"title": "As it was meant", "seen": (NOW - timedelta(minutes=1)).isoformat()}
    answer = csm_client.post(reverse("playbooks:plan", args=[plan.pk]), late)
    plan.refresh_from_db()
    assert (answer.status_code, plan.title) == (409, "As it is")
    assert "changed meanwhile" in answer.content.decode()


def test_who_saves_an_objective_that_somebody_changed_meanwhile_is_told(
    account: Account, csm_client: Client
) -> None:
    plan = make.make_success_plan(account=account)
    objective = make.make_objective(plan=plan, title="As it is")
    late = {
        "title": "As it was meant",
        "outcome": "accepted",
        "seen": (NOW - timedelta(minutes=1)).isoformat(),
    }
    answer = csm_client.post(reverse("playbooks:objective", args=[objective.pk]), late)
    objective.refresh_from_db()
    assert (answer.status_code, objective.title) == (409, "As it is")
    assert "changed meanwhile" in answer.content.decode()


@pytest.mark.parametrize("seen", ["", "soon", "2026-99-99T00:00:00"])
def test_a_form_that_does_not_say_what_it_saw_is_saved(
    account: Account, csm_client: Client, seen: str
) -> None:
    plan = make.make_success_plan(account=account)
    where = reverse("playbooks:plan", args=[plan.pk])
    assert csm_client.post(where, {"title": "Anew", "seen": seen}).status_code == 302


def test_the_form_of_a_plan_says_what_it_saw(account: Account, csm_client: Client) -> None:
    plan = make.make_success_plan(account=account)
    page = csm_client.get(reverse("playbooks:plan", args=[plan.pk])).content.decode()
    assert f'value="{plan.updated_at.isoformat()}"' in page
