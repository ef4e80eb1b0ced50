"""The kinds of data of people, jobs and histories that may be erased after some time."""

from __future__ import annotations

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from accounts.models import Job, RetainedContract
from accounts.services.retention import Kind, Store


def _history() -> list[Store]:
    models = [model for model in apps.get_models() if hasattr(model, "history_date")]
    return [Store(model._default_manager.all, "history_date") for model in models]


JOBS = Kind(
    label="Finished jobs",
    cost="The list of past background work.",
    days=180,
    enabled=True,
    stores=lambda: [
        Store(
            lambda: Job.objects.filter(state__in=[Job.State.DONE, Job.State.FAILED]), "finished_at"
        )
    ],
)
SESSIONS = Kind(
    label="Ended sessions",
    cost="Nothing: nobody is signed in by them any more.",
    days=1,
    enabled=True,
    stores=lambda: [Store(Session.objects.all, "expire_date")],
)
SIGN_INS = Kind(
    label="Sign-ins and failed sign-ins",
    cost="Who signed in, or tried to, from where.",
    days=180,
    enabled=True,
    stores=lambda: [
        Store(AccessAttempt.objects.all, "attempt_time"),
        Store(AccessFailureLog.objects.all, "attempt_time"),
        Store(AccessLog.objects.all, "attempt_time"),
    ],
)
HISTORY = Kind(
    label="Former states of records",
    cost="Who changed a record, and what it was before; the record itself stays.",
    days=1_095,
    stores=_history,
)
ADMIN_LOG = Kind(
    label="Log of the admin pages",
    cost="Who added, changed or deleted what in the admin.",
    days=1_095,
    stores=lambda: [Store(LogEntry.objects.all, "action_time")],
)
CONTRACTS = Kind(
    label="Contracts of erased customers",
    cost="What bookkeeping needs of them: keep them as long as your law asks (often ten years).",
    days=3_652,
    stores=lambda: [Store(RetainedContract.objects.all, "erased_at")],
)
