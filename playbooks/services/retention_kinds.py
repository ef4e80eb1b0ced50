"""The kinds of data of past work that may be erased after some time."""

from __future__ import annotations

from accounts.services.retention import Kind, Rows, Store
from playbooks.models import CallToAction, TriggerRun


def _closed_with_evidence() -> Rows:
    return CallToAction.objects.exclude(closed_at=None).exclude(evidence=[])


def _clear_evidence(rows: Rows) -> int:
    return rows.update(evidence=[], summary="")


EVIDENCE = Kind(
    label="Evidence of closed calls to action",
    cost="The figures that they were opened by; title, tasks, comments and outcome stay.",
    days=1_826,
    purge=_clear_evidence,
    stores=lambda: [Store(_closed_with_evidence, "closed_at")],
)
TRIGGER_RUNS = Kind(
    label="Runs of triggers",
    cost="How many signals a trigger found on a former day.",
    days=730,
    stores=lambda: [Store(TriggerRun.objects.all, "at")],
)
