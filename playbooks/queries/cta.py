"""Everything that the page of one call to action shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from accounts import formats
from accounts.mentions import with_names
from accounts.models import User
from playbooks.business_days import local_day
from playbooks.models import CallToAction, CTAEvent, CTALink, Task
from playbooks.organisation import organisation_day
from playbooks.queries import queue
from playbooks.queries.queue_order import weights
from usage.errors import PeriodInvalid
from usage.lab.breaks import Break, across, by_component
from usage.models import Edition
from usage.periods import parse_period
from usage.queries import metric_breaks
from usage.services import editions

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
    code: str  # of the component
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
    breaks: Sequence[Break] = ()  # recorded since: its two months do not compare


@dataclass(frozen=True)
class LogEntry:
    """What happened, as the log says it."""

    at: datetime
    what: str
    who: str
    text: str


@dataclass(frozen=True)
class Move:
    """The last move of the due date, so lately that it can be undone."""

    event_id: int
    from_day: date
    to_day: date
    task_count: int


@dataclass(frozen=True)
class CTAPage:
    cta: DescribedCTA
    now: datetime
    today: date
    why: str
    tasks: Sequence[Task]
    log: Sequence[LogEntry]  # newest first
    move: Move | None
    links: Sequence[CTALink]
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
    def variance(self) -> str:
        """By how much it is due later than was first planned: "3 days later"."""
        days = self.cta.variance_days
        text = gettext("%(days)s later") if days > 0 else gettext("%(days)s earlier")
        return text % {"days": formats.plural(abs(days), "day")}

    @property
    def is_snoozed(self) -> bool:
        return self.cta.is_asleep_on(organisation_day(self.now))


def cta_page(cta_id: int, *, user: User, now: datetime) -> CTAPage:
    """Eight queries at most, however much has happened, one more for each edition of evidence that a break
    of a metric lies in; raise CallToAction.DoesNotExist."""
    today = local_day(now, user.time_zone)
    visible = CallToAction.objects.visible_to(user).select_related(
        "account__csm", "playbook_version__playbook", "closed_by"
    )
    cta = queue.described(visible, today=today, now=now).get(pk=cta_id)
    events = list(cta.events.select_related("actor").order_by("-at", "-pk"))
    names = _names_of_mentioned(events)
    return CTAPage(
        cta=cta,
        now=now,
        today=today,
        why=str(queue.place_of(cta, weights(), today=today, now=now)),
        tasks=list(cta.tasks.select_related("owner", "done_by")),
        log=[log_entry(event, names, today=today) for event in events],
        links=list(cta.links.shown()),
        move=_just_moved(events, now) if cta.is_live else None,
        evidence=list(_evidence(cta.evidence)),
    )


def _just_moved(events: Sequence[CTAEvent], now: datetime) -> Move | None:
    """Of events, the newest first: the last move, unless it is taken back or long ago."""
    last = next((event for event in events if event.kind in CTAEvent.MOVES), None)
    if last is None or last.kind != CTAEvent.Kind.RESCHEDULED or now - last.at >= UNDO_FOR:
        return None
    from_day, to_day = (date.fromisoformat(last.detail[end]) for end in ("from", "to"))
    return Move(last.pk, from_day, to_day, len(last.detail["tasks"]))


def _names_of_mentioned(events: Sequence[CTAEvent]) -> dict[str, str]:
    """Names by e-mail of the people whom comments mention."""
    ids = {each for event in events for each in event.detail.get("mentions", ())}
    return {person.email.lower(): str(person) for person in User.objects.filter(pk__in=ids)}


def log_entry(event: CTAEvent, names: Mapping[str, str], *, today: date) -> LogEntry:
    what = event.get_kind_display()
    status, until = event.detail.get("status"), event.detail.get("until")
    if status in CallToAction.Status.values:
        what = gettext("%(what)s as %(status)s") % {
            "what": what,
            "status": CallToAction.Status(status).label,
        }
    if until:
        what = gettext("%(what)s to the end of %(day)s") % {
            "what": what,
            "day": formats.day_text(date.fromisoformat(until), today=today),
        }
    if event.kind in CTAEvent.MOVES:
        what = f"{what} {_move_in_words(event.detail, today=today)}"
    return LogEntry(
        event.at, what, str(event.actor) if event.actor else "", with_names(event.text, names)
    )


def _move_in_words(detail: Mapping[str, Any], *, today: date) -> str:
    before, after = (
        formats.day_text(date.fromisoformat(detail[end]), today=today) for end in ("from", "to")
    )
    words = gettext("from %(before)s to %(after)s") % {"before": before, "after": after}
    moved = len(detail.get("tasks", ()))
    if not moved:
        return words
    return gettext("%(words)s, with %(tasks)s") % {
        "words": words,
        "tasks": formats.plural(moved, "task"),
    }


def _evidence(entries: Sequence[dict[str, Any]]) -> Iterator[Evidence]:
    """What is stored, newest first, with the breaks that each lies across."""
    shown = [evidence_of(entry) for entry in reversed(entries)]
    ends = [(each.from_month, each.month) for each in shown if each.from_month and each.month]
    firsts, lasts = [first for first, _ in ends], [last for _, last in ends]
    known = metric_breaks.breaks(min(firsts), max(lasts)) if ends else ()
    for each, entry in zip(shown, reversed(entries), strict=True):
        code = entry.get("component", "")
        yield replace(each, breaks=_crossed(each, code, known)) if known else each


def _crossed(evidence: Evidence, code: str, known: Sequence[Break]) -> tuple[Break, ...]:
    if not (evidence.from_month and evidence.month and evidence.edition_id):
        return ()
    row = Edition.objects.filter(pk=evidence.edition_id).first()
    concerned = by_component(editions.frozen(row), known).get(code, ()) if row else ()
    return across(concerned, from_period=evidence.from_month, period=evidence.month)


def evidence_of(entry: dict[str, Any]) -> Evidence:
    """An entry as it was stored; what an older one does not say is left empty."""
    measures = entry.get("measures", [])
    is_share = len(measures) == 1 and bool(measures[0].get("is_share"))
    return Evidence(
        text=entry.get("text", ""),
        code=entry.get("component", ""),
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
