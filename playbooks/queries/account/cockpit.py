"""All calls to action of an account: those that sleep and those that are closed too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Count, Q
from django.utils.translation import gettext_noop

from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from playbooks.models import CallToAction, CTAType
from playbooks.queries.account.frame import Frame
from playbooks.querysets import CallToActionQuerySet

PAGE = 50
KEYS = (
    Key("opened_at", datetime.fromisoformat, is_descending=True),
    Key("pk", int, is_descending=True),
)


class State(StrEnum):
    ALL = "all"
    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


STATE_NAMES = {
    State.ALL: gettext_noop("All"),
    State.OPEN: gettext_noop("Open"),
    State.SNOOZED: gettext_noop("Snoozed"),
    State.CLOSED: gettext_noop("Closed"),
}


@dataclass(frozen=True)
class Filters:
    """What a person asked to see; anything not understood is as if it were not asked."""

    state: State = State.ALL
    type: str = ""
    status: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filters:
        state, type_, status = (asked.get(name, "") for name in ("state", "type", "status"))
        return cls(
            state=State(state) if state in set(State) else State.ALL,
            type=type_ if type_ in CTAType.values else "",
            status=status if status in CallToAction.Status.values else "",
        )

    @property
    def narrows(self) -> bool:
        return self != Filters()


@dataclass(frozen=True)
class Cockpit:
    page: KeysetPage[CallToAction]
    open_count: int
    snoozed_count: int


def cockpit(frame: Frame, filters: Filters, *, asked: Asked = FIRST) -> Cockpit:
    """A page of an account's calls to action, the newest first. Two queries."""
    shown = _filtered(frame.account.ctas.all(), filters, day=frame.organisation_day)
    rows = shown.select_related("owner").defer("evidence")
    counted = rows.annotate(
        task_count=Count("tasks"), done_count=Count("tasks", filter=Q(tasks__done_at__isnull=False))
    )
    live = frame.account.ctas.live().aggregate(
        all=Count("pk"), snoozed=Count("pk", filter=Q(snoozed_until__gte=frame.organisation_day))
    )
    return Cockpit(
        page=page_of([counted], KEYS, size=PAGE, asked=asked),
        open_count=live["all"] - live["snoozed"],
        snoozed_count=live["snoozed"],
    )


def _filtered(found: CallToActionQuerySet, filters: Filters, *, day: date) -> CallToActionQuerySet:
    if filters.state is State.OPEN:
        found = found.awake_on(day)
    elif filters.state is State.SNOOZED:
        found = found.snoozed_on(day)
    elif filters.state is State.CLOSED:
        found = found.filter(closed_at__isnull=False)
    plain = {"type": filters.type, "status": filters.status}
    return found.filter(**{field: value for field, value in plain.items() if value})
