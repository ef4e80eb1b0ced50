"""What the work on an account holds of it: calls to action, their tasks, and what was said."""

from __future__ import annotations

from accounts.services.holdings import FreeText, Holding, Part
from playbooks.models import CallToAction, CTAEvent, Task
from playbooks.services import triggers


def _hold(account_id: int) -> None:
    triggers.hold()


PART = Part(
    holdings=(
        Holding("events", lambda pk: CTAEvent.objects.filter(cta__account=pk)),
        Holding("tasks", lambda pk: Task.objects.filter(cta__account=pk)),
        Holding("calls_to_action", lambda pk: CallToAction.objects.filter(account=pk)),
    ),
    hold=_hold,
    texts=(
        FreeText("events", lambda pk: CTAEvent.objects.filter(cta__account=pk), ("text",)),
        FreeText(
            "tasks",
            lambda pk: Task.objects.filter(cta__account=pk),
            ("title", "instructions", "questions"),
        ),
        FreeText(
            "calls_to_action",
            lambda pk: CallToAction.objects.filter(account=pk),
            ("title", "summary", "snooze_reason"),
        ),
    ),
)
