"""Success plans, support cases, answers to surveys, and judgements by hand."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import ManualMeasure, Objective, SuccessPlan, SupportCase, SurveyResponse
from tests.factories.clock import NOW
from tests.factories.customers import AccountFactory
from tests.factories.usage import make_edition, put_in_force
from usage.models import Edition
from usage.services import edition_files, edition_scorecards, editions

HEALTH_WEIGHTS = {"risk": 25, "outcomes": 10, "voice": 5, "engagement": 10}


class SuccessPlanFactory(DjangoModelFactory[SuccessPlan]):
    class Meta:
        model = SuccessPlan

    account = factory.SubFactory(AccountFactory)
    title = factory.Sequence(lambda n: f"Plan {n}")
    state = SuccessPlan.State.DRAFT
    created_at = NOW
    updated_at = NOW
    activated_at = factory.LazyAttribute(
        lambda plan: plan.created_at if plan.state == SuccessPlan.State.ACTIVE else None
    )
    closed_at = factory.LazyAttribute(
        lambda plan: plan.created_at if plan.state == SuccessPlan.State.CLOSED else None
    )


class ObjectiveFactory(DjangoModelFactory[Objective]):
    class Meta:
        model = Objective

    plan = factory.SubFactory(SuccessPlanFactory)
    account = factory.LazyAttribute(lambda objective: objective.plan.account)
    title = factory.Sequence(lambda n: f"Objective {n}")
    created_at = NOW
    updated_at = NOW


class SupportCaseFactory(DjangoModelFactory[SupportCase]):
    class Meta:
        model = SupportCase

    account = factory.SubFactory(AccountFactory)
    external_id = factory.Sequence(lambda n: f"T-{n:05}")
    opened_at = NOW
    updated_at = NOW


class SurveyResponseFactory(DjangoModelFactory[SurveyResponse]):
    class Meta:
        model = SurveyResponse

    account = factory.SubFactory(AccountFactory)
    external_id = factory.Sequence(lambda n: f"Q-{n:05}")
    kind = SurveyResponse.Kind.NPS
    score = 5
    answered_at = NOW
    updated_at = NOW


class ManualMeasureFactory(DjangoModelFactory[ManualMeasure]):
    class Meta:
        model = ManualMeasure

    account = factory.SubFactory(AccountFactory)
    measure = "executive_sponsor"
    color = ManualMeasure.Color.GREEN
    at = NOW


def make_success_plan(**fields: Any) -> SuccessPlan:
    """Make a plan; its dates follow its state."""
    return SuccessPlanFactory.create(**fields)


def make_objective(**fields: Any) -> Objective:
    return ObjectiveFactory.create(**fields)


def make_support_case(**fields: Any) -> SupportCase:
    return SupportCaseFactory.create(**fields)


def make_survey_response(**fields: Any) -> SurveyResponse:
    return SurveyResponseFactory.create(**fields)


def make_manual_measure(**fields: Any) -> ManualMeasure:
    return ManualMeasureFactory.create(**fields)


def make_health_edition(name: str = "2025-prove", *, published: bool = True) -> Edition:
    """Return a small edition with the shipped health scorecard, made if it is not there."""
    found = Edition.objects.filter(name=name).first()
    if found is not None:
        return found
    edition = make_edition(name, published=False)
    card = edition_files.read(editions.SHIPPED / "2025-prove.yaml").edition.scorecard
    edition_scorecards.insert(edition, card)
    for position, (code, weight) in enumerate(HEALTH_WEIGHTS.items(), start=5):
        edition.weights.create(parent="health", child=code, position=position, weight=weight)
    if published:
        put_in_force(edition)
    return edition
