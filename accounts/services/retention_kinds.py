"""The kinds of data of people, jobs and histories that may be erased after some time."""

from __future__ import annotations

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from accounts.models import Job, RetainedContract, SupportCase, SurveyResponse
from accounts.services.retention import Kind, Store


def _history() -> list[Store]:
    models = [model for model in apps.get_models() if hasattr(model, "history_date")]
    return [Store(model._default_manager.all, "history_date") for model in models]


JOBS = Kind(
    label=_("Finished jobs"),
    cost=_("The list of past background work."),
    days=180,
    enabled=True,
    stores=lambda: [
        Store(
            lambda: Job.objects.filter(state__in=[Job.State.DONE, Job.State.FAILED]), "finished_at"
        )
    ],
)
SESSIONS = Kind(
    label=_("Ended sessions"),
    cost=_("Nothing: nobody is signed in by them any more."),
    days=1,
    enabled=True,
    stores=lambda: [Store(Session.objects.all, "expire_date")],
)
SIGN_INS = Kind(
    label=_("Sign-ins and failed sign-ins"),
    cost=_("Who signed in, or tried to, from where."),
    days=180,
    enabled=True,
    stores=lambda: [
        Store(AccessAttempt.objects.all, "attempt_time"),
        Store(AccessFailureLog.objects.all, "attempt_time"),
        Store(AccessLog.objects.all, "attempt_time"),
    ],
)
HISTORY = Kind(
    label=_("Former states of records"),
    cost=_("Who changed a record, and what it was before; the record itself stays."),
    days=1_095,
    stores=_history,
)
ADMIN_LOG = Kind(
    label=_("Log of the admin pages"),
    cost=_("Who added, changed or deleted what in the admin."),
    days=1_095,
    stores=lambda: [Store(LogEntry.objects.all, "action_time")],
)
CONTRACTS = Kind(
    label=_("Contracts of erased customers"),
    cost=_("What bookkeeping needs of them: keep them as long as your law asks (often ten years)."),
    days=3_652,
    stores=lambda: [Store(RetainedContract.objects.all, "erased_at")],
)
SUPPORT_CASES = Kind(
    label=_("Closed support cases"),
    cost=_("The months in which they were open cannot be scored again with them."),
    days=1_095,
    stores=lambda: [
        Store(lambda: SupportCase.objects.exclude(closed_at=None), "closed_at"),
    ],
)
SURVEY_RESPONSES = Kind(
    label=_("Answers to surveys"),
    cost=_("The months that they count for cannot be scored again with them."),
    days=1_095,
    stores=lambda: [Store(SurveyResponse.objects.all, "answered_at")],
)
