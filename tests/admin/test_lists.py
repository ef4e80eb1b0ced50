"""Every list of the admin: it renders, it searches, and thirty rows cost the queries of three."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import (
    Account,
    ActivityTemplate,
    AdoptionGoal,
    ApiToken,
    AuditEntry,
    BoughtUseCase,
    Contact,
    ErasedKey,
    Erasure,
    Job,
    License,
    ManualMeasure,
    Milestone,
    MilestoneRule,
    NonAdoption,
    Objective,
    Outcome,
    Plan,
    RetainedContract,
    RetentionRule,
    Subscription,
    SuccessPlan,
    SupportCase,
    SurveyResponse,
    Team,
    TimelineActivity,
    User,
)
from accounts.services import audit, milestones, retention
from accounts.services.tokens import create_token
from playbooks.models import (
    BulkRow,
    BulkRun,
    CallToAction,
    CTAEvent,
    CTALink,
    Delivery,
    Endpoint,
    Follow,
    Notification,
    Playbook,
    PlaybookVersion,
    QueueWeights,
    SavedView,
    Step,
    Task,
    Trigger,
    TriggerRun,
)
from tests import factories as make
from usage.models import (
    Backtest,
    Band,
    CardDrift,
    Edition,
    HealthBand,
    HealthGroup,
    HealthMeasure,
    Instance,
    LabelRule,
    MaturityLevel,
    Measure,
    MetricBreak,
    MetricDefinition,
    MetricVersion,
    Publication,
    RawPayload,
    RejectedRow,
    ScoreCard,
    Snapshot,
    Transition,
    UseCase,
    Weight,
)

pytestmark = pytest.mark.django_db


def make_token(n: int) -> None:
    create_token(user=make.make_user(), name=f"token {n}", scopes=["read"])


def make_rule(n: int) -> None:
    """There are two rules at most, one of a kind."""
    for kind in LabelRule.Kind:
        LabelRule.objects.get_or_create(kind=kind, defaults={"threshold": 0.2})


def make_metric_version(n: int) -> None:
    MetricVersion.objects.create(
        metric=make.make_metric(), number=1, content={"value_type": "number"}, digest="d"
    )


def make_edition(n: int) -> None:
    make.make_edition(f"edition {n}")


def make_health_edition(n: int) -> None:
    make.make_health_edition(f"health {n}")


def make_cta(n: int) -> None:
    make.make_task(cta=make.make_cta(owner=make.make_user()))


def make_bulk_row(n: int) -> None:
    cta = make.make_cta()
    run = BulkRun.objects.create(
        key=uuid.uuid4(),
        asked_by=make.make_user(),
        action=BulkRun.Action.START,
        words="Start work",
        asked_at=make.NOW,
        job=make.make_job(),
    )
    BulkRow.objects.create(run=run, cta=cta, account=cta.account)


def make_playbook(n: int) -> None:
    make.make_playbook()


def make_erasure(n: int) -> Erasure:
    return Erasure.objects.create(
        subject=Erasure.Subject.ACCOUNT, subject_id=n, requested_at=make.NOW, by=make.make_user()
    )


def make_erased_key(n: int) -> None:
    ErasedKey.objects.create(
        erasure=make_erasure(n), kind=ErasedKey.Kind.ACCOUNT, digest=f"{n:064x}"
    )


def make_retained_contract(n: int) -> None:
    RetainedContract.objects.create(
        erasure=make_erasure(n),
        external_id=f"S-{n}",
        plan="Premium",
        delivery="SaaS",
        start_date=make.TODAY,
        arr=1,
        erased_at=make.NOW,
    )


# One row more of a model, with rows of its own behind each foreign key that the list shows.
ROWS: dict[type[Model], Callable[[int], object]] = {
    ActivityTemplate: lambda n: make.make_activity_template(),
    Account: lambda n: make.make_account(csm=make.make_user(), team=make.make_team()),
    AdoptionGoal: lambda n: make.make_adoption_goal(set_by=make.make_user()),
    ApiToken: make_token,
    AuditEntry: lambda n: audit.record("done", now=make.NOW, by=make.make_user()),
    Backtest: lambda n: make.make_backtest(asked_by=make.make_user()),
    Band: make_edition,
    BulkRow: make_bulk_row,
    BulkRun: make_bulk_row,
    BoughtUseCase: lambda n: make.make_bought_use_case(),
    CallToAction: make_cta,
    Contact: lambda n: make.make_contact(),
    CTALink: lambda n: make.make_link(created_by=make.make_user()),
    CTAEvent: lambda n: make.make_event(actor=make.make_user()),
    Delivery: lambda n: make.make_delivery(endpoint=make.make_endpoint()),
    Edition: make_edition,
    Endpoint: lambda n: make.make_endpoint(owner=make.make_user()),
    ErasedKey: make_erased_key,
    Erasure: make_erasure,
    Follow: lambda n: make.make_follow(),
    HealthBand: make_health_edition,
    HealthGroup: make_health_edition,
    HealthMeasure: make_health_edition,
    Instance: lambda n: make.make_instance(),
    Job: lambda n: make.make_job(created_by=make.make_user()),
    LabelRule: make_rule,
    License: lambda n: make.make_license(),
    ManualMeasure: lambda n: make.make_manual_measure(author=make.make_user()),
    MaturityLevel: make_edition,
    Measure: make_edition,
    MetricBreak: lambda n: make.make_metric_break(),
    MetricDefinition: lambda n: make.make_metric(),
    MetricVersion: make_metric_version,
    Milestone: lambda n: make.make_milestone(set_by=make.make_user()),
    MilestoneRule: lambda n: milestones.load_defaults(),
    NonAdoption: lambda n: make.make_non_adoption(noted_by=make.make_user()),
    Notification: lambda n: make.make_notification(account=make.make_account()),
    Objective: lambda n: make.make_objective(),
    Outcome: lambda n: make.make_outcome(),
    Plan: lambda n: make.make_plan(f"Plan {n}", rank=n + 10),
    Playbook: make_playbook,
    PlaybookVersion: make_playbook,
    Publication: make_edition,
    QueueWeights: lambda n: QueueWeights.objects.get_or_create(),
    RawPayload: lambda n: make.make_raw_payload(),
    RetainedContract: make_retained_contract,
    RetentionRule: lambda n: retention.rules(),
    RejectedRow: lambda n: make.make_rejected_row(),
    ScoreCard: lambda n: make.make_score_card(),
    SavedView: lambda n: SavedView.objects.create(owner=make.make_user(), name="Mine"),
    Snapshot: lambda n: make.make_snapshot(),
    Step: make_playbook,
    Subscription: lambda n: make.make_subscription(),
    SuccessPlan: lambda n: make.make_success_plan(owner=make.make_user()),
    SupportCase: lambda n: make.make_support_case(),
    SurveyResponse: lambda n: make.make_survey_response(contact=make.make_contact()),
    Task: make_cta,
    Team: lambda n: make.make_team(),
    TimelineActivity: lambda n: make.make_activity(author=make.make_user()),
    CardDrift: lambda n: make.make_card_drift(),
    Transition: lambda n: make.make_transition(),
    Trigger: lambda n: make.make_trigger(),
    TriggerRun: lambda n: make.make_trigger_run(job=make.make_job()),
    UseCase: make_edition,
    User: lambda n: make.make_user(team=make.make_team()),
    Weight: make_edition,
}
OURS = [
    model
    for model in admin.site._registry
    if model._meta.app_label in {"accounts", "usage", "playbooks"}
]
every_list = pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)


def address(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def queries_of(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(queries)


def test_every_model_of_ours_is_in_the_admin() -> None:
    assert set(OURS) == set(ROWS)


@every_list
def test_thirty_rows_cost_the_queries_of_three(admin_client, model) -> None:
    for n in range(3):
        ROWS[model](n)
    of_three = queries_of(admin_client, address(model))
    for n in range(3, 30):
        ROWS[model](n)
    assert queries_of(admin_client, address(model)) <= of_three


@every_list
def test_a_list_can_be_searched(admin_client, model) -> None:
    ROWS[model](0)
    assert admin.site._registry[model].search_fields
    assert admin_client.get(address(model), {"q": "nothing-is-called-so"}).status_code == 200


@every_list
def test_a_row_can_be_opened(admin_client, model) -> None:
    ROWS[model](0)
    row = model._default_manager.latest("pk")
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    assert admin_client.get(reverse(name, args=[row.pk])).status_code == 200


@every_list
@pytest.mark.parametrize("name", ["csm_client", "manager_client", "viewer_client"])
def test_who_is_not_an_admin_does_not_get_in(request, name, model) -> None:
    answer = request.getfixturevalue(name).get(address(model), follow=True)
    assert answer.status_code == 403


def test_who_is_not_signed_in_signs_in_where_all_do(client) -> None:
    answer = client.get(address(Account))
    assert answer.status_code == 302
    assert client.get(answer.headers["Location"]).headers["Location"].startswith("/login/?next=")


def test_a_staff_flag_alone_opens_nothing(client) -> None:
    manager = make.make_user(User.Role.MANAGER)
    manager.is_staff = True
    manager.save()
    client.force_login(manager)
    assert client.get(reverse("admin:index"), follow=True).status_code == 403
