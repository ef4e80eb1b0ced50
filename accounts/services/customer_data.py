"""What the records of accounts hold of a customer."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import (
    Account,
    AdoptionGoal,
    Attendance,
    BoughtUseCase,
    Consent,
    Contact,
    ErasedKey,
    License,
    ManualMeasure,
    Mention,
    Milestone,
    NonAdoption,
    Objective,
    Outcome,
    Subscription,
    SuccessPlan,
    SupportCase,
    SurveyResponse,
    TimelineActivity,
)
from accounts.services.holdings import FreeText, Holding, Part


def _hold(account_id: int) -> None:
    """No row that points to it can be made meanwhile."""
    list(Account.objects.select_for_update().filter(pk=account_id).values_list("pk"))


PART = Part(
    holdings=(
        Holding("attendances", lambda pk: Attendance.objects.filter(account=pk)),
        Holding("mentions", lambda pk: Mention.objects.filter(account=pk)),
        Holding("activities", lambda pk: TimelineActivity.objects.filter(account=pk)),
        Holding("objectives", lambda pk: Objective.objects.filter(account=pk)),
        Holding("success_plans", lambda pk: SuccessPlan.objects.filter(account=pk)),
        Holding("support_cases", lambda pk: SupportCase.objects.filter(account=pk)),
        Holding("survey_responses", lambda pk: SurveyResponse.objects.filter(account=pk)),
        Holding("outcomes", lambda pk: Outcome.objects.filter(account=pk)),
        Holding("manual_measures", lambda pk: ManualMeasure.objects.filter(account=pk)),
        Holding("milestones", lambda pk: Milestone.objects.filter(account=pk)),
        Holding("bought_use_cases", lambda pk: BoughtUseCase.objects.filter(account=pk)),
        Holding("adoption_goals", lambda pk: AdoptionGoal.objects.filter(account=pk)),
        Holding("non_adoptions", lambda pk: NonAdoption.objects.filter(account=pk)),
        Holding("consents", lambda pk: Consent.objects.filter(account=pk)),
        Holding(
            "contacts",
            lambda pk: Contact.objects.filter(account=pk),
            former=lambda pk: Q(account_id=pk),
        ),
        Holding(
            "licenses",
            lambda pk: License.objects.filter(subscription__account=pk),
            buried=(ErasedKey.Kind.LICENSE, ("md5", "sha256")),
        ),
        Holding(
            "subscriptions",
            lambda pk: Subscription.objects.filter(account=pk),
            former=lambda pk: Q(account_id=pk),
        ),
        Holding(
            "account",
            lambda pk: Account.objects.filter(pk=pk),
            former=lambda pk: Q(id=pk),
            buried=(ErasedKey.Kind.ACCOUNT, ("external_id",)),
        ),
    ),
    hold=_hold,
    texts=(
        FreeText(
            "activities",
            lambda pk: TimelineActivity.objects.filter(account=pk),
            ("subject", "notes"),
        ),
        FreeText(
            "objectives",
            lambda pk: Objective.objects.filter(account=pk),
            ("title", "baseline", "target", "note"),
        ),
        FreeText(
            "success_plans",
            lambda pk: SuccessPlan.objects.filter(account=pk),
            ("title", "strategy", "highlights"),
        ),
        FreeText("support_cases", lambda pk: SupportCase.objects.filter(account=pk), ("subject",)),
        FreeText(
            "survey_responses", lambda pk: SurveyResponse.objects.filter(account=pk), ("comment",)
        ),
        FreeText("milestones", lambda pk: Milestone.objects.filter(account=pk), ("source", "note")),
        FreeText("non_adoptions", lambda pk: NonAdoption.objects.filter(account=pk), ("note",)),
        FreeText(
            "manual_measures", lambda pk: ManualMeasure.objects.filter(account=pk), ("comment",)
        ),
    ),
)
