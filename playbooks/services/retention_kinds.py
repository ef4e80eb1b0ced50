"""The kinds of data of past work that may be erased after some time."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.services.retention import Kind, Rows, Store
from playbooks.models import BulkRun, CallToAction, Digest, Notification, TriggerRun


def _closed_with_evidence() -> Rows:
    return CallToAction.objects.exclude(closed_at=None).exclude(evidence=[])


def _clear_evidence(rows: Rows) -> int:
    return rows.update(evidence=[], summary="")


EVIDENCE = Kind(
    label=_("Evidence of closed calls to action"),
    cost=_("The figures that they were opened by; title, tasks, comments and outcome stay."),
    days=1_826,
    purge=_clear_evidence,
    stores=lambda: [Store(_closed_with_evidence, "closed_at")],
)
BULK_RUNS = Kind(
    label=_("Results of bulk actions"),
    cost=_("Which rows of a bulk action were refused; what it did stays in their logs."),
    days=90,
    stores=lambda: [Store(BulkRun.objects.all, "asked_at")],
)
TRIGGER_RUNS = Kind(
    label=_("Runs of triggers"),
    cost=_("How many signals a trigger found on a former day."),
    days=730,
    stores=lambda: [Store(TriggerRun.objects.all, "at")],
)
ALERTS = Kind(
    label=_("Alerts and what was sent of them"),
    cost=_("The list behind the bell, and proof of what was sent; what it was about stays."),
    days=90,
    enabled=True,
    stores=lambda: [
        Store(Notification.objects.all, "at"),
        Store(Digest.objects.all, "made_at"),
    ],
)
