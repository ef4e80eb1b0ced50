"""Closing calls to action, and opening them again."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import User
from playbooks.errors import CommentNeeded, LiveCTAExists, RequiredTasksOpen, StatusNotAllowed
from playbooks.models import CallToAction, CTAType
from playbooks.services.ctas.changes import CLOSED, OPEN, Kind, Status, change, log, workable_cta
from playbooks.statuses import closing_statuses

COMMENTED_STATUSES = frozenset({Status.NOT_RELEVANT})
"""Closing with one of these needs a comment: false alarms are measured, and read, per trigger."""

CLOSING_STATUSES: dict[str, tuple[Status, ...]] = {
    each: tuple(map(Status, closing_statuses(each))) for each in CTAType.values
}
"""Which statuses close a CTA of a type, in the order a form shows them."""


@transaction.atomic
def close_cta(
    *, cta_id: int, status: str, comment: str = "", by: User, now: datetime
) -> CallToAction:
    """Close a live CTA.

    Raises StatusNotAllowed, CommentNeeded, RequiredTasksOpen (as a success), or CTAChanged.
    """
    cta = workable_cta(cta_id, by)
    closing = _closing_status(cta, status)
    if closing in COMMENTED_STATUSES and not comment.strip():
        raise CommentNeeded(gettext("close as “%(label)s”") % {"label": closing.label})
    was = cta.status
    change(
        cta,
        while_in={was} & OPEN,
        status=closing,
        closed_at=now,
        closed_by=by,
        snoozed_until=None,
        snooze_reason="",
    )
    if closing == Status.SUCCESS:
        _refuse_while_required_tasks_are_open(cta)  # seen after the UPDATE: nobody reopens one now
    detail = {"status": closing.value, "was": was}
    log(cta, Kind.CLOSED, by=by, now=now, text=comment.strip(), detail=detail)
    return cta


@transaction.atomic
def reopen_cta(*, cta_id: int, by: User, now: datetime) -> CallToAction:
    """Open a closed CTA again, in the status it had; raise LiveCTAExists where a newer one is live."""
    cta = workable_cta(cta_id, by)
    twin = CallToAction.objects.live().filter(dedupe_key=cta.dedupe_key).exclude(pk=cta.pk)
    try:
        with transaction.atomic():
            change(
                cta,
                while_in={cta.status} & CLOSED,
                status=_status_before_closing(cta),
                closed_at=None,
                closed_by=None,
            )
    except IntegrityError as refused:  # one_live_cta_per_account_and_key
        raise LiveCTAExists(twin.values_list("pk", flat=True).first()) from refused
    log(cta, Kind.REOPENED, by=by, now=now)
    return cta


def _closing_status(cta: CallToAction, status: str) -> Status:
    if status not in CLOSING_STATUSES[cta.type]:
        label = dict(Status.choices).get(status, status)
        raise StatusNotAllowed(str(label), cta.get_type_display())
    return Status(status)


def _refuse_while_required_tasks_are_open(cta: CallToAction) -> None:
    if count := cta.tasks.filter(is_required=True, done_at=None).count():
        raise RequiredTasksOpen(count)


def _status_before_closing(cta: CallToAction) -> str:
    closed = cta.events.filter(kind=Kind.CLOSED).last()
    return closed.detail.get("was", Status.IN_PROGRESS) if closed else Status.IN_PROGRESS
