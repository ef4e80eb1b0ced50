"""What the work on an account holds of it: calls to action, their tasks, what was said, and who was told."""

from __future__ import annotations

from accounts.services.holdings import FreeText, Holding, Part
from playbooks.models import (
    BulkRow,
    CallToAction,
    CTAEvent,
    CTALink,
    Delivery,
    Follow,
    Notification,
    Task,
)
from playbooks.services import triggers


def _hold(account_id: int) -> None:
    triggers.hold()


PART = Part(
    holdings=(
        Holding("bulk_rows", lambda pk: BulkRow.objects.filter(account=pk)),
        Holding("cta_links", lambda pk: CTALink.objects.filter(cta__account=pk)),
        Holding("deliveries", lambda pk: Delivery.objects.filter(notification__account=pk)),
        Holding("alerts", lambda pk: Notification.objects.filter(account=pk)),
        Holding("follows", lambda pk: Follow.objects.filter(account=pk)),
        Holding("events", lambda pk: CTAEvent.objects.filter(cta__account=pk)),
        Holding("tasks", lambda pk: Task.objects.filter(cta__account=pk)),
        Holding("calls_to_action", lambda pk: CallToAction.objects.filter(account=pk)),
    ),
    hold=_hold,
    texts=(
        FreeText("alerts", lambda pk: Notification.objects.filter(account=pk), ("title", "text")),
        FreeText("events", lambda pk: CTAEvent.objects.filter(cta__account=pk), ("text",)),
        FreeText("cta_links", lambda pk: CTALink.objects.filter(cta__account=pk), ("label", "url")),
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
