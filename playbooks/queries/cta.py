"""Everything that the page of one call to action shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from accounts import formats
from accounts.models import User
from playbooks.business_days import local_day
from playbooks.models import CallToAction, CTAEvent, Task
from playbooks.queries import queue
from playbooks.queue import why_here
from usage.errors import PeriodInvalid
from usage.periods import parse_period

if TYPE_CHECKING:
    from playbooks.queries.queue import DescribedCTA

UNDO_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Reading:
    """One measure as it stood when the evidence was taken."""

    name: str
    value: str
    unit: str
    color: str
    bounds: str


@dataclass(frozen=True)
class Snapshot:
    instance: str
    hostname: str
    recorded_at: datetime | None


@dataclass(frozen=True)
class Evidence:
    """What opened a call to action, or was added to it."""

    text: str
    component: str
    month: date | None
    from_month: date | None
    from_color: str
    to_color: str
    from_value: str
    to_value: str
    edition: str
    edition_id: int | None
    readings: Sequence[Reading]
    snapshots: Sequence[Snapshot]


@dataclass(frozen=True)
class LogEntry:
    """What happened, as the log says it."""

    at: datetime
    what: str
    who: str
    text: str


@dataclass(frozen=True)
class CTAPage:
    cta: DescribedCTA
    now: datetime
    today: date
    why: str
    tasks: Sequence[Task]
    log: Sequence[LogEntry]  # newest first
    evidence: Sequence[Evidence]  # newest first

    @property
    def required_open_count(self) -> int:
        return sum(task.is_required and task.done_at is None for task in self.tasks)

    @property
    def is_ready_to_close(self) -> bool:
        """Live, with all required tasks done."""
        return self.cta.is_live and bool(self.tasks) and not self.required_open_count

    @property
    def can_be_taken_over(self) -> bool:
        """Its owner left, may not work it or no longer sees its account; or it has none."""
        return self.cta.is_live and not self.cta.is_worked

    @property
    def headline(self) -> str:
        """What the top says already: evidence need not repeat it."""
        return f"{self.cta.title}: {self.cta.summary}"

    @property
    def was_just_closed(self) -> bool:
        """Closed so lately that opening it again is called undo."""
        closed_at = self.cta.closed_at
        return closed_at is not None and self.now - closed_at < UNDO_FOR

    @property
    def is_snoozed(self) -> bool:
        until = self.cta.snoozed_until
        return until is not None and until > self.today


def cta_page(cta_id: int, *, user: User, now: datetime) -> CTAPage:
    """Four queries, however much has happened; raise CallToAction.DoesNotExist."""
    today = local_day(now, user.time_zone)
    visible = CallToAction.objects.visible_to(user).select_related(
        "account__csm", "playbook_version__playbook", "closed_by"
    )
    cta = queue.described(visible, today=today, now=now).get(pk=cta_id)
    return CTAPage(
        cta=cta,
        now=now,
        today=today,
        why=why_here(queue.standing_of(cta), today=today),
        tasks=list(cta.tasks.select_related("owner", "done_by")),
        log=[
            log_entry(event, today=today)
            for event in cta.events.select_related("actor").order_by("-at", "-pk")
        ],
        evidence=[evidence_of(entry) for entry in reversed(cta.evidence)],
    )


def log_entry(event: CTAEvent, *, today: date) -> LogEntry:
    what = event.get_kind_display()
    status, until = event.detail.get("status"), event.detail.get("until")
    if status in CallToAction.Status.values:
        what = f"{what} as {CallToAction.Status(status).label}"
    if until:
        what = f"{what} until {formats.day_text(date.fromisoformat(until), today=today)}"
    return LogEntry(event.at, what, str(event.actor) if event.actor else "", event.text)


def evidence_of(entry: dict[str, Any]) -> Evidence:
    """An entry as it was stored; what an older one does not say is left empty."""
    measures = entry.get("measures", [])
    is_share = len(measures) == 1 and bool(measures[0].get("is_share"))
    return Evidence(
        text=entry.get("text", ""),
        component=entry.get("component_name", entry.get("component", "")),
        month=_month(entry.get("period")),
        from_month=_month(entry.get("from_period")),
        from_color=entry.get("from_color") or "",
        to_color=entry.get("to_color") or "",
        from_value=_value(entry.get("from_value"), is_share=is_share),
        to_value=_value(entry.get("to_value"), is_share=is_share),
        edition=entry.get("edition", ""),
        edition_id=entry.get("edition_id"),
        readings=[_reading(measure) for measure in measures],
        snapshots=[_snapshot(snapshot) for snapshot in entry.get("snapshots", [])],
    )


def _reading(measure: dict[str, Any]) -> Reading:
    is_share = bool(measure.get("is_share"))
    return Reading(
        name=measure.get("name", measure.get("code", "")),
        value=formats.value_text(measure.get("value"), is_share=is_share),
        unit="" if is_share else measure.get("unit", ""),
        color=measure.get("color") or formats.NA,
        bounds=measure.get("bounds", ""),
    )


def _snapshot(snapshot: dict[str, Any]) -> Snapshot:
    recorded_at = snapshot.get("recorded_at")
    return Snapshot(
        instance=str(snapshot.get("instance") or ""),
        hostname=snapshot.get("hostname") or "",
        recorded_at=datetime.fromisoformat(recorded_at) if recorded_at else None,
    )


def _value(value: float | None, *, is_share: bool) -> str:
    return "" if value is None else formats.value_text(value, is_share=is_share)


def _month(text: str | None) -> date | None:
    try:
        return parse_period(text or "")
    except PeriodInvalid:
        return None
