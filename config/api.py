"""The API's router and the mapping of domain errors to answers."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.urls import path
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from drf_standardized_errors.handler import ExceptionHandler as StandardExceptionHandler
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from accounts.api import AccountViewSet, SubscriptionViewSet
from accounts.errors import DomainError, RoleForbids
from config.limits.api import LimitsView
from playbooks.api.actions import CallToActionViewSet, TaskViewSet
from playbooks.api.adoption import AdoptionGoalViewSet, NonAdoptionViewSet
from playbooks.api.alerts import AlertsViewSet, FollowView, ReadAlertsView
from playbooks.api.life_cycle import BoughtUseCasesView, LifeCycleView, MilestoneViewSet
from playbooks.api.roadmap import RoadmapView
from playbooks.api.saved_views import RemoveSavedViewView, SavedViewsViewSet, SaveViewView
from playbooks.api.timeline import ActivityViewSet
from playbooks.api.what_if import WhatIfView
from usage.api.backtests import BacktestView, StartBacktestView
from usage.api.consent import ConsentView
from usage.api.editions import EditionViewSet
from usage.api.explanations import ScoreChangeView
from usage.api.metric_breaks import MetricBreakViewSet
from usage.api.outcomes import OutcomesView, OutcomeViewSet
from usage.api.pings import ServicePingsView, ServicePingView
from usage.api.records import InstanceViewSet, MetricDefinitionViewSet
from usage.api.scores import ScoreCardViewSet, TransitionViewSet
from usage.api.voice import (
    SupportCasesView,
    SupportCaseViewSet,
    SurveyResponsesView,
    SurveyResponseViewSet,
)


class Conflict(APIException):
    status_code = 409
    default_code = "conflict"


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = format_lazy(
        _("The body is larger than {most} bytes."), most=f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,}"
    )


class DatabaseAway(APIException):
    status_code = 503
    default_code = "database_away"
    default_detail = _(
        "The database does not answer. Nothing was stored; send the same again in a while."
    )


class ExceptionHandler(StandardExceptionHandler):
    """One error shape: a DomainError is a conflict with the words for the person.

    Its code is the error's name, so that a client need not read the words: `required_tasks_open`.
    """

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, RoleForbids):
            return PermissionDenied(str(exc))
        if isinstance(exc, DomainError):
            return Conflict(str(exc), code=code_of(exc))
        if isinstance(exc, OperationalError | InterfaceError):
            return DatabaseAway()
        if isinstance(exc, RequestDataTooBig):
            return BodyTooLarge()
        return super().convert_known_exceptions(exc)


def code_of(error: DomainError) -> str:
    """The name of an error's class in lower case: CTAChanged is cta_changed."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", type(error).__name__)
    return "_".join(words).lower()


class NothingHere(APIView):
    """What is at no other path of the API: an error in the shape of all the others."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    @extend_schema(exclude=True)
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(gettext("Nothing is at this path. Paths of the API end with a slash."))


# The documentation is a page: it asks to sign in where the rest of the API answers 401.
docs = login_required(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api_docs.html")
)

router = SimpleRouter(use_regex_path=False)
router.register("accounts", AccountViewSet, basename="api-account")
router.register("subscriptions", SubscriptionViewSet, basename="api-subscription")
router.register("instances", InstanceViewSet, basename="api-instance")
router.register("metric-definitions", MetricDefinitionViewSet, basename="api-metric-definition")
router.register("metric-breaks", MetricBreakViewSet, basename="api-metric-break")
router.register("editions", EditionViewSet, basename="api-edition")
router.register("score-cards", ScoreCardViewSet, basename="api-score-card")
router.register("support-cases", SupportCaseViewSet, basename="api-support-case")
router.register("outcomes", OutcomeViewSet, basename="api-outcome")
router.register("survey-responses", SurveyResponseViewSet, basename="api-survey-response")
router.register("transitions", TransitionViewSet, basename="api-transition")
router.register("ctas", CallToActionViewSet, basename="api-cta")
router.register("activities", ActivityViewSet, basename="api-activity")
router.register("adoption-goals", AdoptionGoalViewSet, basename="api-adoption-goal")
router.register("milestones", MilestoneViewSet, basename="api-milestone")
router.register("non-adoptions", NonAdoptionViewSet, basename="api-non-adoption")
router.register("tasks", TaskViewSet, basename="api-task")

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    path("limits/", LimitsView.as_view(), name="api-limits"),
    path("alerts/", AlertsViewSet.as_view({"get": "list"}), name="api-alert-list"),
    path("alerts/read/", ReadAlertsView.as_view(), name="api-alert-read"),
    path("accounts/<int:pk>/follow/", FollowView.as_view(), name="api-account-follow"),
    path(
        "accounts/<int:pk>/score-change/",
        ScoreChangeView.as_view(),
        name="api-account-score-change",
    ),
    path("accounts/<int:pk>/roadmap/", RoadmapView.as_view(), name="api-account-roadmap"),
    path("accounts/<int:pk>/consent/", ConsentView.as_view(), name="api-account-consent"),
    path("accounts/<int:pk>/life-cycle/", LifeCycleView.as_view(), name="api-account-life-cycle"),
    path(
        "accounts/<int:pk>/use-cases/",
        BoughtUseCasesView.as_view(),
        name="api-account-use-cases",
    ),
    path(
        "saved-views/",
        SavedViewsViewSet.as_view({"get": "list"}),
        name="api-saved-view-list",
    ),
    path("saved-views/save/", SaveViewView.as_view(), name="api-saved-view-save"),
    path("saved-views/remove/", RemoveSavedViewView.as_view(), name="api-saved-view-remove"),
    path("editions/<int:pk>/backtest/", BacktestView.as_view(), name="api-edition-backtest"),
    path(
        "editions/<int:pk>/backtest/start/",
        StartBacktestView.as_view(),
        name="api-edition-backtest-start",
    ),
    path("editions/<int:pk>/what-if/", WhatIfView.as_view(), name="api-edition-what-if"),
    path("support-cases/bulk/", SupportCasesView.as_view(), name="api-support-cases"),
    path("outcomes/bulk/", OutcomesView.as_view(), name="api-outcomes"),
    path("survey-responses/bulk/", SurveyResponsesView.as_view(), name="api-survey-responses"),
    path("usage/service-pings/", ServicePingView.as_view(), name="api-service-ping"),
    path("usage/service-pings/bulk/", ServicePingsView.as_view(), name="api-service-pings"),
    *router.urls,
]
